# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind's table knows of places in libvirt's XML: what identifies elements that may stand more than once beside
each other, and of what type a value is. Pure.

An identity is declared once: as the ``identity`` of a list in its kind's table. What no table has is in ``FURTHER``.
"""

from __future__ import annotations

import functools
import typing as t

from ..deps import Element
from ..errors import FleetError
from . import path as xmlpath
from . import secrets
from .quantities import AttributeSizeType
from .table import Item, Items, Table, match
from .types import Type, ValuesType

#: Places below an element whose texts, together, are its identity.
Identity = t.Tuple[str, ...]
Several = t.Tuple[Identity, ...]
#: Whether two texts say the same, for a type if there is one.
Same = t.Callable[[str, str, t.Optional[Type]], bool]
#: What an element is known by: words to call it by, and what writes that into another element.
Name = t.Tuple[t.List[str], t.Callable[[Element], None]]


class Identities:
    """Those of a kind: of the elements in documents with the root ``tag`` that ``table`` is about."""

    def __init__(self, tag: str, table: Table) -> None:
        self._lists: t.Dict[str, t.List[Items]] = {}
        self._places: t.Dict[str, Several] = {}
        self._by_path: t.Set[str] = set()
        self._types: t.Dict[t.Tuple[str, t.Optional[str]], Type] = {}
        self._learn([tag], table)

    def can_repeat(self, parent: Element, tag: str) -> bool:
        """Whether there may be several elements ``tag`` below ``parent``."""
        place = f"{parent.tag}/{tag}"
        return place in self._lists or self._further(place, tag, parent) is not None

    def find(
        self, parent: Element, child: Element, free: t.Sequence[Element], same: Same
    ) -> t.Tuple[bool, t.Optional[Element]]:
        """Whether ``child`` says which one below ``parent`` it is, and which of ``free`` that is (``None``: none)."""
        place = f"{parent.tag}/{child.tag}"
        for entry in self._lists.get(place, ()):
            said = _stated(entry, child)
            if said:
                (index,) = match(entry, [said], [Item(entry, one) for one in free])
                return True, None if index is None else free[index]
        for identity in self._further(place, child.tag, parent) or ():
            stated = _texts(child, identity)
            if stated:
                return True, next((one for one in free if _agrees(one, stated, same)), None)
        if place in self._by_path:  # as many as options know; without saying which, the first is meant
            return True, next(iter(free), None)
        return False, None

    def name(self, element: Element) -> t.Optional[Name]:
        """What distinguishes an element from its siblings, as far as it says; ``None``: nothing."""
        parent = element.getparent()
        place = f"{'' if parent is None else parent.tag}/{element.tag}"
        for entry in self._lists.get(place, ()):
            said = _stated(entry, element)
            strongest = next(filter(None, ([one for one in options if one in said] for options in entry.identity)), [])
            if strongest:
                words = [_word(entry.by_option[option].show(said[option])) for option in strongest]
                write = functools.partial(_write, entry, {option: said[option] for option in strongest})
                return list(filter(None, words)), write
        for identity in self._further(place, element.tag, parent) or ():
            stated = _texts(element, identity)
            if stated:
                words = [secrets.shown(element, at.lstrip("@"), text) or "" for at, text in stated.items()]
                return words, functools.partial(_set, stated)
        return None

    def type_at(self, element: Element, attribute: t.Optional[str]) -> t.Optional[Type]:
        """The type of an attribute of ``element``, or of its text; ``None``: no table has one, or the element does not
        stand in a whole document."""
        above = [one.tag for one in element.iterancestors()]
        place = ("/".join([*reversed(above), element.tag]), attribute)
        return self._types.get(place) or FURTHER_TYPES.get((element.tag, attribute))

    def strength(self, parent: Element, child: Element) -> int:
        """How certainly ``child`` says which one below ``parent`` it is: 0 is the most."""
        place = f"{parent.tag}/{child.tag}"
        for entry in self._lists.get(place, ()):
            said = _stated(entry, child)
            for number, options in enumerate(entry.identity):
                if any(option in said for option in options):
                    return number
        return 0 if any(_texts(child, one) for one in self._further(place, child.tag, parent) or ()) else 9

    def _further(self, place: str, tag: str, parent: t.Optional[Element]) -> t.Optional[Several]:
        if tag == "source" and parent is not None and parent.get("type") == "udp":  # what it sends to, and listens on
            return (("@mode",),)
        return self._places.get(place, FURTHER.get(place, FURTHER.get(tag)))

    def _learn(self, above: t.Sequence[str], table: Table) -> None:
        for entry in table:
            steps, attribute = xmlpath.split(entry.path)
            tags = [*above, *(step[0] for step in steps)]
            for parent, (name, key, _value) in zip(tags[len(above) - 1 :], steps):
                if key is not None:  # an element that a path identifies
                    self._places[f"{parent}/{name}"] = (("@" + key,),)
                    self._by_path.add(f"{parent}/{name}")
            if isinstance(entry, Items):
                self._lists.setdefault("/".join(tags[-2:]), []).append(entry)
                self._learn(tags, entry.members)
            else:
                self._types.setdefault(("/".join(tags), attribute), entry.type)
                if isinstance(entry.type, ValuesType):
                    self._places["/".join(tags[-2:])] = (("@" + attribute,),) if attribute else ()


@functools.cache
def of(tag: str, table: Table) -> Identities:
    """Those of the kind whose documents have the root ``tag``, made once."""
    return Identities(tag, table)


def _stated(entry: Items, element: Element) -> t.Dict[str, t.Any]:
    """What an element states of its identity; nothing where that cannot be read, which the schema check reports later.

    What an option means where nothing is stated is no part of it: an element may be stated in part.
    """
    members = [entry.by_option[option] for options in entry.identity for option in options]
    try:
        values = {member.option: member.read(element) for member in members}
    except (ValueError, TypeError, KeyError, FleetError):
        return {}
    said = {one.option: values[one.option] for one in members if values[one.option] not in (None, one.absent)}
    for option in entry.apart_by if said else ():
        value = entry.by_option[option].read(element)
        said.update({} if value is None else {option: value})
    return said


def _texts(element: Element, identity: Identity) -> t.Dict[str, str]:
    texts = {place: xmlpath.get_text(element, place) for place in identity}
    return {place: text for place, text in texts.items() if text is not None}


def _agrees(element: Element, stated: t.Mapping[str, str], same: Same) -> bool:
    return all(
        same(xmlpath.get_text(element, place) or "", text, FURTHER_TYPES.get((element.tag, place.lstrip("@"))))
        for place, text in stated.items()
    )


def _write(entry: Items, values: t.Mapping[str, t.Any], element: Element) -> None:
    for option, value in values.items():
        entry.by_option[option].write(element, value)


def _word(value: t.Any) -> str:
    return " ".join(f"{name}={one}" for name, one in value.items()) if isinstance(value, dict) else str(value)


def _set(stated: t.Mapping[str, str], element: Element) -> None:
    for place, text in stated.items():
        xmlpath.set_text(element, place, text)


def _release(text: str) -> t.Tuple[int, int]:
    """The version of a USB device, of which libvirt writes two digits behind the point: 9.4 is 9.40."""
    major, _dot, minor = text.partition(".")
    return int(major), int(minor.ljust(2, "0"))


#: Types of values that no table has, by element and attribute.
FURTHER_TYPES: t.Mapping[t.Tuple[str, t.Optional[str]], Type] = {
    ("usbdev", "version"): Type({"type": "str"}, load=_release),
    **{place: AttributeSizeType({"type": "str"}) for place in (("bandwidth", "value"), ("line", "value"))},
}

_NAME: Several = (("@name",),)
_VALUE: Several = (("@value",),)
_CAPABILITY: Several = (("@capability",),)
_PLACE = ("domain", "bus", "slot", "function", "device", "uuid", "target", "unit")
_ADDRESS: Several = (("@address",),)
_ROUTE: Several = (("@address", "@prefix"),)
_BETWEEN: Several = (("@initiator", "@target", "@cache", "@type"),)

#: Further elements that may stand more than once beside each other, and what identifies them, the strongest first:
#: those of a name, or of a name below a parent. Without any identity one is known by all that it says.
#: (https://libvirt.org/formatdomain.html, formatnetwork.html, formatstorage.html)
FURTHER: t.Dict[str, Several] = {
    # domain
    "vcpus/vcpu": (("@id",),),
    "disk": (("source/@file",), ("source/@dev",), ("source/@name",)),  # where the type is not stated
    "interface": (("target/@dev",),),
    "hostdev": (
        ("source/adapter/@name", *("source/address/@" + part for part in _PLACE)),
        ("source/vendor/@id", "source/product/@id"),
    ),
    **dict.fromkeys(("interface/ip", "source/ip", "hostdev/ip"), _ADDRESS),
    **dict.fromkeys(("interface/route", "source/route", "hostdev/route"), _ROUTE),
    "queue": (("@id",),),
    "iothreads/iothread": (("@id",),),  # of a disk, from libvirt 10 on
    "tpm": (("@model",),),
    xmlpath.qualified("qemu:arg"): _VALUE,
    xmlpath.qualified("qemu:env"): _NAME,
    xmlpath.qualified("qemu:add"): _CAPABILITY,
    xmlpath.qualified("qemu:del"): _CAPABILITY,
    xmlpath.qualified("qemu:device"): (("@alias",),),
    xmlpath.qualified("qemu:property"): _NAME,
    "os/initarg": (),
    "initenv": _NAME,
    "monitor": (("@level", "@vcpus"),),
    "cpu/pages": (("@size",),),
    "interconnects/latency": _BETWEEN,
    "interconnects/bandwidth": _BETWEEN,
    "lease": (("lockspace", "key"),),
    "usbdev": (("@class", "@vendor", "@product", "@version"),),
    "cookie": _NAME,
    "throttlegroup": (("group_name",),),
    "throttlefilter": (("@group",),),
    # network
    "pf": (("@dev",),),
    # pool
    "source/name": (),
}
