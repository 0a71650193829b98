# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host devices for a domain alone (https://libvirt.org/formatdomain.html#host-device-assignment). Pure."""

# pylint: disable=redundant-keyword-arg  # it does not see what a dataclass inherits

from __future__ import annotations

import re
import typing as t

from ....errors import InvalidOption
from ....xml.pci import PCI
from ....xml.table import Desired, Items, Prop
from ....xml.types import ON_OFF, PRESENCE, STR, UUID, YES_NO, Type, choice, number
from .common import ACPI_INDEX, ALIAS, BOOT_ORDER, ROM, SGIO, STARTUP_POLICY, VIRTIO_MODELS, OfKind, teaming

#: The kinds of host devices, with the options that stand for them. A device is of one kind.
HOSTDEV_KINDS = {
    "pci": ("pci",),
    "mdev": ("mdev",),
    "usb": ("usb.vendor", "usb.bus"),
    "scsi": ("scsi.adapter",),
    "vhost_scsi": ("vhost_scsi",),
}


def _of(kind: str, option: str, place: str, of: Type) -> Prop:
    return OfKind(option, place, of, kind=kind, holds={"@mode": "subsystem"})


def _usb_id(value: t.Any) -> str:
    """``0x1d6b``, as libvirt writes it."""
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{4}", str(value)):
        raise InvalidOption(f"'{value}' is no USB ID", remedy='Write it as "0x1d6b", in quotes')
    return "0x" + str(value)[-4:].lower()


_USB_ID = Type({"type": "str"}, parse=_usb_id, load=str.lower)


def _complete(item: Desired) -> Desired:
    """libvirt takes a PCI or USB device from the host's driver and gives it back; mediated ones are VFIO devices."""
    usual: Desired = {"managed": True} if item.get("pci") else {}
    if item.get("mdev"):
        usual["model"] = "vfio-pci"
    return dict(usual, **item)


HOSTDEVS = Items(
    "hostdevs",
    "devices/hostdev",
    (
        _of("pci", "pci", "source/address", PCI),
        _of("mdev", "mdev", "source/address/@uuid", UUID),
        _of("usb", "usb.vendor", "source/vendor/@id", _USB_ID),
        _of("usb", "usb.product", "source/product/@id", _USB_ID),
        _of("usb", "usb.bus", "source/address/@bus", number(0)),
        _of("usb", "usb.device", "source/address/@device", number(0)),
        _of("usb", "usb.guest_reset", "source/@guestReset", choice("off", "uninitialized", "on")),
        _of("scsi", "scsi.adapter", "source/adapter/@name", STR),
        _of("scsi", "scsi.bus", "source/address/@bus", number(0)),
        _of("scsi", "scsi.target", "source/address/@target", number(0)),
        _of("scsi", "scsi.unit", "source/address/@unit", number(0)),
        OfKind(
            "vhost_scsi",
            "source/@wwpn",
            STR,
            kind="scsi_host",
            holds={"@mode": "subsystem", "source/@protocol": "vhost"},
        ),
        Prop("managed", "@managed", YES_NO),
        Prop("driver", "driver/@name", choice("vfio")),
        Prop(
            "model",
            "@model",
            choice("vfio-pci", "vfio-ccw", "vfio-ap", *VIRTIO_MODELS),
        ),
        Prop("display", "@display", ON_OFF),
        Prop("ramfb", "@ramfb", ON_OFF),
        Prop("rawio", "@rawio", YES_NO),
        SGIO,
        STARTUP_POLICY,
        Prop("readonly", "readonly", PRESENCE),
        Prop("shareable", "shareable", PRESENCE),
        *teaming("transient"),
        *ROM,
        ACPI_INDEX,
        BOOT_ORDER,
        ALIAS,
    ),
    identity=(
        ("alias",),
        ("pci", "mdev", "vhost_scsi"),
        ("scsi.adapter", "scsi.bus", "scsi.target", "scsi.unit"),
        ("usb.vendor", "usb.product", "usb.bus", "usb.device"),
    ),
    select=lambda element: element.get("mode", "subsystem") == "subsystem",
    complete=_complete,
)
