# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of networks (https://libvirt.org/formatnetwork.html). Pure."""

from __future__ import annotations

from ...xml.table import Prop
from ...xml.types import FLAG, INT, INTERFACE, MAC, ON_OFF, TEXT, choice, number, or_empty, quiet
from .addresses import ADDRESSES
from .dns import DNS
from .forward import FORWARD
from .ports import PORTS

TABLE = (
    *FORWARD,
    Prop("bridge", "bridge/@name", INTERFACE, absent=""),
    Prop("stp", "bridge/@stp", ON_OFF, absent=True),
    Prop("delay", "bridge/@delay", INT),
    Prop("zone", "bridge/@zone", TEXT, absent=""),
    Prop("mac_table_manager", "bridge/@macTableManager", quiet(choice("kernel", "libvirt"), "kernel"), absent="kernel"),
    Prop("mac", "mac/@address", MAC),
    Prop("mtu", "mtu/@size", or_empty(number(1, 65535)), absent=0),
    Prop("ipv6", "@ipv6", FLAG, absent=False),
    *DNS,
    *PORTS,
    *ADDRESSES,
)
