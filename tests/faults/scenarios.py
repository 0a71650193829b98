# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module is killed at: one of everything that several steps bring about."""

from __future__ import annotations

import dataclasses
import lzma
import pathlib
import random
import subprocess
import typing as t

from .host import BASE, LOCAL, REMOTE, Host

Options = dict[str, t.Any]
#: ``run("volume", pool="data", …)`` runs a module to its end.
Run = t.Callable[..., t.Any]

#: Not compressible, and not the same anywhere.
CONTENT = random.Random(7).randbytes(1536 * 1024)
SOURCE = BASE / "source.img"
#: What a seed holds.
SECRET = "correct horse"
#: Whatever of it is to be found nowhere else: that, and the value of libvirt's secret.
SECRETS = (SECRET, "s3cr3t")

_SECRET = {
    "usage": "ceph",
    "name": "web",
    "uuid": "2f5f0a4e-9c53-4f0b-8a51-4a3c2c0a7b12",
    "private": True,
    "value": SECRETS[1],
}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """``module`` with ``options`` is killed, on a host on which ``prepare`` has been done, which may have more options.

    ``as_user``: whether by the user who may not write to the pools' directories. ``settles``: whether a second run
    has nothing to do.
    """

    name: str
    module: str
    options: Options
    prepare: t.Callable[[Host, Run], Options | None] = lambda _host, _run: None
    as_user: bool = False
    settles: bool = True

    def __str__(self) -> str:
        return self.name


def _source(host: Host, _run: Run) -> None:
    SOURCE.write_bytes(CONTENT)
    host.make_pool()


def _volume(name: str = "disk", uri: str = LOCAL, **options: t.Any) -> Options:
    return {"uri": uri, "pool": "data", "name": name, **options}


def _with_source(image_format: str, uri: str = LOCAL) -> Options:
    return _volume(uri=uri, format=image_format, capacity="2MiB", source={"path": str(SOURCE)})


def _published(host: Host, run: Run) -> Options:
    """On a web server, packed: each block that is unpacked is a moment."""
    _source(host, run)
    packed = lzma.compress(CONTENT[: 16 * 4096], preset=0)
    url = host.site.publish("/image.xz", packed)
    return {"source": {"url": url, "checksum": f"sha256:{host.site.files['/image.xz'].sha256}"}}


def _base(host: Host, run: Run) -> None:
    _source(host, run)
    run("volume", **_with_source("raw"))


def _base_without_record(host: Host, run: Run) -> None:
    """As virsh makes it: 1.5 MiB, which libvirt copies and a run makes larger."""
    _source(host, run)
    (host.pool / "disk").write_bytes(CONTENT)
    host.conn.storagePoolLookupByName("data").refresh()


def _seed(password: str = SECRET, uri: str = LOCAL) -> Options:
    return _volume("seed.iso", uri, seed={"user_data": {"password": password}, "meta_data": {"instance-id": "web1"}})


def _old_seed(host: Host, run: Run) -> None:
    host.make_pool()
    run("volume", **_seed("battery staple"))


def _guest(state: str = "running") -> Options:
    return {
        "name": "web1",
        "state": state,
        "memory": "64MiB",
        "shutdown_timeout": 0,
        "force": True,
        "disks": [
            {"pool": "data", "volume": "disk", "target": "vda"},
            {"pool": "data", "volume": "second", "target": "vdb"},
            {"file": str(BASE / "data/install.iso"), "device": "cdrom", "target": "sda", "readonly": True},
        ],
        "cloud_init": {"user_data": {"password": SECRET}},
    }


def _gone(name: str = "web1", remove_volumes: bool = True) -> Options:
    force = {"shutdown_timeout": 0, "force": True}
    return {"name": name, "state": "absent", "remove_volumes": remove_volumes, **force}


def _disks(host: Host, run: Run) -> None:
    """What the guest's disks are on."""
    _base(host, run)
    run("volume", **_volume("second", capacity="1MiB"))
    (host.pool / "install.iso").write_bytes(CONTENT[:8192])
    host.conn.storagePoolLookupByName("data").refresh()


def _stopped_guest(host: Host, run: Run) -> None:
    """With NVRAM, two disks of its own and a seed; one on an image that others may need, one that is a file."""
    _disks(host, run)
    run("domain", firmware="efi", **_guest("stopped"))
    pathlib.Path("/var/lib/libvirt/qemu/nvram/web1_VARS.fd").write_bytes(b"variables")


def _renamed_guest() -> Options:
    return {**_guest("stopped"), "name": "web2", "renamed_from": "web1", "firmware": "efi"}


def _transient_guest(host: Host, run: Run) -> None:
    """It runs, and nothing would be left of it once it is off."""
    _disks(host, run)
    run("domain", **_guest())
    host.conn.lookupByName("web1").undefine()


def _running_guest(host: Host, run: Run) -> None:
    _disks(host, run)
    run("domain", **_guest())


def _grown_guest() -> Options:
    guest = {**_guest(), "memory": "96MiB", "restart": "if_required"}
    return {**guest, "disks": [*guest["disks"], {"pool": "data", "volume": "third", "target": "vdc"}]}


def _third_disk(host: Host, run: Run) -> None:
    _running_guest(host, run)
    run("volume", **_volume("third", capacity="1MiB"))


def _pool(state: str = "active", **options: t.Any) -> Options:
    return {"name": "data", "type": "dir", "target": str(BASE / "data"), "state": state, **options}


def _active_pool(_host: Host, run: Run) -> None:
    run("pool", **_pool())


def _moved_pool() -> Options:
    return {**_pool("present", restart="always"), "target": str(BASE / "moved")}


def _network(**options: t.Any) -> Options:
    return {"name": "lan", "bridge": "faults0", "forward": {"mode": "isolated"}, **options}


def _plugged_guest(host: Host, run: Run) -> None:
    run("network", **_network())
    run("domain", name="web1", memory="64MiB", interfaces=[{"network": "lan"}])


def _snapshot(name: str, **options: t.Any) -> Options:
    return {"domain": "web1", "name": name, "mode": "external", **options}


def _small_guest(host: Host, run: Run, state: str = "stopped") -> None:
    host.make_pool()
    run("volume", **_volume("disk.qcow2", capacity="1MiB"))
    disks = [{"pool": "data", "volume": "disk.qcow2", "target": "vda"}]
    run("domain", name="web1", memory="32MiB", state=state, disks=disks)


def _on_an_overlay(host: Host, run: Run) -> None:
    """libvirt does not list the image that it makes for a snapshot."""
    _small_guest(host, run)
    run("snapshot", **_snapshot("s1"))


def _on_a_listed_overlay(host: Host, run: Run) -> None:
    _on_an_overlay(host, run)
    host.conn.storagePoolLookupByName("data").refresh()


def _volume_and_its_guest(remove_volumes: bool) -> Options:
    gone = {"pool": "data", "name": "disk.qcow2", "state": "absent"}
    return {"parallel": 1, "volumes": [gone], "domains": [_gone(remove_volumes=remove_volumes)]}


def _sharing_guests(host: Host, run: Run, shareable: bool = True) -> None:
    host.make_pool()
    run("volume", **_volume(format="raw", capacity="1MiB"))
    for name in ("web1", "web2"):
        disks = [{"pool": "data", "volume": "disk", "target": "vda", "shareable": shareable}]
        run("domain", name=name, memory="32MiB", state="stopped", disks=disks)


def _two_snapshots(host: Host, run: Run) -> None:
    _small_guest(host, run, "running")
    for number in (1, 2):
        run("snapshot", **_snapshot(f"s{number}"))


def _snapshot_with_memory(host: Host, run: Run) -> None:
    _small_guest(host, run, "running")
    run("snapshot", **_snapshot("s1", memory=True, memory_file=str(BASE / "data/s1.memory")))
    (host.pool / "s1.memory").write_bytes(CONTENT[:4096])  # the same each time


def _snapshot_with_memory_elsewhere(host: Host, run: Run) -> None:
    """In no pool. One has been removed by hand since."""
    _small_guest(host, run, "running")
    run("snapshot", **_snapshot("s0"))
    run("snapshot", **_snapshot("s1", memory=True, memory_file=str(BASE / "s1.memory")))
    host.virsh("snapshot-delete", "web1", "s0", "--metadata")
    (BASE / "s1.memory").write_bytes(CONTENT[:4096])


def _written_since(host: Host, run: Run) -> None:
    _small_guest(host, run)
    run("snapshot", **_snapshot("s1"))
    subprocess.run(["qemu-io", "-c", "write -P 5 0 64k", host.pool / "disk.s1"], check=True, capture_output=True)


def _replaced_disk() -> Options:
    """Of the guest of :func:`_small_guest`, in the place of the one that goes."""
    volumes = [
        {"pool": "data", "name": "other.qcow2", "capacity": "1MiB"},
        {"pool": "data", "name": "disk.qcow2", "state": "absent"},
    ]
    disks = [{"pool": "data", "volume": "other.qcow2", "target": "vda"}]
    guest = {"name": "web1", "memory": "32MiB", "state": "stopped", "disks": disks}
    return {"parallel": 1, "volumes": volumes, "domains": [guest]}


def _document(state: str = "present") -> Options:
    """All kinds, each needing another."""
    gone = state == "absent"
    volumes: list[Options] = [
        {"name": "base", "pool": "data", "format": "raw", "source": {"path": str(SOURCE)}},
        {"name": "disk", "pool": "data", "backing": "base"},
        {"name": "second", "pool": "data", "source": {"volume": "base"}},
    ]
    return {
        "parallel": 1,
        "secrets": [_SECRET | {"state": state}],
        "networks": [_network() | ({"state": "absent"} if gone else {})],
        "pools": [_pool() | ({"state": "absent"} if gone else {})],
        "volumes": [volume | {"state": state} for volume in volumes],
        "domains": [_gone() if gone else {**_guest(), "interfaces": [{"network": "lan"}]}],
    }


def _source_and_iso(host: Host, _run: Run) -> None:
    SOURCE.write_bytes(CONTENT)
    (host.pool / "install.iso").write_bytes(CONTENT[:8192])


def _whole_document(host: Host, run: Run) -> None:
    _source_and_iso(host, run)
    run("converge", **_document())


SCENARIOS = [
    Scenario("content from a file", "volume", _with_source("qcow2"), _source),
    Scenario("content from the web", "volume", _volume(format="qcow2"), _published),
    Scenario("content as another user", "volume", _with_source("qcow2"), _source, as_user=True),
    Scenario("content over a remote uri", "volume", _with_source("raw", REMOTE), _source),
    Scenario("copy of a volume", "volume", _volume("copy", source={"volume": "disk"}, capacity="3MiB"), _base),
    Scenario(
        "copy by libvirt",
        "volume",
        _volume("copy", REMOTE, source={"volume": "disk"}, capacity="3MiB", format="raw"),
        _base_without_record,
    ),
    Scenario("empty raw volume", "volume", _volume(format="raw", capacity="1MiB"), lambda host, _run: host.make_pool()),
    Scenario("seed", "volume", _seed(), lambda host, _run: host.make_pool()),
    Scenario("seed as another user", "volume", _seed(), lambda host, _run: host.make_pool(), as_user=True),
    Scenario("seed over a remote uri", "volume", _seed(uri=REMOTE), lambda host, _run: host.make_pool()),
    Scenario("seed renewed", "volume", _seed(), _old_seed),
    Scenario("seed renewed as another user", "volume", _seed(), _old_seed, as_user=True),
    Scenario("seed renewed over a remote uri", "volume", _seed(uri=REMOTE), _old_seed),
    Scenario("volume removed", "volume", _volume(state="absent"), _base),
    Scenario("guest made", "domain", _guest(), _disks),
    Scenario("guest changed", "domain", _grown_guest(), _third_disk),
    Scenario("guest renamed", "domain", _renamed_guest(), _stopped_guest),
    Scenario("guest removed with its volumes", "domain", _gone(), _stopped_guest),
    Scenario("transient guest removed with its volumes", "domain", _gone(), _transient_guest),
    Scenario("guest removed as another user", "domain", _gone(), _stopped_guest, as_user=True),
    Scenario("guest removed over a remote uri", "domain", {**_gone(), "uri": REMOTE}, _stopped_guest),
    Scenario("guest removed with an overlay", "domain", _gone(), _on_an_overlay),
    Scenario("guest removed with a listed overlay", "domain", _gone(), _on_a_listed_overlay),
    Scenario("volume removed with its guest on an overlay", "converge", _volume_and_its_guest(False), _on_an_overlay),
    Scenario("volumes removed with their guest on an overlay", "converge", _volume_and_its_guest(True), _on_an_overlay),
    Scenario(
        "shared disk removed with its guests",
        "converge",
        {"parallel": 1, "domains": [_gone("web1"), _gone("web2")]},
        _sharing_guests,
    ),
    Scenario(
        "shared disk kept for one of its guests",
        "converge",
        {"parallel": 1, "domains": [_gone("web1", remove_volumes=False), _gone("web2")]},
        lambda host, run: _sharing_guests(host, run, shareable=False),
    ),
    Scenario("guest removed with its memory", "domain", _gone(), _snapshot_with_memory),
    Scenario("guest removed with its memory elsewhere", "domain", _gone(), _snapshot_with_memory_elsewhere),
    Scenario("guest removed without its memory", "domain", _gone(remove_volumes=False), _snapshot_with_memory),
    Scenario("seed removed", "domain", {**_guest("stopped"), "cloud_init": {}}, _stopped_guest),
    Scenario("disk replaced and its volume removed", "converge", _replaced_disk(), _small_guest),
    Scenario("pool made", "pool", {**_moved_pool(), "state": "active", "permissions": {"mode": "0700"}}),
    Scenario("pool restarted", "pool", _moved_pool(), _active_pool),
    Scenario("network made", "network", _network(autostart=True)),
    Scenario("network restarted", "network", _network(mtu=1400, state="present", restart="always"), _plugged_guest),
    Scenario("secret", "secret", _SECRET),
    Scenario("series of snapshots", "snapshot", _snapshot("s3", keep=2, keep_prefix="s"), _two_snapshots),
    Scenario("snapshot removed", "snapshot", _snapshot("s1", state="absent"), _snapshot_with_memory),
    Scenario("snapshot reverted to", "snapshot", _snapshot("s1", state="reverted"), _written_since, settles=False),
    Scenario("whole host", "converge", _document(), _source_and_iso),
    Scenario("whole host removed", "converge", _document("absent"), _whole_document),
]
