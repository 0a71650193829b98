# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every type of storage pool that libvirt knows, and what it needs (https://libvirt.org/storage.html). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...xml.table import Desired


@dataclasses.dataclass(frozen=True)
class PoolType:
    """What sets one type of pool apart. Another type is another entry of :data:`TYPES`.

    ``required`` and ``allowed`` are options (``allowed`` beside the required ones; a name stands for what is below it
    too). ``target`` makes the default of that option from the other values. ``directory``: volumes are files below the
    target, which is made when it is missing; ``mounts``: the target is where a file system is mounted. ``group``: the
    pool is an LVM volume group, which is made from the devices when it does not exist. ``found``: the volumes are what
    is there, and none can be made. ``format`` is that of new volumes, ``sparse`` whether they take room only for what
    is written to them, ``step`` what libvirt rounds their capacity up to, in bytes. ``secret`` is the usage type of
    the secret that it logs in with.
    """

    required: t.Tuple[str, ...]
    allowed: t.Tuple[str, ...] = ()
    target: t.Callable[[Desired], t.Optional[str]] = lambda _values: None
    directory: bool = False
    mounts: bool = False
    group: bool = False
    found: bool = False
    format: str = "raw"
    sparse: bool = False
    step: int = 1024
    secret: str = ""

    @property
    def named(self) -> bool:
        """Whether the path of a volume is its name below the target."""
        return self.has("target") and not self.found

    def has(self, option: str) -> bool:
        """Whether a pool of this type has the option."""
        return any(
            option == known or option.startswith(known + ".") for known in ("type",) + self.required + self.allowed
        )


_MAKER = ("source.vendor", "source.product")
_LOGIN = ("source.port", "source.auth")
_BY_PATH = "/dev/disk/by-path"

TYPES: t.Dict[str, PoolType] = {
    "dir": PoolType(("target",), ("permissions", "features", *_MAKER), directory=True, format="qcow2", sparse=True),
    "fs": PoolType(
        ("target", "source.devices"),
        ("source.format", "mount_options", "permissions", "features", *_MAKER),
        directory=True,
        mounts=True,
        format="qcow2",
        sparse=True,
    ),
    "netfs": PoolType(
        ("target", "source.host", "source.dir"),
        ("source.format", "source.protocol_version", "source.port", "mount_options", "permissions", *_MAKER),
        directory=True,
        mounts=True,
        format="qcow2",
        sparse=True,
    ),
    "logical": PoolType(
        ("source.name",),
        ("target", "source.devices", "source.format", *_MAKER),
        target=lambda values: "/dev/" + values["source.name"],
        group=True,
        step=4 * 1024 * 1024,  # LVM's default extent
    ),
    "disk": PoolType(
        ("source.devices",),
        ("target", "source.format", "source.part_separator", *_MAKER),
        target=lambda _values: "/dev",
        found=True,
    ),
    "iscsi": PoolType(
        ("source.host", "source.devices"),
        ("target", "source.initiator", *_LOGIN, *_MAKER),
        target=lambda _values: _BY_PATH,
        found=True,
        secret="iscsi",
    ),
    "iscsi-direct": PoolType(("source.host", "source.devices", "source.initiator"), _LOGIN, found=True, secret="iscsi"),
    "scsi": PoolType(("source.adapter",), ("target", *_MAKER), target=lambda _values: _BY_PATH, found=True),
    "mpath": PoolType((), ("target",), target=lambda _values: "/dev/mapper", found=True),
    "rbd": PoolType(
        ("source.hosts", "source.name"), ("source.auth", "config_options", "refresh.volume"), sparse=True, secret="ceph"
    ),
    "sheepdog": PoolType(("source.host", "source.name"), ("source.port",), sparse=True),
    "gluster": PoolType(("source.host", "source.name"), ("source.port", "source.dir"), found=True),
    "zfs": PoolType(
        ("source.name",),
        ("target", "source.devices"),
        target=lambda values: "/dev/zvol/" + values["source.name"],
        step=1024 * 1024,
    ),
    "vstorage": PoolType(
        ("target", "source.name"), ("permissions",), directory=True, mounts=True, format="qcow2", sparse=True
    ),
}

#: The types that libvirt knows and we do not: an existing pool of one can be started, stopped and removed.
OTHER = PoolType(())
