# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would keep a volume from being made, as far as it can be known before: its content, and room.

Pure but for reading. What cannot be known: content behind a URL, what is packed, and room that others take meanwhile.
"""

from __future__ import annotations

import typing as t

from ...content.checksum import Checksum, ChecksumFile, file_checksum, verify
from ...content.checksum_file import resolve
from ...content.image import ImageInfo
from ...errors import FleetError, NoSpace, Refused, SourceError, join
from ...units import format_size
from ..base import Want, World
from . import copies
from .location import PoolAfter
from .new import NewVolume


def check_new(want: Want, world: World, pool: PoolAfter, new: NewVolume) -> None:
    """:raises FleetError: the volume could not be made, with the option that is to blame."""
    _check_programs(world, new)
    content = _content(want, world, new)
    made_of = content.virtual_size if content is not None else copies.capacity(want, world)
    if made_of is not None:
        refuse_smaller(new.capacity, made_of, new.where)
    check_place(want, world, pool)
    needed = _needed(world, new, max(new.capacity or 0, made_of or 0))
    _check_room(want, world, pool, -(-needed // pool.type.step) * pool.type.step)


def check_growth(want: Want, world: World, pool: PoolAfter, size: int) -> None:
    """:raises NoSpace: the pool has no room for so many more bytes, and a volume of it takes them at once."""
    if not pool.type.sparse:
        _check_room(want, world, pool, size)


def _check_room(want: Want, world: World, pool: PoolAfter, needed: int) -> None:
    available = _available(world, pool)
    if available is not None and needed > available:
        raise NoSpace(
            f"pool '{pool.name}' has {format_size(available // 1024 * 1024)} available, and it needs "
            f"{format_size(-(-needed // 1024) * 1024)}",
            where=want.at("pool"),
            remedy="Free some space in it, or choose another pool",
        )


def _check_programs(world: World, new: NewVolume) -> None:
    """:raises MissingDependency: what prepares the content on the machine that the module runs on is not there."""
    if new.source is not None or (new.copied is not None and new.directory and world.local):
        world.host.require_program("qemu-img")
    path = new.source.path if new.source is not None else None
    if path and world.host.is_file(path) and world.host.packed_as(path) == "zst":
        world.host.require_program("zstd")


def refuse_smaller(capacity: t.Optional[int], content: int, where: str) -> None:
    """:raises Refused: the declared capacity is less than the content needs, both in bytes."""
    if capacity is not None and capacity < content:
        raise Refused(
            f"{format_size(capacity)} is below the {format_size(content)} of the content",
            where=join(where, "capacity"),
            remedy=f"Declare at least {format_size(content)}, or leave capacity out",
        )


def _content(want: Want, world: World, new: NewVolume) -> t.Optional[ImageInfo]:
    """The file that the content is in; ``None``: there is none here, or it is packed.

    :raises SourceError: it is not there, not what its checksum says, or no disk image of its own.
    """
    source = new.source
    if source is None or not source.path:
        return None
    if not world.host.is_file(source.path):
        raise SourceError(
            f"there is no file '{source.path}'",
            where=want.at("source.path"),
            remedy="Check the path on the host, not on the controller",
        )
    try:
        asked = source.checksum
        if isinstance(asked, ChecksumFile) and asked.location.startswith("/"):
            asked = resolve(asked, source.name)
        if isinstance(asked, Checksum):
            verify(asked, file_checksum(source.path, asked.algorithm), source.path)
        return world.host.content(source.path)
    except FleetError as exc:
        raise exc.below(want.at("source")) from exc.__cause__


def check_place(want: Want, world: World, pool: PoolAfter) -> None:
    """:raises Refused: nobody can change anything in the pool."""
    if _is_there(world, pool) and world.host.is_read_only(pool.target):
        raise Refused(
            f"the file system of pool '{pool.name}' is read-only",
            where=want.at("pool"),
            remedy="Mount it so that it can be written to, or choose another pool",
        )


def _is_there(world: World, pool: PoolAfter) -> bool:
    """Whether the directory of a pool is what it will be."""
    return pool.type.directory and world.local and not (pool.type.mounts and (pool.started or not pool.active))


def _needed(world: World, new: NewVolume, size: int) -> int:
    """Bytes that it takes at once. What is thin may grow beyond what there is."""
    if not new.sparse or new.preallocation == "falloc":
        return size
    path = new.source.path if new.source is not None else new.copied.path if new.copied is not None else None
    return world.host.allocated(path) if path else 0


def _available(world: World, pool: PoolAfter) -> t.Optional[int]:
    """Bytes; ``None``: nobody can say before the pool is active."""
    if pool.type.directory:
        return world.host.room(pool.target) if _is_there(world, pool) else None
    text = pool.root.findtext("available") if pool.active and not pool.started else None
    return None if text is None else int(text)
