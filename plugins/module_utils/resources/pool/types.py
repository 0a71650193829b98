# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every type of storage pool that libvirt knows, and what it needs (https://libvirt.org/storage.html). Pure."""

from __future__ import annotations

import types
import typing as t

from ...xml.table import Desired


class PoolType(t.NamedTuple):
    """What sets one type of pool apart. Another type is another entry of :data:`TYPES`.

    ``required`` and ``allowed`` are options (``allowed`` beside the required ones; a name stands for what is below it
    too). ``target`` makes the default of that option from the other values. ``directory``: volumes are files below the
    target, which is made when it is missing; ``mounts``: the target is where a file system is mounted. ``group``: the
    pool is an LVM volume group, which is made from the devices when it does not exist. ``found``: the volumes are what
    is there, and none can be made. ``format`` is that of new volumes, ``sparse`` whether they take room only for what
    is written to them, ``step`` what libvirt rounds their capacity up to, in bytes. ``secret`` is the usage type of
    the secret that it logs in with. ``cluster``: it may be on several servers. ``disk`` is there for pools that no
    path of the host leads into: from the pool's values and the name of a volume it makes the options of a domain's disk
    on that. ``programs`` are those that libvirt runs for it, with Debian's packages; ``mounted_by`` are those that
    ``mount`` runs, by the format of the source.
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
    cluster: bool = False
    disk: t.Optional[t.Callable[[Desired, str], Desired]] = None
    programs: t.Tuple[t.Tuple[str, str], ...] = ()
    mounted_by: t.Mapping[str, t.Tuple[t.Tuple[str, str], ...]] = types.MappingProxyType({})

    @property
    def named(self) -> bool:
        """Whether the path of a volume is its name below the target."""
        return self.has("target") and not self.found

    def has(self, option: str) -> bool:
        """Whether a pool of this type has the option."""
        return any(
            option == known or option.startswith(known + ".") for known in ("type",) + self.required + self.allowed
        )


def _over_network(protocol: str, name: str, values: Desired) -> Desired:
    """The options of a disk that QEMU itself reaches over the network, as what the pool with these values is in."""
    servers = [_server(host) for host in values.get("source.hosts", ())]
    disk = {"network.protocol": protocol, "network.name": name, "network.hosts": servers}
    if values.get("source.initiator"):
        disk["network.initiator"] = values["source.initiator"]
    if values.get("source.auth.username"):
        for option in ("auth.username", "auth.secret.uuid", "auth.secret.usage"):
            if values.get("source." + option):
                disk[option] = values["source." + option]
    return disk


def _server(host: Desired) -> Desired:
    return {option: host[option] for option in ("name", "port") if host.get(option)}


def _rbd_disk(values: Desired, volume: str) -> Desired:
    return _over_network("rbd", values["source.name"] + "/" + volume, values)


def _iscsi_disk(values: Desired, volume: str) -> Desired:
    """The volume ``unit:0:0:1`` is the target's unit 1."""
    name = values["source.devices"][0] + "/" + volume.rpartition(":")[2]
    return _over_network("iscsi", name, values)


def _gluster_disk(values: Desired, volume: str) -> Desired:
    folder = values.get("source.dir", "/").strip("/")
    name = "/".join(part for part in (values["source.name"], folder, volume) if part)
    return _over_network("gluster", name, values)


_NFS = (("mount.nfs", "nfs-common"),)
_MAKER = ("source.vendor", "source.product")
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
        ("target", "source.hosts", "source.dir"),
        ("source.format", "source.protocol_version", "mount_options", "permissions", *_MAKER),
        directory=True,
        mounts=True,
        format="qcow2",
        sparse=True,
        mounted_by={
            "auto": _NFS,
            "nfs": _NFS,
            "cifs": (("mount.cifs", "cifs-utils"),),
            "glusterfs": (("mount.glusterfs", "glusterfs-client"),),
        },
    ),
    "logical": PoolType(
        ("source.name",),
        ("target", "source.devices", "source.format", *_MAKER),
        target=lambda values: "/dev/" + values["source.name"],
        group=True,
        step=4 * 1024 * 1024,  # LVM's default extent
        programs=(("vgchange", "lvm2"), ("lvs", "lvm2")),
    ),
    "disk": PoolType(
        ("source.devices",),
        ("target", "source.format", "source.part_separator", *_MAKER),
        target=lambda _values: "/dev",
        found=True,
        programs=(("parted", "parted"),),
    ),
    "iscsi": PoolType(
        ("source.hosts", "source.devices"),
        ("target", "source.initiator", "source.auth", *_MAKER),
        target=lambda _values: _BY_PATH,
        found=True,
        secret="iscsi",
        programs=(("iscsiadm", "open-iscsi"),),
    ),
    "iscsi-direct": PoolType(
        ("source.hosts", "source.devices", "source.initiator"),
        ("source.auth",),
        found=True,
        secret="iscsi",
        disk=_iscsi_disk,
    ),
    "scsi": PoolType(("source.adapter",), ("target", *_MAKER), target=lambda _values: _BY_PATH, found=True),
    "mpath": PoolType((), ("target",), target=lambda _values: "/dev/mapper", found=True),
    "rbd": PoolType(
        ("source.hosts", "source.name"),
        ("source.auth", "config_options", "refresh.volume"),
        sparse=True,
        secret="ceph",
        cluster=True,
        disk=_rbd_disk,
    ),
    "sheepdog": PoolType(("source.hosts", "source.name"), sparse=True),
    "gluster": PoolType(("source.hosts", "source.name"), ("source.dir",), found=True, disk=_gluster_disk),
    "zfs": PoolType(
        ("source.name",),
        ("target", "source.devices"),
        target=lambda values: "/dev/zvol/" + values["source.name"],
        step=1024 * 1024,
        programs=(("zfs", "zfsutils-linux"), ("zpool", "zfsutils-linux")),
    ),
    "vstorage": PoolType(
        ("target", "source.name"), ("permissions",), directory=True, mounts=True, format="qcow2", sparse=True
    ),
}

#: The types that libvirt knows and we do not: an existing pool of one can be started, stopped and removed.
OTHER = PoolType(())
