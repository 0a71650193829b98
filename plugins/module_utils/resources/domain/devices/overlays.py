# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks whose images got overlays since they were declared: what the domain has is what was declared."""

from __future__ import annotations

import dataclasses
import typing as t

from ....deps import Element
from ....errors import Refused
from ....xml import merge, parse
from ....xml import path as xmlpath
from ....xml import table as tables
from ...base import Want, World
from ...host import source_of
from ...images import Chain, target_of, writes
from ...volume.overlays import is_on
from .disks import DISKS, SOURCES

#: What a disk says of the image that it is declared on, and not of the one that it has.
_OF_SOURCE = ("format", "pool", "encryption.", "auth.", "network.", "nvme.", "vhost_user.", *SOURCES.values())
#: Where an identity that a user states finds the disk of the domain that is meant.
_NAMES = ("target", "alias")


def on_overlays(want: Want, world: World, disks: t.Sequence[tables.Desired], root: Element) -> t.List[tables.Desired]:
    """``disks`` (resolved), without their sources where the domain, given as XML, has overlays of these.

    It does after an external snapshot by any tool, and while an image is being copied or committed: the source
    that it has is what the guest has written to since, and stays.

    :raises Refused: it cannot be seen what an image of the domain is based on.
    """
    places = {source_of(source) for source in root.iterfind("devices/disk/source")}
    wanted = [_place(disk) for disk in disks]
    if all(place is None or place in places for place in wanted):  # almost always
        return list(disks)
    there = zip(DISKS.read_items(root), DISKS.elements(root))
    free = [one for one in there if _written(one[0]) and source_of(one[1].find("source")) not in wanted]
    found = []
    for position, (disk, place) in enumerate(zip(disks, wanted)):
        is_elsewhere = place is not None and place not in places and _written(disk)
        targets = _targets_on(want, world, position, disk, free) if is_elsewhere else []
        if len(targets) == 1:
            free = [one for one in free if one[0]["target"] != targets[0]]
            disk = {option: value for option, value in disk.items() if not option.startswith(_OF_SOURCE)}
            disk["target"] = targets[0]
        found.append(disk)
    return found


def _targets_on(
    want: Want,
    world: World,
    position: int,
    disk: tables.Desired,
    free: t.Sequence[t.Tuple[t.Mapping[str, t.Any], Element]],
) -> t.List[str]:
    """The targets of those of ``free``, the options and the element of each, that are on overlays of the disk's image.

    :raises Refused: there is none, and that cannot be seen for sure.
    """
    names = [name for name in _NAMES if disk.get(name)]
    candidates = [one for one in free if all(one[0].get(name) == disk[name] for name in names)]
    chains = [world.images.chain(element) for _one, element in candidates]
    by_volume = bool(want.values["disks"][position].get("volume"))
    on = [_is_on(world, chain, disk, by_volume) for chain in chains]
    targets = [one["target"] for (one, _element), is_it in zip(candidates, on) if is_it]
    if not targets:
        _check_known(want, position, chains)
    return targets


def xml_on_overlays(want: Want, world: World, root: Element) -> Want:
    """The same for the disks in ``xml``: what is declared, without the sources of those.

    :raises Refused: it cannot be seen what an image of the domain is based on.
    """
    if "<disk" not in (want.params.get("xml") or ""):
        return want
    stated = merge.partial(want.params["xml"], "domain", want.name, want.where)
    there = {target_of(disk): disk for disk in root.iterfind("devices/disk")}
    disks = [(one, there.get(target_of(one))) for one in stated.iterfind("devices/disk")]
    covered = [disk for disk, same in disks if _is_covered(want, world, disk, same)]
    for disk in covered:
        disk.attrib.pop("type", None)
        for path in ("source", "backingStore", "driver/@type"):
            xmlpath.remove(disk, path)
    return dataclasses.replace(want, params=dict(want.params, xml=parse.to_text(stated))) if covered else want


def _is_covered(want: Want, world: World, stated: Element, there: t.Optional[Element]) -> bool:
    """Whether the disk that is there, given as XML like the one that is stated, is on overlays of that one's image."""
    source = stated.find("source")
    if there is None or source is None or source_of(source) == source_of(there.find("source")):
        return False
    if not writes(there):
        return False
    links = world.images.chain(stated).links
    chain = world.images.chain(there)
    if links and is_on(world, chain, links[0].place):
        return True
    if not chain.known and chain.links[-1].name.startswith("/"):
        raise Refused(
            f"the domain has '{chain.links[0].name}', and its backing file cannot be read",
            where=want.at("xml"),
            remedy="Activate its pool, run the module on the host itself as root, or declare that image",
        )
    return False


def _place(disk: tables.Desired) -> t.Union[None, str, t.Tuple[t.Any, t.Any]]:
    """As :func:`source_of` has it. ``None``: it has no image, or one that nothing can be above."""
    path = disk.get("file") or disk.get("block")
    if path or not disk.get("volume"):
        network = (disk.get("network.protocol"), disk.get("network.name"))
        return path or (network if all(network) else None)
    return (disk["pool"], disk["volume"])


def _is_on(world: World, chain: Chain, disk: tables.Desired, by_volume: bool) -> bool:
    """A volume may also be reached on another path than its pool's."""
    place = world.images.place_of_disk(disk)
    return place is not None and (is_on(world, chain, place) or (by_volume and chain.position(place) == 0))


def _written(disk: t.Mapping[str, t.Any]) -> bool:
    """Only what is written to gets overlays."""
    return disk.get("device", "disk") in ("disk", "lun") and not disk.get("readonly")


def _check_known(want: Want, position: int, chains: t.Sequence[Chain]) -> None:
    """:raises Refused: one of them may be based on what is declared, and that is not known."""
    for chain in chains:
        if not chain.known and chain.links[-1].name.startswith("/"):
            raise Refused(
                f"the domain has '{chain.links[0].name}', and its backing file cannot be read",
                where=want.at(f"disks[{position}]"),
                remedy="Activate its pool, run the module on the host itself as root, or declare that image",
            )
