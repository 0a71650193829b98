# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of storage pools, and what their types need (https://libvirt.org/formatstorage.html). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...diff import RECREATE
from ...errors import InvalidOption
from ...xml.table import Desired, Prop
from ...xml.types import INT, PATH, STR, Type, choice, values


@dataclasses.dataclass(frozen=True)
class PoolType:
    """What sets one type of pool apart. Another type is another entry of :data:`TYPES`.

    ``required`` and ``allowed`` are options (``allowed`` beside the required ones). ``target`` makes the default of
    that option from the other values. ``directory``: volumes are files below the target, which is made when it is
    missing; ``mounts``: the target is where a file system is mounted. ``group``: the pool is an LVM volume group,
    which is made from the devices when it does not exist. ``format`` is that of new volumes, ``sparse`` whether they
    take room only for what is written to them, ``step`` what libvirt rounds their capacity up to, in bytes.
    """

    required: t.Tuple[str, ...]
    allowed: t.Tuple[str, ...] = ()
    target: t.Callable[[Desired], t.Optional[str]] = lambda _values: None
    directory: bool = False
    mounts: bool = False
    group: bool = False
    format: str = "raw"
    sparse: bool = False
    step: int = 1024


_DIRECTORY = ("permissions.mode", "permissions.owner", "permissions.group", "permissions.label")

TYPES: t.Dict[str, PoolType] = {
    "dir": PoolType(("target",), _DIRECTORY, directory=True, format="qcow2", sparse=True),
    "fs": PoolType(
        ("target", "source.devices"),
        ("source.format",) + _DIRECTORY,
        directory=True,
        mounts=True,
        format="qcow2",
        sparse=True,
    ),
    "netfs": PoolType(
        ("target", "source.host", "source.dir"),
        ("source.format",) + _DIRECTORY,
        directory=True,
        mounts=True,
        format="qcow2",
        sparse=True,
    ),
    "logical": PoolType(
        ("source.name",),
        ("target", "source.devices", "source.format"),
        target=lambda values: "/dev/" + values["source.name"],
        group=True,
        step=4 * 1024 * 1024,  # LVM's default extent
    ),
}

#: The types that libvirt knows and we do not: an existing pool of one can be started, stopped and removed.
OTHER = PoolType(())


def _mode(value: t.Any) -> str:
    """``0711`` and ``711`` are the same; libvirt writes four digits. Without quotes YAML makes another number of it."""
    try:
        number = int(value, 8) if isinstance(value, str) else -1
    except ValueError:
        number = -1
    if not 0 <= number <= 0o7777:
        raise InvalidOption("{0} is not an octal mode in quotes".format(value), remedy="Write it such as '0711'")
    return "{0:04o}".format(number)


MODE = Type({"type": "raw"}, parse=_mode, load=_mode)

TABLE = (
    Prop("type", "@type", choice(*TYPES), RECREATE),
    Prop("source.host", "source/host/@name", STR),
    Prop("source.dir", "source/dir/@path", PATH),
    Prop("source.devices", "source/device/@path", values(PATH)),
    Prop("source.name", "source/name", STR),
    Prop("source.format", "source/format/@type", STR),
    Prop("target", "target/path", PATH),
    Prop("permissions.mode", "target/permissions/mode", MODE),
    Prop("permissions.owner", "target/permissions/owner", INT),
    Prop("permissions.group", "target/permissions/group", INT),
    Prop("permissions.label", "target/permissions/label", STR),
)

#: Options that are about the directory itself: no restart of the pool brings them about.
PERMISSIONS = ("permissions.mode", "permissions.owner", "permissions.group")
