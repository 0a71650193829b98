# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloud-init seeds as volumes: for volumes that are declared so, and for the domains that have one of their own."""

from __future__ import annotations

import typing as t

from ...content import seed as seeds
from ...deps import libvirt
from ...diff import LIVE, Change
from ...errors import LibvirtFailed, Refused
from ...plan import Action, Operation
from ..base import World
from ..host import Host
from . import incomplete
from .location import PoolAfter, pool_after, volume_state, volume_there
from .new import NewVolume
from .operations import Create, FindOrCreate, Upload
from .state import VolumeState

#: Bytes; seeds are smaller.
_WHOLE_SEED = 4 * 1024 * 1024


def plan_seed(world: World, pool_name: str, name: str, data: seeds.SeedData, where: str) -> t.List[Action]:
    """What makes ``name`` the seed with this data: actions of the kind ``volume``. The pool has been checked.

    Its contents are never shown, only the beginning of their fingerprint.

    :raises Refused: another volume has that name, or its pool does not run.
    """
    pool = pool_after(world, pool_name)
    wanted = seeds.fingerprint(data)
    there = volume_there(world, pool, name) if pool is not None else None
    state = volume_state(world, t.cast(PoolAfter, pool), name) if there is not None else None
    before = None if there is None else "incomplete"
    if state is not None:
        content = world.host.beginning(state.pool, state.name, state.listed, state.path)
        before = known(content, pool_name, name, where)
        if before == wanted:
            return []
        before = _short(before)
    if pool is None or not pool.active:
        raise Refused(
            f"the seed needs its pool '{pool_name}', which is not active",
            where=where,
            remedy="Declare the pool with state active",
        )
    world.host.require_program("xorriso")
    new = NewVolume(
        pool=pool_name,
        name=name,
        path=pool.path(name),
        format="raw",
        directory=pool.type.directory,
        sparse=pool.type.sparse,
        where=where,
        seed=data,
    )
    change = Change("seed", before, _short(wanted), LIVE)
    make: t.Callable[[NewVolume], Operation] = Upload if before else FindOrCreate if pool.unseen else Create
    return [Action("volume", f"{pool_name}/{name}", make(new), (change,))]


def warn_of_same_instance(
    world: World, state: t.Optional[VolumeState], data: seeds.SeedData, actions: t.Sequence[Action]
) -> t.Tuple[str, ...]:
    """What to tell of a seed that is written anew, and that a guest which has booted with the old one will not obey."""
    if state is None or not any(isinstance(action.operation, Upload) for action in actions):
        return ()
    instance = seeds.instance_id(seeds.files(data)["meta-data"])
    old = world.host.beginning(state.pool, state.name, state.listed, state.path, _WHOLE_SEED)
    if instance is None or seeds.instance_id(old) != instance:
        return ()
    return (
        f"Seed '{state.pool}/{state.name}' changes, and its instance-id '{instance}' does not: cloud-init does most of "
        "its work once for each. Change that as well, or declare cloud_init.instance_id: content for the domain",
    )


def known(content: bytes, pool: str, name: str, where: str) -> str:
    """The fingerprint of a seed, by the first bytes of its volume. :raises Refused: it is none of this collection."""
    fingerprint = seeds.read_fingerprint(content)
    if fingerprint is None:
        raise Refused(
            f"volume '{pool}/{name}' exists and is not a seed of this collection",
            where=where,
            remedy="Choose another name for the seed; a volume's content is never replaced",
        )
    return fingerprint


def is_ours(host: Host, volume: t.Tuple[str, str], path: str) -> bool:
    """Whether a volume is a seed that was made here, by its content, or half of one. A file that this user may read
    need not be listed by libvirt."""
    try:
        beginning = host.beginning(*volume, True, path)
    except LibvirtFailed as exc:
        if t.cast(t.Any, exc.__cause__).get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            return False  # what cannot be read cannot be filled either
        raise
    is_file = path.startswith("/") and not path.startswith("/dev/")
    if incomplete.begins_incomplete(beginning, incomplete.recorded(host.unfinished, *volume), is_file, True):
        return True
    return seeds.read_fingerprint(beginning) is not None


def _short(fingerprint: str) -> str:
    return f"(hidden, {fingerprint[:8]})"
