# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a running domain's changes can be made while it runs, and what has to wait for its next start. Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import Change
from ...plan import Action
from ...units import parse_size
from ...xml import path as xmlpath
from .calls import call_for, settings
from .devices import LISTS
from .devices import live as device_live
from .operations import Attach, Call, Detach


def split(live: Element, changes: t.Sequence[Change], name: str) -> t.Tuple[t.List[Action], t.List[Change]]:
    """The actions that bring the running domain ``name`` nearer to what is declared, and the changes that have to wait.

    ``live`` is its live XML before patching, ``changes`` what patching it changed. Unplugging comes before plugging:
    a target or an address may be meant to be used again.
    """
    of_devices = [change for change in changes if change.items.partition(".")[0] in LISTS]
    devices = device_live.split(live, of_devices, name)
    calls: t.Dict[t.Type[Call], t.List[Change]] = {}
    later: t.List[Change] = []
    for change in changes:
        if any(change is one for one in of_devices):
            continue
        call = call_for(live, change)
        (later if call is None else calls.setdefault(call.operation, [])).append(change)
    actions = [Action("domain", name, call(settings(alike)), tuple(alike)) for call, alike in calls.items()]
    later += devices.later
    waiting = [change for change in changes if any(change is one for one in later)]
    return [*devices.unplug, *devices.change, *actions, *devices.plug], waiting


def with_restart(actions: t.Sequence[Action], later: t.Sequence[Change]) -> t.Tuple[t.List[Action], t.List[Change]]:
    """The ``actions`` that are made though a restart follows, and what the restart brings: ``later`` and the devices.

    A guest that boots anew has them plugged; one that is asked to let a device go may take its time, or refuse.
    """
    plugs = [action for action in actions if isinstance(action.operation, (Attach, Detach))]
    brought = [*later, *(change for action in plugs for change in action.changes)]
    return [action for action in actions if action not in plugs], brought


def waits_for_balloon(live: Element, definition: Element, memory: t.Optional[int]) -> bool:
    """Whether the guest was asked to release memory and has released none yet.

    libvirt asks it when it starts, and shows all of its memory until the guest has loaded a driver that does it.
    """
    now, ceiling, kept = _bytes(live, "currentMemory"), _bytes(live, "memory"), _bytes(definition, "currentMemory")
    return memory is not None and memory == kept and now == ceiling and memory < ceiling


def _bytes(root: Element, tag: str) -> int:
    element = xmlpath.the(root, tag)
    return parse_size(element.text or "", element.get("unit", "KiB"))
