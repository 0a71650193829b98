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
from ..images import Link
from ..storage import Place
from ..volume import overlays, users
from . import left, memory
from .operations import Finish, RemoveVolumes
from .owned import Owned, Volume, disks_of, owned_by, volumes_of


@dataclasses.dataclass
class Removal:
    """What goes with one domain: the volumes and files that are deleted, with what a change calls them. ``after`` are
    other domains that have to be gone before these are, ``last`` others that have to be gone before it goes itself.
    ``leaves`` are the volumes that go after it in one way or another."""

    volumes: t.List[t.Tuple[str, Volume]] = dataclasses.field(default_factory=list)
    files: t.List[left.File] = dataclasses.field(default_factory=list)
    warnings: t.List[str] = dataclasses.field(default_factory=list)
    after: t.List[str] = dataclasses.field(default_factory=list)
    last: t.List[str] = dataclasses.field(default_factory=list)
    leaves: t.List[left.Part] = dataclasses.field(default_factory=list)


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
        gone = dataclasses.replace(t.cast(t.Any, actions[-1].operation), leaves=_leaves(want, world, removal))
        actions[-1] = dataclasses.replace(actions[-1], operation=gone)
        actions[0] = dataclasses.replace(actions[0], after=tuple(("domain", name) for name in removal.last))
    settled = () if recorded is None else _settled(want, world, recorded)
    if removal.volumes or removal.files:
        names = [(option, left.name_of(volume)) for option, volume in removal.volumes]
        changes = tuple(Change(option, name, None, LIVE) for option, name in (*names, *removal.files))
        going = [volume for _option, volume in removal.volumes]
        operation = RemoveVolumes(going, tuple(one.path for one in removal.files), settled)
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
    there = [one for _option, some in left.parts(world, want.name) for one in some.items()]
    kept = {left.name_of(key): link.place in taken for key, link in there}
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
    owned = [one for want in going if want.params["remove_volumes"] for one in owned_by(want, world)]
    rest = [_below_volumes_that_go(world, one) for one in owned]
    taken.update(link.place for one in rest for link in one.elsewhere)
    while True:
        why = [_why_it_stays(world, one, taken) for one in rest]
        if all(why):
            break
        for one in [one for one, reason in zip(rest, why) if not reason]:
            _take(world, found, one, [link for link in one.links if link.place not in taken])
            taken.update(one.places)
            goes.append(one)
        rest = [one for one, reason in zip(rest, why) if reason]
    for one in goes:
        found[one.want.name].leaves += [_part(world, one.option, one.links)] if one.links else []
        found[one.want.name].warnings += _what_is_left(world, one, taken)
    for chain in _above_volumes_that_go(world):
        part, leaves = _part(world, chain.option, chain.links), found[chain.domain].leaves
        leaves += [] if part in leaves else [part]
    for want in going:
        _memory(want, world, found[want.name], taken)
    for one, reason in zip(rest, why):
        verb = "stays" if len(one.links) == 1 else "stay"
        text = f"{_all(world, one.links)} of domain '{one.want.name}' {verb}: {reason}"
        found[one.want.name].warnings.append(text)
        for keeper in _keepers(world, one):
            found[keeper].last.append(one.want.name)
    for want in going:
        found[want.name].warnings += _copies(want, world, taken) if want.params["remove_volumes"] else []
    return found, taken


def _part(world: World, option: str, links: t.Sequence[Link]) -> left.Part:
    """What is recorded of a disk. An image in no pool is not touched, by anybody."""
    volumes = (left.Volume(*key, link.name) for link in links for key in volumes_of(world, link)[:1])
    return left.Part(option, tuple(volumes))


def _memory(want: Want, world: World, removal: Removal, taken: t.AbstractSet[Place]) -> None:
    """The files with the memory of the guest that go with the domain and are no volumes, and those that stay."""
    if world.state("domain", want.key) is None:
        for file in left.files(world, want.name) if want.params["remove_volumes"] else ():
            needed = users.users(world, world.host.place(file.path), taken)
            removal.files += [] if needed else [file]
        return
    for one in memory.of(world, want.name):
        link = memory.link(world, one.path)
        needed = users.users(world, link.place, taken) if one.ours else []
        why = None
        if _is_declared_absent(world, link):
            continue  # it goes by itself
        if not one.ours:
            why = "this collection did not make that"
        elif not want.params["remove_volumes"]:
            why = "remove_volumes is not declared"
        elif volumes_of(world, link):
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
    for link in reversed(links):
        having = _having(world, link)
        *others, last = [name for name in found if name in having] or [owned.want.name]
        key = volumes_of(world, link)[0] if owned.recorded is None else owned.recorded[link.place]
        found[last].volumes.append((owned.option, key))
        found[last].after += [name for name in others if name not in found[last].after]


def _below_volumes_that_go(world: World, owned: Owned) -> Owned:
    """What is left to go with the domain: with a volume that is declared absent goes what is above it, and no more.
    The other files of that volume stay, as its own plan says."""
    lowest = max((index for index, link in enumerate(owned.links) if _is_declared_absent(world, link)), default=-1)
    if lowest < 0:
        return owned
    volume = owned.links[lowest]
    above = {file.place: file for link in owned.links[:lowest] for file in link.whole}
    kept = {file.place for file in volume.whole if file.place not in above}
    links = tuple(link for link in owned.links if link.place not in {*above, *kept})
    return owned._replace(links=links, elsewhere=(*above.values(), volume))


def _is_declared_absent(world: World, link: Link) -> bool:
    return any(users.gone(world, "volume", key) for key in volumes_of(world, link))


def _having(world: World, link: Link) -> t.AbstractSet[str]:
    """The domains that have an image, or had it when a run removed them that ended early."""
    return world.images.domains_with(link.place) | left.domains_with(world, link.place)


def _why_it_stays(world: World, owned: Owned, taken: t.AbstractSet[Place]) -> t.Optional[str]:
    """``None``: it goes, as what is ``taken`` does. :raises Refused: only that it is declared present keeps it."""
    going = {*taken, *owned.places}
    for link in owned.links:
        needed = users.users(world, link.place, going)
        if needed:
            return f"{', '.join(needed)} {'needs' if len(needed) == 1 else 'need'} it"
        having = _having(world, link)
        for name in _keepers(world, owned):
            return f"domain {name}, which is removed as well, has it without remove_volumes"
        if owned.shareable and having == {owned.want.name}:
            return "it is shareable, and its other users are not known"
        if not volumes_of(world, link):
            return f"'{link.name}' is in no pool"
        if world.host.is_read_only(os.path.dirname(link.name)):
            return f"the file system of '{link.name}' is read-only"
        if not world.images.is_active(volumes_of(world, link)[0][0]):
            return f"pool '{volumes_of(world, link)[0][0]}' is not active"
    for key in (key for link in owned.links for key in volumes_of(world, link)):
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


def _keepers(world: World, owned: Owned) -> t.List[str]:
    """The domains that go as well, and are not to take what they have of a disk with them. They go after the one that
    is: a run that is killed in between must not leave that one alone with it."""
    having = {name for link in owned.links for name in _having(world, link)}
    wants = [world.want("domain", name) for name in sorted(having - {owned.want.name})]
    return [want.name for want in wants if want is not None and want.absent and not want.params["remove_volumes"]]


def _what_is_left(world: World, owned: Owned, taken: t.AbstractSet[Place]) -> t.List[str]:
    """A base that nobody needs any more may be an image for the next guest, or left over: the user should know."""
    for link in owned.below[:1]:
        volumes = volumes_of(world, link)
        is_declared = any(world.want("volume", key) is not None for key in volumes)
        if volumes and not is_declared and link.place not in taken and not users.users(world, link.place, taken):
            above = _all(world, [owned.lowest]).lower()
            return [f"{_all(world, [link])}, which {above} of domain '{owned.want.name}' is based on, stays"]
    return []


def _copies(want: Want, world: World, taken: t.AbstractSet[Place]) -> t.List[str]:
    """What disks were being copied to may be somebody's backup, or their next image: nobody says that it is the
    domain's own."""
    copied = [(disk.target, disk.copy.links[0]) for disk in disks_of(want, world) if disk.copy.links]
    return [
        f"{_all(world, [link])}, which disk {target} of domain '{want.name}' was being copied to, stays"
        for target, link in copied
        if link.place not in taken and not any(world.want("volume", key) for key in volumes_of(world, link))
    ]


def _all(world: World, links: t.Sequence[Link]) -> str:
    names = [f"'{'/'.join((*volumes_of(world, link), (link.name,))[0])}'" for link in links]
    what = "Volume" if all(volumes_of(world, link) for link in links) else "Image"
    return f"{what}{'' if len(names) == 1 else 's'} {', '.join(names)}"
