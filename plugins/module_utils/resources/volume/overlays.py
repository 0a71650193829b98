# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Overlays: images that snapshots, backups and copies put above a volume, which is still the same disk.

An overlay and a linked clone look alike. What is declared as a volume of its own is a clone. Else the image above a
volume is an overlay if the domain that has it is declared to be on the volume, or if libvirt says that a snapshot made
it: the snapshot names it, or the definition of the domain says what is below it, which libvirt writes there when a
snapshot of a running guest is made.
"""

from __future__ import annotations

import typing as t

from ...deps import Element
from ..base import Key, Want, World
from ..domain import left
from ..images import Chain, Disk, Link, target_of
from ..storage import Place
from .location import pool_after


class Top(t.NamedTuple):
    """The ``link`` that is written to in place of a volume, in the ``chain`` of a disk of ``domain``."""

    domain: str
    chain: Chain

    @property
    def link(self) -> Link:
        return self.chain.links[0]


def is_on(world: World, chain: Chain, place: Place) -> bool:
    """Whether a disk that is made of ``chain`` may be one on the image at ``place``, which is below overlays of it."""
    position = chain.position(place)
    return bool(position) and not any(link.place in _declared(world) for link in chain.links[:position])


def declared_top(world: World, key: Key) -> t.Optional[Top]:
    """What a declared domain writes to in place of the volume ``key``, on which it is declared to be."""
    path, disks = t.cast(t.Mapping[Key, t.Any], world.once("covered", lambda: _covered(world))).get(key, ("", ()))
    place = world.host.place(path) if disks else None
    for domain, elements in disks:
        for element in elements:
            chain = world.images.chain(element)
            if place is not None and is_on(world, chain, place):
                return Top(domain, chain)
    return None


def top(world: World, key: Key, place: Place) -> t.Optional[Top]:
    """The same, or what libvirt says of any domain; ``None``: nothing, or several."""
    found = declared_top(world, key)
    if found is not None:
        return found
    tops = {
        disk.chain.links[0].place: Top(disk.domain, disk.chain)
        for disk in world.images.disks
        if is_on(world, disk.chain, place) and own(world, disk) >= t.cast(int, disk.chain.position(place))
    }
    return next(iter(tops.values())) if len(tops) == 1 else None


class Going(t.NamedTuple):
    """The images of a disk whose domain goes, or has gone, from the one that is written to down to a volume.

    ``option`` is what a change calls it.
    """

    domain: str
    option: str
    links: t.Tuple[Link, ...]


def of_those_that_go(world: World, place: Place) -> t.List[Link]:
    """The overlays above a volume that have to go with it, because the domain does whose they are."""
    return list({link.place: link for going in disks_that_go(world, place) for link in going.links[:-1]}.values())


def disks_that_go(world: World, place: Place) -> t.Iterator[Going]:
    """The disks with such overlays above the volume at a place."""
    for disk in world.images.disks:
        want = world.want("domain", disk.domain)
        position = disk.chain.position(place)
        goes = want is not None and want.absent and is_on(world, disk.chain, place)
        if position and goes and _reach(world, t.cast(Want, want), disk) >= position:
            yield Going(disk.domain, f"disks[{disk.target}]", _down_to(disk.chain, position))
    for name in world.declared.get("domain", {}):
        for option, volumes in left.parts(world, t.cast(str, name)):
            chain = Chain(tuple(volumes.values()))
            position = chain.position(place)
            if position and is_on(world, chain, place):
                yield Going(t.cast(str, name), option, _down_to(chain, position))


def _down_to(chain: Chain, position: int) -> t.Tuple[Link, ...]:
    """The images above a position with all their files, and the one that is there, of which other files stay."""
    return (*(file for link in chain.links[:position] for file in link.whole), chain.links[position])


def _reach(world: World, want: Want, disk: Disk) -> int:
    """How far down the chain of a disk of a declared domain its own images reach: libvirt may have written down the
    whole chain, with the image that the declared one is a clone of."""
    said = declared(world, want, disk)
    return own(world, disk) if said < 0 else said


def declared(world: World, want: Want, disk: Disk) -> int:
    """How far down the chain of a disk the image is that its domain is declared to have there; -1: that is not said."""
    same = [one for one in want.values.get("disks", ()) if _is_kept(one) and one.get("target") in (None, disk.target)]
    places = [world.images.place_of_disk(one) for one in same]
    depths = [disk.chain.position(place) for place in places if place is not None]
    return max((depth for depth in depths if depth is not None), default=-1)


def _is_kept(disk: t.Mapping[str, t.Any]) -> bool:
    """Whether what the guest writes to a disk, given as options, stays in its image: no other has overlays. What it
    only reads may well be the base of a clone that it has too."""
    return disk.get("device", "disk") in ("disk", "lun") and not disk.get("readonly") and not disk.get("transient")


def own(world: World, disk: Disk) -> int:
    """How far down the chain of a disk its own images reach, by what libvirt says; 0: it has no overlay."""
    return max(snapshotted(world, disk), stated(world, disk)) if len(disk.chain.links) > 1 else 0


def snapshotted(world: World, disk: Disk) -> int:
    """How far down the chain is what a snapshot of the domain says that the disk was on then."""
    then = (root for snapshot in world.host.snapshots(disk.domain) for root in snapshot.iterfind("domain"))
    return _deepest(world, disk, then, "source")


def stated(world: World, disk: Disk) -> int:
    """How far down the chain the definition of the domain says what is below."""
    defined = next(one.defined for one in world.host.domains if one.name == disk.domain)
    return _deepest(world, disk, () if defined is None else (defined,), "backingStore//source")


def _deepest(world: World, disk: Disk, domains: t.Iterable[Element], where: str) -> int:
    same = (one for root in domains for one in root.iterfind("devices/disk") if target_of(one) == disk.target)
    paths = (source.get("file") or source.get("dev") for one in same for source in one.iterfind(where))
    return max((disk.chain.position(world.host.place(path)) or 0 for path in paths if path), default=0)


def _covered(world: World) -> t.Dict[Key, t.Tuple[str, t.List[t.Tuple[Key, t.List[Element]]]]]:
    """By their keys the volumes that domains are declared to be on, and do not name: their paths, and of each domain
    the disks that may be on them. Almost always there is none, which takes no look at any file."""
    found: t.Dict[Key, t.Tuple[str, t.List[t.Tuple[Key, t.List[Element]]]]] = {}
    for name, want in world.declared.get("domain", {}).items():
        state = None if want.absent else world.state("domain", name)
        root = None if state is None else state.root_now
        disks = [] if root is None else root.findall("devices/disk")
        paths = {source.get("file") for source in (disk.find("source") for disk in disks) if source is not None}
        for disk in want.values.get("disks", ()) if disks else ():
            key = (disk.get("pool"), disk.get("volume"))
            pool = pool_after(world, disk["pool"]) if disk.get("volume") else None
            path = pool.path(disk["volume"]) if pool is not None and pool.type.directory else None
            if path and path not in paths and _is_kept(disk):
                there = [one for one in disks if disk.get("target") in (None, target_of(one))]
                found.setdefault(key, (path, []))[1].append((name, there))
    return found


def _declared(world: World) -> t.FrozenSet[Place]:
    """Where the declared volumes are."""
    return t.cast(t.FrozenSet[Place], world.once("declared places", lambda: frozenset(_places(world))))


def _places(world: World) -> t.Iterator[Place]:
    for want in world.declared.get("volume", {}).values():
        place = place_of(world, want)
        if place is not None:
            yield place


def place_of(world: World, want: Want) -> t.Optional[Place]:
    """Where a declared volume is, or will be; ``None``: nobody can say."""
    pool = pool_after(world, want.params["pool"])
    if pool is not None and pool.type.named:
        return world.host.place(pool.path(want.params["name"]))
    return world.images.place_of(want.params["pool"], want.params["name"])
