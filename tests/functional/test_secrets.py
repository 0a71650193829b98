# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible itself, with a canary wherever a secret can be declared: none of them gets anywhere but where it belongs.

Runs take what they declare from a file, as they take it from a vault: what stands in a playbook Ansible shows itself.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import subprocess
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS

from ..unit.plan.test_coverage import declared
from ..unit.secret_places import options_with_canaries, places
from ..web_site import Site
from .canaries import Canaries, Folders, listening, watching
from .test_domain import guest

ROOT = pathlib.Path(__file__).parents[2]
UUID = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d7"
QEMU = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
Document = dict[str, list[dict[str, t.Any]]]
#: Where Ansible and the collection write on a host, beside what is declared.
WRITTEN = [
    pathlib.Path(path).expanduser()
    for path in ("/var/lib/libvirt/kvm-fleet", "/var/cache/kvm-fleet", "~/.ansible_async")
]
#: A module and its options.
Task = tuple[str, dict[str, t.Any]]


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def site() -> t.Iterator[Site]:
    server = Site()
    yield server
    server.close()


def what_is_declared(canaries: Canaries, site: Site, unique: str, folder: pathlib.Path) -> Document:
    """A document that is fulfilled, with every option that can be a secret."""
    word = canaries.word
    image = site.publish("/image.raw", b"\1content" * 1000)
    sums = site.publish("/SUMS", f"{site.files['/image.raw'].sha256}  image.raw\n".encode())
    login = {"http://": f"http://user:{word('login')}@"}
    url, location = (f"{one.replace('http://', login['http://'])}?sig={word('signature')}" for one in (image, sums))
    comment = f"<!-- {word('xml')} -->"
    private = {"usage": "ceph", "private": True}
    seed = {
        "user_data": f"#!/bin/sh\necho {word('script')} | passwd --stdin\n",
        "vendor_data": {"password": word("vendor")},
        "meta_data": f"instance-id: {word('instance')}\n",
        "network_config": f"version: 2\nwifis: {{w: {{access-points: {{a: {{password: {word('wifi')}}}}}}}}}\n",
    }
    running = guest(
        unique,
        disks=[{"pool": unique, "volume": "disk.qcow2", "target": "vda"}],
        graphics=[{"type": "vnc", "password": canaries.short}],
        cloud_init={
            "user_data": {"chpasswd": {"list": [f"root:{word('chpasswd')}"]}, word("key"): 1},
            "vendor_data": f"#cloud-config\npassword: {word('vendor-text')}\n",
            "meta_data": {"public-keys": [word("public")]},
            "network_config": {"version": 2, "wifis": {"w": {"access-points": {word("ssid"): {}}}}},
        },
    )
    seeds = f"ds=nocloud;s={login['http://']}seeds/"  # as cloud-init itself wants it
    override = f"""<qemu:override><qemu:device alias='ua-x'><qemu:frontend>
        <qemu:property name='x' type='string' value='{word("property")}'/>
        </qemu:frontend></qemu:device></qemu:override>"""
    arguments = "".join(f"<qemu:arg value='{one}'/>" for one in ("-fw_cfg", word("argument"), f"-x={word('option')}"))
    stopped = guest(
        unique + "s",
        state="stopped",
        smbios="sysinfo",
        kernel="/vmlinuz",
        cmdline=f"quiet {seeds}",
        sysinfo={
            "system": {"serial": seeds},
            "oem_strings": [word("oem"), f"io.systemd.credential:x={word('credential')}"],
            "fwcfg": [{"name": "opt/x", "value": word("fwcfg")}],
        },
        disks=[
            {
                "device": "cdrom",
                "network": {"protocol": "https", "name": "x", "query": word("query"), "hosts": [{"name": "h"}]},
            }
        ],
        xml=f"""<domain {QEMU}>{comment}<sysinfo type='smbios'><chassis><entry name='serial'>{seeds}</entry></chassis>
            </sysinfo><devices><graphics type='vnc' passwd='{canaries.short}'/>
            <disk><target dev='sda'/><source><cookies><cookie name='c'>{word("cookie")}</cookie></cookies></source>
            </disk></devices><qemu:commandline>{arguments}<qemu:env name='E' value='{word("environment")}'/>
            </qemu:commandline>{override}</domain>""",
    )
    return {
        "secrets": [
            {
                "usage": "tls",
                "name": unique,
                "uuid": UUID + "01",
                "value": word("value"),
                "xml": f"<secret>{comment}</secret>",
            },
            {
                **private,
                "name": unique,
                "uuid": UUID + "02",
                "value_base64": base64.b64encode(word("value_base64").encode()).decode(),
            },
        ],
        "nwfilters": [{"name": unique, "xml": f"<filter>{comment}</filter>"}],
        "networks": [{"name": unique, "forward": {"mode": "isolated"}, "xml": f"<network>{comment}</network>"}],
        "pools": [{"name": unique, "type": "dir", "target": str(folder), "xml": f"<pool>{comment}</pool>"}],
        "volumes": [
            {"pool": unique, "name": "seed.iso", "seed": seed},
            {
                "pool": unique,
                "name": "image.raw",
                "format": "raw",
                "source": {"url": url, "checksum": f"sha256:{location}"},
            },
            {"pool": unique, "name": "disk.qcow2", "capacity": "16MiB", "xml": f"<volume>{comment}</volume>"},
        ],
        "domains": [running, stopped],
    }


def test_the_canary_document_has_every_secret_option(canaries, site, unique, tmp_path):
    document = what_is_declared(canaries, site, unique, tmp_path)
    for kind in KINDS:
        said = {option for element in document.get(kind.plural, ()) for option in declared(element)}
        assert {*places(kind)} <= said


def what_is_refused(canaries: Canaries, unique: str) -> t.Iterator[Task]:
    """Modules with options that do not fit: a canary in every secret one, and where people put them by mistake."""
    word = canaries.word
    for kind in KINDS:
        params = {**options_with_canaries(kind, lambda path: f"{word(path)}: in YAML"), "misspelt": word("misspelt")}
        yield "converge", {kind.plural: [{"name": unique, **params}]}
    nested = {kind.plural: [options_with_canaries(kind, lambda path: {"in": word(path)})] for kind in KINDS}
    yield "converge", nested
    text = f"#cloud-config\npassword: {word('cloud-config')}=\n"
    url = "http://u:pa/{0}@host/x"
    for params in (
        {"cloud_init": text},
        {"cloud_init": {"userdata": {"passwd": word("userdata")}}},
        {"cloud_init": {"network_config": f"password: {word('yaml')}: x"}},
        {"cloud_init": {"user_data": word("no beginning that cloud-init knows")}},
        {"graphics": [word("graphics")]},
        {"graphics": [{"type": "vnc", "passwd": word("passwd")}]},
        {"xml": f"<domain><devices><graphics type='vnc' pasword='{word('pasword')}'/></devices></domain>"},
        {"xml": f"<domain><passwd>{word('element')}</passwd></domain>"},
        {"xml": f"<domain><title>{word('malformed')}</domain>"},
        {"disks": [{"file": url.format(word("file"))}]},
    ):
        yield "converge", {"domains": [{"name": unique, "memory": "64MiB", "disks": [], **params}]}
    for source in (
        url.format(word("source")),
        {"url": url.format(word("url")), "checksum": "sha256:" + "0" * 64},
        {"url": "http://host/x", "checksum": f"sha256:http:/u:{word('checksum')}@host/x"},
        {"path": url.format(word("path"))},
    ):
        yield "converge", {"volumes": [{"name": "x", "pool": unique, "source": source}]}
    yield "domain", {"name": unique, "user_data": word("top"), "cloud_init": text}
    yield "volume", {"name": "x", "pool": unique, "seed": text}
    yield "secret", {"usage": "tls", "name": unique, "vallue": word("vallue")}
    yield "libvirt_config", {"file": "qemu", "settings": {"vnc_pasword": word("setting")}}
    yield "sasl_user", {"name": unique, "password": f"{word('two')}\n{word('lines')}"}


def what_fails(canaries: Canaries, unique: str) -> dict[str, t.Any]:
    """A domain that QEMU refuses with the words that it was given."""
    arguments = f"<qemu:arg value='-device'/><qemu:arg value='{canaries.word('no-device')}'/>"
    xml = f"<domain {QEMU}><qemu:commandline>{arguments}</qemu:commandline></domain>"
    return {"domains": [guest(unique + "f", xml=xml)]}


def others(unique: str, canaries: Canaries, folder: pathlib.Path) -> t.Iterator[Task]:
    """The modules that converge does not stand for, with what is fulfilled."""
    yield "sasl_user", {"name": unique, "password": canaries.word("sasl"), "database": str(folder / "passwd.db")}
    settings = {"vnc_password": canaries.word("vnc_password"), "spice_password": canaries.word("spice_password")}
    yield "libvirt_config", {"file": "qemu", "directory": str(folder), "settings": settings}


class Play:
    """Ansible at work on this host, saying all that it can say. ``said`` is where it writes."""

    def __init__(self, folder: pathlib.Path, *arguments: str | pathlib.Path) -> None:
        self.said = folder
        (folder / "tmp").mkdir(parents=True)
        settings = {
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOG_PATH": str(folder / "log"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "TMPDIR": str(folder / "tmp"),
        }
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                ["ansible-playbook", "-vvvv", "--diff", *arguments],
                cwd=ROOT,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def recap(self) -> dict[str, int]:
        """Wait for its end; how many tasks were ``ok``, ``changed``, ``ignored`` and so on."""
        self.process.wait()
        output = (self.said / "output").read_text()
        counts = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", output.rpartition("RECAP")[2])}
        assert counts and counts["failed"] == counts["unreachable"] == 0, output
        return counts


def play(folder: pathlib.Path, name: str, tasks: t.Sequence[Task], *arguments: str, **more: t.Any) -> Play:
    """Run tasks one after the other, each whatever became of those before, the last with ``more`` keywords."""
    declared = folder / f"{name}.json"
    declared.write_text(json.dumps({f"task{place}": options for place, (_module, options) in enumerate(tasks)}))
    book = folder / f"{name}.yml"
    written: list[dict[str, t.Any]] = []
    for place, (module, options) in enumerate(tasks):
        said = {option: f"{{{{ task{place}.{option} }}}}" for option in options}
        written.append({f"kvm.fleet.{module}": said, "ignore_errors": True})
        if module == "kvm_guests":
            role = {"name": "kvm.fleet.kvm_guests"}
            written[-1] = {"include_role": role, "vars": {f"kvm_guests_{plural}": one for plural, one in said.items()}}
    written[-1].update(more)
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": written}]))
    return Play(folder / "said" / name, "-c", "local", "-i", "localhost,", "-e", f"@{declared}", *arguments, book)


def adopted(folder: pathlib.Path) -> str:
    """What ``kvm.fleet.adopt`` writes of this host."""
    inventory = folder / "hosts.yml"
    inventory.write_text("kvm_hosts: {hosts: {hv1: {ansible_connection: local, ansible_become: false}}}\n")
    Play(folder / "said/adopt", "-i", inventory, "kvm.fleet.adopt").recap()
    return (folder / "host_vars/hv1/kvm_guests.yml").read_text()


def test_no_secret_appears_in_any_output(canaries, site, unique, virsh, tmp_path):
    (tmp_path / "etc").mkdir()
    document = what_is_declared(canaries, site, unique, tmp_path / "pool")
    fulfilled = [("kvm_guests", document), *others(unique, canaries, tmp_path / "etc")]
    refused = [*what_is_refused(canaries, unique)]
    fails = [*refused[1::2], ("converge", what_fails(canaries, unique))]
    folders = Folders(tmp_path / "said", tmp_path / "host_vars", *WRITTEN)
    with listening() as logged, watching() as arguments:
        check = play(tmp_path, "check", [*fulfilled, *refused[::2]], "--check")
        again = [*fulfilled[1:], ("converge", document)]
        real = play(tmp_path, "real", [*fulfilled, *fails, *again], **{"async": 600, "poll": 1})
        assert check.recap()["ignored"] == len(refused[::2])
        counts = real.recap()
        assert (counts["ignored"], counts["changed"]) == (len(fails), len(fulfilled))
        assert "password: (hidden)" in adopted(tmp_path)
        subprocess.run(["logger", "--socket", "/dev/log", "somebody listens"], check=True)
    written = {
        "the system's log": logged,
        "arguments of processes": [one for one in arguments if not one.startswith(b"/usr/bin/qemu-system-")],
        **{str(path): [path.read_bytes()] for path in folders.written()},
    }
    found = {place: canaries.found(b"\n".join(contents)) for place, contents in written.items()}
    assert {place: words for place, words in found.items() if words} == {}
    assert any(b"somebody listens" in one for one in logged) and any(b"saslpasswd2" in one for one in arguments)
    assert canaries.short in virsh("dumpxml", "--security-info", unique)
    virsh("dumpxml", unique + "s")
