# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's memory: how much, and what of the host's it is made of. Pure."""

from __future__ import annotations

from ....deps import Element
from ....diff import LIVE
from ....xml.quantities import MEMORY, SET, SIZE_ATTRIBUTE
from ....xml.table import Items, Prop
from ....xml.types import ON_OFF, PRESENCE, choice, number, quiet, size

#: Whether other processes of the host see what the guest writes to its memory.
ACCESS = choice("private", "shared")


def _keep_below(root: Element, ceiling: int) -> None:
    """What the guest has now never stays above the ceiling."""
    if (_SIZE.read(root, "currentMemory") or 0) > ceiling:
        _SIZE.write(root, "currentMemory", ceiling)


_SIZE = size()

#: Said where it is so.
_MARK = quiet(PRESENCE, False)

TABLE = (
    Prop("memory_max", "memory", MEMORY, first=_keep_below),
    Prop("memory", "currentMemory", MEMORY, LIVE, fallback="memory"),
    Prop("memory_dump_core", "memory/@dumpCore", ON_OFF),
    Prop("memory_hotplug.max", "maxMemory", size()),
    Prop("memory_hotplug.slots", "maxMemory/@slots", number(1)),
    Prop("memory_backing.hugepages", "memoryBacking/hugepages", _MARK),
    Items(
        "memory_backing.pages",
        "memoryBacking/hugepages/page",
        (Prop("size", "@size", SIZE_ATTRIBUTE, required=True), Prop("nodeset", "@nodeset", SET)),
        identity=(("nodeset",), ("size",)),
    ),
    Prop("memory_backing.nosharepages", "memoryBacking/nosharepages", _MARK),
    Prop("memory_backing.locked", "memoryBacking/locked", _MARK),
    Prop("memory_backing.source", "memoryBacking/source/@type", choice("anonymous", "file", "memfd")),
    Prop("memory_backing.access", "memoryBacking/access/@mode", ACCESS),
    Prop("memory_backing.allocation", "memoryBacking/allocation/@mode", choice("immediate", "ondemand")),
    Prop("memory_backing.allocation_threads", "memoryBacking/allocation/@threads", number(1)),
    Prop("memory_backing.discard", "memoryBacking/discard", _MARK),
)
