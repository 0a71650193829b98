# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks and pools that running guests use, whoever started those; virsh and the kernel are the witnesses."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import settle, verbs
from .test_domain import OFF

GUEST = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
  <devices>{devices}</devices>
</domain>
"""
BY_NAME = "<interface type='network'><source network='{0}'/><target dev='{0}n'/></interface>"
BY_BRIDGE = "<interface type='bridge'><source bridge='{0}'/><target dev='{0}b'/>{1}</interface>"
ISOLATED = "<port isolated='yes'/>"
DISK = "<disk type='{0}'><driver name='qemu' type='{1}'/><source {2}/><target dev='vda' bus='virtio'/></disk>"

Start = t.Callable[..., str]


@pytest.fixture
def start(virsh, unique, tmp_path) -> Start:
    """Start a guest with these devices, as somebody does who does not know of the collection."""

    def run(*devices: str, name: str = unique) -> str:
        (tmp_path / f"{name}.xml").write_text(GUEST.format(name=name, devices="".join(devices)))
        virsh("define", tmp_path / f"{name}.xml")
        virsh("start", name)
        return name

    return run


@pytest.fixture
def network(module, unique) -> dict[str, t.Any]:
    """A network that runs, with the bridge of its name."""
    options = {"name": unique, "forward": {"mode": "isolated"}, "bridge": unique}
    module("network", **options)
    return options


def bridge_of(device: str) -> str | None:
    """What the kernel says of where a device is plugged in."""
    master = pathlib.Path(f"/sys/class/net/{device}/master")
    return master.resolve().name if master.exists() else None


def is_isolated(device: str) -> bool:
    return pathlib.Path(f"/sys/class/net/{device}/brport/isolated").read_text().strip() == "1"


def active(virsh, listing: str, name: str) -> bool:
    return name in virsh(listing, "--name").split()


@pytest.mark.parametrize("interface", [BY_NAME, BY_BRIDGE])
@pytest.mark.parametrize("state", ["absent", "inactive"])
def test_a_network_that_a_guest_is_on_is_stopped_by_force_only(module, virsh, unique, network, start, state, interface):
    start(interface.format(unique, ""))
    failed = module("network", name=unique, state=state, fails=True)
    assert failed["msg"].startswith(f"state: running domains use the network: {unique}. ")
    assert active(virsh, "net-list", unique)
    forced = settle(module, "network", name=unique, state=state, force=True)
    assert verbs(forced)[0] == "stop" and not active(virsh, "net-list", unique)


def test_a_network_that_guests_that_are_off_would_use_is_stopped(module, virsh, unique, network, start):
    start(BY_NAME.format(unique), BY_BRIDGE.format(unique, ""))
    virsh("destroy", unique)
    assert verbs(settle(module, "network", name=unique, state="absent")) == ["stop", "undefine"]


def test_a_guest_on_the_bridge_keeps_a_network_from_being_restarted(module, virsh, unique, network, start):
    start(BY_BRIDGE.format(unique, ""))
    index = pathlib.Path(f"/sys/class/net/{unique}/ifindex")
    before = index.read_text()
    changed = settle(module, "network", **network, mtu=1400, restart="if_unused")
    assert (verbs(changed), changed["restart_required"]) == (["define"], True)
    assert index.read_text() == before, "the bridge was made anew"
    virsh("destroy", unique)
    assert verbs(settle(module, "network", **network, mtu=1400, restart="if_unused")) == ["restart"]
    assert index.read_text() != before


@pytest.mark.parametrize("renamed", [False, True])
def test_guests_are_plugged_in_again_when_the_network_is_restarted(module, virsh, unique, network, start, renamed):
    start(BY_NAME.format(unique), BY_BRIDGE.format(unique, ISOLATED))
    bridge = unique + "x" if renamed else unique
    restarted = settle(module, "network", **{**network, "bridge": bridge}, mtu=1400, restart="always")
    assert verbs(restarted) == ["define", "restart"]
    assert [bridge_of(unique + which) for which in "nb"] == [bridge, bridge]
    assert [is_isolated(unique + which) for which in "nb"] == [False, True]
    assert etree.fromstring(virsh("net-dumpxml", unique)).find("bridge").get("name") == bridge


def test_over_a_remote_uri_a_network_with_guests_is_restarted_by_force_only(module, virsh, unique, network, start, uri):
    """Nobody plugs them in again there."""
    start(BY_NAME.format(unique))
    changed = {**network, "uri": uri, "mtu": 1400, "restart": "always"}
    failed = module("network", **changed, fails=True)
    assert failed["msg"].startswith(f"restart: running domains use the network: {unique}. Over a remote URI ")
    assert bridge_of(unique + "n") == unique and "1400" not in virsh("net-dumpxml", "--inactive", unique)
    assert verbs(settle(module, "network", **changed, force=True)) == ["define", "restart"]
    assert bridge_of(unique + "n") is None
    virsh("destroy", unique)
    assert verbs(settle(module, "network", **{**changed, "mtu": 1300})) == ["define", "restart"]


def test_running_guests_are_plugged_in_when_the_network_is_started(module, virsh, unique, network, start):
    start(BY_NAME.format(unique), BY_BRIDGE.format(unique, ""))
    virsh("net-destroy", unique)
    subprocess.run(["ip", "link", "add", unique + "o", "type", "bridge"], check=True)
    subprocess.run(["ip", "link", "set", unique + "n", "master", unique + "o"], check=True)
    assert verbs(settle(module, "network", **network)) == ["start"]
    assert bridge_of(unique + "b") == unique
    assert bridge_of(unique + "n") == unique + "o", "somebody put it there meanwhile"
    subprocess.run(["ip", "link", "del", unique + "o"], check=True)


def test_a_network_is_removed_with_its_guest_or_after_one_that_moves(module, virsh, unique, network, start):
    start(BY_BRIDGE.format(unique, ""))
    other = start(BY_NAME.format(unique), name=unique + "o")
    mac = etree.fromstring(virsh("dumpxml", other)).find("devices/interface/mac").get("address")
    document: dict[str, t.Any] = {
        "networks": [{"name": unique, "state": "absent"}, {"name": other, "forward": {"mode": "isolated"}}],
        "domains": [{"name": unique, "state": "absent", **OFF}],
    }
    failed = module("converge", **document, fails=True)
    assert failed["msg"].startswith(f"networks[{unique}].state: running domains use the network: {other}. ")
    assert virsh("domstate", unique).strip() == "running", "nothing is touched"
    moved = {"name": other, "interfaces": [{"network": other, "mac": mac}]}
    document["domains"].append(moved)
    settle(module, "converge", **document)
    assert not active(virsh, "net-list", unique)
    bridge = etree.fromstring(virsh("net-dumpxml", other)).find("bridge").get("name")
    assert bridge_of(unique + "n") == bridge


def test_a_network_stays_when_its_guest_does_not_let_go(soon_given_up, module, virsh, unique, network, start):
    """Without an operating system a guest gives no interface up: the run that counted on it ends there."""
    start(BY_NAME.format(unique))
    document = {"networks": [{"name": unique, "state": "absent"}], "domains": [{"name": unique, "interfaces": []}]}
    failed = module("converge", **document, fails=True)
    assert f"stop network {unique} failed: running domains use the network: {unique}" in failed["msg"]
    assert active(virsh, "net-list", unique) and bridge_of(unique + "n") == unique


@pytest.fixture
def images(pool: str, folder: pathlib.Path, tmp_path: pathlib.Path) -> dict[str, str]:
    """Disks that are in the pool, each in a way of its own."""
    for path, more in ((folder / "base", ()), (tmp_path / "clone", ("-b", folder / "base", "-F", "qcow2"))):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *more, path, "1M"], check=True)
    (tmp_path / "link").symlink_to(folder)
    return {
        "path": DISK.format("file", "qcow2", f"file='{folder}/base'"),
        "reference": DISK.format("volume", "qcow2", f"pool='{pool}' volume='base'"),
        "base": DISK.format("file", "qcow2", f"file='{tmp_path}/clone'"),
        "link": DISK.format("file", "qcow2", f"file='{tmp_path}/link/base'"),
    }


@pytest.mark.parametrize("way", ["path", "reference", "base", "link"])
def test_a_pool_with_a_running_guests_disk_is_stopped_by_force_only(module, virsh, unique, pool, images, start, way):
    virsh("pool-refresh", pool)
    start(images[way])
    for state in ("absent", "inactive"):
        failed = module("pool", name=pool, state=state, fails=True)
        assert failed["msg"].startswith(f"state: running domains use the pool: {unique}. ")
        assert active(virsh, "pool-list", pool)
    settle(module, "pool", name=pool, state="inactive", force=True)
    assert not active(virsh, "pool-list", pool)
    assert virsh("domstate", unique).strip() == "running"


@pytest.mark.parametrize("what", ["uefi variables", "the file of a port", "a part of a disk"])
def test_a_pool_with_any_file_of_a_running_guest_is_stopped_by_force_only(
    module, virsh, unique, pool, folder, tmp_path, start, what
):
    if what == "uefi variables":
        nvram = {"path": str(folder / "vars.fd")}
        module("domain", name=unique, memory="32MiB", firmware="efi", nvram=nvram, disks=[])
    elif what == "the file of a port":
        start(f"<serial type='file'><source path='{folder}/console.log'/></serial>")
    else:
        flat = ("-f", "vmdk", "-o", "subformat=monolithicFlat")
        subprocess.run(["qemu-img", "create", "-q", *flat, tmp_path / "d.vmdk", "8M"], check=True)
        text = (tmp_path / "d.vmdk").read_text()
        (tmp_path / "d.vmdk").write_text(text.replace('"d-flat.vmdk"', f'"{folder}/d-flat.vmdk"'))
        (tmp_path / "d-flat.vmdk").rename(folder / "d-flat.vmdk")
        start(DISK.format("file", "vmdk", f"file='{tmp_path}/d.vmdk'"))
    for state in ("absent", "inactive"):
        failed = module("pool", name=pool, state=state, fails=True)
        assert failed["msg"].startswith(f"state: running domains use the pool: {unique}. ")
        assert active(virsh, "pool-list", pool)
    virsh("destroy", unique)
    settle(module, "pool", name=pool, state="inactive")


def test_a_pool_is_removed_with_its_guest(module, virsh, unique, pool, images, start):
    start(images["path"])
    document = {
        "pools": [{"name": pool, "state": "absent"}],
        "domains": [{"name": unique, "state": "absent", **OFF}],
    }
    settle(module, "converge", **document)
    assert not active(virsh, "pool-list", pool)


def test_an_image_that_a_disk_is_based_on_keeps_a_pool_from_being_restarted(
    module, virsh, unique, pool, folder, images, start
):
    start(images["base"])
    changed = settle(module, "pool", name=pool, target=str(folder.with_name("new")), restart="if_unused")
    assert (verbs(changed), changed["restart_required"]) == (["define"], True)
    virsh("destroy", unique)
    assert "restart" in verbs(
        settle(module, "pool", name=pool, target=str(folder.with_name("new")), restart="if_unused")
    )
