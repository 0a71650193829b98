# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the DHCP server of a network has given away."""

from __future__ import annotations

import ipaddress
import typing as t

from ...connection import find


def leases(network: t.Any) -> t.List[t.Dict[str, t.Any]]:
    """What the DHCP server of an active network (a ``virNetwork``) has given away, by its address."""
    found = [
        {
            "mac": (lease.get("mac") or "").lower(),
            "address": lease["ipaddr"],
            "prefix": lease.get("prefix"),
            "hostname": lease.get("hostname") or None,
            "expires": lease.get("expirytime"),
        }
        for lease in find(network.DHCPLeases) or ()
    ]
    return sorted(found, key=lambda lease: ipaddress.ip_address(lease["address"]).packed)
