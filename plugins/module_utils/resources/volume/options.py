# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume is made with, and what of that can be compared later: format options, encryption, permissions. Pure."""

from __future__ import annotations

import typing as t

from ...diff import LIVE, Change, plain
from ...errors import InvalidOption, Refused
from ...plan import Action
from ...xml import merge, parse
from ...xml import table as tables
from ..base import Reference, Want, World
from ..images import Disk, Link
from ..operations import SetPermissions
from ..secret.references import reference
from ..storage import Place
from . import users
from .location import PoolAfter
from .state import VolumeState
from .table import FORMAT_OPTIONS, IDENTITIES, PERMISSIONS, TABLE

#: Options for files only, in the order in which they are checked.
_FILES_ONLY = ("preallocation", "nocow", "permissions", "encryption")
_OWNER = ("permissions.owner", "permissions.group")
_SHOWN = {entry.option: entry for entry in TABLE}


def check_new(want: Want, pool: PoolAfter, image_format: str) -> None:
    """Whether a new volume can be made like this. :raises InvalidOption: naming the option to change."""
    _check_format(want, image_format)
    allowed = ("off", "falloc") if image_format == "raw" else ("off", "metadata", "falloc")
    preallocation = want.params.get("preallocation") or "off"
    if preallocation not in allowed:
        raise InvalidOption(
            f"a {image_format} volume has no preallocation {preallocation}",
            where=want.at("preallocation"),
            remedy=f"Use {' or '.join(allowed)}",
        )
    if preallocation != "off" and want.params.get("backing") and not want.values.get("extended_l2"):
        raise InvalidOption(
            "preallocation would hide the content of the backing volume",
            where=want.at("preallocation"),
            remedy="Remove it, or use extended_l2",
        )
    for option in _FILES_ONLY if not pool.type.directory else ():
        for given in _given(want, option):
            raise InvalidOption(f"volumes of pool '{pool.name}' are no files", where=want.at(given), remedy="Remove it")


def refuse_another(want: Want, state: VolumeState) -> None:
    """Compares what libvirt reports. :raises Refused: the volume was made in another way than declared."""
    _check_format(want, state.format)
    for entry in FORMAT_OPTIONS:
        declared = want.values.get(entry.option)
        if declared is not None and declared != state.values.get(entry.option):
            before = entry.show(state.values.get(entry.option))
            _refuse(want, entry.option, _said(before), _said(entry.show(declared)))
    if _given(want, "encryption") and not state.encrypted:
        _refuse(want, "encryption", "not encrypted", "encrypted")


def check_xml(want: Want, state: t.Optional[VolumeState]) -> None:
    """:raises InvalidOption: it is of a volume that libvirt does not make, or contradicts an option.
    :raises Refused: the volume that is there is another.
    """
    text = want.params.get("xml")
    if not text:
        return
    stated = merge.partial(text, "volume", want.key[1], want.where)
    if want.params.get("source") or want.params.get("seed"):
        raise InvalidOption(
            "it is for volumes that libvirt makes, empty ones and linked clones",
            where=want.at("xml"),
            remedy="Remove it, or source and seed",
        )
    there, silent = (tables.read(TABLE, root) for root in (stated, parse.parse("<volume/>")))
    for option, value in want.values.items():
        if there.get(option) not in (None, silent.get(option), value):
            raise InvalidOption(
                f"it says something else than {option}", where=want.at("xml"), remedy="Keep one of them"
            )
    changes = [] if state is None else merge.merge(parse.parse(state.xml), stated, IDENTITIES)
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


def _check_format(want: Want, image_format: str) -> None:
    for entry in FORMAT_OPTIONS:
        if image_format != "qcow2" and entry.option in want.values:
            raise InvalidOption(
                f"a {image_format} volume has no {entry.option}",
                where=want.at(entry.option),
                remedy="Remove it, or use format qcow2",
            )


def changes_of_new(want: Want) -> t.List[Change]:
    """What is declared of a new volume beside its size, format and content."""
    changes = [
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
    if any(change.option in _OWNER for change in changes) and users.running(world, users.place(world, state)):
        changes = tuple(change for change in changes if change.option not in _OWNER)
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


def _given(want: Want, option: str) -> t.List[str]:
    """The declared options that are ``option`` or below it."""
    values = [name for name in want.values if name == option or name.startswith(option + ".")]
    return values + ([option] if option == "preallocation" and want.params.get(option) else [])
