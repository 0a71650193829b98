# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's disks and drives (https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms). Pure."""

# pylint: disable=redundant-keyword-arg  # it does not see what a dataclass inherits

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ....deps import Element
from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.pci import PCI
from ....xml.table import Desired, Items, Prop
from ....xml.types import (
    INT,
    NUMBER_OR_NONE,
    ON_OFF,
    PATH,
    PRESENCE,
    STR,
    WWN,
    YES_NO,
    Type,
    choice,
    confidential,
    number,
    quiet,
    size,
)
from ...shared.hosts import hosts
from ...shared.logins import login
from ...shared.seclabels import of_source
from ...shared.secrets import secret
from .common import ALIAS, BOOT_ORDER, SGIO, STARTUP_POLICY, VIRTIO_MODEL, OfKind, virtio_options

#: The bus of a new disk, by its device.
_BUSES = {"disk": "virtio", "lun": "scsi", "cdrom": "sata", "floppy": "fdc"}
#: Drives whose medium changes.
REMOVABLE = ("cdrom", "floppy")
#: What of such a drive changes with its medium, and thus at once.
MEDIUM = ("file", "block", "format", "empty")
#: The first letters of target names, by bus.
PREFIXES = {"virtio": "vd", "ide": "hd", "fdc": "fd"}
#: What a disk can be from: the name of each kind of source, with the option that stands for it. A disk has one.
SOURCES = {
    "volume": "volume",
    "file": "file",
    "block": "block",
    "network": "network.protocol",
    "nvme": "nvme.address",
    "vhost_user": "vhost_user.path",
}


#: What libvirt writes of the images below after a snapshot is that of the source that was there.
_NOTHING_BELOW: t.Dict[str, t.Optional[str]] = {"backingStore": None}


def _complete_disk(item: Desired) -> Desired:
    """A new disk has libvirt's best bus for its device; media that cannot be written are read-only."""
    device = item.setdefault("device", "disk")
    item.setdefault("bus", _BUSES[device])
    if device == "cdrom":
        item.setdefault("readonly", True)
    if item.get("format") is None and any(item.get(SOURCES[kind]) for kind in SOURCES if kind != "volume"):
        item["format"] = "raw"
    return item


def plugs(disk: Element, _op: str) -> bool:
    """Whether its bus takes it while the domain runs: SATA, IDE and floppy controllers of QEMU do not."""
    return xmlpath.get_text(disk, "target/@bus") in ("virtio", "scsi", "usb")


def seed_name(domain: t.Optional[str]) -> str:
    """The volume with the cloud-init seed that is made for a domain."""
    return f"{domain}-seed.iso"


def is_seed(disk: Element, former_name: t.Optional[str] = None) -> bool:
    """Whether a disk, given as XML within its domain, is the drive of a seed that was made for the domain."""
    domain, source = next(disk.iterancestors("domain"), None), disk.find("source")
    if domain is None or source is None or disk.find("readonly") is None or disk.get("device", "disk") != "disk":
        return False
    places = [source.get(attribute, "") for attribute in ("file", "dev", "name", "volume")]
    named = {seed_name(name) for name in (domain.findtext("name"), former_name)}
    return not named.isdisjoint(place.rpartition("/")[2] for place in places)


class _Empty(Type):
    """Whether a drive has no medium. What is no drive always has one."""

    def read(self, root: Element, path: str) -> t.Optional[bool]:
        if root.get("device") not in REMOVABLE:
            return None
        source = root.find(path)
        return source is None or not any(source.get(name) for name in ("file", "dev", "protocol", "volume"))

    def write(self, root: Element, path: str, value: bool) -> None:
        for element in [*root.findall(path), *root.findall("backingStore")] if value else []:
            root.remove(element)


def _of_network(name: str, place: str, kind: Type, absent: t.Any = None, clears: t.Tuple[str, ...] = ()) -> Prop:
    option, place = "network." + name, "source/" + place
    return OfKind(option, place, kind, absent=absent, kind="network", holds=_NOTHING_BELOW, clears=clears)


def login_type(protocol: t.Optional[str]) -> str:
    """What libvirt calls the secret for the login at a server with this protocol."""
    return "ceph" if protocol == "rbd" else "iscsi"


def _say_how(root: t.Any) -> None:
    xmlpath.set_text(root, "source/auth/secret/@type", login_type(xmlpath.get_text(root, "source/@protocol")))


_HOSTS = hosts(
    "network.hosts",
    "source/host",
    further=(
        Prop("transport", "@transport", choice("tcp", "rdma", "unix"), absent="tcp"),
        Prop("socket", "@socket", PATH),
    ),
    weaker=(("socket",),),
)

#: https://libvirt.org/formatdomain.html#disk-i-o-throttling: by name, what libvirt's call wants as text.
_TOTALS = tuple(kind + unit for unit in ("_bytes_sec", "_iops_sec") for kind in ("total", "read", "write"))
IOTUNE = (
    *_TOTALS,
    *(name + "_max" for name in _TOTALS),
    "size_iops_sec",
    *(name + "_max_length" for name in _TOTALS),
)

DISKS = Items(
    "disks",
    "devices/disk",
    (
        Prop("device", "@device", choice("disk", "cdrom", "floppy", "lun"), absent="disk"),
        Prop("empty", "source", _Empty({"type": "bool"}, parse=bool, show=lambda empty: empty or None), LIVE),
        Prop("format", "driver/@type", choice("raw", "qcow2", "vmdk", "vdi", "vpc", "qed", "luks")),
        Prop("cache", "driver/@cache", choice("default", "none", "writethrough", "writeback", "directsync", "unsafe")),
        Prop("io", "driver/@io", choice("threads", "native", "io_uring")),
        Prop("discard", "driver/@discard", choice("ignore", "unmap")),
        Prop("detect_zeroes", "driver/@detect_zeroes", choice("off", "on", "unmap")),
        Prop("copy_on_read", "driver/@copy_on_read", ON_OFF),
        Prop("error_policy", "driver/@error_policy", choice("stop", "report", "ignore", "enospace")),
        Prop("rerror_policy", "driver/@rerror_policy", choice("stop", "report", "ignore")),
        Prop("iothread", "driver/@iothread", number(1)),
        Prop("ioeventfd", "driver/@ioeventfd", ON_OFF),
        Prop("event_idx", "driver/@event_idx", ON_OFF),
        Prop("queues", "driver/@queues", number(1)),
        Prop("queue_size", "driver/@queue_size", number(1, 1024)),
        *virtio_options(),
        Prop("metadata_cache_size", "driver/metadata_cache/max_size", size(default_unit="bytes")),
        OfKind("pool", "source/@pool", STR, kind="volume", holds=_NOTHING_BELOW),
        OfKind("volume", "source/@volume", STR, kind="volume", holds=_NOTHING_BELOW),
        OfKind("file", "source/@file", PATH, kind="file", holds=_NOTHING_BELOW),
        OfKind("block", "source/@dev", PATH, kind="block", holds=_NOTHING_BELOW),
        _of_network(
            "protocol",
            "@protocol",
            choice("rbd", "iscsi", "nbd", "http", "https", "ftp", "ftps", "tftp", "gluster", "nfs"),
            clears=("source/auth",),  # which is of the protocol's kind
        ),
        _of_network("name", "@name", STR),
        _of_network("query", "@query", confidential(STR)),
        _of_network("tls", "@tls", YES_NO, absent=False),
        _of_network("tls_hostname", "@tlsHostname", STR),
        _of_network("snapshot", "snapshot/@name", STR),
        _of_network("config", "config/@file", PATH),
        _of_network("ssl_verify", "ssl/@verify", YES_NO, absent=True),
        _of_network("readahead", "readahead/@size", number(1)),
        _of_network("timeout", "timeout/@seconds", number(1)),
        _of_network("initiator", "initiator/iqn/@name", STR),
        _of_network("user", "identity/@user", STR),
        _of_network("group", "identity/@group", STR),
        _HOSTS,
        OfKind("nvme.address", "source/address", PCI, kind="nvme"),
        OfKind("nvme.namespace", "source/@namespace", number(1), kind="nvme", holds={"source/@type": "pci"}),
        OfKind("nvme.managed", "source/@managed", YES_NO, kind="nvme"),
        OfKind("vhost_user.path", "source/@path", PATH, kind="vhostuser", holds={"source/@type": "unix"}),
        OfKind(
            "vhost_user.reconnect",
            "source/reconnect/@timeout",
            number(1),
            kind="vhostuser",
            holds={"source/reconnect/@enabled": "yes"},
        ),
        *login("auth", "source/auth", _say_how),
        Prop("encryption.format", "source/encryption/@format", choice("luks", "luks2", "qcow")),
        Prop("encryption.engine", "source/encryption/@engine", choice("qemu", "librbd")),
        *secret("encryption.secret", "source/encryption/secret[@type='passphrase']"),
        of_source(),
        STARTUP_POLICY,
        Prop("target", "target/@dev", STR),
        Prop(
            "bus", "target/@bus", choice("virtio", "scsi", "sata", "ide", "usb", "fdc", "sd"), holds={"address": None}
        ),
        Prop("model", "@model", VIRTIO_MODEL),
        Prop("removable", "target/@removable", ON_OFF),
        Prop("rotation_rate", "target/@rotation_rate", number(1, 65534)),
        *(Prop("iotune." + name, "iotune/" + name, NUMBER_OR_NONE, LIVE, absent=0) for name in IOTUNE),
        Prop("iotune.group_name", "iotune/group_name", STR, LIVE),
        Prop("readonly", "readonly", PRESENCE),
        Prop("shareable", "shareable", PRESENCE),
        # Written to a file that goes when the guest is switched off.
        Prop("transient", "transient", quiet(PRESENCE, False)),
        Prop("transient_share_backing", "transient/@shareBacking", YES_NO),
        *(Prop("geometry." + name, "geometry/@" + name, number(1)) for name in ("cyls", "heads", "secs")),
        Prop("geometry.trans", "geometry/@trans", choice("auto", "none", "lba")),
        Prop("serial", "serial", STR),
        Prop("wwn", "wwn", WWN),
        Prop("vendor", "vendor", STR),
        Prop("product", "product", STR),
        Prop("logical_block_size", "blockio/@logical_block_size", INT),
        Prop("physical_block_size", "blockio/@physical_block_size", INT),
        Prop("rawio", "@rawio", YES_NO),
        SGIO,
        Prop("snapshot", "@snapshot", choice("internal", "external", "no")),
        BOOT_ORDER,
        ALIAS,
    ),
    identity=(
        ("target",),
        ("alias",),
        ("volume", "pool", "file", "block", "network.name", "nvme.address", "vhost_user.path"),
    ),
    apply=LIVE,
    complete=_complete_disk,
    leave=is_seed,
)

#: The drives of seeds alone, complete.
SEEDS = dataclasses.replace(DISKS, select=is_seed, leave=lambda _disk: False)


def seeds_of_renamed(former_name: str) -> Items:
    """The same of a domain that may still have the drive of the seed that was made for it under that name."""
    return dataclasses.replace(SEEDS, select=functools.partial(is_seed, former_name=former_name))
