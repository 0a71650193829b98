# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's disks and drives (https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms). Pure."""

from __future__ import annotations

from ....diff import LIVE
from ....xml.table import Desired, Items, Prop
from ....xml.types import INT, PATH, PRESENCE, STR, choice

#: The bus of a new disk, by its device.
_BUSES = {"disk": "virtio", "lun": "scsi", "cdrom": "sata", "floppy": "fdc"}
#: Drives whose medium changes.
REMOVABLE = ("cdrom", "floppy")
#: The first letters of target names, by bus.
PREFIXES = {"virtio": "vd", "ide": "hd", "fdc": "fd"}


def _complete_disk(item: Desired) -> Desired:
    """A new disk has libvirt's best bus for its device; media that cannot be written are read-only."""
    device = item.setdefault("device", "disk")
    item.setdefault("bus", _BUSES[device])
    if device == "cdrom":
        item.setdefault("readonly", True)
    if item.get("format") is None and (item.get("file") or item.get("block")):
        item["format"] = "raw"
    return item


DISKS = Items(
    "disks",
    "devices/disk",
    (
        Prop("device", "@device", choice("disk", "cdrom", "floppy", "lun"), absent="disk"),
        Prop("format", "driver/@type", choice("raw", "qcow2")),
        Prop("cache", "driver/@cache", choice("default", "none", "writethrough", "writeback", "directsync", "unsafe")),
        Prop("io", "driver/@io", choice("threads", "native", "io_uring")),
        Prop("discard", "driver/@discard", choice("ignore", "unmap")),
        Prop("detect_zeroes", "driver/@detect_zeroes", choice("off", "on", "unmap")),
        Prop("file", "source/@file", PATH, holds={"@type": "file", "source/@dev": None}),
        Prop("block", "source/@dev", PATH, holds={"@type": "block", "source/@file": None}),
        Prop("target", "target/@dev", STR),
        Prop("bus", "target/@bus", choice("virtio", "scsi", "sata", "ide", "usb", "fdc"), holds={"address": None}),
        Prop("readonly", "readonly", PRESENCE),
        Prop("shareable", "shareable", PRESENCE),
        Prop("serial", "serial", STR),
        Prop("boot_order", "boot/@order", INT),
        Prop("alias", "alias/@name", STR),
    ),
    identity=(("target",), ("alias",), ("file", "block")),
    apply=LIVE,
    complete=_complete_disk,
    extra={"pool": {"type": "str"}, "volume": {"type": "str"}},
)
