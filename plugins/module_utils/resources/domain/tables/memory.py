# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's memory: how much. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ....diff import LIVE
from ....xml.table import Prop
from ....xml.types import SizeType, size


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


TABLE = (
    Prop("memory_max", "memory", _MemoryMax(**dataclasses.asdict(size()))),
    Prop("memory", "currentMemory", _MemoryNow(**dataclasses.asdict(size())), LIVE),
)
