# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which volumes go with domains (``remove_volumes``), and which stay although they were theirs. Pure but for reading.

What goes is what a domain writes to, with all of its own overlays and what is below them down to the volume that it was
declared, or known by a snapshot, to be on. Such a chain goes as a whole or not at all. What its snapshots have of its
memory goes as well. Of a domain that a run has removed that ended early it is what was recorded then (``left.py``), and
decided by the same questions.
"""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ...deps import Element
from ...diff import LIVE, Change
from ...errors import Refused
from ...plan import Action, Plan
from ..base import Want, World
from ..images import Disk, Link
from ..storage import Place
from ..volume import overlays, users
from ..volume.seed import is_ours
from . import left, memory
from .devices.disks import is_seed
from .operations import Finish, RemoveVolumes

Volume = t.Tuple[str, str]


@dataclasses.dataclass
class Removal:
    """What goes with one domain: the volumes and files that are deleted, with what a change calls them. ``after`` are
    other domains that have to be gone before. ``leaves`` are the volumes that go after it in one way or another."""

    volumes: t.List[t.Tuple[str, Volume]] = dataclasses.field(default_factory=list)
    files: t.List[left.File] = dataclasses.field(default_factory=list)
    warnings: t.List[str] = dataclasses.field(default_factory=list)
    after: t.List[str] = dataclasses.field(default_factory=list)
    leaves: t.List[left.Part] = dataclasses.field(default_factory=list)


class Owned(t.NamedTuple):
    """A disk that goes with its domain: its own images, the one that is written to first, and what is ``below``; or
    another volume of its own. ``option`` is what a change calls it.

    ``recorded`` are the volumes that the images were when the domain went; ``None``: it is there.
    """

    want: Want
    option: str
    links: t.Tuple[Link, ...]
    below: t.Tuple[Link, ...]
    shareable: bool = False
    recorded: t.Optional[t.Mapping[Place, Volume]] = None


def with_what_goes(want: Want, world: World, plan: Plan) -> Plan:
    """The ``plan`` that removes a domain, with the action that deletes the volumes that go with it.

    :raises Refused: a volume is declared to stay, or it is not known whose it is, or it is in a pool that does not run.
    """
    recorded, of_snapshots = left.recorded(world, want.name), left.of_snapshots(world, want.name)
    if not plan.actions and recorded is None and not of_snapshots:
        return plan
    removal = _removals(world)[want.name]
    actions = list(plan.actions)
    if actions:  # with the last of them it has gone
        going = dataclasses.replace(t.cast(t.Any, actions[-1].operation), leaves=_leaves(want, world, removal))
        actions[-1] = dataclasses.replace(actions[-1], operation=going)
    settled = () if recorded is None else _settled(want, world, recorded)
    if removal.volumes or removal.files:
        names = [(option, left.name_of(volume)) for option, volume in removal.volumes]
        changes = tuple(Change(option, name, None, LIVE) for option, name in (*names, *removal.files))
        volumes = [volume for _option, volume in removal.volumes]
        operation = RemoveVolumes(volumes, tuple(one.path for one in removal.files), settled)
        after = tuple(("domain", name) for name in removal.after)
        actions.append(Action("domain", want.name, operation, changes, after=after))
    elif settled or (of_snapshots and not actions):
        actions.append(Action("domain", want.name, Finish(settled=settled)))
    return Plan(tuple(actions), plan.pending, (*plan.warnings, *removal.warnings))


def _leaves(want: Want, world: World, removal: Removal) -> left.Left:
    uuid = world.state("domain", want.key).root.findtext("uuid") or ""
    snapshots = tuple(world.host.snapshot_records(uuid, want.name))
    return left.Left(tuple(removal.leaves), tuple(removal.files), uuid if snapshots else "", snapshots)


def _settled(want: Want, world: World, recorded: left.Data) -> t.Tuple[str, ...]:
    """What is recorded, and this plan does not remove: it stays, or has gone. Where ``remove_volumes`` is not declared
    (any more), it is remembered as long as it is there."""
    if not want.params["remove_volumes"] and left.pool_down(world, recorded):
        return ()
    found, taken = _decided(world)
    goes = {one.path for removal in found.values() for one in removal.files}
    parts = [volumes for _option, volumes in left.parts(world, want.name)]
    kept = {left.name_of(key): link.place in taken for volumes in parts for key, link in volumes.items()}
    kept.update({one.path: one.path in goes for one in left.files(world, want.name)})
    remembered = [name for name, removed in kept.items() if removed or not want.params["remove_volumes"]]
    return tuple(name for name in left.names_in(recorded) if name not in remembered)


def keeps_nvram(want: Want, world: World, root: Element) -> bool:
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
    return _decided(world)[0]


def _decided(world: World) -> t.Tuple[t.Dict[str, Removal], t.AbstractSet[Place]]:
    """The same, and where all is that goes with them, or because it is declared absent itself."""
    return t.cast(t.Tuple[t.Dict[str, Removal], t.AbstractSet[Place]], world.once("removals", lambda: _plan(world)))


def _plan(world: World) -> t.Tuple[t.Dict[str, Removal], t.AbstractSet[Place]]:
    """Again and again, since what goes makes room for what was needed by it."""
    going = [want for want in world.declared.get("domain", {}).values() if want.absent]
    found = {want.name: Removal() for want in going}
    taken: t.Set[Place] = set()
    goes: t.List[Owned] = []
    rest = [owned for want in going if want.params["remove_volumes"] for owned in _owned(want, world)]
    while True:
        why = [_why_it_stays(world, owned, taken) for owned in rest]
        if all(why):
            break
        for owned in [one for one, reason in zip(rest, why) if not reason]:
            _take(world, found, owned, [link for link in owned.links if link.place not in taken])
            taken.update(link.place for link in owned.links)
            goes.append(owned)
        rest = [one for one, reason in zip(rest, why) if reason]
    for owned in goes:
        found[owned.want.name].leaves += [] if _goes_by_a_volume(world, owned) else [_part(world, *owned[1:3])]
        found[owned.want.name].warnings += _what_is_left(world, owned, taken)
    for chain in _above_volumes_that_go(world):
        part, leaves = _part(world, chain.option, chain.links), found[chain.domain].leaves
        leaves += [] if part in leaves else [part]
    for want in going:
        _remember(want, world, found[want.name], taken)
    for owned, reason in zip(rest, why):
        verb = "stays" if len(owned.links) == 1 else "stay"
        text = f"{_all(world, owned.links)} of domain '{owned.want.name}' {verb}: {reason}"
        found[owned.want.name].warnings.append(text)
    return found, taken


def _part(world: World, option: str, links: t.Sequence[Link]) -> left.Part:
    """What is recorded of a disk. An image in no pool is not touched, by anybody."""
    volumes = (left.Volume(*key, link.name) for link in links for key in _volumes(world, link)[:1])
    return left.Part(option, tuple(volumes))


def _remember(want: Want, world: World, removal: Removal, taken: t.AbstractSet[Place]) -> None:
    """The files with the memory of the guest that go with the domain and are no volumes, and those that stay."""
    if world.state("domain", want.key) is None:
        for file in left.files(world, want.name) if want.params["remove_volumes"] else ():
            needed = users.users(world, world.host.place(file.path), taken)
            removal.files += [] if needed else [file]
        return
    for one in memory.of(world, want.name):
        link = memory.link(world, one.path)
        needed = users.users(world, link.place, taken)
        why = None
        if not one.ours:
            why = "this collection did not make that"
        elif not want.params["remove_volumes"]:
            why = "remove_volumes is not declared"
        elif _volumes(world, link):
            continue  # it is decided like a disk
        elif needed:
            why = f"{', '.join(needed)} {'needs' if len(needed) == 1 else 'need'} it"
        elif not world.host.may_remove(one.path):
            why = "this user may not remove it" if world.local else "it is on another machine"
        if why is None:
            removal.files.append(left.File(one.option, one.path))
        else:
            removal.warnings.append(f"{one} stays, with all that the guest had in memory: {why}")


def _above_volumes_that_go(world: World) -> t.Iterator[overlays.Going]:
    """The disks of domains that are there and go, with overlays that go with volumes that are declared absent."""
    for want in world.declared.get("volume", {}).values():
        place = overlays.place_of(world, want) if want.absent else None
        for going in overlays.disks_that_go(world, place) if place is not None else ():
            if world.state("domain", going.domain) is not None:
                yield going


def _take(world: World, found: t.Dict[str, Removal], owned: Owned, links: t.Sequence[Link]) -> None:
    """To the last of the domains that have it. The base first: an overlay still says what is missing below it."""
    if _goes_by_a_volume(world, owned):
        return
    for link in reversed(links):
        having = _having(world, link)
        *others, last = [name for name in found if name in having] or [owned.want.name]
        key = _volumes(world, link)[0] if owned.recorded is None else owned.recorded[link.place]
        found[last].volumes.append((owned.option, key))
        found[last].after += [name for name in others if name not in found[last].after]


def _goes_by_a_volume(world: World, owned: Owned) -> bool:
    """Whether the whole chain goes because a volume of it is declared absent."""
    return any(users.gone(world, "volume", key) for link in owned.links for key in _volumes(world, link))


def _having(world: World, link: Link) -> t.AbstractSet[str]:
    """The domains that have an image, or had it when a run removed them that ended early."""
    return world.images.domains_with(link.place) | left.domains_with(world, link.place)


def _volumes(world: World, link: Link) -> t.Tuple[Volume, ...]:
    return world.images.volumes_of(link)


def _owned(want: Want, world: World) -> t.Iterator[Owned]:
    """The disks that go with a domain if nothing is in the way, those with the longest chains first: a domain may run
    with overlays that its definition does not have; and what it has in volumes besides."""
    if world.state("domain", want.key) is None:
        yield from _recorded(want, world)
        return
    disks = [disk for disk in world.images.disks if disk.domain == want.name and disk.chain.links]
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
        links = tuple(link for link in disk.chain.links[: depth + 1] if not _is_gone(world, link))
        if links and (depth or _volumes(world, top)):  # what is in no pool is not touched
            shareable = disk.element.find("shareable") is not None
            yield Owned(want, f"disks[{disk.target}]", links, disk.chain.links[depth + 1 :], shareable)
    for one in memory.of(world, want.name):
        link = memory.link(world, one.path)
        if one.ours and _volumes(world, link):
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
        links = tuple(volumes.values())
        below = world.images.below(links[-1].name).links[1:] if links and links[-1].name.startswith("/") else ()
        if links:
            yield Owned(want, option, links, below, recorded={link.place: key for key, link in volumes.items()})


def _is_gone(world: World, link: Link) -> bool:
    """Nothing is there any more, as after a removal that was interrupted."""
    return link.name.startswith("/") and world.host.is_missing(link.name)


def _is_own(disk: Disk) -> bool:
    return disk.element.get("device", "disk") == "disk" and disk.writes


def _has_seed(world: World, disk: Disk) -> bool:
    """Whether it is the drive of the domain's seed with one that was made here, as far as that can be seen now."""
    link = disk.chain.links[0]
    volumes = _volumes(world, link) if is_seed(disk.element) and not _is_gone(world, link) else ()
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
        having = _having(world, link)
        for name in sorted(having - {owned.want.name}):
            if not t.cast(Want, world.want("domain", name)).params["remove_volumes"]:
                return f"domain {name}, which is removed as well, has it without remove_volumes"
        if owned.shareable and having == {owned.want.name}:
            return "it is shareable, and its other users are not known"
        if not _volumes(world, link):
            return f"'{link.name}' is in no pool"
        if world.host.is_read_only(os.path.dirname(link.name)):
            return f"the file system of '{link.name}' is read-only"
        if not world.images.is_active(_volumes(world, link)[0][0]):
            return f"pool '{_volumes(world, link)[0][0]}' is not active"
    for key in (key for link in owned.links for key in _volumes(world, link)):
        declared = world.want("volume", key)
        if declared is not None and not declared.absent and owned.recorded is not None:
            return "it is declared present"
        if declared is not None and not declared.absent:
            raise Refused(
                f"volume '{declared.name}' is declared present, and would be deleted with domain '{owned.want.name}'",
                where=owned.want.at("remove_volumes"),
                remedy="Declare the volume absent as well, or remove_volumes: false",
            )
    return None


def _what_is_left(world: World, owned: Owned, taken: t.AbstractSet[Place]) -> t.List[str]:
    """A base that nobody needs any more may be an image for the next guest, or left over: the user should know."""
    for link in owned.below[:1]:
        volumes = _volumes(world, link)
        is_declared = any(world.want("volume", key) is not None for key in volumes)
        if volumes and not is_declared and link.place not in taken and not users.users(world, link.place, taken):
            above = _all(world, owned.links[-1:]).lower()
            return [f"{_all(world, [link])}, which {above} of domain '{owned.want.name}' is based on, stays"]
    return []


def _all(world: World, links: t.Sequence[Link]) -> str:
    names = [f"'{'/'.join((*_volumes(world, link), (link.name,))[0])}'" for link in links]
    what = "Volume" if all(_volumes(world, link) for link in links) else "Image"
    return f"{what}{'' if len(names) == 1 else 's'} {', '.join(names)}"
