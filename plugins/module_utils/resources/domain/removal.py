# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which volumes go with domains (``remove_volumes``), and which stay although they were theirs. Pure but for reading.

What goes is what a domain writes to, with all of its own overlays and what is below them down to the volume that it was
declared, or known by a snapshot, to be on. Such a chain goes as a whole or not at all.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...diff import LIVE, Change
from ...errors import Refused
from ...plan import Action
from ..base import Want, World
from ..images import Disk, Link
from ..storage import Place
from ..volume import overlays, users
from .devices.disks import seed_name
from .operations import RemoveVolumes

Volume = t.Tuple[str, str]


@dataclasses.dataclass
class Removal:
    """What goes with one domain: by the name of a disk the volumes that are deleted. ``after`` are other domains that
    have to be gone before."""

    disks: t.List[t.Tuple[str, Volume]] = dataclasses.field(default_factory=list)
    warnings: t.List[str] = dataclasses.field(default_factory=list)
    after: t.List[str] = dataclasses.field(default_factory=list)


class Owned(t.NamedTuple):
    """A disk that goes with its domain: its own images with all their parts, the one that is written to first, and what
    is ``below``."""

    want: Want
    disk: Disk
    links: t.Tuple[Link, ...]
    below: t.Tuple[Link, ...]


def remove_volumes(want: Want, world: World) -> t.Tuple[t.List[Action], t.Tuple[str, ...]]:
    """The action that deletes the volumes that go with a domain, and warnings.

    :raises Refused: a volume is declared to stay, or it is not known whose it is.
    """
    removal = _removals(world).get(want.name, Removal())
    if not removal.disks:
        return [], tuple(removal.warnings)
    changes = tuple(Change(f"disks[{target}]", "/".join(volume), None, LIVE) for target, volume in removal.disks)
    volumes = [volume for _target, volume in removal.disks]
    after = tuple(("domain", name) for name in removal.after)
    action = Action("domain", want.name, RemoveVolumes(volumes), changes, after=after)
    return [action], tuple(removal.warnings)


def keeps_nvram(want: Want, world: World, root: t.Any) -> bool:
    """Whether the UEFI variables of a domain, given as XML, are also those of another that stays, or goes later."""
    nvram = root.find("os/nvram")
    source = nvram.find("source") if nvram is not None else None
    path = nvram.text if nvram is not None and source is None else source.get("file") if source is not None else None
    if not path:
        return False
    having = world.images.domains_with(world.host.place(path))
    going = [name for name, one in world.declared.get("domain", {}).items() if one.absent and name in having]
    return bool(having - {*going, want.name}) or want.name in going[:-1]


def _removals(world: World) -> t.Dict[str, Removal]:
    """Of all domains of the document at once: a disk that several of them have goes with the last."""
    return t.cast(t.Dict[str, Removal], world.once("removals", lambda: _plan(world)))


def _plan(world: World) -> t.Dict[str, Removal]:
    """Again and again, since what goes makes room for what was needed by it."""
    going = [want for want in world.declared.get("domain", {}).values() if want.absent]
    found = {want.name: Removal() for want in going}
    taken: t.Set[Place] = set()
    goes: t.List[Owned] = []
    left = [owned for want in going if want.params["remove_volumes"] for owned in _owned(want, world)]
    while True:
        why = [_why_it_stays(world, owned, taken) for owned in left]
        if all(why):
            break
        for owned in [one for one, reason in zip(left, why) if not reason]:
            _take(world, found, owned, [link for link in owned.links if link.place not in taken])
            taken.update(link.place for link in owned.links)
            goes.append(owned)
        left = [one for one, reason in zip(left, why) if reason]
    for owned in goes:
        found[owned.want.name].warnings += _what_is_left(world, owned, taken)
    for owned, reason in zip(left, why):
        verb = "stays" if len(owned.links) == 1 else "stay"
        text = f"{_all(world, owned.links)} of domain '{owned.want.name}' {verb}: {reason}"
        found[owned.want.name].warnings.append(text)
    for want in going:
        found[want.name].warnings += _copies(want, world) if want.params["remove_volumes"] else []
    return found


def _take(world: World, found: t.Dict[str, Removal], owned: Owned, links: t.Sequence[Link]) -> None:
    """To the last of the domains that have it. The base first: an overlay still says what is missing below it."""
    if any(users.gone(world, "volume", key) for link in owned.links for key in _volumes(world, link)):
        return  # the whole chain goes by that
    for link in reversed(links):
        having = world.images.domains_with(link.place)
        *others, last = (name for name in found if name in having)
        found[last].disks.append((owned.disk.target, _volumes(world, link)[0]))
        found[last].after += [name for name in others if name not in found[last].after]


def _volumes(world: World, link: Link) -> t.Tuple[Volume, ...]:
    return world.images.volumes_of(link)


def _owned(want: Want, world: World) -> t.Iterator[Owned]:
    """The disks that go with a domain if nothing is in the way, those with the longest chains first: a domain may run
    with overlays that its definition does not have."""
    disks = [disk for disk in _disks(want, world) if disk.chain.links]
    tops = {disk.chain.links[0].place for disk in disks if _is_own(disk)}
    seen: t.Set[Place] = set()
    for disk in sorted(disks, key=lambda disk: -len(disk.chain.links)):
        top = disk.chain.links[0]
        is_seed = any(name == seed_name(want.name) for _pool, name in _volumes(world, top))
        if top.place in seen or not (is_seed or _is_own(disk)):
            continue
        depth = 0
        if not is_seed:
            depth = max([_depth(want, world, disk), *(disk.chain.position(place) or 0 for place in tops)])
        seen.update(link.place for link in disk.chain.links[: depth + 1])
        files = (file for link in disk.chain.links[: depth + 1] for file in link.whole)
        links = tuple(file for file in files if not _is_gone(world, file))
        if links and (depth or _volumes(world, top)):  # what is in no pool is not touched
            yield Owned(want, disk, links, disk.chain.links[depth + 1 :])


def _is_gone(world: World, link: Link) -> bool:
    """Nothing is there any more, as after a removal that was interrupted."""
    return link.name.startswith("/") and world.host.is_missing(link.name)


def _is_own(disk: Disk) -> bool:
    return disk.element.get("device", "disk") == "disk" and disk.writes


def _depth(want: Want, world: World, disk: Disk) -> int:
    """How far down its chain the images are the domain's own.

    :raises Refused: what is below may be as well, and nobody says so.
    """
    declared = overlays.declared(world, want, disk)
    if declared >= 0 or len(disk.chain.links) == 1:
        return max(declared, 0)
    depth, stated = overlays.snapshotted(world, disk), overlays.stated(world, disk)
    for link in disk.chain.links[depth + 1 : stated + 1]:
        if _volumes(world, link) and not users.users(world, link.place, disk.chain.places):
            raise Refused(
                f"disk {disk.target} is on an overlay, '{disk.chain.links[0].name}', and whether '{link.name}' below "
                "it belongs to the domain is not known",
                where=want.at("remove_volumes"),
                remedy="Declare the disks of the domain as well, or merge the overlay first",
            )
    return depth


def _why_it_stays(world: World, owned: Owned, taken: t.AbstractSet[Place]) -> t.Optional[str]:
    """``None``: it goes, as what is ``taken`` does. :raises Refused: only that it is declared present keeps it."""
    going = {*taken, *(link.place for link in owned.links)}
    for link in owned.links:
        needed = users.users(world, link.place, going)
        if needed:
            return f"{', '.join(needed)} {'needs' if len(needed) == 1 else 'need'} it"
        having = world.images.domains_with(link.place)
        for name in sorted(having - {owned.want.name}):
            if not t.cast(Want, world.want("domain", name)).params["remove_volumes"]:
                return f"domain {name}, which is removed as well, has it without remove_volumes"
        if owned.disk.element.find("shareable") is not None and having == {owned.want.name}:
            return "it is shareable, and its other users are not known"
        if not _volumes(world, link):
            return f"'{link.name}' is in no pool"
        if not world.images.is_active(_volumes(world, link)[0][0]):
            return f"pool '{_volumes(world, link)[0][0]}' is not active"
    for key in (key for link in owned.links for key in _volumes(world, link)):
        declared = world.want("volume", key)
        if declared is not None and not declared.absent:
            raise Refused(
                f"volume '{declared.name}' is declared present, and would be deleted with domain '{owned.want.name}'",
                where=owned.want.at("remove_volumes"),
                remedy="Declare the volume absent as well, or remove_volumes: false",
            )
    return None


def _what_is_left(world: World, owned: Owned, taken: t.AbstractSet[Place]) -> t.List[str]:
    """A base that nobody needs any more may be an image for the next guest, or left over: the user should know."""
    lowest = [link for link in owned.disk.chain.links if link in owned.links][-1:]
    for link in owned.below[:1]:
        volumes = _volumes(world, link)
        is_declared = any(world.want("volume", key) is not None for key in volumes)
        if volumes and not is_declared and link.place not in taken and not users.users(world, link.place, taken):
            above = _all(world, lowest).lower()
            return [f"{_all(world, [link])}, which {above} of domain '{owned.want.name}' is based on, stays"]
    return []


def _copies(want: Want, world: World) -> t.List[str]:
    """What disks were being copied to may be somebody's backup, or their next image: nobody says that it is the
    domain's own."""
    copied = [(disk.target, disk.copy.links[0]) for disk in _disks(want, world) if disk.copy.links]
    return [
        f"{_all(world, [link])}, which disk {target} of domain '{want.name}' was being copied to, stays"
        for target, link in copied
        if not any(world.want("volume", key) for key in _volumes(world, link))
    ]


def _disks(want: Want, world: World) -> t.List[Disk]:
    return [disk for disk in world.images.disks if disk.domain == want.name]


def _all(world: World, links: t.Sequence[Link]) -> str:
    names = [f"'{'/'.join((*_volumes(world, link), (link.name,))[0])}'" for link in links]
    what = "Volume" if all(_volumes(world, link) for link in links) else "Image"
    return f"{what}{'' if len(names) == 1 else 's'} {', '.join(names)}"
