# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes that no path of the host leads to: QEMU reaches them over the network. The planner's cases have the disks."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import DefinedState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.pool.types import TYPES
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import VolumeState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.users import place, running

from ..plan.host_facts import HostFacts

CEPH = "<pool type='rbd'><name>ceph</name><source><host name='mon1'/><name>vms</name></source></pool>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [(("rbd", "vms/web1"), ["web1"]), (("ceph", "web1"), ["web1"]), (("rbd", "vms/web2"), []), ("web1", [])],
)
def test_running_domains_with_a_ceph_volume_are_found(source, expected):
    volume = VolumeState("ceph", "web1", "<volume type='network'><target><path>vms/web1</path></target></volume>")
    pools: dict[t.Any, t.Any] = {"ceph": DefinedState("ceph", CEPH, CEPH, True, False)}
    there = {"pool": [*pools.values()], "volume": [volume], "domain": [], "snapshot": []}
    host = HostFacts.of(there, disks=[{"domain": "web1", "source": source, "live": True}])
    world = World({"pool": pools, "volume": {("ceph", "web1"): volume}}, {}, t.cast(t.Any, host))
    assert running(world, place(world, volume)) == expected


def test_a_login_by_the_uuid_of_a_secret():
    make = t.cast(t.Callable[..., t.Any], TYPES["iscsi-direct"].disk)
    values = {
        "source.hosts": [{"name": "nas", "port": 0}],
        "source.devices": ["iqn.2026-11.example:vm"],
        "source.initiator": "iqn.2026-11.example:kvm1",
        "source.auth.username": "kvm1",
        "source.auth.secret.uuid": "8f0c1f2e-5d8e-4d1c-9f5b-0d3f9e2a7b11",
    }
    assert make(values, "unit:0:0:12") == {
        "network.protocol": "iscsi",
        "network.name": "iqn.2026-11.example:vm/12",
        "network.hosts": [{"name": "nas"}],
        "network.initiator": "iqn.2026-11.example:kvm1",
        "auth.username": "kvm1",
        "auth.secret.uuid": "8f0c1f2e-5d8e-4d1c-9f5b-0d3f9e2a7b11",
    }
