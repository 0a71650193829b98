# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network's DNS server answers: the properties of ``<dns>``, ``<domain>`` and dnsmasq's own options. Pure.

https://libvirt.org/formatnetwork.html#addressing
"""

from __future__ import annotations

from ...diff import LIVE
from ...xml.table import Items, Prop
from ...xml.types import ADDRESS, STR, TEXT, YES_NO, choice, number, or_empty, quiet, values

_NUMBER = or_empty(number(1, 65535))

FORWARDERS = Items(
    "dns.forwarders",
    "dns/forwarder",
    (
        Prop("addr", "@addr", or_empty(ADDRESS), absent=""),
        Prop("domain", "@domain", TEXT, absent=""),
    ),
    identity=(("addr", "domain"),),
    implied={"addr": "", "domain": ""},
    label=lambda item: " ".join(item[option] for option in ("domain", "addr") if item.get(option)) or None,
)

HOSTS = Items(
    "dns.hosts",
    "dns/host",
    (
        Prop("ip", "@ip", ADDRESS, LIVE, required=True),
        Prop("hostnames", "hostname", values(STR, ordered=False), LIVE, required=True),
    ),
    identity=(("ip",),),
    apply=LIVE,
)

TXT = Items(
    "dns.txt",
    "dns/txt",
    (Prop("name", "@name", STR, LIVE, required=True), Prop("value", "@value", STR, LIVE, required=True)),
    identity=(("name",),),
    apply=LIVE,
)

#: A record has no key: a service may have several targets. Another value is another record.
SRV = Items(
    "dns.srv",
    "dns/srv",
    (
        Prop("service", "@service", STR, LIVE, required=True),
        Prop("protocol", "@protocol", choice("tcp", "udp"), LIVE, required=True),
        Prop("domain", "@domain", TEXT, LIVE, absent=""),
        Prop("target", "@target", TEXT, LIVE, absent=""),
        Prop("port", "@port", _NUMBER, LIVE, absent=0),
        Prop("priority", "@priority", _NUMBER, LIVE, absent=0),
        Prop("weight", "@weight", _NUMBER, LIVE, absent=0),
    ),
    identity=(("service", "protocol", "domain", "target", "port", "priority", "weight"),),
    implied={"domain": "", "target": "", "port": 0, "priority": 0, "weight": 0},
    apply=LIVE,
    label=lambda item: f"_{item['service']}._{item['protocol']} {item.get('target') or ''}".strip(),
)

DNS = (
    Prop("domain.name", "domain/@name", TEXT, absent="", drop="domain"),
    Prop("domain.local_only", "domain/@localOnly", YES_NO, absent=False),
    Prop("dns.enable", "dns/@enable", YES_NO, absent=True),
    Prop("dns.forward_plain_names", "dns/@forwardPlainNames", YES_NO, absent=True),
    FORWARDERS,
    TXT,
    SRV,
    HOSTS,
    Prop("dnsmasq_options", "dnsmasq:options/dnsmasq:option/@value", quiet(values(STR), [])),
)
