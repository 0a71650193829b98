# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pool needs of its host: storage that no other pool has, and programs. Pure but for reading."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...rule import Rule, Violation
from ...xml import table as tables
from ..coming import Coming, on_host
from .table import TABLE
from .types import OTHER, TYPES

#: The types whose pools are told apart by where their files are; those of the others by what they are made of.
_BY_TARGET = ("dir",)
_SOURCE = ("source.host", "source.hosts", "source.dir", "source.devices", "source.name", "source.initiator")
_ADAPTER = "source.adapter."


def _is_in(values: tables.Desired) -> t.Tuple[t.Any, ...]:
    """What a pool is in, so that two can be compared: libvirt has one pool in each."""
    kind = values.get("type")
    if kind in _BY_TARGET:
        return (kind, values.get("target"))
    said = [(option, values[option]) for option in values if option in _SOURCE or option.startswith(_ADAPTER)]
    return (kind, *sorted((option, repr(value)) for option, value in said if value not in (None, [], "", False)))


def _values(root: Element) -> tables.Desired:
    return tables.read(TABLE, root)


def _same_storage(coming: Coming) -> t.List[Violation]:
    """libvirt compares when it defines one."""
    if not coming.is_defined:
        return []
    mine = _is_in(_values(coming.root))
    if len(mine) < 2 or (coming.state is not None and _is_in(_values(coming.state.root)) == mine):
        return []
    option = "target" if mine[0] in _BY_TARGET else "source"
    declared = coming.world.declared.get("pool", {})
    for pool in coming.world.host.pools:
        want = declared.get(pool.name)
        values = dict(_values(pool.root), **(want.values if want is not None and not want.absent else {}))
        if pool.name != coming.want.name and _is_in(values) == mine:
            return [coming.violation(option, pool.name)]
    for want in declared.values():
        if want.key != coming.want.key and not want.absent and _is_in(want.values) == mine:
            return [coming.violation(option, want.name)]
    return []


def _programs(coming: Coming) -> t.List[Violation]:
    """libvirt runs them when a pool is started."""
    kind = TYPES.get(coming.root.get("type", ""), OTHER)
    return [
        coming.violation("type", program, package)
        for program, package in (kind.programs if coming.is_started else ())
        if not coming.world.host.has_program(program)
    ]


RULES: t.Tuple[Rule, ...] = (
    on_host(_same_storage, "pool {0} is in the same place", "Use that pool, or choose another place"),
    on_host(
        _programs,
        "libvirt needs the program {0}, which is not installed",
        "Install it on the host; Debian's package is {1}",
    ),
)
