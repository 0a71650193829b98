# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode, and every module that only reads, change nothing; and what proves that everywhere would see a change."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from . import module_runner, read_only
from .test_domain import guest

ROOT = pathlib.Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py") if path.stem != "__init__")
#: These change the host itself. Their tests have hosts for that: a network of its own (network_host.py), files of its
#: own (unit/host/test_kernel.py), a kernel of its own (docs/lab.md).
MODULES = [name for name in MODULES if name not in ("host_bridges", "host_kernel")]


def wanted(name: str, folder: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    """For each module options that would change much: of objects called ``name`` that are there, and of new ones."""
    kinds: dict[str, dict[str, t.Any]] = {
        "network": {"name": name, "mtu": 1400, "autostart": True, "restart": "always"},
        "pool": {"name": "new-pool", "type": "dir", "target": str(folder / "new-pool"), "autostart": True},
        "volume": {"name": "new-volume", "pool": name, "capacity": "1MiB", "format": "qcow2"},
        "domain": guest(
            name,
            title="new",
            memory="32MiB",
            vcpus=2,
            restart="if_required",
            disks=[{"pool": name, "volume": "disk"}],
            cloud_init={"pool": name, "user_data": {"packages": ["x"]}},
        ),
    }
    kinds["secret"] = {"usage": "ceph", "name": name, "value": "s3cret!"}
    kinds["nwfilter"] = {"name": name + "-new", "rules": [{"action": "drop", "direction": "in", "protocol": "all"}]}
    infos = {f"{noun}_info": {"name": name} for noun in kinds}
    infos["volume_info"] = {"pool": name}
    pki = folder.parent / "pki"
    pki.mkdir(exist_ok=True)
    return {
        **kinds,
        **infos,
        "host_info": {},
        "converge": {f"{noun}s": [options] for noun, options in kinds.items()},
        "snapshot": {"domain": name, "name": "new"},
        "snapshot_info": {"domain": name},
        "libvirt_config": {"file": "qemu", "settings": {"vnc_listen": "0.0.0.0"}},
        "sasl_user": {"name": "alice", "password": "s3cret!", "database": str(pki / "passwd.db")},
        "certificate": {
            "path": str(pki / "cert.pem"),
            "key": str(pki / "key.pem"),
            "authority_path": str(pki / "ca.pem"),
            "authority_certificate": _authority(folder.parent),
            "common_name": "kvm1.example.org",
        },
    }


def _authority(folder: pathlib.Path) -> str:
    subject = ["-subj", "/CN=authority", "-days", "2", "-nodes", "-keyout", "/dev/null", "-out", folder / "ca"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", *subject], check=True, capture_output=True)
    return (folder / "ca").read_text()


@pytest.fixture
def there(virsh, pool, unique, tmp_path) -> str:
    """A network, a pool with a volume and a guest, all active and all called ``unique``."""
    virsh("vol-create-as", pool, "disk", "1M")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "root", "1M"], check=True)
    disk = f"<driver name='qemu' type='qcow2'/><source file='{tmp_path}/root'/><target dev='vda'/>"
    definitions = {
        "net": f"<network><name>{unique}</name></network>",
        "": f"""<domain type='qemu'><name>{unique}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
            <os><type>hvm</type></os><devices><disk type='file'>{disk}</disk></devices></domain>""",
    }
    for noun, xml in definitions.items():
        (tmp_path / "object.xml").write_text(xml)
        for command in ("define", "start"):
            virsh(f"{noun}-{command}".strip("-"), tmp_path / "object.xml" if command == "define" else unique)
    return unique


@pytest.mark.parametrize("name", MODULES)
def test_a_module_changes_nothing_in_check_mode(module, virsh, there, folder, name):
    options = wanted(there, folder).get(name)
    assert options is not None, f"put options of kvm.fleet.{name} that would change something into wanted()"
    host = {command: virsh(*command) for command in _witnesses(there)}
    run = module.start(name, check_mode=True, **options)
    calls = run.calls
    told = run.result()
    assert calls.closed, "nobody looked at what was called"
    assert told["changed"] != name.endswith("_info")
    assert {command: virsh(*command) for command in host} == host
    assert [path.name for path in folder.iterdir()] == ["disk"]


def _witnesses(name: str) -> list[tuple[str, ...]]:
    lists = [("list", "--all"), ("net-list", "--all"), ("pool-list", "--all"), ("nwfilter-list",), ("secret-list",)]
    return [
        *lists,
        *((f"{noun}dumpxml", name, *more) for noun in ("", "net-", "pool-") for more in ((), ("--inactive",))),
    ]


#: Modules that change libvirt's objects, or files.
CAUGHT = (
    "certificate",
    "converge",
    "domain",
    "libvirt_config",
    "network",
    "nwfilter",
    "pool",
    "sasl_user",
    "secret",
    "snapshot",
    "volume",
)


@pytest.mark.parametrize("name", CAUGHT)
def test_the_check_mode_guard_catches_a_real_run(module, there, folder, name, monkeypatch):
    """What the guard is worth: everything that check mode says it would do, done in a run that may only read."""
    monkeypatch.setattr(module_runner, "may_only_read", lambda _name, _check_mode: True)
    with pytest.raises(AssertionError, match="in a run that may only read"):
        module.start(name, **wanted(there, folder)[name]).result()


def test_the_check_mode_guard_catches_a_changed_file(folder):
    (folder / "disk").write_text("one")
    before = read_only.snapshot([folder])
    assert read_only.differences(before, read_only.snapshot([folder])) == []
    (folder / "disk").write_text("two")
    changed = read_only.differences(before, read_only.snapshot([folder]))
    assert [change.partition(":")[0] for change in changed] == [str(folder / "disk")]
    (folder / "more").mkdir()
    assert len(read_only.differences(before, read_only.snapshot([folder]))) == 3, "the new one, and what it is in"


def test_the_check_mode_guard_ignores_writes_of_running_guests(module, pool, folder, unique):
    module("volume", name="disk", pool=pool, capacity="1MiB", format="raw")
    module("domain", **guest(unique, state="running", disks=[{"pool": pool, "volume": "disk"}]))
    (folder / "other").write_text("one")
    before = read_only.snapshot([folder])
    with (folder / "disk").open("r+b") as disk:
        disk.write(b"the guest's own")
    assert read_only.differences(before, read_only.snapshot([folder])) == []
    (folder / "disk").chmod(0o640)
    (folder / "other").write_text("two")
    changed = read_only.differences(before, read_only.snapshot([folder]))
    assert [change.partition(":")[0] for change in changed] == [str(folder / "disk"), str(folder / "other")]


def test_the_check_mode_guard_watches_every_pool_and_target(pool, folder, tmp_path):
    watched = read_only.folders("converge", {"pools": [{"name": "new", "target": str(tmp_path / "new")}]})
    assert {folder, tmp_path / "new"} <= set(watched)
