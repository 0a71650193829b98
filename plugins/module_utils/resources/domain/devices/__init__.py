# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a domain: a file for each class or group, put together here. Pure."""

from __future__ import annotations

from ....xml.table import Table
from .channels import AGENT, CONSOLES, SERIALS
from .disks import DISKS
from .graphics import GRAPHICS, VIDEOS
from .interfaces import INTERFACES
from .misc import RNG, WATCHDOG

#: Every device's properties, in the order in which they are shown.
DEVICES: Table = (DISKS, INTERFACES, SERIALS, CONSOLES, GRAPHICS, VIDEOS, AGENT, RNG, *WATCHDOG)

#: Lists whose items libvirt plugs and unplugs while the domain runs.
PLUGGABLE = {entry.option: entry for entry in (DISKS, INTERFACES)}

#: Lists of whose items libvirt updates the options that are marked live.
UPDATABLE = tuple(entry.option for entry in (DISKS, INTERFACES, GRAPHICS))
