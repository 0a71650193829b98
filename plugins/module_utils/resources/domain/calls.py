# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of libvirt's calls changes what of a running domain, beside its devices. Pure.

An entry of a table that is marked live has a place here, and its call in setters.py.
"""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import LIVE, Change
from ...xml import path as xmlpath
from ...xml import table as tables
from . import operations
from .operations import Setting
from .tables import MACHINE

_ENTRIES = {entry.option: entry for entry in MACHINE}


def _always(_live: Element, _change: Change) -> bool:
    return True


def _room_for_memory(live: Element, change: Change) -> bool:
    """What runs cannot be given more than it was started with room for."""
    return bool(change.value <= _ENTRIES["memory_max"].read(live))


def _room_for_vcpus(live: Element, change: Change) -> bool:
    """Nothing gets more vCPUs than it was started with room for, nor less than it was started with."""
    return bool(fixed_vcpus(live) <= change.after <= int(xmlpath.the_text(live, "vcpu")))


def _pinned(_live: Element, change: Change) -> bool:
    """libvirt can move a thread; it cannot forget that somebody did."""
    return change.op != "remove"


def _moves(live: Element, _change: Change) -> bool:
    """Memory is only moved to other nodes where the control group alone says where it is."""
    return live.find("numatune/memory[@mode='restrictive']") is not None


def _whole_thread(_live: Element, change: Change) -> bool:
    """A thread that is there keeps its pool until the next start."""
    return not change.items or change.op != "set"


class LiveCall(t.NamedTuple):
    """An operation, the options and lists that it changes, and when libvirt can do that."""

    operation: t.Type[operations.Call]
    options: t.Tuple[str, ...]
    possible: t.Callable[[Element, Change], bool] = _always


def _options(prefix: str) -> t.Tuple[str, ...]:
    return tuple(option for option in _ENTRIES if option.startswith(prefix))


CALLS = (
    LiveCall(operations.SetMemory, ("memory",), _room_for_memory),
    LiveCall(operations.SetVcpus, ("vcpus",), _room_for_vcpus),
    LiveCall(operations.SetTitle, ("title",)),
    LiveCall(operations.SetDescription, ("description",)),
    LiveCall(operations.SetMetadata, ("metadata",)),
    LiveCall(operations.SetIothreads, ("iothread_ids", "iothreads"), _whole_thread),
    LiveCall(
        operations.SetScheduler,
        ("cputune.shares",)
        + tuple(
            "cputune." + whose + what
            for whose in ("", "global_", "emulator_", "iothread_")
            for what in ("period", "quota")
        ),
    ),
    LiveCall(operations.PinVcpus, ("cputune.vcpupin",), _pinned),
    LiveCall(operations.PinEmulator, ("cputune.emulatorpin",)),
    LiveCall(operations.PinIothreads, ("cputune.iothreadpin",), _pinned),
    LiveCall(operations.SetBlkio, ("blkiotune.weight", "blkiotune.devices")),
    LiveCall(operations.SetMemoryLimits, _options("memtune.")),
    LiveCall(operations.SetNumaNodes, ("numatune.nodeset",), _moves),
    LiveCall(operations.SetPerfEvents, _options("perf.")),
    LiveCall(operations.SetMemoryStatsPeriod, ("memballoon.stats_period",)),
)
_BY_OPTION = {option: call for call in CALLS for option in call.options}


def call_for(live: Element, change: Change) -> t.Optional[LiveCall]:
    """The call that makes ``change`` in a domain that runs as ``live`` says, or ``None``."""
    call = _BY_OPTION.get(change.items or change.option)
    return call if call is not None and change.apply == LIVE and call.possible(live, change) else None


def settings(changes: t.Sequence[Change]) -> t.Tuple[Setting, ...]:
    """What a call has to set for ``changes``: of an item that is there its identity, and what of it changes."""
    found: t.List[Setting] = []
    for change in changes:
        if not change.items:
            found.append((change.option, change.op, change.value))
            continue
        entry = _ENTRIES[change.items]
        item = tables.read(entry.members, change.nested[-1])
        if change.op == "set":
            changed = change.option.rpartition(".")[2]
            item = {option: item[option] for option in (*entry.identity[0], changed)}
        found.append((change.items, change.op, item))
    return tuple(found)


def fixed_vcpus(live: Element) -> int:
    """How many vCPUs cannot be unplugged: those that the domain was started with.

    libvirt only lists single vCPUs once some of them differ from the others.
    """
    single = live.findall("vcpus/vcpu")
    if not single:
        return int(xmlpath.get_text(live, "vcpu/@current") or xmlpath.the_text(live, "vcpu"))
    return sum(one.get("enabled") == "yes" and one.get("hotpluggable") == "no" for one in single)
