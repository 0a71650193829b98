# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guests' ports in a network get, and groups of ports with their own. Pure.

https://libvirt.org/formatnetwork.html#portgroups
"""

from __future__ import annotations

from ...diff import LIVE
from ...xml.table import Items, Prop
from ...xml.types import FLAG, STR
from ..shared.ports import isolated, port

PORTGROUPS = Items(
    "portgroups",
    "portgroup",
    (
        Prop("name", "@name", STR, LIVE, required=True),
        Prop("default", "@default", FLAG, LIVE, absent=False),
        *port(LIVE, limits=LIVE, inherits=True),
    ),
    identity=(("name",),),
    apply=LIVE,
)

PORTS = (*port(), isolated(), PORTGROUPS)
