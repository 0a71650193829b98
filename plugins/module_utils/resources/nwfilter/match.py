# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of a filter can look at: libvirt's attributes by protocol, and how their values compare. Pure.

(https://libvirt.org/formatnwfilter.html#supported-protocols)
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t

from ... import units
from ...deps import Element
from ...errors import InvalidOption
from ...xml.types import Type

ANY = "any"

#: A variable that libvirt fills in for each interface.
_VARIABLE = re.compile(r"\$\s*([A-Za-z0-9_]+)(\[\s*@?[0-9]+\s*\])?\s*")


#: The largest numbers; of all others it is 65535.
_LARGEST = {
    **dict.fromkeys(("type", "typeend", "code", "codeend", "flags", "option"), 255),
    **dict.fromkeys(("root-cost", "root-cost-hi"), 2**32 - 1),
    "dscp": 63,
    "vlanid": 4095,
}


def _number(text: str, largest: int = 65535) -> str:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= largest:
        raise InvalidOption(
            f"'{text}' is not a number from 0 to {largest}",
            remedy="Write it decimal, or hexadecimal with 0x",
        )
    return str(number)


def _named(names: t.Mapping[str, int], as_hex: bool = False) -> t.Callable[[str], str]:
    """Numbers that libvirt has names for."""
    by_number = {str(number): name for name, number in names.items()}
    by_lower = {name.lower(): name for name in names}

    def canonical(text: str) -> str:
        if text.lower() in by_lower:
            return by_lower[text.lower()]
        number = _number(text)
        return by_number.get(number) or (hex(int(number)) if as_hex else number)

    return canonical


def _flags(*known: str) -> t.Callable[[str], str]:
    """A list of words, in libvirt's order."""

    def canonical(text: str) -> str:
        words = {word.strip().upper() for word in text.split(",")}
        if not words <= set(known):
            raise InvalidOption(
                f"'{', '.join(sorted(words - set(known)))}' is not one of these",
                remedy=f"Use some of {', '.join(known)}",
            )
        return ",".join(word for word in known if word in words)

    return canonical


_TCP_FLAGS = _flags("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ALL", "NONE")


def _tcp_or_stp_flags(text: str) -> str:
    """Of TCP the flags to look at and those that have to be set; of STP a number."""
    if "/" not in text:
        return _number(text, _LARGEST["flags"])
    looked_at, _slash, are_set = text.partition("/")
    return f"{_TCP_FLAGS(looked_at)}/{_TCP_FLAGS(are_set)}"


def _mask(text: str) -> str:
    """A prefix length, as libvirt shows every mask that it is given."""
    if text.isdigit():
        return str(int(text))
    try:
        bits = int(ipaddress.ip_address(text))
    except ValueError:
        raise InvalidOption(f"'{text}' is not a mask", remedy="Write a prefix length, such as 24") from None
    width = 128 if ":" in text else 32
    length = bin(bits).count("1")
    if bits != (1 << width) - (1 << (width - length)):
        raise InvalidOption(f"'{text}' is not a mask", remedy="Write a prefix length, such as 24")
    return str(length)


def _yes(text: str) -> str:
    words = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
    if text.lower() not in words:
        raise InvalidOption(f"'{text}' is neither true nor false", remedy="Use one of them")
    return words[text.lower()]


def _mac(text: str) -> str:
    """Also one of many stations, or a mask."""
    if not re.fullmatch("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}", text):
        raise InvalidOption(f"'{text}' is not a MAC address", remedy="Write six bytes: 52:54:00:77:00:05")
    return ":".join(f"{int(part, 16):02x}" for part in text.split(":"))


_ETHER_TYPES = _named({"ipv4": 0x800, "arp": 0x806, "rarp": 0x8035, "vlan": 0x8100, "ipv6": 0x86DD}, as_hex=True)
_IP_PROTOCOLS = _named(
    {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132, "udplite": 136}
)
_OPCODES = _named(
    dict(
        zip(
            ("Request", "Reply", "Request_Reverse", "Reply_Reverse", "DRARP_Request", "DRARP_Reply", "DRARP_Error"),
            range(1, 8),
        ),
        InARP_Request=8,
        ARP_NAK=9,
    )
)

_MACS = ("srcmacaddr", "srcmacmask", "dstmacaddr", "dstmacmask")
_IPS = ("srcipaddr", "srcipmask", "dstipaddr", "dstipmask")
_RANGES = ("srcipfrom", "srcipto", "dstipfrom", "dstipto")
_PORTS = ("srcportstart", "srcportend", "dstportstart", "dstportend")
_CONNECTION = ("dscp", "connlimit-above", "state", "ipset", "ipsetflags")
_ARP = (
    *("hwtype", "protocoltype", "opcode", "arpsrcmacaddr", "arpdstmacaddr"),
    *("arpsrcipaddr", "arpsrcipmask", "arpdstipaddr", "arpdstipmask", "gratuitous"),
)
_STP_RANGES = (
    *("root-priority", "root-cost", "sender-priority", "port", "age", "max-age"),
    *("hello-time", "forward-delay"),
)
_L3 = ("srcmacaddr", *_IPS, *_RANGES, *_CONNECTION)

#: The attributes of each protocol, by the name of its element.
PROTOCOLS: t.Dict[str, t.Tuple[str, ...]] = {
    ANY: (),
    "mac": (*_MACS, "protocolid"),
    "vlan": (*_MACS, "vlanid", "encap-protocol"),
    "stp": (
        *("srcmacaddr", "srcmacmask", "type", "flags", "root-address", "root-address-mask"),
        *("sender-address", "sender-address-mask"),
        *(name for one in _STP_RANGES for name in (one, one + "-hi")),
    ),
    "arp": (*_MACS, *_ARP),
    "rarp": (*_MACS, *_ARP),
    "ip": (*_MACS, *_IPS, *_PORTS, "protocol", "dscp"),
    "ipv6": (*_MACS, *_IPS, *_PORTS, "protocol", "type", "typeend", "code", "codeend"),
}
for _version in ("", "-ipv6"):
    PROTOCOLS["tcp" + _version] = (*_L3, *_PORTS, "option", "flags")
    for _name in ("udp", "sctp"):
        PROTOCOLS[_name + _version] = (*_L3, *_PORTS)
    for _name in ("udplite", "esp", "ah", "all"):
        PROTOCOLS[_name + _version] = _L3
PROTOCOLS.update({"icmp": (*_L3, "type", "code"), "icmpv6": (*_L3, "type", "code"), "igmp": _L3})

_CANONICAL: t.Dict[str, t.Callable[[str], str]] = {
    "protocolid": _ETHER_TYPES,
    "encap-protocol": _ETHER_TYPES,
    "protocol": _IP_PROTOCOLS,
    "opcode": _OPCODES,
    "state": _flags("NEW", "ESTABLISHED", "RELATED", "INVALID", "NONE"),
    "flags": _tcp_or_stp_flags,
    "gratuitous": _yes,
    "ipset": str,
    "ipsetflags": str.lower,
}
for _names in PROTOCOLS.values():
    for _name in _names:
        if _name.endswith(("macaddr", "macmask", "-address", "-address-mask")):
            _CANONICAL[_name] = _mac
        elif _name.endswith("ipmask"):
            _CANONICAL[_name] = _mask
        elif _name.endswith(("ipaddr", "ipfrom", "ipto")):
            _CANONICAL[_name] = units.parse_address

Match = t.Dict[str, str]


def canonical(attribute: str, value: t.Any) -> str:
    """A value in the form in which it is compared and written: libvirt rewrites some.

    :raises InvalidOption: it has no meaning for the attribute.
    """
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    variable = _VARIABLE.fullmatch(text)
    if variable:
        which = re.sub(r"\s", "", variable.group(2) or "")
        return "$" + variable.group(1) + ("" if which == "[@0]" else which)  # the first iterator is the usual one
    if attribute in _CANONICAL:
        return _CANONICAL[attribute](text)
    return _number(text, _LARGEST.get(attribute, 65535))


def _parse(value: t.Mapping[str, t.Any]) -> Match:
    known = {name for names in PROTOCOLS.values() for name in names}
    parsed = {}
    for name, given in value.items():
        if name not in known:
            raise InvalidOption(
                f"no protocol has the attribute '{name}'",
                remedy="https://libvirt.org/formatnwfilter.html lists them",
            )
        try:
            parsed[name] = canonical(name, given)
        except InvalidOption as exc:
            raise exc.below(f"[{name}]") from None
    return parsed


def written(rule: Element) -> None:
    """Put what a rule looks at in libvirt's words; what has no meaning stays, for libvirt to refuse.

    So do addresses: libvirt writes the end of some IPv6 ones as an IPv4 address.
    """
    for element in rule.iterfind("*"):
        for name in set(element.attrib) - {"match", "comment"}:
            if name.endswith(("ipaddr", "ipfrom", "ipto")) and not element.attrib[name].startswith("$"):
                continue
            with contextlib.suppress(InvalidOption):
                element.set(name, canonical(name, element.attrib[name]))
    state = (rule.get("statematch") or "").lower()
    if state in ("0", "false"):
        rule.set("statematch", "false")
    elif state in ("1", "true"):
        del rule.attrib["statematch"]


class ProtocolType(Type):
    """The name of a rule's elements. All of them have the same; a rule about every frame has none."""

    def read(self, root: Element, path: str) -> str:
        return root[0].tag if len(root) else ANY

    def write(self, root: Element, path: str, value: str) -> None:
        del root[:]
        if value != ANY:
            root.append(root.makeelement(value))


class MatchType(Type):
    """The attributes that a frame has to have, or with ``path`` ``no`` must not have: each in an element of its own."""

    def read(self, root: Element, path: str) -> Match:
        found: Match = {}
        for element in root:
            if (element.get("match") == "no") == (path == "no"):
                texts = {name: text for name, text in element.attrib.items() if name not in ("match", "comment")}
                found.update({name: canonical(name, text) for name, text in texts.items()})
        return found

    def write(self, root: Element, path: str, value: Match) -> None:
        """Into a new rule; what is looked at identifies a rule, so it never changes."""
        if not value:
            return
        element = root[0]
        if path == "no":
            if element.attrib:
                element = root.makeelement(element.tag)
                root.append(element)
            element.set("match", "no")
        for name, text in value.items():
            element.set(name, text)


class CommentType(Type):
    """The comment of a rule, which stands in whichever of its elements."""

    def read(self, root: Element, path: str) -> str:
        return next(filter(None, (element.get("comment") for element in root)), "")

    def write(self, root: Element, path: str, value: str) -> None:
        for element in root:
            element.attrib.pop("comment", None)
        if value:
            root[0].set("comment", value)


MATCH = MatchType({"type": "dict", "default": {}}, parse=_parse)
