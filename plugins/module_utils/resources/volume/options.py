# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume is made with, and what of that can be compared later: format options, encryption, permissions. Pure."""

from __future__ import annotations

import typing as t

from ...diff import LIVE, Change, plain
from ...errors import InvalidOption, Refused
from ...plan import Action
from ...rule import starts
from ...xml import merge, parse
from ...xml import table as tables
from ..base import Reference, Want, World
from ..images import Disk, Link
from ..operations import SetPermissions
from ..secret.references import reference
from ..storage import Place
from . import users
from .location import PoolAfter
from .new import NewVolume
from .state import VolumeState
from .table import CAPACITY, FORMAT_OPTIONS, IDENTITIES, PERMISSIONS, TABLE

#: What libvirt gives to QEMU while a guest runs with a volume.
OWNER = ("permissions.owner", "permissions.group")
_SHOWN = {entry.option: entry for entry in TABLE}


def refuse_another(want: Want, state: VolumeState) -> None:
    """Compares what libvirt reports. :raises Refused: the volume was made in another way than declared."""
    for entry in FORMAT_OPTIONS:
        declared = want.values.get(entry.option)
        if declared is not None and declared != state.values.get(entry.option):
            before = entry.show(state.values.get(entry.option))
            _refuse(want, entry.option, _said(before), _said(entry.show(declared)))
    if starts(want.values, "encryption.") and not state.encrypted:
        _refuse(want, "encryption", "not encrypted", "encrypted")


def _stated(want: Want) -> t.Any:
    text = want.params.get("xml")
    return merge.partial(text, "volume", want.key[1], want.where) if text else None


def said_in_xml(want: Want) -> tables.Desired:
    """The options of the table that ``xml`` says."""
    stated = _stated(want)
    return {} if stated is None else tables.said(TABLE, stated)


def check_xml(want: Want, state: t.Optional[VolumeState]) -> None:
    """:raises InvalidOption: it contradicts an option. :raises Refused: the volume that is there is another."""
    for option, value in said_in_xml(want).items():
        if want.values.get(option, value) != value:
            raise InvalidOption(f"the XML contradicts {option}", where=want.at("xml"), remedy="Keep one of them")
    stated = _stated(want)
    changes = [] if state is None or stated is None else merge.merge(parse.parse(state.xml), stated, IDENTITIES)
    if changes:
        change = changes[0]
        raise Refused(
            f"{change.option} is {plain(change.before)} and cannot be changed to {plain(change.after)} in place",
            where=want.at("xml"),
            remedy="Declare what is there, make a new volume under another name, or make it absent first",
        )


def _said(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse(want: Want, option: str, before: str, after: str) -> t.NoReturn:
    raise Refused(
        f"it is {before} and cannot be changed to {after} in place",
        where=want.at(option),
        remedy="Declare what is there, make a new volume under another name, or make it absent first",
    )


def changes_of_new(want: Want, new: NewVolume) -> t.List[Change]:
    """What is declared of a new volume."""
    changes = [Change("format", None, new.format, LIVE)]
    if new.capacity is not None:
        changes.append(Change("capacity", None, CAPACITY.show(new.capacity), LIVE))
    if new.backing_of is not None:
        changes.append(Change("backing", None, "/".join(new.backing_of), LIVE))
    if new.source is not None or new.copy_of is not None:
        changes.append(Change("source", None, str(new.source or "/".join(new.copy_of or ())), LIVE))
    changes += [
        Change(option, None, _SHOWN[option].show(value), LIVE)
        for option, value in want.values.items()
        if option not in ("capacity", "format")
    ]
    if want.params.get("preallocation"):
        changes.append(Change("preallocation", None, want.params["preallocation"], LIVE))
    return changes


def plan_permissions(want: Want, world: World, pool: PoolAfter, state: VolumeState) -> t.List[Action]:
    """``set_permissions`` when the file has others than declared; the owner of a running guest's disk is libvirt's."""
    if not pool.type.directory or not world.local:
        return []
    there = world.host.permissions(state.path)
    if there is None:
        return []
    changes = tuple(
        Change(entry.option, there[entry.option], want.values[entry.option], LIVE)
        for entry in PERMISSIONS
        if entry.option in there and want.values.get(entry.option, there[entry.option]) != there[entry.option]
    )
    if any(change.option in OWNER for change in changes) and users.running(world, users.place(world, state)):
        changes = tuple(change for change in changes if change.option not in OWNER)
    permissions = SetPermissions(state.path, {change.option: change.after for change in changes})
    return [Action(want.kind, want.name, permissions, changes)] if changes else []


def refuse_growth(want: Want, world: World, state: VolumeState) -> t.Tuple[str, ...]:
    """Warnings about the growth of a volume that no overlay is known of.

    :raises Refused: it is in use as a base; or libvirt has forgotten the secret of an encrypted volume, and only a
        running domain has it.
    """
    place = users.place(world, state)
    running, above = users.running(world, place), users.based_on(world, Link(place, state.path, state.format))
    below = sorted({disk.domain for disk in world.images.disks if disk.runs and disk.chain.position(place)})
    if below:
        raise Refused(
            f"domain {', '.join(below)} runs with it below another image",
            where=want.at("capacity"),
            remedy="Stop the domain first, or declare it with this volume as its disk if the image above is a snapshot",
        )
    if state.encrypted and parse.parse(state.xml).find("target/encryption/secret") is None and not running:
        capacity = _SHOWN["capacity"].show(state.values["capacity"])
        raise Refused(
            "an encrypted volume grows only while a domain runs with it",
            where=want.at("capacity"),
            remedy=f"Start the domain first, or declare the {capacity} that it has",
        )
    if not above:
        return ()
    return (f"Volume '{want.name}' grows, and {', '.join(above)} above it will not",)


def refuse_meanwhile(want: Want, world: World, place: Place) -> None:
    """:raises Refused: what grows is being copied or merged, or is what a disk is being copied to."""
    busy = {
        disk.domain
        for disk in world.images.disks
        if disk.runs and (disk.copy.position(place) is not None or _is_worked_on(disk, place))
    }
    if busy:
        raise Refused(
            f"a disk of domain {', '.join(sorted(busy))} is being copied or merged with it",
            where=want.at("capacity"),
            remedy="Wait for that to end, or end it: see virsh blockjob",
        )


def _is_worked_on(disk: Disk, place: Place) -> bool:
    return disk.element.find("mirror") is not None and disk.chain.position(place) is not None


def references(want: Want) -> t.Iterator[Reference]:
    """The secret of a volume to be made, where it is said by its usage."""
    return reference(want, "encryption.secret", "volume", lasting=False)
