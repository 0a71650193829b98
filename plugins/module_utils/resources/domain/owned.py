# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes with a domain if nothing is in the way: its own images, and what its snapshots have in volumes besides.

Pure but for reading.
"""

from __future__ import annotations

import typing as t

from ...errors import Refused
from ..base import Want, World
from ..images import Disk, Link
from ..storage import Place
from ..volume import overlays, users
from ..volume.seed import is_ours
from . import left, memory
from .devices.disks import is_seed

#: A volume by its pool and name.
Volume = t.Tuple[str, str]


class Owned(t.NamedTuple):
    """A disk that goes with its domain: its own images with all their parts, the one that is written to first, and what
    is ``below``; or another volume of its own. ``option`` is what a change calls it.

    ``recorded`` are the volumes that the images were when the domain went; ``None``: it is there. ``elsewhere`` are
    images above ``links`` that go as well, by the plan of a volume.
    """

    want: Want
    option: str
    links: t.Tuple[Link, ...]
    below: t.Tuple[Link, ...]
    shareable: bool = False
    recorded: t.Optional[t.Mapping[Place, Volume]] = None
    elsewhere: t.Tuple[Link, ...] = ()

    @property
    def lowest(self) -> Link:
        """The image that is based on what is ``below``."""
        links = (*self.elsewhere, *self.links)
        parts = {part.place for link in links for part in link.parts}
        return ([link for link in links if link.place not in parts] or links)[-1]

    @property
    def places(self) -> t.FrozenSet[Place]:
        return frozenset(link.place for link in (*self.elsewhere, *self.links))


def volumes_of(world: World, link: Link) -> t.Tuple[Volume, ...]:
    """What pools call an image, those in active ones first."""
    return world.images.volumes_of(link)


def disks_of(want: Want, world: World) -> t.List[Disk]:
    """Those that a domain has."""
    return [disk for disk in world.images.disks if disk.domain == want.name]


def owned_by(want: Want, world: World) -> t.Iterator[Owned]:
    """The disks that go with a domain if nothing is in the way, those with the longest chains first: a domain may run
    with overlays that its definition does not have; and what it has in volumes besides."""
    if world.state("domain", want.key) is None:
        yield from _recorded(want, world)
        return
    disks = [disk for disk in disks_of(want, world) if disk.chain.links]
    tops = {disk.chain.links[0].place for disk in disks if _is_own(disk)}
    seen: t.Set[Place] = set()
    for disk in sorted(disks, key=lambda disk: -len(disk.chain.links)):
        top = disk.chain.links[0]
        if top.place in seen or not (_is_own(disk) or _has_seed(world, disk)):
            continue
        depth = 0
        if _is_own(disk):
            depth = max([_depth(want, world, disk), *(disk.chain.position(place) or 0 for place in tops)])
        seen.update(link.place for link in disk.chain.links[: depth + 1])
        files = {file.place: file for link in disk.chain.links[: depth + 1] for file in link.whole}
        links = tuple(file for file in files.values() if not _is_gone(world, file))
        if links and (depth or volumes_of(world, top)):  # what is in no pool is not touched
            shareable = disk.element.find("shareable") is not None
            yield Owned(want, f"disks[{disk.target}]", links, disk.chain.links[depth + 1 :], shareable)
    for one in memory.of(world, want.name):
        link = memory.link(world, one.path)
        if one.ours and volumes_of(world, link):
            yield Owned(want, one.option, (link,), ())


def _recorded(want: Want, world: World) -> t.Iterator[Owned]:
    """:raises Refused: a volume is in a pool that does not run."""
    recorded = left.recorded(world, want.name)
    down = None if recorded is None else left.pool_down(world, recorded)
    if down is not None:
        raise Refused(
            f"the volume '{down}' is to be removed with it, and its pool is not active",
            where=want.at("remove_volumes"),
            remedy="Start the pool first, or declare remove_volumes: false",
        )
    for option, volumes in left.parts(world, want.name):
        links = tuple(link._replace(parts=_below(world, link)[0].parts) for link in volumes.values())
        if links:
            owned = Owned(want, option, links, (), recorded={link.place: key for key, link in volumes.items()})
            yield owned._replace(below=_below(world, owned.lowest)[1:])


def _below(world: World, link: Link) -> t.Tuple[Link, ...]:
    """The chain of an image, itself first."""
    return world.images.below(link.name).links if link.name.startswith("/") else (link,)


def _is_gone(world: World, link: Link) -> bool:
    """Nothing is there any more, as after a removal that was interrupted."""
    return link.name.startswith("/") and world.host.is_missing(link.name)


def _is_own(disk: Disk) -> bool:
    return disk.element.get("device", "disk") == "disk" and disk.writes


def _has_seed(world: World, disk: Disk) -> bool:
    """Whether it is the drive of the domain's seed with one that was made here, as far as that can be seen now."""
    link = disk.chain.links[0]
    volumes = volumes_of(world, link) if is_seed(disk.element) and not _is_gone(world, link) else ()
    return any(not world.images.is_active(key[0]) or is_ours(world.host, key, link.name) for key in volumes[:1])


def _depth(want: Want, world: World, disk: Disk) -> int:
    """How far down its chain the images are the domain's own.

    :raises Refused: what is below may be as well, and nobody says so.
    """
    declared = overlays.declared(world, want, disk)
    if declared >= 0 or len(disk.chain.links) == 1:
        return max(declared, 0)
    depth, stated = overlays.snapshotted(world, disk), overlays.stated(world, disk)
    for link in disk.chain.links[depth + 1 : stated + 1]:
        if volumes_of(world, link) and not users.users(world, link.place, disk.chain.places):
            raise Refused(
                f"disk {disk.target} is on an overlay, '{disk.chain.links[0].name}', and whether '{link.name}' below "
                "it belongs to the domain is not known",
                where=want.at("remove_volumes"),
                remedy="Declare the disks of the domain as well, or merge the overlay first",
            )
    return depth
