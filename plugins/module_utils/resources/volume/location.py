# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a volume is and will be: also in a pool that does not exist, or does not run, yet."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ...errors import MissingReference
from ...xml import parse
from ..base import World
from ..pool.kind import Pool, type_of
from ..pool.types import PoolType
from .state import VolumeState, state_of_file


@dataclasses.dataclass(frozen=True)
class Location:
    """What a domain's disk says of a volume: ``type`` is ``file`` or ``block``, ``format`` that of its driver."""

    path: str
    format: str
    type: str


@dataclasses.dataclass(frozen=True)
class PoolAfter:
    """A pool as its plan leaves it. ``started``: it is started, or started anew, by that plan."""

    name: str
    type: PoolType
    target: str
    active: bool
    started: bool

    def path(self, volume: str) -> str:
        """Where the volume of this name is."""
        return os.path.join(self.target, volume)


def pool_after(world: World, name: str) -> t.Optional[PoolAfter]:
    """The pool ``name``; ``None``: it neither exists nor is declared."""
    kind = Pool()
    state, want = world.state(kind.noun, name), world.want(kind.noun, name)
    active, started = state is not None and state.active, False
    if want is None or want.absent:
        if state is None:
            return None
        root = parse.parse(state.live or state.definition)
    else:
        verbs = [action.verb for action in kind.plan(want, world).actions]
        started = "start" in verbs or "restart" in verbs
        stays = active and "stop" not in verbs and not started
        active = stays or started
        root = parse.parse(state.live) if stays else kind.definition_after(want, world, state)[0]
    return PoolAfter(name, type_of(root), root.findtext("target/path") or "", active, started)


def volume_state(world: World, pool: PoolAfter, name: str) -> t.Optional[VolumeState]:
    """The volume as it is now, or as libvirt will find it when the pool has started."""
    state = world.state("volume", (pool.name, name))
    if not pool.type.directory or (state is not None and os.path.dirname(state.path) == pool.target):
        return state
    image = world.host.image(pool.path(name))
    return None if image is None else state_of_file(pool.name, name, pool.path(name), image)


def volume_location(world: World, pool_name: str, name: str) -> Location:
    """The path and format of a volume that exists, or that is declared in the same document.

    :raises MissingReference: it neither exists nor is declared.
    """
    pool, want = pool_after(world, pool_name), world.want("volume", (pool_name, name))
    state = volume_state(world, pool, name) if pool is not None else None
    if state is not None:
        return Location(state.path, state.format, state.type)
    if pool is None or want is None:
        raise MissingReference("volume '{0}/{1}' neither exists nor is declared".format(pool_name, name))
    image_format = new_format(want.values, want.params, pool)
    return Location(pool.path(name), image_format, "file" if pool.type.directory else "block")


def new_format(values: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], pool: PoolAfter) -> str:
    """The format that a new volume gets: the declared one, else the pool's usual one; seeds are ISO images."""
    return "raw" if params.get("seed") else values.get("format", pool.type.format)
