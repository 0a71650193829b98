# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bridge of the host is, and how its options are read. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ..errors import InvalidOption, Mistakes
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

    def options(self) -> t.Dict[str, t.Any]:
        """What is said of it, as options."""
        unsaid = (None, False, (), self.name, self.client_id)
        said = {option: value for option, value in self.recorded().items() if value not in unsaid}
        return {option: list(value) if isinstance(value, tuple) else value for option, value in said.items()}


def from_record(values: t.Mapping[str, t.Any]) -> Bridge:
    """The bridge whose ``recorded()`` went through JSON."""
    plain: t.Dict[str, t.Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    plain["vlan"] = Vlan(**values["vlan"]) if values["vlan"] else None
    return Bridge(**plain)


def from_option(params: t.Mapping[str, t.Any]) -> Bridge:
    """One element of the option ``bridges``, normalised.

    :raises InvalidOption: values have no meaning; ``where`` is the option within the element.
    """
    mistakes = Mistakes()

    def parsed(option: str, parse: t.Callable[[str], str], values: t.Sequence[str]) -> t.Tuple[str, ...]:
        texts = []
        for position, value in enumerate(values):
            with mistakes:
                try:
                    texts.append(parse(value))
                except InvalidOption as exc:
                    raise exc.below(option.format(position)) from exc
        return tuple(texts)

    def one(option: str, parse: t.Callable[[str], str]) -> t.Optional[str]:
        return next(iter(parsed(option, parse, [params[option]] if params[option] else [])), None)

    bridge = Bridge(
        name=params["name"],
        ports=tuple(params["ports"]),
        vlan=Vlan(**params["vlan"]) if params["vlan"] else None,
        dhcp4=params["dhcp4"],
        addresses=parsed("addresses[{0}]", _parse_interface, params["addresses"]),
        gateway=one("gateway", parse_address),
        nameservers=parsed("nameservers[{0}]", parse_address, params["nameservers"]),
        mtu=params["mtu"],
        stp=params["stp"],
        mac=one("mac", parse_mac),
    )
    mistakes.raise_all()
    return bridge


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
