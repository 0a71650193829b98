# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's addresses in a network, what DHCP gives to guests, and static routes: ``<ip>`` and ``<route>``. Pure.

https://libvirt.org/formatnetwork.html#addressing
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...deps import Element
from ...diff import LIVE
from ...errors import InvalidOption
from ...xml import path as xmlpath
from ...xml.table import Desired, Items, Prop
from ...xml.types import ADDRESS, FLAG, INT, MAC, PATH, STR, TEXT, Type, choice, number, or_empty

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}


def _usual_prefix(address: t.Optional[str]) -> t.Optional[int]:
    """What libvirt takes an address for that has neither a prefix nor a netmask: in IPv4 it goes by the class."""
    try:
        read = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if read.is_unspecified:
        return 0
    if read.version == 6:
        return 64
    first = read.packed[0]
    return 8 if first < 128 else 16 if first < 192 else 24 if first < 224 else None


class _PrefixType(Type):
    """An address's prefix length; old definitions say it as a netmask, or not at all."""

    def read(self, root: Element, path: str) -> t.Optional[int]:
        text = xmlpath.get_text(root, path)
        netmask = root.get("netmask")
        if text is not None:
            return int(text)
        if netmask:
            return ipaddress.ip_network("0.0.0.0/" + netmask).prefixlen
        # One that is being made gets what is declared, in so many words.
        return None if root.getparent() is None else _usual_prefix(root.get("address"))

    def write(self, root: Element, path: str, value: int) -> None:
        root.attrib.pop("netmask", None)
        xmlpath.set_text(root, path, str(value))


class _LeaseType(Type):
    """Seconds, which libvirt counts in minutes where it says no unit."""

    def read(self, root: Element, path: str) -> t.Optional[int]:
        lease = root.find(path)
        return None if lease is None else int(lease.get("expiry", "")) * _SECONDS[lease.get("unit", "minutes")]

    def write(self, root: Element, path: str, value: int) -> None:
        lease = xmlpath.make(root, xmlpath.split(path)[0])
        lease.set("expiry", str(value))
        lease.set("unit", "seconds")


def _seconds(value: t.Any) -> int:
    if value != 0 and not 120 <= value <= 2**32 - 1:
        raise InvalidOption(
            f"{value} seconds is not a lease time", remedy="Use at least 120, or 0 for leases without an end"
        )
    return int(value)


def complete_family(item: Desired) -> Desired:
    """A new address says its family when it is IPv6, as libvirt wants it."""
    if ipaddress.ip_address(item["address"]).version == 6:
        item.setdefault("family", "ipv6")
    return item


_PREFIX = _PrefixType(INT.spec)
_LEASE = Prop("lease", "lease", _LeaseType(INT.spec, parse=_seconds), LIVE)
_FAMILY = Prop("family", "@family", choice("ipv4", "ipv6"), absent="ipv4")

RANGES = Items(
    "dhcp.ranges",
    "dhcp/range",
    (Prop("start", "@start", ADDRESS, LIVE, required=True), Prop("end", "@end", ADDRESS, LIVE, required=True), _LEASE),
    identity=(("start", "end"),),
    apply=LIVE,
    label=lambda item: f"{item.get('start')}-{item.get('end')}",
)

HOSTS = Items(
    "dhcp.hosts",
    "dhcp/host",
    (
        Prop("mac", "@mac", MAC, LIVE),
        Prop("id", "@id", STR, LIVE),
        Prop("name", "@name", STR, LIVE),
        Prop("ip", "@ip", ADDRESS, LIVE, required=True),
        _LEASE,
    ),
    identity=(("mac",), ("id",), ("name",), ("ip",)),
    apply=LIVE,
)

IPS = Items(
    "ips",
    "ip",
    (
        Prop("address", "@address", ADDRESS, required=True),
        Prop("prefix", "@prefix", _PREFIX, required=True),
        _FAMILY,
        Prop("local_ptr", "@localPtr", FLAG, absent=False),
        Prop("tftp.root", "tftp/@root", or_empty(PATH), absent=""),
        RANGES,
        HOSTS,
        Prop("dhcp.bootp.file", "dhcp/bootp/@file", TEXT, absent="", drop="dhcp/bootp"),
        Prop("dhcp.bootp.server", "dhcp/bootp/@server", TEXT, absent=""),
    ),
    identity=(("address",),),
    complete=complete_family,
)

ROUTES = Items(
    "routes",
    "route",
    (
        Prop("address", "@address", ADDRESS, required=True),
        Prop("prefix", "@prefix", _PREFIX, required=True),
        Prop("gateway", "@gateway", ADDRESS, required=True),
        Prop("metric", "@metric", or_empty(number(1, 2**31 - 1)), absent=0),
        _FAMILY,
    ),
    identity=(("address", "prefix"),),
    complete=complete_family,
    label=lambda item: f"{item['address']}/{item.get('prefix')}",
)

ADDRESSES = (IPS, ROUTES)
