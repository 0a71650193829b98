# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What linked clones are based on and copies are made of: nobody may write to it, and it is all that was written."""

from __future__ import annotations

import typing as t

from ...errors import Refused
from ..base import Reference, Want, World
from ..images import Disk
from ..storage import Place
from . import users
from .incomplete import check_complete
from .location import Location, image_format, location_when_active, pool_after, volume_state
from .origin import backing, copied, copied_key
from .overlays import top


def base(want: Want, world: World) -> t.Optional[Location]:
    """Where the backing image of a new linked clone is; ``None``: that is known once its pool is active.

    :raises MissingReference: there is no such volume. :raises Refused: somebody writes to it.
    """
    return _held_still(world, backing(want), "use")


def original(want: Want, world: World) -> t.Optional[Location]:
    """Where the image is that a new volume is a copy of, likewise."""
    reference = copied(want)
    world.check_reference(Reference("pool", reference.key[0], reference.where))
    return _held_still(world, reference, "copy")


def capacity(want: Want, world: World) -> t.Optional[int]:
    """Bytes that a guest sees of what a new volume is a copy of; ``None``: it is no copy, or nobody knows yet."""
    key = copied_key(want)
    pool = None if key is None else pool_after(world, key[0])
    if key is None or pool is None:
        return None
    state, declared = volume_state(world, pool, key[1]), world.want("volume", key)
    if state is None:
        return None if declared is None else declared.values.get("capacity")
    above = top(world, key, users.place(world, state))
    seen = None if above is None else world.images.capacity(above.link)
    return t.cast(int, state.values["capacity"]) if seen is None else seen


def _held_still(world: World, reference: Reference, verb: str) -> t.Optional[Location]:
    location = location_when_active(world, reference)
    key = t.cast(t.Tuple[str, str], reference.key)
    pool = pool_after(world, key[0])
    state = volume_state(world, pool, key[1]) if pool is not None else None
    if state is None or location is None:  # who could write to what will be made?
        return location
    check_complete(world, state.path, reference.where)
    place = users.place(world, state)
    above = top(world, key, place)
    link = None if above is None else above.link
    _refuse_written(world, reference, verb, [place] if link is None else [link.place, place])
    location = location._replace(format=image_format(world, key, location))
    if link is None or not link.name.startswith("/"):
        return location
    return Location(link.name, link.format or location.format, {"file": link.name})


def _refuse_written(world: World, reference: Reference, verb: str, places: t.Sequence[Place]) -> None:
    writers = sorted({name for place in places for name in users.writers(world, place)})
    jobs = {disk.domain for disk in world.images.disks if disk.runs and _is_committed_into(world, disk, places[-1])}
    for domains, what, remedy in (
        (writers, "domain {0} is writing to '{1}'", f"Stop the domain first, or {verb} another volume"),
        (sorted(jobs), "an image of domain {0} is being merged into '{1}'", "Wait for that to end"),
    ):
        if domains:
            raise Refused(
                what.format(", ".join(domains), "/".join(reference.key)), where=reference.where, remedy=remedy
            )


def _is_committed_into(world: World, disk: Disk, place: Place) -> bool:
    """The active layer says into which image it is merged; of another nobody does."""
    active = disk.element.find("mirror[@job='active-commit']/source")
    if active is not None:
        return world.images.place_of_disk({"file": active.get("file") or active.get("dev")}) == place
    return bool(disk.chain.position(place)) and world.host.is_committed(disk.domain, disk.target)
