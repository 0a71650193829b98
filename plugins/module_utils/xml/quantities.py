# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of properties that are quantities: sizes in attributes, limits, sets of CPUs. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .. import units
from ..deps import Element
from ..errors import InvalidOption
from . import path as xmlpath
from .types import SizeType, Type, size

#: No limit, in the compared form of :data:`SIZE_OR_UNLIMITED`.
UNLIMITED = -1


@dataclasses.dataclass(frozen=True)
class AttributeSizeType(Type):
    """Bytes in an attribute, whose unit is in the attribute ``unit`` of the same element; without one it is KiB."""

    def read(self, root: Element, path: str) -> t.Optional[int]:
        steps, attribute = xmlpath.split(path)
        element = xmlpath.find(root, steps)
        if element is None or attribute is None:
            return None
        text = element.get(attribute)
        return None if text is None else units.parse_size(text, element.get("unit", "KiB"))

    def write(self, root: Element, path: str, value: int) -> None:
        whole = value % 1024 == 0
        element = xmlpath.set_text(root, path, str(value // 1024 if whole else value))
        if element is not None:
            element.set("unit", "KiB" if whole else "B")


def _parse_limit(value: t.Any) -> int:
    return UNLIMITED if str(value).strip().lower() == "unlimited" else int(size().parse(value))


#: A size or ``unlimited``, which XML says by saying nothing; to go with ``absent=UNLIMITED``.
SIZE_OR_UNLIMITED = SizeType(
    {"type": "str"},
    parse=_parse_limit,
    show=lambda value: "unlimited" if value == UNLIMITED else units.format_size(value),
    quiet=UNLIMITED,
)
#: A size in an attribute.
SIZE_ATTRIBUTE = AttributeSizeType({"type": "str"}, parse=size().parse, show=units.format_size)
#: A size in an attribute, to the byte.
BYTES_ATTRIBUTE = AttributeSizeType({"type": "str"}, parse=units.parse_size, show=units.format_size)


def _parse_memory(value: t.Any) -> int:
    parsed = int(size().parse(value))
    if 0 < parsed < 2**20:
        bare = str(value).strip().isdigit()
        raise InvalidOption(
            f"{value}{' bytes' if bare else ''} of memory are too little for any guest",
            remedy=f"Write the unit: {str(value).strip()}MiB" if bare else "Declare at least 1MiB",
        )
    return parsed


#: What a guest has, in an element. A number without a unit is nearly always meant to be MiB.
MEMORY = dataclasses.replace(size(), parse=_parse_memory)


_RANGE = re.compile(r"^(\^?)(\d+)(?:-(\d+))?$", re.ASCII)


def members(text: str) -> t.List[int]:
    """The numbers in a set as libvirt writes it: ``0-3,^2`` is 0, 1 and 3.

    :raises InvalidOption: it is no such set, or empty.
    """
    found: t.Set[int] = set()
    for part in str(text).replace(" ", "").split(","):
        match = _RANGE.match(part)
        first, last = (int(match.group(2)), int(match.group(3) or match.group(2))) if match else (1, 0)
        if match is None or last < first or last > 16383:
            raise InvalidOption(f"'{text}' is not a set of numbers", remedy="Write it such as 0-3,^2 or 1,5")
        chosen = set(range(first, last + 1))
        found = found - chosen if match.group(1) else found | chosen
    if not found:
        raise InvalidOption(f"'{text}' is an empty set", remedy="Write it such as 0-3,^2 or 1,5")
    return sorted(found)


def _canonical(text: t.Any) -> str:
    """A set in libvirt's own spelling: ``0-1,3``."""
    ranges: t.List[t.List[int]] = []
    for one in members(text):
        if ranges and ranges[-1][1] == one - 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


#: A set of CPUs, nodes or the like, such as ``0-3,^2``.
SET = Type({"type": "str"}, parse=_canonical, load=_canonical)


def _parse_hex(value: t.Any) -> str:
    try:
        return f"0x{int(str(value), 0):04x}"
    except ValueError as exc:
        raise InvalidOption(f"'{value}' is not a number", remedy="Write it such as 0x0003") from exc


#: A number that is a set of bits, written in any base.
BITS = Type({"type": "str"}, parse=_parse_hex, load=_parse_hex)
