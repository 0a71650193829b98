# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's memory: how much, and what of the host's it is made of. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ....diff import LIVE
from ....xml.quantities import SET, SIZE_ATTRIBUTE
from ....xml.table import Items, Prop
from ....xml.types import ON_OFF, PRESENCE, SizeType, choice, number, quiet, size


class _MemoryNow(SizeType):
    """What the guest has now: all of its memory where nothing else is said."""

    def read(self, root: t.Any, path: str) -> t.Optional[int]:
        now = super().read(root, path)
        return super().read(root, "memory") if now is None else now


class _MemoryMax(SizeType):
    """The ceiling. What the guest has now never stays above it."""

    def write(self, root: t.Any, path: str, value: int) -> None:
        super().write(root, path, value)
        if (super().read(root, "currentMemory") or 0) > value:
            super().write(root, "currentMemory", value)


#: Said where it is so.
_MARK = quiet(PRESENCE, False)

TABLE = (
    Prop("memory_max", "memory", _MemoryMax(**dataclasses.asdict(size()))),
    Prop("memory", "currentMemory", _MemoryNow(**dataclasses.asdict(size())), LIVE),
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
    Prop("memory_backing.access", "memoryBacking/access/@mode", choice("private", "shared")),
    Prop("memory_backing.allocation", "memoryBacking/allocation/@mode", choice("immediate", "ondemand")),
    Prop("memory_backing.allocation_threads", "memoryBacking/allocation/@threads", number(1)),
    Prop("memory_backing.discard", "memoryBacking/discard", _MARK),
)
