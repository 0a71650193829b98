# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a disk. Pure."""

from __future__ import annotations

import typing as t

from ....rule import Rule, needs, of, only_with, starts
from ....xml.table import Desired
from ...shared import logins
from ...shared.hosts import each_once
from ...shared.seclabels import RULES as LABEL_RULES
from ...shared.secrets import one_secret
from .common import long_socket
from .disks import REMOVABLE, SOURCES


def _medium(disk: Desired) -> t.List[str]:
    return [kind for kind, option in SOURCES.items() if disk.get(option) is not None]


def _several(disk: Desired) -> str:
    sources = _medium(disk)
    return " and ".join(sources) if len(sources) > 1 else ""


def _total(limit: str) -> Rule:
    return Rule(
        lambda disk: (
            disk.get("iotune.total" + limit) and (disk.get("iotune.read" + limit) or disk.get("iotune.write" + limit))
        ),
        "iotune.total" + limit,
        "a limit for all excludes those for reading and writing",
        "Keep one kind, and set the other to 0 where it is there",
    )


#: What libvirt or QEMU would refuse later, or ignore.
DISK_RULES: t.Tuple[Rule, ...] = (
    *LABEL_RULES,
    Rule(
        lambda disk: bool(disk.get("pool")) != bool(disk.get("volume")),
        "",
        "pool and volume are required together",
        "Declare both",
    ),
    Rule(_several, "", "a disk has one source, not {0}", "Keep one of them"),
    Rule(
        lambda disk: not _medium(disk) and disk.get("device", "disk") not in REMOVABLE,
        "",
        "this disk has no source",
        "Add pool and volume, file, block, network, nvme or vhost_user (a CD-ROM may be empty)",
    ),
    Rule(
        lambda disk: disk.get("empty") and disk.get("device", "disk") not in REMOVABLE,
        "empty",
        "only a CD-ROM or floppy drive can be empty",
        "Leave it out",
    ),
    Rule(
        lambda disk: "empty" in disk and disk["empty"] == bool(_medium(disk)),
        "empty",
        "empty and the source of the drive contradict each other",
        "Declare a source, or empty: true",
    ),
    Rule(
        lambda disk: disk.get("device") == "cdrom" and disk.get("readonly") is False,
        "readonly",
        "a CD-ROM drive is read-only",
        "Leave it out, or make it a disk",
    ),
    Rule(
        lambda disk: disk.get("device") == "cdrom" and disk.get("bus") == "virtio",
        "bus",
        "a CD-ROM drive cannot be a virtio one",
        "Use sata, scsi, usb or ide",
    ),
    Rule(
        lambda disk: disk.get("device") == "floppy" and disk.get("bus", "fdc") != "fdc",
        "bus",
        "a floppy drive is on the bus fdc",
        "Leave it out",
    ),
    Rule(
        lambda disk: disk.get("device") == "lun" and not {"volume", "block", "network"} & {*_medium(disk)},
        "device",
        "a LUN is a block device of the host",
        "Give it block, or network with the protocol iscsi",
    ),
    Rule(
        lambda disk: disk.get("io") == "native" and disk.get("cache", "none") not in ("none", "directsync"),
        "io",
        "native needs a cache mode that bypasses the host's page cache",
        "Make cache none or directsync",
    ),
    Rule(
        lambda disk: disk.get("detect_zeroes") == "unmap" and disk.get("discard") == "ignore",
        "detect_zeroes",
        "unmap needs discard",
        "Make discard unmap, or detect_zeroes on",
    ),
    Rule(
        lambda disk: disk.get("copy_on_read") and (disk.get("shareable") or disk.get("readonly")),
        "copy_on_read",
        "copy_on_read needs a disk that is neither read-only nor shareable",
        "Leave it out",
    ),
    Rule(
        lambda disk: disk.get("queues") and disk.get("bus", "virtio") != "virtio",
        "queues",
        "only virtio disks have queues of their own",
        "Leave it out, or set queues of the SCSI controller in controllers",
    ),
    Rule(
        lambda disk: disk.get("iothread") and disk.get("bus", "virtio") != "virtio",
        "iothread",
        "only virtio disks are served by an I/O thread of their own",
        "Leave it out, or set iothread of the SCSI controller in controllers",
    ),
    only_with("transient_share_backing", "transient"),
    Rule(
        lambda disk: (
            starts(disk, "geometry.")
            and any(disk.get("geometry." + name) is None for name in ("cyls", "heads", "secs"))
        ),
        "geometry",
        "cylinders, heads and sectors are required together",
        "Declare cyls, heads and secs",
    ),
    Rule(
        lambda disk: disk.get("geometry.trans") and disk.get("bus") not in (None, "ide"),
        "geometry.trans",
        "only disks on the bus ide have a translation",
        "Leave it out",
    ),
    needs("network.protocol", "network"),
    Rule(
        lambda disk: disk.get("network.protocol") not in (None, "rbd") and not disk.get("network.hosts"),
        "network.hosts",
        "this protocol needs the server",
        "Declare hosts with the server's name",
    ),
    Rule(
        lambda disk: disk.get("network.protocol") not in (None, "nbd") and not disk.get("network.name"),
        "network.name",
        "this protocol needs the name of the image",
        "Declare it, such as pool/image for rbd or the target and LUN for iscsi",
    ),
    Rule(
        lambda disk: (
            disk.get("network.protocol") and not any(disk.get(known) for known in ("network.name", "target", "alias"))
        ),
        "target",
        "an export without a name does not identify the disk",
        "Declare its target, such as vdb, or its alias",
    ),
    needs("nvme.address", "nvme"),
    needs("nvme.namespace", "nvme"),
    needs("vhost_user.path", "vhost_user"),
    long_socket("vhost_user.path", longest=108),
    each_once("network.hosts"),
    *of("network.hosts", (long_socket("socket", longest=108),)),
    needs("encryption.format", "encryption"),
    one_secret("encryption.secret", lambda disk: disk.get("encryption.format"), "passphrase"),
    *logins.rules("auth"),
    *(_total(unit + end) for unit in ("_bytes_sec", "_iops_sec") for end in ("", "_max", "_max_length")),
)
