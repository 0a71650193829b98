# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a domain: a file for each class or group, put together here. Pure."""

from __future__ import annotations

import typing as t

from ....xml.table import Items, Table
from .channels import AGENT, CONSOLES, SERIALS
from .disks import DISKS
from .disks import plugs as plugs_disk
from .graphics import GRAPHICS, VIDEOS
from .interfaces import INTERFACES
from .misc import RNG, WATCHDOG

#: Every device's properties, in the order in which they are shown.
DEVICES: Table = (DISKS, INTERFACES, SERIALS, CONSOLES, GRAPHICS, VIDEOS, AGENT, RNG, *WATCHDOG)

#: The lists of devices by their option.
LISTS: t.Dict[str, Items] = {entry.option: entry for entry in DEVICES if isinstance(entry, Items)}

#: Whether libvirt and QEMU plug (``op``: ``add``) or unplug (``remove``) this device while the domain runs.
PLUGGABLE: t.Dict[str, t.Callable[[t.Any, str], bool]] = {
    DISKS.option: plugs_disk,
    INTERFACES.option: lambda _element, _op: True,
}

#: Lists of whose items libvirt updates the options that are marked live.
UPDATABLE = (DISKS.option, INTERFACES.option, GRAPHICS.option)
