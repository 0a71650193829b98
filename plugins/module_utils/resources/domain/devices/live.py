# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the changes of a running domain's devices can be made while it runs. Pure."""

from __future__ import annotations

import copy
import typing as t

from ....deps import Element
from ....diff import LIVE, Change
from ....plan import Action
from ....xml import parse
from ....xml import table as tables
from ..operations import Attach, Detach, SetIotune, Update
from . import LISTS, PLUGGABLE, UPDATABLE
from .disks import DISKS, MEDIUM, REMOVABLE

#: Options that libvirt changes with a call of their own, by their beginning: the operation for it.
CALLS = {"disks": {"iotune.": SetIotune}}


class Split(t.NamedTuple):
    """Actions by when they go, and the changes that wait for the next start."""

    unplug: t.List[Action]
    change: t.List[Action]
    plug: t.List[Action]
    later: t.List[Change]


def split(live: Element, changes: t.Sequence[Change], name: str) -> Split:
    """Sort the changes of devices of the domain ``name``. ``live`` is its live XML before they were made."""
    done = Split([], [], [], [])
    handled: t.List[Element] = []
    for change in changes:
        option = change.items.partition(".")[0]
        device = change.nested[0]
        if change.op != "set" and device is change.element:
            plugs = PLUGGABLE.get(option)
            if plugs is None or not plugs(device, change.op):
                done.later.append(change)
            elif change.op == "remove":
                done.unplug.append(Action("domain", name, Detach(parse.to_text(device), option), (change,)))
            else:
                done.plug.append(Action("domain", name, Attach(option, device), (change,)))
        elif all(device is not one for one in handled):
            handled.append(device)
            alike = [one for one in changes if device is one.element or device in one.parents]
            _split_device(done, LISTS[option], live, device, alike, name)
    return done


def _split_device(
    done: Split, entry: tables.Items, live: Element, device: Element, changes: t.List[Change], name: str
) -> None:
    """The changes of one device that stays."""
    updated: t.List[Change] = []
    for beginning, call in CALLS.get(entry.option, {}).items():
        called = [change for change in changes if _inner(change).startswith(beginning)]
        changes = [change for change in changes if change not in called]
        if called:
            options = [_inner(change) for change in called]
            values = {prop.option: prop.read(device) for prop in entry.members if prop.option in options}
            operation = call(values, tables.read(entry.members, device))
            done.change.append(Action("domain", name, operation, tuple(called)))
    for change in changes:
        (updated if _updatable(entry, change) else done.later).append(change)
    if updated:
        before = _counterpart(entry, live, device)
        xml = parse.to_text(device if len(updated) == len(changes) else _only(entry, before, device, updated))
        done.change.append(Action("domain", name, Update(xml), tuple(updated)))


def _inner(change: Change) -> str:
    """The option as it is called within its device."""
    return change.option.rpartition("].")[2]


def _updatable(entry: tables.Items, change: Change) -> bool:
    """A device's option that libvirt can update in place: those marked live, and the medium of a removable drive."""
    if entry is DISKS:
        return change.nested[-1].get("device") in REMOVABLE and _inner(change) in MEDIUM
    return entry.option in UPDATABLE and change.apply == LIVE


def _counterpart(entry: tables.Items, live: Element, device: Element) -> Element:
    elements = entry.elements(live)
    (index,) = tables.match(
        entry, [tables.read(entry.members, device)], [tables.read(entry.members, one) for one in elements]
    )
    return device if index is None else elements[index]


def _only(entry: tables.Items, before: Element, after: Element, changes: t.Sequence[Change]) -> Element:
    """The device as it was, with some of its changes: libvirt refuses an update that has one it cannot make."""
    element = copy.deepcopy(before)
    options = {_inner(change) for change in changes}
    for member in entry.members:
        if isinstance(member, tables.Items):
            if any(change.items == f"{entry.option}.{member.option}" for change in changes):
                tables.patch((member,), element, tables.read((member,), after))
        elif member.option in options:
            member.write(element, member.read(after))
    return element
