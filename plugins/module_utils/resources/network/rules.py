# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a network, before anything is touched. Pure.

libvirt refuses most of it as well, but when it defines the network: in the middle of a document.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...errors import InvalidOption, join
from ...xml.table import Desired, Prop
from ..base import Want
from ..shared import rule
from ..shared.ports import RULES as PORT_RULES
from .forward import MODES, PLACES
from .table import TABLE

_DEFAULTS = {entry.option: entry.absent for entry in TABLE if isinstance(entry, Prop)}
#: What only a network has for which libvirt makes a bridge.
_OWN_BRIDGE = (
    ("stp", "delay", "zone", "mac", "mtu", "domain.name", "ips", "routes", "dnsmasq_options")
    + ("dns.forwarders", "dns.txt", "dns.srv", "dns.hosts")
)  # fmt: skip
#: What tells apart the items of lists in which no two may be the same.
_IDENTITIES: t.Dict[str, t.Tuple[str, ...]] = {
    "dns.txt": ("name",),
    "dns.hosts": ("ip",),
    "dns.forwarders": ("addr", "domain"),
    "routes": ("address", "prefix"),
    "portgroups": ("name",),
    "forward.interfaces": ("dev",),
    "ips": ("address",),
}
#: What only a network with a bridge has, whoever made it.
_ANY_BRIDGE = ("bridge", "mac_table_manager", "port.isolated")


def check_options(want: Want) -> None:
    """What contradicts itself whatever is there. :raises InvalidOption: naming the option to change."""
    values = want.values
    _check_addresses(want)
    for option, keys in _IDENTITIES.items():
        _check_unique(values.get(option, ()), keys, want.at(option))
    for number, forwarder in enumerate(values.get("dns.forwarders", ())):
        if not forwarder["addr"] and not forwarder["domain"]:
            raise InvalidOption(
                "a forwarder is an address, a domain or both",
                where=f"{want.at('dns.forwarders')}[{number}]",
                remedy="Add one of them",
            )
    for number, text in enumerate(values.get("dns.txt", ())):
        if " " in text["name"]:
            raise InvalidOption(
                "a name in DNS has no space in it",
                where=f"{want.at('dns.txt')}[{number}].name",
                remedy="Remove it",
            )
    for number, record in enumerate(values.get("dns.srv", ())):
        if not record["target"] and any(record[option] for option in ("port", "priority", "weight")):
            raise InvalidOption(
                "a service without a target has no port, priority and weight",
                where=f"{want.at('dns.srv')}[{number}].target",
                remedy="Name the host that offers it",
            )
    for number, group in enumerate(values.get("portgroups", ())):
        rule.check(PORT_RULES, group, lambda at, of: join(want.at(f"portgroups[{of}]"), at), number)


def check_definition(want: Want, values: Desired) -> None:
    """What contradicts itself in the definition to come: what is declared, and what is there besides.

    :arg values: all that the definition says.
    :raises InvalidOption: naming the option to change.
    """

    def there(option: str) -> bool:
        return values.get(option, _DEFAULTS.get(option)) not in (None, [], _DEFAULTS.get(option))

    mode = values["forward.mode"]
    traits = MODES[mode]
    _check_parts(want, values, mode)
    refused = [] if traits.own_bridge else list(_OWN_BRIDGE)
    if not traits.own_bridge and mode != "bridge":
        refused += _ANY_BRIDGE
    limits = [option for option in values if option.startswith("bandwidth.")]
    if not traits.own_bridge and not there("bridge"):
        refused += limits
    for option in refused:
        if there(option):
            what = "addresses of its own" if option == "ips" else option
            raise InvalidOption(
                f"a network of mode {mode} has no {what}",
                where=want.at(option),
                remedy=f"Remove {option}, or declare it empty if it is not declared",
            )
    if traits.own_bridge and want.values.get("bridge") == "":
        raise InvalidOption(
            f"a network of mode {mode} has a bridge",
            where=want.at("bridge"),
            remedy="Name it, or leave it out",
        )
    if traits.needs_ips and not values.get("ips"):
        raise InvalidOption(
            f"a network of mode {mode} needs an address", where=want.at("ips"), remedy="Add the host's own"
        )
    if traits.needs_device:
        _check_device(want, mode, [option for option in _devices(mode) if there(option)])
    if not values["dns.enable"]:
        for option in ("dns.forwarders", "dns.txt", "dns.srv", "dns.hosts"):
            if there(option):
                raise InvalidOption(
                    f"there is no DNS server that {option} could be for",
                    where=want.at("dns.enable"),
                    remedy=f"Declare {option} as an empty list, or leave DNS on",
                )
    defaults = [group["name"] for group in values.get("portgroups", ()) if group["default"]]
    if len(defaults) > 1:
        raise InvalidOption(
            f"{' and '.join(defaults)} are both the default",
            where=want.at("portgroups"),
            remedy="Keep default for one of them",
        )
    for ip in values.get("ips", ()):
        if ip["dhcp.bootp.server"] and not ip["dhcp.bootp.file"]:
            raise InvalidOption(
                f"there is nothing to boot from {ip['dhcp.bootp.server']}",
                where=want.at(f"ips[{ip.get('address')}].dhcp.bootp.file"),
                remedy="Name the file, or declare the server empty",
            )
    said = {option: value for option, value in values.items() if option in want.values or there(option)}
    rule.check(PORT_RULES, said, want.at)
    _check_routes(want, values)


def _check_parts(want: Want, values: Desired, mode: str) -> None:
    parts = MODES[mode].parts
    for part in PLACES:
        for option, value in (*want.values.items(), *values.items()):
            if part in parts or value in ([], _DEFAULTS.get(option)):
                continue
            if option != "forward." + part and not option.startswith(f"forward.{part}."):
                continue
            if "forward.mode" not in want.values and mode == "isolated":
                raise InvalidOption(
                    "how to forward is said, and not in which mode", where=want.at("forward.mode"), remedy="Add it"
                )
            raise InvalidOption(
                f"forward mode {mode} has no {part}",
                where=want.at(option),
                remedy="Remove it, or use mode {0}".format(
                    " or ".join(name for name, one in MODES.items() if part in one.parts)
                ),
            )


def _devices(mode: str) -> t.Sequence[str]:
    """The options of which exactly one says what the guests are on."""
    return (("bridge",) if mode == "bridge" else ()) + ("forward.interfaces", "forward.pf", "forward.addresses")


def _check_device(want: Want, mode: str, given: t.Sequence[str]) -> None:
    if mode == "bridge" and not given:
        raise InvalidOption(
            "forward mode bridge uses a bridge of the host, or devices of it",
            where=want.at("bridge"),
            remedy="Name the bridge, which libvirt does not create in this mode, or give forward.interfaces",
        )
    if not given:
        raise InvalidOption(
            f"forward mode {mode} needs devices of the host",
            where=want.at("forward.interfaces"),
            remedy="Name them, or the SR-IOV device that they belong to in forward.pf",
        )
    if len(given) > 1:
        raise InvalidOption(
            f"{' and '.join(given)} both say what guests are on",
            where=want.at(given[1]),
            remedy="Keep one of them; declare the other empty if it is not declared",
        )


def _check_routes(want: Want, values: Desired) -> None:
    networks = [
        ipaddress.ip_network(f"{ip['address']}/{ip['prefix']}", strict=False)
        for ip in values.get("ips", ())
        if "address" in ip and "prefix" in ip
    ]
    for number, route in enumerate(want.values.get("routes", ())):
        at = f"{want.at('routes')}[{number}]"
        try:
            ipaddress.ip_network(f"{route['address']}/{route['prefix']}")
        except ValueError:
            raise InvalidOption(
                f"{route['address']}/{route['prefix']} is not a network's address",
                where=at + ".address",
                remedy="Clear the bits behind the prefix",
            ) from None
        gateway = ipaddress.ip_address(route["gateway"])
        if gateway.version != ipaddress.ip_address(route["address"]).version:
            raise InvalidOption(
                "the gateway is of another address family", where=at + ".gateway", remedy="Give one of the same"
            )
        if not any(gateway in network for network in networks):
            raise InvalidOption(
                f"no address of the network reaches the gateway {gateway}",
                where=at + ".gateway",
                remedy="Give a gateway in one of the networks of ips",
            )


def _check_addresses(want: Want) -> None:
    macs: t.Dict[str, str] = {}
    addresses: t.Dict[str, str] = {}
    with_dhcp: t.Set[int] = set()
    for number, ip in enumerate(want.values.get("ips", ())):
        place = f"{want.at('ips')}[{number}]"
        bits = ipaddress.ip_address(ip["address"]).max_prefixlen
        if not 0 <= ip["prefix"] <= bits:
            raise InvalidOption(
                f"{ip['prefix']} is no prefix length of {ip['address']}",
                where=place + ".prefix",
                remedy=f"Use 0 to {bits}",
            )
        if ip.get("dhcp.ranges") or ip.get("dhcp.hosts"):
            if bits in with_dhcp:
                raise InvalidOption(
                    "only one address of each family can have DHCP", where=place + ".dhcp", remedy="Remove it here"
                )
            with_dhcp.add(bits)
        network = ipaddress.ip_network(f"{ip['address']}/{ip['prefix']}", strict=False)
        for position, leases in enumerate(ip.get("dhcp.ranges", ())):
            _check_range(leases, network, f"{place}.dhcp.ranges[{position}]")
        for position, host in enumerate(ip.get("dhcp.hosts", ())):
            _check_within(host.get("ip"), network, f"{place}.dhcp.hosts[{position}].ip")
            at = f"{place}.dhcp.hosts[{position}]"
            for seen, option in ((macs, "mac"), (addresses, "ip")):
                value = host.get(option)
                if value is not None and value in seen:
                    raise InvalidOption(
                        f"{value} is already reserved by {seen[value]}",
                        where=f"{at}.{option}",
                        remedy=f"Give each reservation a {option} of its own",
                    )
                if value is not None:
                    seen[value] = at
            if bits == 128 and host.get("mac") is not None:
                raise InvalidOption(
                    "DHCPv6 knows no MAC addresses", where=at + ".mac", remedy="Reserve by id (the DUID) or by name"
                )
            if host.get("mac") is None and host.get("id") is None and host.get("name") is None:
                raise InvalidOption("a reservation is for a mac, an id or a name", where=at, remedy="Add one of them")


def _check_range(leases: Desired, network: t.Any, where: str) -> None:
    for end in ("start", "end"):
        _check_within(leases.get(end), network, f"{where}.{end}")
    if int(ipaddress.ip_address(leases["start"])) > int(ipaddress.ip_address(leases["end"])):
        raise InvalidOption("it ends before it starts", where=where, remedy="Swap start and end")


def _check_within(address: t.Optional[str], network: t.Any, where: str) -> None:
    if address is not None and ipaddress.ip_address(address) not in network:
        raise InvalidOption(
            f"{address} is not in {network}, the network of the address",
            where=where,
            remedy="Give one that is, or correct address and prefix",
        )


def _check_unique(items: t.Sequence[Desired], keys: t.Tuple[str, ...], where: str) -> None:
    """:raises InvalidOption: two items are the same one."""
    seen: t.List[t.Any] = []
    for number, item in enumerate(items):
        key = [item.get(option) for option in keys]
        if key in seen:
            raise InvalidOption(
                f"it is the same as [{seen.index(key)}]",
                where=f"{where}[{number}]",
                remedy="Merge the two",
            )
        seen.append(key)
