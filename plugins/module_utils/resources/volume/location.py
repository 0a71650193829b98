# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a volume is and will be: also in a pool that does not exist, or does not run, yet."""

from __future__ import annotations

import os
import typing as t

from ...deps import Element
from ...errors import MissingReference, Refused
from ...plan import Operation
from ...xml import parse
from ...xml import table as tables
from ...xml.table import Desired
from ..base import Reference, Session, World
from ..host import Host
from ..images import Images
from ..pool.definition import type_of
from ..pool.kind import Build, Pool
from ..pool.table import TABLE
from ..pool.types import PoolType
from .incomplete import is_incomplete
from .state import VolumeState, read_volumes, state_of_file


class Location(t.NamedTuple):
    """Where a volume is; ``disk`` has what a domain's disk on it says of that, ``format`` is that of its driver.

    Of one that is there ``format`` is what it looks like to libvirt: who uses it asks :func:`image_format`.
    """

    path: str
    format: str
    disk: Desired


class PoolAfter(t.NamedTuple):
    """A pool as its plan leaves it. ``started``: it is started, or started anew, by that plan.

    ``unseen``: what is in it is known only once it is active.
    """

    name: str
    type: PoolType
    root: Element
    active: bool
    started: bool
    unseen: bool

    @property
    def target(self) -> str:
        return self.root.findtext("target/path") or ""

    def path(self, volume: str) -> str:
        """Where the volume of this name is."""
        return os.path.join(self.target, volume)

    def location(self, volume: str, image_format: str) -> Location:
        """Where a volume of this name is, whether it is there or not."""
        kind = "file" if self.type.directory else "block"
        return _location(self.root, volume, self.path(volume), image_format, kind)

    def may_be(self, volume: str, path: str) -> bool:
        """Whether ``path`` can be that of the volume, as far as that is known before the pool is active.

        Below ``/dev/disk/by-path`` the volume ``unit:0:0:1`` is the one whose path ends in ``-lun-1``.
        """
        if self.type.named:
            return path == self.path(volume)
        _rest, by_lun, lun = path.rpartition("-lun-")
        return os.path.dirname(path) == self.target and (not by_lun or volume.rpartition(":")[2] == lun)


def pool_after(world: World, name: str) -> t.Optional[PoolAfter]:
    """The pool ``name``; ``None``: it neither exists nor is declared."""
    return t.cast(t.Optional[PoolAfter], world.once(("pool_after", name), lambda: _pool_after(world, name)))


def _pool_after(world: World, name: str) -> t.Optional[PoolAfter]:
    kind = Pool()
    state, want = world.state(kind.noun, name), world.want(kind.noun, name)
    stays = active = state is not None and state.active
    operations: t.List[Operation] = []
    if want is None or want.absent:
        if state is None:
            return None
        root = state.root_now
    else:
        operations = [action.operation for action in kind.plan(want, world).actions]
        stays = active and not any(one.starts or one.stops for one in operations)
        active = stays or any(one.starts for one in operations)
        root = state.root_now if stays else kind.definition.after(want, world, state)[0]
    pool_type = type_of(root)
    looked_into = pool_type.directory and not pool_type.mounts and world.local
    made = pool_type.group and any(isinstance(one, Build) for one in operations)  # and so there is nothing in it
    unseen = not (stays or looked_into or made)
    return PoolAfter(name, pool_type, root, active, active and not stays, unseen)


def _location(pool: Element, volume: str, path: str, image_format: str, kind: str) -> Location:
    """Of a volume in a pool, given as XML. At its ``path`` on the host is a ``file`` or a ``block`` device."""
    disk = type_of(pool).disk
    return Location(path, image_format, disk(tables.read(TABLE, pool), volume) if disk else {kind: path})


def volume_state(world: World, pool: PoolAfter, name: str) -> t.Optional[VolumeState]:
    """The volume as it is now, or as libvirt will find it when the pool has started. Half of one is none."""
    state = volume_there(world, pool, name)
    return None if state is None or is_incomplete(world, state, pool.type.directory) else state


def volume_there(world: World, pool: PoolAfter, name: str) -> t.Optional[VolumeState]:
    """The same, or what a run that has ended early has left of it."""
    state = world.state("volume", (pool.name, name))
    if not pool.type.directory or (state is not None and os.path.dirname(state.path) == pool.target):
        return state
    image = world.host.image(pool.path(name))
    return None if image is None else state_of_file(pool.name, name, pool.path(name), image)


def volume_location(world: World, reference: Reference) -> t.Optional[Location]:
    """The path and format of a volume that exists, or that is declared in the same document.

    ``None``: that is known only once its pool is active (the pool may also be one that this ``world`` has not).

    :raises MissingReference: it neither exists nor is declared.
    """
    key = t.cast(t.Tuple[str, str], reference.key)
    pool, want = pool_after(world, key[0]), world.want("volume", key)
    if pool is None:
        return None
    state = volume_state(world, pool, key[1])
    if state is not None and not (want is not None and want.absent):
        return _location(pool.root, key[1], state.path, state.format, state.type)
    if pool.unseen and (want is None or (pool.type.found and not want.absent)):
        return None
    world.check_reference(reference)
    if want is None:  # and so there is half of it
        raise Refused(
            f"the content of volume '{'/'.join(key)}' is not complete: the run that created it was interrupted",
            where=reference.where,
            remedy="Declare the volume as well, and it is created again",
        )
    image_format = new_format(want.values, want.params, pool)
    return pool.location(key[1], image_format)


def location_when_active(world: World, reference: Reference) -> t.Optional[Location]:
    """The same, of a volume that is used now. :raises Refused: it is not known, and the pool will not be active."""
    location = volume_location(world, reference)
    pool = pool_after(world, t.cast(t.Tuple[str, str], reference.key)[0])
    if location is None and pool is not None and not pool.active:
        raise Refused(
            f"what is in pool '{pool.name}' is not known while it is not active",
            where=reference.where,
            remedy="Declare the pool with state active",
        )
    return location


def image_format(world: World, key: t.Tuple[str, str], location: Location) -> str:
    """What a volume is, which is not what it looks like: a guest can write the header of any format into its raw disk,
    and whoever followed that would give it the file that it names as what it is based on.

    So it is what domains have it as, else what it was made as. Only where nobody knows it is what it looks like.
    """
    pool = pool_after(world, key[0])
    state = None if pool is None else volume_state(world, pool, key[1])
    return location.format if state is None else _known(world.images, location, state) or location.format


def as_used(world: World, state: VolumeState) -> VolumeState:
    """A volume as it is used, where that is raw and libvirt has found a header in it."""
    pool = pool_after(world, state.pool)
    if pool is None or state.format == "raw":
        return state
    location = _location(pool.root, state.name, state.path, state.format, state.type)
    if _known(world.images, location, state) != "raw":
        return state
    return state.raw(world.host.size(state.path))


def _known(images: Images, location: Location, state: VolumeState) -> t.Optional[str]:
    place = images.place_of_disk(location.disk)
    said = None if place is None else images.format_of(place)
    return said or state.made_as


def looks_like(volume: t.Any) -> str:
    """What libvirt takes a volume for (a ``virStorageVol``)."""
    return VolumeState("", "", volume.XMLDesc(0)).format


def locate(session: Session, pool_name: str, name: str) -> t.Optional[Location]:
    """The path and format of a volume of an active pool."""
    pool = session.connection.storagePoolLookupByName(pool_name)
    root = parse.parse(pool.XMLDesc(0))
    images = Images(Host(session.connection, session.uri))
    for one in read_volumes(session, pool, [name]):
        location = _location(root, name, one.path, one.format, one.type)
        return location._replace(format=_known(images, location, one) or location.format)
    return None


def located(session: Session, key: t.Tuple[str, str], where: str) -> Location:
    """The same, of one that has to be there. :raises MissingReference: it is not, which was not known before."""
    found = locate(session, *key)
    if found is None:
        raise MissingReference(
            f"there is no volume '{key[1]}' in pool '{key[0]}' now that it is active",
            where=where,
            remedy=f"Correct the name: {_names_of(session, key[0])}",
        )
    return found


def _names_of(session: Session, pool: str) -> str:
    names = sorted(volume.name() for volume in session.connection.storagePoolLookupByName(pool).listAllVolumes())
    return "it has " + ", ".join(names) if names else "it has none"


def new_format(values: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], pool: PoolAfter) -> str:
    """The format that a new volume gets: the declared one, else the pool's usual one; seeds are ISO images."""
    return "raw" if params.get("seed") else values.get("format", pool.type.format)
