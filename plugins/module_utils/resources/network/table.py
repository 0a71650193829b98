# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of networks (https://libvirt.org/formatnetwork.html). Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from ...diff import LIVE
from ...xml import path as xmlpath
from ...xml.table import Desired, Items, Prop
from ...xml.types import ADDRESS, INT, MAC, ON_OFF, STR, YES_NO, Type, choice, values

ISOLATED = "isolated"


class _ModeType(Type):
    """How packets are forwarded. What belongs to NAT goes with it: libvirt refuses it elsewhere."""

    def write(self, root: t.Any, path: str, value: str) -> None:
        super().write(root, path, value)
        if value != "nat":
            xmlpath.remove(root, "forward/nat")


class _PrefixType(Type):
    """An address's prefix length; old definitions say it as a netmask."""

    def read(self, root: t.Any, path: str) -> t.Optional[int]:
        text = xmlpath.get_text(root, path)
        netmask = root.get("netmask")
        if text is not None:
            return int(text)
        return ipaddress.ip_network("0.0.0.0/" + netmask).prefixlen if netmask else None

    def write(self, root: t.Any, path: str, value: int) -> None:
        root.attrib.pop("netmask", None)
        xmlpath.set_text(root, path, str(value))


def complete_ip(item: Desired) -> Desired:
    """A new address says its family when it is IPv6, as libvirt wants it."""
    if ipaddress.ip_address(item["address"]).version == 6:
        item.setdefault("family", "ipv6")
    return item


RANGES = Items(
    "dhcp.ranges",
    "dhcp/range",
    (Prop("start", "@start", ADDRESS, required=True), Prop("end", "@end", ADDRESS, required=True)),
    identity=(("start", "end"),),
    apply=LIVE,
    label=lambda item: "{0}-{1}".format(item.get("start"), item.get("end")),
)

HOSTS = Items(
    "dhcp.hosts",
    "dhcp/host",
    (
        Prop("mac", "@mac", MAC, LIVE),
        Prop("id", "@id", STR, LIVE),
        Prop("name", "@name", STR, LIVE),
        Prop("ip", "@ip", ADDRESS, LIVE, required=True),
    ),
    identity=(("mac",), ("id",), ("name",), ("ip",)),
    apply=LIVE,
)

IPS = Items(
    "ips",
    "ip",
    (
        Prop("address", "@address", ADDRESS, required=True),
        Prop("prefix", "@prefix", _PrefixType(INT.spec), required=True),
        Prop("family", "@family", choice("ipv4", "ipv6"), absent="ipv4"),
        RANGES,
        HOSTS,
    ),
    identity=(("address",),),
    complete=complete_ip,
)

DNS_HOSTS = Items(
    "dns.hosts",
    "dns/host",
    (
        Prop("ip", "@ip", ADDRESS, LIVE, required=True),
        Prop("hostnames", "hostname", values(STR, ordered=False), LIVE, required=True),
    ),
    identity=(("ip",),),
    apply=LIVE,
)

TABLE = (
    Prop(
        "forward.mode",
        "forward/@mode",
        _ModeType(choice(ISOLATED, "nat", "route", "open", "bridge").spec),
        absent=ISOLATED,
        drop="forward",
    ),
    Prop("forward.dev", "forward/@dev", STR),
    Prop("forward.nat.ipv6", "forward/nat/@ipv6", YES_NO, absent=False),
    Prop("bridge", "bridge/@name", STR),
    Prop("stp", "bridge/@stp", ON_OFF, absent=True),
    Prop("delay", "bridge/@delay", INT),
    Prop("mac", "mac/@address", MAC),
    Prop("mtu", "mtu/@size", INT),
    Prop("domain.name", "domain/@name", STR),
    Prop("domain.local_only", "domain/@localOnly", YES_NO, absent=False),
    Prop("dns.enable", "dns/@enable", YES_NO, absent=True),
    DNS_HOSTS,
    IPS,
)
