# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of a domain with its volumes: these are recorded before the definition, which names them, is removed.

The definition goes first: should libvirt refuse that, nothing is lost. What is recorded then is what a later run with
the same declaration removes, as far as it is still there and nobody else needs it by now.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...connection import find
from ...diff import LIVE, Change
from ...errors import Refused
from ...plan import Action
from .. import unfinished
from ..base import Session, Want, World
from ..volume import records, users
from .operations import Destroy, RemoveVolumes, ShutDown, Undefine

STEP = "removal"


def recorded(actions: t.Sequence[Action]) -> t.List[Action]:
    """The actions that remove a domain; the last before its volumes records them: with it the domain is gone."""
    found = list(actions)
    for position, action in enumerate(actions):
        if isinstance(action.operation, RemoveVolumes):
            last = found[position - 1]
            going = t.cast(t.Union[Undefine, ShutDown, Destroy], last.operation)
            operation = dataclasses.replace(going, leaves=action.operation.volumes)
            found[position - 1] = dataclasses.replace(last, operation=operation)
    return found


def record(session: Session, domain: str, volumes: t.Iterable[t.Tuple[str, str]]) -> None:
    """Record what the domain leaves."""
    recorded = []
    for pool, name in volumes:
        volume = find(session.connection.storagePoolLookupByName(pool).storageVolLookupByName, name)
        if volume is not None:
            path = volume.path()
            recorded.append({"pool": pool, "volume": name, "path": path, "inode": _inode(path, session.local)})
    unfinished.begin(session.uri, STEP, domain, volumes=recorded)


def forget(session: Session, domain: str) -> None:
    """All of it has gone; or the domain is made anew, and they are its own again."""
    unfinished.end(session.uri, STEP, domain)


def rest(want: Want, world: World) -> t.List[Action]:
    """What is left to do for a domain that has gone.

    :raises Refused: a volume is in a pool that does not run.
    """
    recorded = world.host.unfinished.get((STEP, want.name)) if want.params["remove_volumes"] else None
    if recorded is None:
        return []
    left = [one for one in recorded["volumes"] if _is_left(want, world, one)]
    volumes = [(one["pool"], one["volume"]) for one in left]
    changes = tuple(Change("volumes", "/".join(volume), None, LIVE) for volume in volumes)
    return [Action("domain", want.name, RemoveVolumes(volumes), changes)]


def _is_left(want: Want, world: World, one: t.Mapping[str, t.Any]) -> bool:
    volume = (one["pool"], one["volume"])
    if world.host.pool_runs(one["pool"]) is False:
        raise Refused(
            f"the volume '{'/'.join(volume)}' is to be removed with it, and its pool is not active",
            where=want.at("remove_volumes"),
            remedy="Start the pool first, or declare remove_volumes: false",
        )
    declared = world.want("volume", volume)
    if declared is not None and not declared.absent:
        return False
    listed = any(found.findtext("name") == one["volume"] for found in world.host.volumes(one["pool"]))
    if not listed or _inode(one["path"], world.local) != one["inode"]:
        return False
    place = users.place_of_key(world, volume)
    return place is not None and not users.users(world, place)


def _inode(path: str, local: bool) -> str:
    """What identifies a file among those that have its name in turn."""
    return records.inode(path) if local else ""
