# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to a running domain that the private host, which has no control groups, cannot get through."""

from __future__ import annotations

import typing as t
from unittest import mock

from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Session
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain import operations
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.calls import CALLS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices.misc import SINGLE
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.tables import MACHINE
from ansible_collections.kvm.fleet.plugins.module_utils.xml.quantities import UNLIMITED


class Item:
    """Stands for a domain: remembers what it is told."""

    def __getattr__(self, name: str) -> t.Callable[..., None]:
        return lambda parameters, _flags: setattr(self, "parameters", parameters)


def told(call: type[operations.Call], *settings: t.Any) -> t.Any:
    domain, connection = Item(), mock.Mock()
    connection.lookupByName.return_value = domain
    DOMAIN.executors().execute(Session(connection, "qemu:///system"), Action("domain", "web1", call(settings)))
    return domain.parameters


def test_every_call_is_for_something_and_every_live_option_has_one():
    assert {call.operation for call in CALLS} == set(operations.Call.__subclasses__())
    options = [option for call in CALLS for option in call.options]
    assert sorted(options) == sorted(entry.option for entry in (*MACHINE, *SINGLE) if entry.apply == LIVE)


def test_limits_of_memory_are_kib_and_no_limit_is_libvirts_own_number():
    limits = told(
        operations.SetMemoryLimits, ("memtune.hard_limit", "set", 2**30), ("memtune.soft_limit", "set", UNLIMITED)
    )
    assert limits == {"hard_limit": 2**20, "soft_limit": 9007199254740991}


def test_shares_and_quotas_have_libvirts_names():
    parameters = told(operations.SetScheduler, ("cputune.shares", "set", 9), ("cputune.global_quota", "set", -1))
    assert parameters == {"cpu_shares": 9, "global_quota": -1}


def test_blkio_calls_have_only_changed_devices_and_zero_for_removed_ones():
    item = {"path": "/dev/sda", "weight": 0, "read_iops_sec": 7, "write_iops_sec": 0}
    changed = {"path": "/dev/sdb", "read_iops_sec": 0}
    parameters = told(
        operations.SetBlkio, *[("blkiotune.devices", op, one) for op, one in (("add", item), ("set", changed))]
    )
    assert parameters == {"device_read_iops_sec": "/dev/sda,7,/dev/sdb,0"}
    assert told(operations.SetBlkio, ("blkiotune.devices", "remove", item)) == {"device_read_iops_sec": "/dev/sda,0"}
