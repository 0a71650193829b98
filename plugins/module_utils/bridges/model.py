# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bridge of the host is, and what must hold for a declaration of bridges by itself. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ..errors import InvalidOption
from ..units import parse_address, parse_mac

#: The options of one bridge.
OPTIONS: t.Dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "ports": {"type": "list", "elements": "str", "default": []},
    "vlan": {
        "type": "dict",
        "options": {"id": {"type": "int", "required": True}, "link": {"type": "str", "required": True}},
    },
    "dhcp4": {"type": "bool", "default": False},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "gateway": {"type": "str"},
    "nameservers": {"type": "list", "elements": "str", "default": []},
    "mtu": {"type": "int"},
    "stp": {"type": "bool", "default": False},
    "mac": {"type": "str"},
}

#: The kernel's limit (IFNAMSIZ), and what every network stack takes for a name.
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$")


@dataclasses.dataclass(frozen=True)
class Vlan:
    """The VLAN ``id`` of the device ``link``: a device of its own, which is the bridge's port."""

    id: int
    link: str

    @property
    def device(self) -> str:
        name = f"{self.link}.{self.id}"
        return name if len(name) <= 15 else f"vlan{self.id}"


@dataclasses.dataclass(frozen=True)
class Bridge:
    """A declared bridge. ``mac`` and ``client_id`` are what it took over from its first port, where it did."""

    name: str
    ports: t.Tuple[str, ...] = ()
    vlan: t.Optional[Vlan] = None
    dhcp4: bool = False
    addresses: t.Tuple[str, ...] = ()
    gateway: t.Optional[str] = None
    nameservers: t.Tuple[str, ...] = ()
    mtu: t.Optional[int] = None
    stp: bool = False
    mac: t.Optional[str] = None
    client_id: t.Optional[str] = None

    @property
    def has_address(self) -> bool:
        return self.dhcp4 or bool(self.addresses)

    @property
    def devices(self) -> t.Tuple[str, ...]:
        """What is plugged into the bridge: its ports, and the device of its VLAN."""
        return self.ports + ((self.vlan.device,) if self.vlan else ())

    @property
    def behind(self) -> t.Optional[str]:
        """The address in whose network the gateway is."""
        if not self.gateway:
            return None
        gateway = ipaddress.ip_address(self.gateway)
        return next((one for one in self.addresses if gateway in ipaddress.ip_interface(one).network), None)

    def recorded(self) -> t.Dict[str, t.Any]:
        return dataclasses.asdict(self)


def from_record(values: t.Mapping[str, t.Any]) -> Bridge:
    """The bridge whose ``recorded()`` went through JSON."""
    plain: t.Dict[str, t.Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    plain["vlan"] = Vlan(**values["vlan"]) if values["vlan"] else None
    return Bridge(**plain)


def from_option(params: t.Mapping[str, t.Any]) -> Bridge:
    """One element of the option ``bridges``, normalised.

    :raises InvalidOption: a value has no meaning; ``where`` is the option within the element.
    """
    name = params["name"]
    if not _NAME.match(name):
        raise InvalidOption(
            f"'{name}' is no name for a network device",
            where="name",
            remedy="Use at most 15 letters, digits, dots, hyphens and underscores, with a letter first",
        )
    vlan = Vlan(**params["vlan"]) if params["vlan"] else None
    if vlan and not 1 <= vlan.id <= 4094:
        raise InvalidOption(f"{vlan.id} is no VLAN", where="vlan.id", remedy="VLANs are numbered 1 to 4094")
    if params["mtu"] is not None and not 576 <= params["mtu"] <= 65535:
        raise InvalidOption(f"{params['mtu']} is no MTU", where="mtu", remedy="Give 576 to 65535 bytes")
    bridge = Bridge(
        name=name,
        ports=tuple(params["ports"]),
        vlan=vlan,
        dhcp4=params["dhcp4"],
        addresses=tuple(_each("addresses", params["addresses"], _parse_interface)),
        gateway=_at("gateway", parse_address, params["gateway"]) if params["gateway"] else None,
        nameservers=tuple(_each("nameservers", params["nameservers"], parse_address)),
        mtu=params["mtu"],
        stp=params["stp"],
        mac=_at("mac", parse_mac, params["mac"]) if params["mac"] else None,
    )
    _check_gateway(bridge)
    return bridge


def check_together(bridges: t.Iterable[Bridge]) -> None:
    """What bridges may not share: names, ports, VLANs and addresses. :raises InvalidOption: two of them do."""
    owners: t.Dict[str, t.Tuple[str, str]] = {}
    names: t.Set[str] = set()
    for bridge in bridges:
        where = f"bridges[{bridge.name}]"
        if bridge.name in names:
            raise InvalidOption("there are two bridges of this name", where=where, remedy="Give each its own name")
        names.add(bridge.name)
        claims = [("ports", port) for port in bridge.ports]
        claims += [("vlan", bridge.vlan.device)] if bridge.vlan else []
        claims += [("addresses", address.partition("/")[0]) for address in bridge.addresses]
        for option, thing in claims:
            if thing in owners:
                owner, option_there = owners[thing]
                raise InvalidOption(
                    f"{thing} is used by {option_there} of '{owner}' already",
                    where=f"{where}.{option}",
                    remedy="A port, a VLAN of a device and an address belong to one bridge",
                )
            owners[thing] = (bridge.name, option)


def _check_gateway(bridge: Bridge) -> None:
    if bridge.gateway and not bridge.behind:
        raise InvalidOption(
            f"{bridge.gateway} is in none of the networks of addresses",
            where="gateway",
            remedy="Give the bridge an address of the gateway's network, with the right prefix length",
        )


def _parse_interface(value: str) -> str:
    try:
        interface = ipaddress.ip_interface(value if "/" in value else "no prefix length")
    except ValueError as exc:
        raise InvalidOption(
            f"'{value}' is not an address with a prefix length",
            remedy="Write it such as 10.77.0.10/24 or fd00:77::10/64",
        ) from exc
    network = interface.network
    if interface.ip == network.network_address and network.prefixlen < network.max_prefixlen - 1:
        raise InvalidOption(
            f"{value} is the network, not an address in it", remedy="Write the host's own address in it"
        )
    return str(interface)


def _at(where: str, parse: t.Callable[[str], str], value: str) -> str:
    try:
        return parse(value)
    except InvalidOption as exc:
        raise exc.below(where) from exc


def _each(option: str, values: t.Sequence[str], parse: t.Callable[[str], str]) -> t.Iterator[str]:
    for position, value in enumerate(values):
        yield _at(f"{option}[{position}]", parse, value)
