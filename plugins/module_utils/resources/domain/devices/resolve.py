# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's devices: references resolved, and each given the identity by which libvirt knows it. Pure."""

from __future__ import annotations

import functools
import itertools
import string
import typing as t

from ....deps import Element
from ....errors import InvalidOption, join
from ....xml import table as tables
from ...base import Reference, Want, World
from ...host import source_of
from ...volume.location import Location, image_format, location_when_active, pool_after
from ...volume.state import VolumeState
from ..state import DomainState
from .disks import DISKS, PREFIXES, REMOVABLE
from .interfaces import INTERFACES
from .peripherals import INPUTS

#: What identifies the place of a disk that is reached over the network.
_PLACE = ("network.protocol", "network.name")


def volume_reference(want: Want, position: int) -> Reference:
    """The volume that a disk of the domain is on."""
    disk = want.values["disks"][position]
    where = want.at(f"disks[{position}].volume" if position < len(want.params.get("disks") or ()) else "cloud_init")
    return Reference("volume", (disk["pool"], disk["volume"]), where, lasting=False, option=DISKS.option)


def resolved_disks(want: Want, world: World, definition: t.Optional[Element]) -> t.List[tables.Desired]:
    """Disks with ``pool`` and ``volume`` turned into the path of libvirt's XML.

    A path serves better than a reference by name: AppArmor's helper and external snapshots only understand paths. It
    stays a reference where it has been one in the ``definition`` (``None``: a new domain), and where the path is known
    only once the pool is active (:func:`awaited`). What the definition has in its place is then taken for it if it can
    be.
    """
    there = [] if definition is None else DISKS.read_items(definition)
    resolved = []
    for position, declared in enumerate(want.values["disks"]):
        disk = dict(declared)
        resolved.append(disk)
        if not disk.get("volume"):
            continue
        key = (disk["pool"], disk["volume"])
        same = [one for one in there if disk.get("target") in (None, one["target"])]
        if any((one.get("pool"), one.get("volume")) == key for one in same):
            continue
        location = _in_place(world, key, same) or location_when_active(world, volume_reference(want, position))
        pool = pool_after(world, key[0])
        if location is None and pool is not None and not pool.type.directory:
            disk.setdefault("format", pool.type.format)
        if location is not None:
            del disk["pool"], disk["volume"]
            for option, value in location.disk.items():
                disk.setdefault(option, value)
    return resolved


def give_formats(
    want: Want, world: World, disks: t.Sequence[tables.Desired], resolved: t.Sequence[tables.Desired]
) -> None:
    """Gives the ``resolved`` disks on volumes the formats that are not declared, but for those that are on overlays of
    these (in ``disks`` their sources are left out): what the domain has them as, else what :func:`image_format` says.
    """
    state: t.Optional[DomainState] = world.state(want.kind, want.key)
    has = {} if state is None else formats_of(state)
    for position, (disk, one) in enumerate(zip(disks, resolved)):
        place = _source(one)
        if "format" in one or place is None or not want.values["disks"][position].get("volume"):
            continue
        if place not in has and _source(disk) is None:
            continue
        one["format"] = _format(world, volume_reference(want, position), has.get(place))
        if _source(disk) is not None:
            disk["format"] = one["format"]


def _format(world: World, reference: Reference, has: t.Optional[str]) -> str:
    """``has`` is what the domain has there, which may be another volume than the one that the document makes."""
    key = t.cast(t.Tuple[str, str], reference.key)
    pool = pool_after(world, key[0])
    is_made = world.want("volume", key) is not None and world.state("volume", key) is None
    if has is not None and (pool is None or pool.unseen or not is_made):
        return has
    return image_format(world, key, t.cast(Location, location_when_active(world, reference)))


def formats_of(state: DomainState) -> t.Dict[t.Any, str]:
    """What a domain has its images as, by their sources; raw, if it has one as that anywhere."""
    found: t.Dict[t.Any, str] = {}
    for root in (state.root, state.running_root):
        for disk in root.iterfind("devices/disk") if root is not None else ():
            driver, place = disk.find("driver"), source_of(disk.find("source"))
            said = "raw" if driver is None else driver.get("type", "raw")
            if found.get(place) != "raw":
                found[place] = said
    return found


def _source(disk: tables.Desired) -> t.Any:
    """As :func:`source_of` has it, of one that is no reference to a volume."""
    network = (disk.get("network.protocol"), disk.get("network.name"))
    return disk.get("file") or disk.get("block") or (network if all(network) else None)


def doubts(want: Want, world: World, state: DomainState) -> t.Iterator[str]:
    """Warnings about disks that are raw, and do not look like that any more."""
    open_ones = [disk for disk in want.values.get("disks", ()) if disk.get("volume") and not disk.get("format")]
    has = formats_of(state) if open_ones else {}
    for key in ((disk["pool"], disk["volume"]) for disk in open_ones):
        volume: t.Optional[VolumeState] = None if key in has else world.state("volume", key)
        if volume is not None and volume.format != "raw" and has.get(volume.path) == "raw":
            yield (
                f"'{volume.path}' looks like a {volume.format} image, and domain {want.name} has it as a raw disk, "
                f"which it stays. Declare format: {volume.format} if that is what it is"
            )


def _in_place(world: World, key: t.Tuple[str, str], there: t.Sequence[t.Mapping[str, t.Any]]) -> t.Optional[Location]:
    """What is ``there`` and can be the volume, as long as nobody can look into its pool."""
    pool = pool_after(world, key[0])
    if pool is None or not pool.unseen:
        return None
    for disk in there:
        image_format = disk.get("format", pool.type.format)
        location = pool.location(key[1], image_format)
        if pool.type.disk and all(disk.get(option) == location.disk[option] for option in _PLACE):
            return location
        for kind in ("file", "block"):
            if kind in disk and pool.may_be(key[1], disk[kind]):
                return Location(disk[kind], image_format, {kind: disk[kind]})
    return None


class Awaited(t.NamedTuple):
    """A volume whose path, and ``format`` where none is declared, are known once its pool is active."""

    volume: t.Tuple[str, str]
    format: t.Optional[str]
    where: str


def awaited(want: Want, definition: t.Optional[Element], planned: Element) -> t.Dict[str, Awaited]:
    """By their targets the disks of the ``planned`` definition that have to be given the paths of their volumes."""
    references = {
        volume_reference(want, position).key: (volume_reference(want, position).where, disk.get("format"))
        for position, disk in enumerate(want.values.get("disks", ()))
        if disk.get("volume")
    }
    if not references:
        return {}
    there = {
        (one.get("pool"), one.get("volume")) for one in ([] if definition is None else DISKS.read_items(definition))
    }
    found = {}
    for disk in DISKS.read_items(planned):
        key = (disk.get("pool"), disk.get("volume"))
        if key in references and key not in there:
            where, image_format = references[key]
            found[disk["target"]] = Awaited(key, image_format, where)
    return found


def identified(values: tables.Desired, definition: t.Optional[Element], where: str = "") -> tables.Desired:
    """Values whose disks have targets, whose interfaces, where they are known, have addresses, and whose inputs a bus.

    ``definition`` is the persistent one (``None``: a new domain). With this the running domain's devices are matched
    by the same identities as the definition's. ``where`` is the path of the domain.

    :raises InvalidOption: nobody can say which interface is meant.
    """
    values = dict(values)
    for entry, identify in (
        (DISKS, _with_targets),
        (INTERFACES, functools.partial(_with_macs, where=where)),
        (INPUTS, _at_a_bus),
    ):
        if entry.option in values:
            there = [] if definition is None else entry.read_items(definition)
            values[entry.option] = identify([dict(item) for item in values[entry.option]], there)
    return values


def _with_targets(disks: t.List[tables.Desired], there: t.Sequence[t.Mapping[str, t.Any]]) -> t.List[tables.Desired]:
    for disk, one in zip(disks, _disks_found(disks, there)):
        if one is not None and not disk.get("target"):
            disk["target"] = one["target"]
    taken = {disk.get("target") for disk in itertools.chain(disks, there)}
    for disk in disks:
        if not disk.get("target"):
            bus = disk.get("bus") or DISKS.complete({"device": disk.get("device", "disk")})["bus"]
            disk["target"] = next(name for name in _names(PREFIXES.get(bus, "sd")) if name not in taken)
            taken.add(disk["target"])
    return disks


def _disks_found(
    disks: t.Sequence[tables.Desired], there: t.Sequence[t.Mapping[str, t.Any]]
) -> t.Iterator[t.Optional[t.Mapping[str, t.Any]]]:
    """Which one each of them is. A drive is not its medium: another one, or none, does not make it another drive."""
    found = tables.match(DISKS, disks, there)
    drives = [one for index, one in enumerate(there) if index not in found and one["device"] in REMOVABLE]
    for disk, index in zip(disks, found):
        drive = None
        if index is None and not disk.get("target") and not disk.get("alias"):
            drive = next((one for one in drives if one["device"] == disk.get("device")), None)
        if drive is not None:
            drives.remove(drive)
        yield drive if index is None else there[index]


def _with_macs(
    interfaces: t.List[tables.Desired], there: t.Sequence[t.Mapping[str, t.Any]], where: str
) -> t.List[tables.Desired]:
    for interface, index in zip(interfaces, _interfaces_found(interfaces, there, where)):
        if index is not None and not interface.get("mac"):
            interface["mac"] = there[index]["mac"]
    return interfaces


def _interfaces_found(
    interfaces: t.Sequence[tables.Desired], there: t.Sequence[t.Mapping[str, t.Any]], where: str
) -> t.List[t.Optional[int]]:
    """Which one each of them is. One without a MAC address that is nowhere else is the one that is left: it moves."""
    found = tables.match(INTERFACES, interfaces, there)
    left = [index for index in range(len(there)) if index not in found]
    unnamed = [
        position
        for position, interface in enumerate(interfaces)
        if found[position] is None and not interface.get("mac") and not interface.get("alias")
    ]
    if len(left) == 1 and len(unnamed) == 1:
        found[unnamed[0]] = left[0]
    elif left and unnamed:
        macs = ", ".join(str(there[index]["mac"]) for index in left)
        raise InvalidOption(
            f"nobody can say whether this is a new interface or one of those that are there ({macs})",
            where=join(where, f"interfaces[{unnamed[0]}]"),
            remedy="Declare its mac, or an alias that starts with ua-",
            option=INTERFACES.option,
        )
    return found


def _at_a_bus(inputs: t.Sequence[tables.Desired], there: t.Sequence[t.Mapping[str, t.Any]]) -> t.List[tables.Desired]:
    """What does not say its bus is none of those on PS/2 that libvirt adds: it would never be made."""
    others = [one for one in there if one.get("bus") != "ps2" or one.get("alias")]
    known = [
        INPUTS.complete(item) if index is None else others[index]
        for item, index in zip(inputs, tables.match(INPUTS, inputs, others))
    ]
    return [dict({"bus": one["bus"]} if "bus" in one else {}, **item) for item, one in zip(inputs, known)]


def _names(prefix: str) -> t.Iterator[str]:
    """``vda`` … ``vdz``, ``vdaa`` …"""
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield prefix + "".join(letters)
