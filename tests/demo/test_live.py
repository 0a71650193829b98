# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes to a running guest, seen from inside it: it is not rebooted, and does its part of plugging and unplugging."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..functional.lifecycle import fields, settle, verbs

POOL = "kvm-fleet-demo"
ROOT_DISK = {"pool": POOL, "volume": "demo1.qcow2", "target": "vda"}
SEED = {"pool": POOL, "volume": "kvm-fleet-demo1-seed.iso", "target": "vdb", "readonly": True}
DATA = {"pool": POOL, "volume": "data.qcow2", "target": "vdc"}


@pytest.fixture
def guest(summary) -> str:
    return summary["guest"]


@pytest.fixture
def disks_seen(in_guest) -> t.Callable[[], dict[str, int]]:
    """The disks that the guest has, with their sizes in bytes."""

    def look() -> dict[str, int]:
        found = json.loads(in_guest("lsblk --json --bytes --nodeps --output NAME,SIZE,TYPE"))["blockdevices"]
        return {one["name"]: one["size"] for one in found if one["type"] == "disk"}

    return look


@pytest.fixture(autouse=True)
def is_not_rebooted(in_guest) -> t.Iterator[None]:
    before = in_guest("cat /proc/sys/kernel/random/boot_id")
    yield
    assert in_guest("cat /proc/sys/kernel/random/boot_id") == before


def test_a_disk_inserted_first_is_plugged_in_and_the_root_disk_is_left_alone(module, guest, virsh, disks_seen):
    settle(module, "volume", pool=POOL, name="data.qcow2", capacity="1GiB")
    before = disks_seen()
    changed = settle(module, "domain", name=guest, disks=[DATA, ROOT_DISK, SEED])
    assert set(fields(changed)) == {"disks[vdc]"} and not changed["restart_required"]
    assert disks_seen() == {**before, "vdc": 1024**3}


def test_a_growing_disk_is_seen_without_a_reboot(module, guest, disks_seen):
    changed = settle(module, "volume", pool=POOL, name="data.qcow2", capacity="2GiB")
    assert fields(changed) == {"capacity": ("1GiB", "2GiB")}
    assert disks_seen()["vdc"] == 2 * 1024**3


def test_a_removed_disk_is_gone_from_the_guest_and_its_volume_stays(module, guest, virsh, disks_seen):
    changed = settle(module, "domain", name=guest, disks=[ROOT_DISK, SEED])
    assert "detach" in verbs(changed) and not changed["pending"]
    assert "vdc" not in disks_seen()
    assert "vdc" not in virsh("domblklist", guest)
    assert "data.qcow2" in virsh("vol-list", POOL)
    settle(module, "volume", pool=POOL, name="data.qcow2", state="absent")


def test_a_network_interface_is_plugged_in_and_out(module, guest, in_guest):
    first = {"network": POOL, "mac": "52:54:00:77:00:05"}
    second = {"network": POOL, "mac": "52:54:00:77:00:06"}
    settle(module, "domain", name=guest, interfaces=[second, first])
    assert "52:54:00:77:00:06" in in_guest("cat /sys/class/net/*/address").split()
    changed = settle(module, "domain", name=guest, interfaces=[first])
    assert not changed["pending"]
    assert "52:54:00:77:00:06" not in in_guest("cat /sys/class/net/*/address").split()


def test_memory_is_taken_from_the_guest_and_given_back(module, guest, virsh, in_guest):
    total = "awk '/^MemTotal/ { print $2 }' /proc/meminfo"
    before = int(in_guest(total))
    changed = settle(module, "domain", name=guest, memory="768MiB")
    assert not changed["restart_required"]
    assert before - int(in_guest(total)) == 256 * 1024
    settle(module, "domain", name=guest, memory="1GiB")
    assert int(in_guest(total)) == before
