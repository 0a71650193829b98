# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain's devices are plugged into (https://libvirt.org/formatdomain.html#controllers). Pure."""

from __future__ import annotations

import typing as t

from ....xml.table import Items, Prop, everything
from ....xml.types import ON_OFF, STR, choice, number, size
from .common import ALIAS, virtio_options


def _companions(one: t.Mapping[str, t.Any], other: t.Mapping[str, t.Any]) -> bool:
    """A controller of the chipset ICH9 is four, of one number (https://libvirt.org/formatdomain.html#controllers)."""
    models = one.get("model"), other.get("model")
    return all(model is not None and model.startswith("ich9-") for model in models) and models[0] != models[1]


CONTROLLERS = Items(
    "controllers",
    "devices/controller",
    (
        Prop(
            "type",
            "@type",
            choice("scsi", "usb", "pci", "virtio-serial", "sata", "ide", "fdc", "ccid"),
            required=True,
        ),
        Prop("index", "@index", number(0)),
        Prop("model", "@model", STR),
        Prop("queues", "driver/@queues", number(1)),
        Prop("cmd_per_lun", "driver/@cmd_per_lun", number(1)),
        Prop("max_sectors", "driver/@max_sectors", number(1)),
        Prop("ioeventfd", "driver/@ioeventfd", ON_OFF),
        Prop("iothread", "driver/@iothread", number(1)),
        *virtio_options(),
        Prop("ports", "@ports", number(1)),
        Prop("vectors", "@vectors", number(0)),
        Prop("pcihole64", "pcihole64", size()),
        Prop("model_name", "model/@name", STR),
        Prop("chassis", "target/@chassis", number(0, 255)),
        Prop("chassis_nr", "target/@chassisNr", number(0, 255)),
        Prop("port", "target/@port", number(0, 255)),
        Prop("bus_nr", "target/@busNr", number(0, 254)),
        Prop("hotplug", "target/@hotplug", ON_OFF),
        Prop("node", "target/node", number(0)),
        ALIAS,
    ),
    identity=(("alias",), ("type", "index")),
    leave=everything,  # libvirt adds those that devices need
    apart=_companions,
    apart_by=("model",),
)
