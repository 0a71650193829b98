# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume of a seed that ``cloud_init`` takes away, with the passwords that are in it."""

from __future__ import annotations

import os
import typing as t

from ...deps import Element
from ...plan import Operation, Plan
from ..base import Want, World
from .after import running
from .cloud_init import wants_seed
from .devices.disks import SEEDS, seed_name
from .operations import Define, Detach
from .seed_removal import removal
from .state import DomainState


def plan_removal(want: Want, world: World, state: DomainState, plan: Plan) -> Plan:
    """``remove_seed`` for each volume that the domain has no drive for any more once ``plan`` is done.

    It is one that was made here, as its content says. The run that should have removed it may have been ended before,
    or the guest did not let go of it: where there shall be none, seeds are looked for beside the disks too.
    """
    wanted = wants_seed(want)
    if wanted is None:
        return Plan()
    removals = []
    for path in _taken_away(state, plan) if wanted else _anywhere(want, world, state):
        place = world.host.place(path) if path.startswith("/") else ("network", "rbd", path)
        volumes = [key for key in world.images.volumes_at(place) if key[1] == seed_name(want.name)]
        volume = next((key for key in volumes if world.images.is_active(key[0])), None)
        if volume is None or world.want("volume", volume) is not None or not _is_let_go(state, path, plan):
            continue
        if not world.images.domains_with(place) - {want.name}:
            removals.append(removal(want, world, volume, path, (path, volume, ("rbd", path))))
    return Plan.of(removals)


def _roots(state: DomainState) -> t.List[Element]:
    return [root for root in (state.root, state.live_root) if root is not None]


def _seeds(root: Element) -> t.Iterator[t.Tuple[str, str]]:
    """The paths of the seeds in a definition, with what a change calls their drives."""
    for seed in SEEDS.read_items(root):
        path = seed.get("file") or seed.get("block") or seed.get("network.name")  # of a volume in a Ceph pool
        if path:
            yield path, f"{SEEDS.option}[{seed['target']}]"


def _removed(plan: Plan, by: t.Type[Operation]) -> t.Set[str]:
    changes = [change for one in plan.actions if isinstance(one.operation, by) for change in one.changes]
    return {change.option for change in changes if change.after is None}


def _taken_away(state: DomainState, plan: Plan) -> t.List[str]:
    """The paths of seeds whose drives go: the domain gets another."""
    gone = _removed(plan, Define) | _removed(plan, Detach)
    if not gone:
        return []
    return list(dict.fromkeys(path for root in _roots(state) for path, name in _seeds(root) if name in gone))


def _anywhere(want: Want, world: World, state: DomainState) -> t.List[str]:
    """The paths of the domain's seeds, and of what has the name of one in a folder with a disk of it."""
    paths = dict.fromkeys(path for root in _roots(state) for path, _name in _seeds(root))
    for source in (source for root in _roots(state) for source in root.iterfind("devices/disk/source")):
        folder = os.path.dirname(source.get("file") or source.get("dev") or "")
        path = os.path.join(folder, seed_name(want.name))
        if folder and path not in paths and not world.host.is_missing(path):
            paths[path] = None
    return list(paths)


def _is_let_go(state: DomainState, path: str, plan: Plan) -> bool:
    """Whether what runs, or is saved, has no drive with the seed when ``plan`` is done."""
    root = running(state, plan.actions)
    return root is None or all(there != path for there, _name in _seeds(root))
