# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PCI addresses: ``0000:04:10.1`` for the user, four attributes in libvirt's XML. Pure."""

from __future__ import annotations

import re
import typing as t

from ..deps import Element
from ..errors import InvalidOption
from . import path as xmlpath
from .types import Type, ValuesType

_PCI = re.compile(r"^(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$")
_PARTS = ("domain", "bus", "slot", "function")


def parse_pci(value: t.Any) -> str:
    """``4:0.1`` as ``0000:04:00.1``. :raises InvalidOption: it is no PCI address."""
    match = _PCI.match(str(value).strip().lower())
    if match is None or int(match.group(3), 16) > 0x1F:
        raise InvalidOption(f"'{value}' is not a PCI address", remedy="Write it as lspci -D does, such as 0000:04:10.1")
    return _text(int(part or "0", 16) for part in match.groups())


def _text(parts: t.Iterable[int]) -> str:
    domain, bus, slot, function = parts
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function}"


def _load(element: Element) -> str:
    return _text(int(element.get(part, "0"), 0) for part in _PARTS)


def _write(element: Element, address: str) -> None:
    for part, digits in zip(_PARTS, re.split("[:.]", address)):
        element.set(part, "0x" + digits)


class _PciType(Type):
    """One address: the attributes of the element at the path."""

    def read(self, root: Element, path: str) -> t.Optional[str]:
        element = xmlpath.find(root, xmlpath.split(path)[0])
        return None if element is None or element.get("bus") is None else _load(element)

    def write(self, root: Element, path: str, value: str) -> None:
        _write(xmlpath.make(root, xmlpath.split(path)[0]), value)


class _PciListType(ValuesType):
    """A complete list of addresses, each an element with ``type`` and the four attributes."""

    def read(self, root: Element, path: str) -> t.List[str]:
        return [_load(element) for element in xmlpath.find_all(root, path)]

    def write(self, root: Element, path: str, value: t.List[str]) -> None:
        for element in xmlpath.find_all(root, path):
            xmlpath.detach(element)
        for address in value:
            new = xmlpath.element(xmlpath.split(path)[0][-1][0])
            new.set("type", "pci")
            _write(new, address)
            xmlpath.append(root, path, new)


PCI = _PciType({"type": "str"}, parse=parse_pci)
PCI_LIST = _PciListType(
    {"type": "list", "elements": "str"}, parse=lambda given: [parse_pci(value) for value in given], quiet=[]
)
