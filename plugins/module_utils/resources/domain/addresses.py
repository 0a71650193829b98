# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where guests can be reached, and who says so: reservations, leases, the host's neighbours, the guest's own agent."""

from __future__ import annotations

import functools
import ipaddress
import json
import subprocess
import typing as t

from ...connection import find
from ...deps import Element, libvirt
from ...xml import parse
from ...xml import path as xmlpath
from ..network.leases import leases

#: Who says an address, the most lasting first: the network's definition, its DHCP server, the guest, the host's
#: neighbours (ARP and NDP), which may be stale.
SOURCES = ("reservation", "lease", "agent", "arp")

Address = t.Dict[str, t.Any]


class Addresses:
    """Asks for the addresses of running domains. The leases of all networks are read once.

    :arg connection: any, for what the host knows.
    :arg agents: one that may write, where guests are to be asked themselves; ``None``: they are not.
    :arg local: the host is this machine.
    """

    def __init__(self, connection: t.Any, agents: t.Any = None, local: bool = False) -> None:
        self._connection, self._agents, self._local = connection, agents, local

    def of(self, name: str, live: Element, sources: t.Sequence[str] = SOURCES) -> t.List[Address]:
        """The addresses of a domain that runs as ``live``: ``address``, ``prefix``, ``mac``, ``network``, ``sources``.

        Those of loop-back devices and link-local ones are left out. The order is that of its interfaces, and of
        ``sources`` for each.
        """
        interfaces = {
            (xmlpath.get_text(interface, "mac/@address") or "").lower(): _network(interface)
            for interface in live.iterfind("devices/interface[mac]")
        }
        found: t.Dict[t.Tuple[str, str], Address] = {}
        for source in sources:
            for mac, address, prefix in self._said(source, name, interfaces):
                if mac not in interfaces or not _leads_there(address):
                    continue
                one = found.setdefault(
                    (mac, address),
                    {"address": address, "prefix": prefix, "mac": mac, "network": interfaces[mac], "sources": []},
                )
                one["sources"].append(source)
        order = list(interfaces)
        return sorted(found.values(), key=lambda one: order.index(one["mac"]))

    def _said(
        self, source: str, name: str, interfaces: t.Mapping[str, t.Optional[str]]
    ) -> t.Iterator[t.Tuple[str, str, t.Optional[int]]]:
        """MAC address, address and prefix, as one source has them."""
        if source == "agent":
            yield from self._said_by_agent(name)
        elif source == "arp":
            yield from self._said_by_neighbours(name)
        else:
            known = self._networks[source]
            for mac, network in interfaces.items():
                yield from ((mac, address, prefix) for address, prefix in known.get((network, mac), ()))

    def _said_by_agent(self, name: str) -> t.Iterator[t.Tuple[str, str, t.Optional[int]]]:
        if self._agents is None:
            return
        from ...guest import ask  # few do

        domain = find(self._agents.lookupByName, name)
        for interface in (ask(domain, "guest-network-get-interfaces") if domain is not None else None) or ():
            for one in interface.get("ip-addresses") or ():
                yield (interface.get("hardware-address") or "").lower(), one["ip-address"], one.get("prefix")

    def _said_by_neighbours(self, name: str) -> t.Iterator[t.Tuple[str, str, t.Optional[int]]]:
        if self._local:
            yield from ((mac, address, None) for mac, address in self._neighbours)
            return
        domain = find(self._connection.lookupByName, name)
        try:
            source = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP
            answer = domain.interfaceAddresses(source) if domain is not None else None
        except libvirt.libvirtError:  # it has stopped meanwhile, or libvirt does not understand the kernel's answer
            return
        for interface in (answer or {}).values():
            for one in interface.get("addrs") or ():
                yield (interface.get("hwaddr") or "").lower(), one["addr"], None

    @functools.cached_property
    def _neighbours(self) -> t.List[t.Tuple[str, str]]:
        """MAC and IP addresses that this machine has seen. Not from libvirt: 9.0 fails with the answer of Linux 6."""
        try:
            command = ["ip", "-json", "neighbour", "show"]
            done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
            known = json.loads(done.stdout or b"[]")
        except (OSError, subprocess.CalledProcessError, ValueError):
            return []
        unreached = {"FAILED", "INCOMPLETE"}
        return [
            (one["lladdr"].lower(), one["dst"])
            for one in known
            if one.get("lladdr") and one.get("dst") and not unreached & {*one.get("state", ())}
        ]

    @functools.cached_property
    def _networks(self) -> t.Mapping[str, t.Mapping[t.Any, t.List[t.Any]]]:
        """By source, and by network and MAC address, what is reserved or leased: addresses with their prefixes."""
        reserved: t.Dict[t.Any, t.List[t.Any]] = {}
        leased: t.Dict[t.Any, t.List[t.Any]] = {}
        for network in self._connection.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE):
            name, text = network.name(), find(network.XMLDesc)
            for ip in parse.parse(text).iterfind("ip") if text else ():
                prefix = _prefix(ip)
                for host in ip.iterfind("dhcp/host"):
                    mac, address = host.get("mac"), host.get("ip")
                    if mac and address:
                        reserved.setdefault((name, mac.lower()), []).append((address, prefix))
            for lease in leases(network):
                leased.setdefault((name, lease["mac"]), []).append((lease["address"], lease["prefix"]))
        return {"reservation": reserved, "lease": leased}


def _network(interface: Element) -> t.Optional[str]:
    source = interface.find("source")
    return None if source is None else source.get("network")


def _prefix(ip: Element) -> t.Optional[int]:
    mask = ip.get("prefix") or ip.get("netmask")
    return None if mask is None else ipaddress.ip_network(f"{ip.get('address')}/{mask}", strict=False).prefixlen


def _leads_there(address: str) -> bool:
    one = ipaddress.ip_address(address)
    return not (one.is_loopback or one.is_link_local)
