# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a network reaches the outside: its modes, and the properties of ``<forward>``. Pure.

https://libvirt.org/formatnetwork.html#connectivity
"""

# pylint: disable=redundant-keyword-arg  # it does not see what a dataclass inherits

from __future__ import annotations

import dataclasses
import typing as t

from ...deps import Element
from ...diff import LIVE
from ...errors import InvalidOption
from ...xml import path as xmlpath
from ...xml.pci import PCI_LIST
from ...xml.table import Items, Prop
from ...xml.types import ADDRESS, FLAG, STR, TEXT, YES_NO, Type, choice, number

ISOLATED = "isolated"


class Mode(t.NamedTuple):
    """What sets one mode apart. ``parts`` are the options of ``forward`` that it has.

    ``own_bridge``: libvirt makes a bridge, with the addresses, the DNS server and all that the host has in it.
    ``needs_ips``: it is about addresses. ``needs_device``: guests are on devices of the host.
    """

    parts: t.Tuple[str, ...] = ()
    own_bridge: bool = False
    needs_ips: bool = False
    needs_device: bool = False


_MACVTAP = Mode(("interfaces", "pf"), needs_device=True)

MODES: t.Dict[str, Mode] = {
    ISOLATED: Mode(own_bridge=True),
    "nat": Mode(("dev", "nat"), own_bridge=True, needs_ips=True),
    "route": Mode(("dev",), own_bridge=True, needs_ips=True),
    "open": Mode(own_bridge=True, needs_ips=True),
    "bridge": _MACVTAP,  # or, instead of a device, on a bridge of the host
    "private": _MACVTAP,
    "vepa": _MACVTAP,
    "passthrough": _MACVTAP,
    "hostdev": Mode(("interfaces", "pf", "addresses", "managed", "driver"), needs_device=True),
}

#: Where the options of ``forward`` are. libvirt repeats the first interface as the attribute.
PLACES = {
    "dev": ("@dev", "interface"),
    "interfaces": ("@dev", "interface"),
    "pf": ("pf",),
    "addresses": ("address",),
    "managed": ("@managed",),
    "driver": ("driver",),
    "nat": ("nat",),
}


def _of_other_modes(mode: str) -> t.List[str]:
    """What another mode had and this one cannot have: libvirt refuses it."""
    kept = {place for part in MODES[mode].parts for place in PLACES[part]}
    gone = {"forward/" + place for places in PLACES.values() for place in places if place not in kept}
    if not MODES[mode].own_bridge:  # nobody declared these: libvirt writes them where it makes a bridge
        gone |= {"bridge/@stp", "bridge/@delay", "mac"} | ({"bridge"} if mode != "bridge" else set())
    return sorted(gone)


def _by_device(network: Element) -> bool:
    """Whether the device is the one option ``dev``, and not a list of interfaces."""
    forward = network.find("forward")
    return forward is not None and "dev" in MODES.get(forward.get("mode", "nat"), MODES["nat"]).parts


def align(root: Element) -> None:
    """A device is said as an attribute, interfaces as elements: libvirt writes both and refuses a contradiction."""
    forward = root.find("forward")
    if forward is None:
        return
    if not _by_device(root):
        forward.attrib.pop("dev", None)
        return
    for interface in forward.findall("interface"):
        if interface.get("dev") != forward.get("dev"):
            forward.remove(interface)


@dataclasses.dataclass(frozen=True)
class _RangeType(Type):
    """Two ends in one element, or nothing: ``{start: …, end: …}`` of an ``end`` each."""

    end: Type = STR

    def read(self, root: Element, path: str) -> t.Any:
        texts = [xmlpath.get_text(root, f"{path}/@{name}") for name in ("start", "end")]
        return None if None in texts else tuple(self.end.load(t.cast(str, text)) for text in texts)

    def write(self, root: Element, path: str, value: t.Any) -> None:
        for name, one in zip(("start", "end"), value):
            xmlpath.set_text(root, f"{path}/@{name}", self.end.dump(one))


def _range_of(end: Type, whole: t.Any) -> _RangeType:
    """That both ends are there, and in which order, rules say."""

    def parse(given: t.Mapping[str, t.Any]) -> t.Any:
        ends = [given.get(name) for name in ("start", "end")]
        return whole if ends == [None, None] else tuple(None if one is None else end.parse(one) for one in ends)

    return _RangeType(
        {"type": "dict", "options": {"start": dict(end.spec), "end": dict(end.spec)}},
        parse=parse,
        show=lambda value: dict(zip(("start", "end"), value)) or None,
        quiet=whole,
        end=end,
    )


def _parse_ipv4(value: t.Any) -> str:
    address = ADDRESS.parse(value)
    if ":" in address:
        raise InvalidOption(
            "libvirt translates to ranges of IPv4 addresses only", remedy="ipv6 translates to the host's own address"
        )
    return str(address)


_ADDRESSES = _range_of(Type(ADDRESS.spec, parse=_parse_ipv4, load=ADDRESS.load), ())
#: What libvirt writes where nothing is said.
_ALL_PORTS = (1024, 65535)
_PORTS = _range_of(number(1, 65535), _ALL_PORTS)


INTERFACES = Items(
    "forward.interfaces",
    "forward/interface",
    (Prop("dev", "@dev", STR, LIVE, required=True),),
    identity=(("dev",),),
    apply=LIVE,
    select=lambda element: not _by_device(xmlpath.around(xmlpath.around(element))),
)

FORWARD = (
    Prop(
        "forward.mode",
        "forward/@mode",
        choice(*MODES),
        absent=ISOLATED,
        drop="forward",
        clears=_of_other_modes,
    ),
    Prop("forward.dev", "forward/@dev", TEXT, absent="", when=_by_device),
    INTERFACES,
    Prop("forward.pf", "forward/pf/@dev", STR),
    Prop("forward.addresses", "forward/address", PCI_LIST),
    Prop("forward.managed", "forward/@managed", FLAG, absent=False),
    Prop("forward.driver", "forward/driver/@name", choice("vfio", "kvm")),
    Prop("forward.nat.ipv6", "forward/nat/@ipv6", YES_NO, absent=False),
    Prop("forward.nat.address", "forward/nat/address", _ADDRESSES, absent=()),
    Prop("forward.nat.port", "forward/nat/port", _PORTS, absent=_ALL_PORTS),
)
