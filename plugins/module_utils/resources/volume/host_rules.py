# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a volume, its format and its pool. Pure."""

from __future__ import annotations

import typing as t

from ...rule import HOST, Rule, Values, Violation
from ..coming import on_host
from .location import PoolAfter
from .table import FORMAT_OPTIONS

#: Options for files only.
_FILES_ONLY = ("preallocation", "nocow", "permissions", "encryption")
#: The preallocations that a volume of each format can have.
_PREALLOCATIONS = {"raw": ("off", "falloc"), "qcow2": ("off", "metadata", "falloc")}


class InPool(t.Dict[str, t.Any]):
    """What is declared of a volume of ``pool``. ``format`` is the one that it has, or gets if it ``is_new``."""

    def __init__(self, declared: Values, pool: PoolAfter, image_format: str, is_new: bool) -> None:
        super().__init__(declared)
        self.pool, self.format, self.is_new = pool, image_format, is_new


def _of_qcow2(volume: InPool) -> t.List[Violation]:
    options = [entry.option for entry in FORMAT_OPTIONS if volume.format != "qcow2" and entry.option in volume]
    return [Violation(option, (volume.format, option)) for option in options]


def _preallocation(volume: InPool) -> t.List[Violation]:
    declared, allowed = volume.get("preallocation", "off"), _PREALLOCATIONS[volume.format]
    return [] if declared in allowed else [Violation("", (volume.format, declared, " or ".join(allowed)))]


def _of_files(volume: InPool) -> t.List[Violation]:
    options = [option for option in volume if option.partition(".")[0] in _FILES_ONLY]
    return [] if volume.pool.type.directory else [Violation(option, (volume.pool.name,)) for option in options]


def _new(broken: t.Callable[[InPool], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(lambda volume: volume.is_new and broken(volume), at, what, remedy, HOST)


RULES: t.Tuple[Rule, ...] = (
    on_host(_of_qcow2, "a {0} volume has no {1}", "Remove it, or use format qcow2"),
    _new(
        lambda volume: volume.get("backing") and volume.format != "qcow2" and volume.format,
        "backing",
        "only a qcow2 volume can have a backing volume, not {0}",
        "Use format qcow2 in a pool of files, or source to copy the volume",
    ),
    _new(
        lambda volume: not volume.pool.type.directory and volume.format != "raw" and volume.pool.name,
        "format",
        "volumes of pool '{0}' are raw",
        "Leave it out",
    ),
    _new(_preallocation, "preallocation", "a {0} volume has no preallocation {1}", "Use {2}"),
    _new(_of_files, "", "volumes of pool '{0}' are no files", "Remove it"),
)
