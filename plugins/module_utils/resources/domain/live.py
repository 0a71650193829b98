# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a running domain's changes can be made while it runs, and what has to wait for its next start. Pure."""

from __future__ import annotations

import typing as t

from ...diff import LIVE, Change
from ...plan import Action
from ...units import parse_size
from ...xml import parse
from .devices import PLUGGABLE, UPDATABLE
from .devices.disks import DISKS, REMOVABLE

#: Options of the domain itself that libvirt has a live call for.
SETTABLE = ("memory", "vcpus", "title", "description")


def split(live: t.Any, changes: t.Sequence[Change], name: str) -> t.Tuple[t.List[Action], t.List[Change]]:
    """The actions that bring the running domain ``name`` nearer to what is declared, and the changes that have to wait.

    ``live`` is its live XML before patching, ``changes`` what patching it changed. Unplugging comes before plugging:
    a target or an address may be meant to be used again.
    """
    unplug, other, plug, later = [], [], [], []  # type: ignore[var-annotated]
    handled: t.List[t.Any] = []
    for change in changes:
        if change.items in PLUGGABLE and change.op == "remove":
            unplug.append(_action(name, "detach", (change,), xml=parse.to_text(change.element), list=change.items))
        elif change.items in PLUGGABLE and change.op == "add":
            plug.append(_action(name, "attach", (change,), list=change.items, element=change.element))
        elif change.items in UPDATABLE and change.op == "set":
            if change.element in handled:
                continue
            handled.append(change.element)
            alike = tuple(one for one in changes if one.element is change.element)
            if all(_updatable(one) for one in alike):
                other.append(_action(name, "update", alike, xml=parse.to_text(change.element)))
            else:
                later += alike
        elif change.option in SETTABLE and _settable(live, change):
            other.append(_action(name, "set_" + change.option, (change,), value=change.after))
        else:
            later.append(change)
    return unplug + other + plug, later


def _action(name: str, verb: str, changes: t.Tuple[Change, ...], **payload: t.Any) -> Action:
    return Action("domain", name, verb, changes, LIVE, payload)


def _updatable(change: Change) -> bool:
    """A device's option that libvirt can update in place: those marked live, and the medium of a removable drive."""
    if change.items == DISKS.option and change.element.get("device") in REMOVABLE:
        return change.option.rpartition(".")[2] in ("file", "block", "format")
    return change.apply == LIVE


def _settable(live: t.Any, change: Change) -> bool:
    """What runs cannot be given more than it was started with room for, nor less vCPUs than it was started with."""
    if change.option == "memory":
        return parse_size(change.after) <= _bytes(live, "memory")
    if change.option == "vcpus":
        return fixed_vcpus(live) <= change.after <= int(live.findtext("vcpu"))
    return True


def fixed_vcpus(live: t.Any) -> int:
    """How many vCPUs cannot be unplugged: those that the domain was started with.

    libvirt only lists single vCPUs once some of them differ from the others.
    """
    single = live.findall("vcpus/vcpu")
    if not single:
        return int(live.find("vcpu").get("current", live.findtext("vcpu")))
    return sum(one.get("enabled") == "yes" and one.get("hotpluggable") == "no" for one in single)


def waits_for_balloon(live: t.Any, definition: t.Any, memory: t.Optional[int]) -> bool:
    """Whether the guest was told to give up memory and has given up none yet.

    libvirt tells it when it starts, and shows all of its memory until the guest has loaded a driver that does it.
    """
    now, ceiling, kept = _bytes(live, "currentMemory"), _bytes(live, "memory"), _bytes(definition, "currentMemory")
    return memory is not None and memory == kept and now == ceiling and memory < ceiling


def _bytes(root: t.Any, tag: str) -> int:
    element = root.find(tag)
    return parse_size(element.text, element.get("unit", "KiB"))
