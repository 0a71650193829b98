# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain that is there under its old name: renamed, with its seed, and then brought to what is declared. Pure.

libvirt renames a domain that is off, and its autostart link with it, but not the file of its UEFI variables: the guest
would begin with new ones. A seed is a volume of this collection's: the domain gets another, and the old one is removed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...deps import Element
from ...diff import LIVE, Change
from ...errors import InvalidOption, Refused
from ...plan import Action, Plan
from ...xml import parse
from ...xml import path as xmlpath
from ..base import Updated, Want, World
from .cloud_init import wants_seed
from .devices.disks import SEEDS, seed_name
from .operations import Finish, RemoveSeed, Rename
from .seed_removal import removal
from .state import DomainState

#: What is recorded as begun, until nothing is called after the old name any more.
STEP = "rename"


def renamed(want: Want, world: World) -> t.Tuple[World, t.List[Action], Plan]:
    """The world once the domain has its new name, what gives it that, and what is removed at the end.

    :raises InvalidOption: the old name is declared as well. :raises Refused: libvirt cannot rename it as it is.
    """
    old: str = want.params.get("renamed_from") or ""
    state: t.Optional[DomainState] = world.state("domain", old) if old else None
    if world.state("domain", want.key) is not None:
        return world, [], _rest(want, world)
    if state is None:
        return world, [], Plan()
    where = want.at("renamed_from")
    if world.want("domain", old) is not None:
        raise InvalidOption(f"domain '{old}' is declared as well", where=where, remedy="Remove one of the two")
    for reason, remedy in _obstacles(want, world, state):
        raise Refused(f"domain '{old}' {reason}", where=where, remedy=remedy)
    root = parse.parse(state.definition)
    xmlpath.the(root, "name").text = want.name
    after = dataclasses.replace(state, name=want.name, definition=parse.to_text(root))
    domains = Updated(world.current["domain"], {want.key: after}, {want.key, old})
    seeds = list(_old_seeds(want, world, state))
    removals = _removals(want, world, seeds, old)
    removed = {one.operation.volume for one in removals.actions if isinstance(one.operation, RemoveSeed)}
    leaves = [seed for seed in seeds if seed[:2] in removed]
    operation = Rename(old, _variables(world, old, want.name, root), leaves)
    rename = Action("domain", want.name, operation, (Change("name", old, want.name, LIVE),))
    world = dataclasses.replace(world, current={**world.current, "domain": domains})
    return world, [rename], removals


def _obstacles(want: Want, world: World, state: DomainState) -> t.Iterator[t.Tuple[str, str]]:
    if state.active:
        yield "runs, and libvirt renames it only when it is off", "Stop it first"
    if not state.persistent:
        yield "has no definition", "Define it first"
    if state.saved:
        yield "has a saved state, which is called after it", "Start it and shut it down first"
    if world.host.snapshots(state.name):
        yield "has snapshots, which are called after it", "Make them absent first"
    if not world.local and _has_own_variables(state.root):
        yield "has UEFI variables in a file that is called after it", "Run the module on the host itself"
    for path, new in _variables(world, state.name, want.name, state.root):
        if not world.host.is_missing(new) and world.host.place(new) != world.host.place(path):
            yield f"has UEFI variables, and '{new}' is there already", "Move that file away, if nobody needs it"
    if wants_seed(want) is None and "disks" in want.values and SEEDS.elements(state.root):
        yield (
            "has a seed for cloud-init, which is called after it",
            "Declare cloud_init, or cloud_init: {} to remove it",
        )


def _has_own_variables(root: Element) -> bool:
    """Whether libvirt keeps its UEFI variables where the definition does not say."""
    uefi = root.find("os[@firmware='efi']") is not None or root.find("os/loader[@type='pflash']") is not None
    return uefi and not (root.findtext("os/nvram") or "").strip()


def _variables(world: World, old: str, new: str, root: Element) -> t.List[t.Tuple[str, str]]:
    if not _has_own_variables(root):
        return []
    folder, endings = world.host.variables_folder, ("_VARS.fd", "_VARS.qcow2")
    files = [(f"{folder}/{old}{ending}", f"{folder}/{new}{ending}") for ending in endings]
    return [(path, renamed) for path, renamed in files if not world.host.is_missing(path)]


def _old_seeds(want: Want, world: World, state: DomainState) -> t.Iterator[t.Tuple[str, str, str]]:
    """Pool, name and path of the old seed, where the domain gets another one or none."""
    if wants_seed(want) is None:
        return
    for seed in SEEDS.read_items(state.root):
        path = seed.get("file") or seed.get("block") or ""
        names = [key for key in world.images.volumes_at(world.host.place(path)) if key[1] == seed_name(state.name)]
        if path and names:
            yield (*names[0], path)


def _rest(want: Want, world: World) -> Plan:
    """What a run has left to do that ended after the domain had its new name.

    If the old one is there all the same, it ended before that, and somebody else has made the new one.
    """
    begun = world.host.unfinished.get((STEP, want.name))
    if begun is None:
        return Plan()
    done = world.state("domain", begun["old"]) is None
    removals = _removals(want, world, begun["seeds"]) if done else Plan()
    links = [path for path, new in begun["variables"] if done and _is_same_file(world, path, new)]
    if not links and removals.actions:
        return removals
    return Plan((Action("domain", want.name, Finish(links, ends=not removals.actions)),)) + removals


def _is_same_file(world: World, path: str, other: str) -> bool:
    missing = world.host.is_missing(path) or world.host.is_missing(other)
    return not missing and world.host.place(path) == world.host.place(other)


def _removals(want: Want, world: World, seeds: t.Iterable[t.Sequence[str]], old: str = "") -> Plan:
    """Of those that were made here, are there, and are on no other domain than the one that was called ``old``."""
    return Plan.of(
        removal(want, world, (pool, name), path, (path, (pool, name)))
        for pool, name, path in seeds
        if not world.images.domains_with(world.host.place(path)) - {want.name, old} and not world.host.is_missing(path)
    )
