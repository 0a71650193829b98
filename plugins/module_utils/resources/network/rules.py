# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a network. Pure.

libvirt refuses most of it as well, but when it defines the network: in the middle of a document.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...rule import DEFINITION, Rule, RuleValues, Values, Violation, of, unique
from ...xml.table import Items, Prop
from ..shared import ports
from .forward import MODES, PLACES
from .table import TABLE

_DEFAULTS = {entry.option: entry.absent for entry in TABLE if isinstance(entry, Prop)}
#: What only a network has for which libvirt makes a bridge.
_OWN_BRIDGE = (
    ("stp", "delay", "zone", "mac", "mtu", "domain.name", "ips", "routes", "dnsmasq_options")
    + ("dns.forwarders", "dns.txt", "dns.srv", "dns.hosts")
)  # fmt: skip
#: What only a network with a bridge has, made by libvirt or not.
_ANY_BRIDGE = ("bridge", "mac_table_manager", "port.isolated")
_OF_DNS = ("dns.forwarders", "dns.txt", "dns.srv", "dns.hosts")


def _said(will: Values, option: str) -> bool:
    """Whether the definition says something with the option."""
    return will.get(option, _DEFAULTS.get(option)) not in (None, [], _DEFAULTS.get(option))


def _network(one: Values) -> t.Any:
    return ipaddress.ip_network(f"{one['address']}/{one['prefix']}", strict=False)


# What contradicts itself whatever is there.


def _bad_prefix(ip: Values) -> t.List[Violation]:
    bits = ipaddress.ip_address(ip["address"]).max_prefixlen
    return [] if 0 <= ip["prefix"] <= bits else [Violation("", (ip["prefix"], ip["address"], bits))]


def _second_with_dhcp(network: Values) -> t.List[Violation]:
    seen: t.Set[int] = set()
    found = []
    for position, ip in enumerate(network.get("ips", ())):
        version = ipaddress.ip_address(ip["address"]).version
        if ip.get("dhcp.ranges") or ip.get("dhcp.hosts"):
            if version in seen:
                found.append(Violation(f"[{position}].dhcp"))
            seen.add(version)
    return found


def _outside(ip: Values) -> t.List[Violation]:
    """Ranges and reservations that are not in the network of the address."""
    if _bad_prefix(ip):
        return []
    network = _network(ip)
    places = [
        (f"dhcp.ranges[{position}].{end}", leases.get(end))
        for position, leases in enumerate(ip.get("dhcp.ranges", ()))
        for end in ("start", "end")
    ]
    places += [(f"dhcp.hosts[{position}].ip", host.get("ip")) for position, host in enumerate(ip.get("dhcp.hosts", ()))]
    return [
        Violation(at, (address, network))
        for at, address in places
        if address is not None and ipaddress.ip_address(address) not in network
    ]


def _in_order(option: str, ends: t.Callable[[Values], t.Sequence[t.Any]]) -> Rule:
    """A range of addresses or ports ends where it starts, or after."""

    def backwards(values: Values) -> bool:
        numbers = [
            one if isinstance(one, int) else int(ipaddress.ip_address(one)) for one in ends(values) if one is not None
        ]
        return numbers != sorted(numbers)

    return Rule(backwards, option, "it ends before it starts", "Swap start and end")


def _nat_range(option: str) -> t.Iterator[Rule]:
    yield Rule(
        lambda network: None in (network.get(option) or ()),
        option,
        "a range has two ends",
        "Give both start and end, or none of them",
    )
    yield _in_order(option, lambda network: network.get(option) or ())


def _reserved_twice(network: Values) -> t.List[Violation]:
    seen: t.Dict[t.Tuple[str, str], str] = {}
    found = []
    for number, ip in enumerate(network.get("ips", ())):
        for position, host in enumerate(ip.get("dhcp.hosts", ())):
            at = f"[{number}].dhcp.hosts[{position}]"
            for option in ("mac", "ip"):
                value = host.get(option)
                if value is not None and (option, value) in seen:
                    found.append(Violation(f"{at}.{option}", (value, "ips" + seen[option, value], option)))
                elif value is not None:
                    seen[option, value] = at
    return found


def _macs_of_ipv6(ip: Values) -> t.List[Violation]:
    if ipaddress.ip_address(ip["address"]).version == 4:
        return []
    return [
        Violation(f"dhcp.hosts[{position}].mac")
        for position, host in enumerate(ip.get("dhcp.hosts", ()))
        if host.get("mac") is not None
    ]


# What contradicts itself in the definition to come.


def _foreign_parts(will: RuleValues) -> t.List[Violation]:
    """Options of ``forward`` that another mode has; in the order of the options of that mode."""
    mode = will["forward.mode"]
    if "forward.mode" not in will.declared and mode == "isolated":
        return []
    foreign = [(option, part) for option, part in _parts(will) if part not in MODES[mode].parts]
    return [Violation(option, (mode, part, _modes_with(part))) for option, part in foreign]


def _parts(will: RuleValues) -> t.Iterator[t.Tuple[str, str]]:
    for part in PLACES:
        for option, value in {**will, **will.declared}.items():
            of_part = option == "forward." + part or option.startswith(f"forward.{part}.")
            if of_part and value not in ([], _DEFAULTS.get(option)):
                yield option, part


def _modes_with(part: str) -> str:
    return " or ".join(name for name, one in MODES.items() if part in one.parts)


def _without_mode(will: RuleValues) -> bool:
    return (
        "forward.mode" not in will.declared
        and will["forward.mode"] == "isolated"
        and any(part not in MODES["isolated"].parts for _option, part in _parts(will))
    )


def _foreign(will: RuleValues) -> t.List[Violation]:
    mode = will["forward.mode"]
    own_bridge = MODES[mode].own_bridge
    refused = [] if own_bridge else list(_OWN_BRIDGE)
    if not own_bridge and mode != "bridge":
        refused += _ANY_BRIDGE
    if not own_bridge and not _said(will, "bridge"):
        refused += [option for option in will if option.startswith("bandwidth.")]
    return [
        Violation(option, (mode, "addresses of its own" if option == "ips" else option, option))
        for option in refused
        if _said(will, option)
    ]


def _devices(will: RuleValues) -> t.List[str]:
    """The options that say what the guests are on, of those of which there has to be exactly one."""
    mode = will["forward.mode"]
    options = (("bridge",) if mode == "bridge" else ()) + ("forward.interfaces", "forward.pf", "forward.addresses")
    return [option for option in options if _said(will, option)] if MODES[mode].needs_device else []


def _no_device(will: RuleValues) -> t.Any:
    mode = will["forward.mode"]
    return MODES[mode].needs_device and mode != "bridge" and not _devices(will) and mode


def _no_bridge(will: RuleValues) -> bool:
    return will["forward.mode"] == "bridge" and not _devices(will)


def _two_devices(will: RuleValues) -> t.List[Violation]:
    given = _devices(will)
    return [Violation(given[1], (" and ".join(given),))] if len(given) > 1 else []


def _without_dns(will: RuleValues) -> t.List[Violation]:
    return [] if will["dns.enable"] else [Violation("", (option,)) for option in _OF_DNS if _said(will, option)]


def _two_defaults(will: RuleValues) -> str:
    defaults = [group["name"] for group in will.get("portgroups", ()) if group["default"]]
    return " and ".join(defaults) if len(defaults) > 1 else ""


def _boots_nothing(will: RuleValues) -> t.List[Violation]:
    return [
        Violation(f"[{ip.get('address')}].dhcp.bootp.file", (ip["dhcp.bootp.server"],))
        for ip in will.get("ips", ())
        if ip["dhcp.bootp.server"] and not ip["dhcp.bootp.file"]
    ]


def _no_network(route: Values) -> t.Any:
    try:
        ipaddress.ip_network(f"{route['address']}/{route['prefix']}")
    except ValueError:
        return f"{route['address']}/{route['prefix']}"
    return False


def _another_family(route: Values) -> bool:
    versions = {ipaddress.ip_address(route[option]).version for option in ("gateway", "address")}
    return len(versions) > 1


def _unreachable(will: RuleValues) -> t.List[Violation]:
    networks = [_network(ip) for ip in will.get("ips", ()) if "address" in ip and "prefix" in ip]
    gateways = [ipaddress.ip_address(route["gateway"]) for route in will.declared.get("routes", ())]
    return [
        Violation(f"[{position}].gateway", (gateway,))
        for position, gateway in enumerate(gateways)
        if not any(gateway in network for network in networks)
    ]


def _in_definition(rule: Rule) -> Rule:
    """A rule of the port, of what the definition says."""

    def broken(will: RuleValues) -> t.Any:
        return rule.broken({one: value for one, value in will.items() if one in will.declared or _said(will, one)})

    return Rule(broken, rule.at, rule.what, rule.remedy, DEFINITION)


def _will(broken: t.Callable[[RuleValues], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(broken, at, what, remedy, DEFINITION)


RULES: t.Tuple[Rule, ...] = (
    *_nat_range("forward.nat.address"),
    *_nat_range("forward.nat.port"),
    *of("ips", (Rule(_bad_prefix, "prefix", "{0} is not a prefix length of {1}", "Use 0 to {2}"),)),
    Rule(_second_with_dhcp, "ips", "only one address of each family can have DHCP", "Remove it here"),
    *of(
        "ips",
        (
            Rule(
                _outside,
                "",
                "{0} is not in {1}, the network of the address",
                "Give one that is, or correct address and prefix",
            ),
            Rule(_macs_of_ipv6, "", "DHCPv6 does not use MAC addresses", "Reserve by id (the DUID) or by name"),
        ),
    ),
    *of(("ips", "dhcp.ranges"), (_in_order("", lambda leases: (leases["start"], leases["end"])),)),
    Rule(_reserved_twice, "ips", "{0} is already reserved by {1}", "Give each reservation a {2} of its own"),
    *of(
        ("ips", "dhcp.hosts"),
        (
            Rule(
                lambda host: all(host.get(option) is None for option in ("mac", "id", "name")),
                "",
                "a reservation is for a mac, an id or a name",
                "Add one of them",
            ),
        ),
    ),
    *(
        unique(entry.option, entry.identity[0])
        for entry in TABLE
        if isinstance(entry, Items) and entry.option != "vlan.tags"  # of which a port's rules are
    ),
    *of(
        "dns.forwarders",
        (
            Rule(
                lambda one: not one["addr"] and not one["domain"],
                "",
                "a forwarder is an address, a domain or both",
                "Add one of them",
            ),
        ),
    ),
    *of("dns.txt", (Rule(lambda one: " " in one["name"], "name", "a name in DNS has no space in it", "Remove it"),)),
    *of(
        "dns.srv",
        (
            Rule(
                lambda one: not one["target"] and any(one[option] for option in ("port", "priority", "weight")),
                "target",
                "a service without a target has no port, priority and weight",
                "Name the host that offers it",
            ),
        ),
    ),
    *of("portgroups", ports.RULES),
    *of(
        "routes",
        (
            Rule(_no_network, "address", "{0} is not a network's address", "Clear the bits behind the prefix"),
            Rule(_another_family, "gateway", "the gateway is of another address family", "Give one of the same"),
        ),
    ),
    _will(_without_mode, "forward.mode", "forward options are declared without a mode", "Declare forward.mode"),
    _will(_foreign_parts, "", "forward mode {0} has no {1}", "Remove it, or use mode {2}"),
    _will(_foreign, "", "a network of mode {0} has no {1}", "Remove {2}, or declare it empty if it is not declared"),
    _will(
        lambda will: (
            MODES[will["forward.mode"]].own_bridge and will.declared.get("bridge") == "" and will["forward.mode"]
        ),
        "bridge",
        "a network of mode {0} has a bridge",
        "Name it, or leave it out",
    ),
    _will(
        lambda will: MODES[will["forward.mode"]].needs_ips and not will.get("ips") and will["forward.mode"],
        "ips",
        "a network of mode {0} needs an address",
        "Declare ips with the host's address",
    ),
    _will(
        _no_bridge,
        "bridge",
        "forward mode bridge uses a bridge of the host, or devices of it",
        "Name the bridge, which libvirt does not create in this mode, or give forward.interfaces",
    ),
    _will(
        _no_device,
        "forward.interfaces",
        "forward mode {0} needs devices of the host",
        "Name them, or the SR-IOV device that they belong to in forward.pf",
    ),
    _will(
        _two_devices,
        "",
        "{0} exclude each other",
        "Keep one of them; declare the other empty if it is not declared",
    ),
    _will(
        _without_dns,
        "dns.enable",
        "{0} needs a DNS server",
        "Declare {0} as an empty list, or leave DNS on",
    ),
    _will(_two_defaults, "portgroups", "{0} are both the default", "Keep default for one of them"),
    _will(_boots_nothing, "ips", "there is no file to boot from {0}", "Name the file, or declare the server empty"),
    *(_in_definition(rule) for rule in ports.RULES),
    _will(
        _unreachable,
        "routes",
        "no address of the network reaches the gateway {0}",
        "Give a gateway in one of the networks of ips",
    ),
)
