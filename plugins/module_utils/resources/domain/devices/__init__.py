# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a domain: a file for each class or group, put together here. Pure."""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....xml import path as xmlpath
from ....xml.table import Items, Table
from .channels import AGENT, CHANNELS, CONSOLES, PARALLELS, SERIALS
from .controllers import CONTROLLERS
from .disks import DISKS
from .disks import plugs as plugs_disk
from .filesystems import FILESYSTEMS
from .graphics import GRAPHICS, VIDEOS
from .hostdevs import HOSTDEVS
from .interfaces import INTERFACES
from .memory import MEMORY_DEVICES
from .misc import PANICS, RNG, RNGS, SHMEMS, SINGLE, WATCHDOGS
from .peripherals import AUDIOS, CRYPTOS, HUBS, INPUTS, REDIRDEVS, SMARTCARDS, SOUNDS

#: Every device's properties, in the order in which they are shown.
DEVICES: Table = (
    CONTROLLERS,
    DISKS,
    FILESYSTEMS,
    INTERFACES,
    SERIALS,
    PARALLELS,
    CONSOLES,
    CHANNELS,
    GRAPHICS,
    VIDEOS,
    SOUNDS,
    AUDIOS,
    INPUTS,
    HUBS,
    REDIRDEVS,
    SMARTCARDS,
    HOSTDEVS,
    MEMORY_DEVICES,
    AGENT,
    RNG,
    RNGS,
    WATCHDOGS,
    PANICS,
    SHMEMS,
    CRYPTOS,
    *SINGLE,
)

#: The lists of devices by their option.
LISTS: t.Dict[str, Items] = {entry.option: entry for entry in DEVICES if isinstance(entry, Items)}


def _is(place: str, *texts: str) -> t.Callable[[Element, str], bool]:
    return lambda element, _op: xmlpath.get_text(element, place) in texts


def _plugs_memory(element: Element, op: str) -> bool:
    """A guest gives back DIMMs only; what virtio-mem has of memory is ``requested``."""
    return element.get("model") in (("dimm", "nvdimm") if op == "remove" else ("dimm", "nvdimm", "virtio-mem"))


#: Controllers that conventional PCI devices are plugged into; a new guest has PCI Express ports only.
_CONVENTIONAL = ("pci-root", "pci-bridge", "pcie-to-pci-bridge", "dmi-to-pci-bridge")


def _plugs_conventional(element: Element, op: str) -> bool:
    beside = element.getparent() if op == "add" else None
    return beside is None or any(one.get("model") in _CONVENTIONAL for one in beside.iterfind("controller"))


def _plugs_watchdog(element: Element, op: str) -> bool:
    return element.get("model") == "i6300esb" and _plugs_conventional(element, op)


#: Whether libvirt and QEMU plug (``op``: ``add``) or unplug (``remove``) this device while the domain runs.
PLUGGABLE: t.Dict[str, t.Callable[[Element, str], bool]] = {
    CONTROLLERS.option: _is("@type", "scsi"),
    DISKS.option: plugs_disk,
    FILESYSTEMS.option: _is("driver/@type", "virtiofs"),
    INTERFACES.option: lambda _element, _op: True,
    CHANNELS.option: _is("target/@type", "virtio"),
    INPUTS.option: _is("@bus", "usb", "virtio"),
    REDIRDEVS.option: lambda _element, _op: True,
    HOSTDEVS.option: lambda _element, _op: True,
    MEMORY_DEVICES.option: _plugs_memory,
    RNGS.option: lambda _element, _op: True,
    WATCHDOGS.option: _plugs_watchdog,
    SHMEMS.option: _plugs_conventional,
}

#: Lists of whose items libvirt updates the options that are marked live.
UPDATABLE = (DISKS.option, INTERFACES.option, GRAPHICS.option, MEMORY_DEVICES.option)
