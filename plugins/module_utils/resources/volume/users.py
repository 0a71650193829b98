# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who needs a volume: domains with a disk on it, and volumes that are based on it."""

from __future__ import annotations

import typing as t

from ..base import World
from ..host import DiskUse
from .location import pool_after
from .state import VolumeState


def users(world: World, state: VolumeState) -> t.List[str]:
    """Domains and volumes, such as ``domain web1``, that need it and are not going in the same document."""
    found = {"domain " + use.domain for use in _uses(world, state) if not _gone(world, "domain", use.domain)}
    for pool, name in world.host.clones.get(state.path, ()):
        if not _gone(world, "volume", (pool, name)):
            found.add("volume {0}/{1}".format(pool, name))
    return sorted(found)


def writers(world: World, state: VolumeState) -> t.List[str]:
    """Domains that run with it and may be writing to it."""
    return sorted({use.domain for use in _uses(world, state) if use.live and use.writes})


def running(world: World, state: VolumeState) -> t.List[str]:
    """Domains that run with it."""
    return sorted({use.domain for use in _uses(world, state) if use.live})


def _uses(world: World, state: VolumeState) -> t.Iterator[DiskUse]:
    places: t.Set[t.Any] = {state.path, (state.pool, state.name)}
    pool = pool_after(world, state.pool)
    if pool is not None and pool.type.disk:
        disk = pool.location(state.name, state.format).disk
        places.add((disk["network.protocol"], disk["network.name"]))
    return (use for use in world.host.disks if use.source in places)


def _gone(world: World, kind: str, key: t.Any) -> bool:
    want = world.want(kind, key)
    return want is not None and want.absent
