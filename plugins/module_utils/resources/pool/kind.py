# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage pools: directory, activity and permissions. Contents are never touched."""

from __future__ import annotations

import dataclasses
import typing as t

from ...deps import Element, libvirt
from ...diff import LIVE, RESTART, Change
from ...plan import Action, Operation, Pending, Plan
from ...rule import check
from ...xml import parse
from ...xml import table as tables
from .. import operations
from ..base import Executors, Want, World
from ..definition import DefinedState
from ..host import DiskUse, FileUse, Host
from ..operations import SetPermissions
from ..shared.permissions import CHANGEABLE
from ..startable import StartableActivity, StartableKind, Use
from . import host_rules, users
from .definition import DEFINITION, directory, target, type_of
from .rules import RULES, references
from .table import TABLE


@dataclasses.dataclass(eq=False, repr=False)
class Build(Operation):
    verb = "build"
    flags: int


@dataclasses.dataclass(eq=False, repr=False)
class Restart(operations.Restart):
    """Builds what the pool is in before it comes up again, unless ``flags`` are ``None``."""

    verb = "restart"
    flags: t.Optional[int]


class PoolActivity(StartableActivity):
    """What a pool is in may have to be made before it starts."""

    def plan_start(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.List[Action]:
        root, _changes = self.definition.after(want, world, state)
        there = directory(want, world, root)
        flags = self._build_flags(world, root, there)
        build = [] if flags is None else [Action(self.noun, want.name, Build(flags))]
        # What permissions a file system has is seen when it is mounted; libvirt gives its own to what it builds.
        seen = {} if type_of(root).mounts else there
        start = super().plan_start(want, world, state)
        return build + start + self._plan_permissions(want, world, root, seen)

    def plan_running(self, want: Want, world: World, live: str) -> Plan:
        now, (after, _changes) = parse.parse(live), self.definition.after(want, world, world.state(self.noun, want.key))
        changes = tuple(self.live_changes(want, world, parse.parse(live)))
        there = directory(want, world, now)
        vanished = type_of(now).directory and world.local and there is None
        if vanished or (changes and self.may_restart(want, lambda: bool(self.uses(world.host, now)))):
            there = directory(want, world, after)
            restart = Restart(self._build_flags(world, after, there))
            actions = [Action(self.noun, want.name, restart, changes, RESTART)]
            return Plan(tuple(actions + self._plan_permissions(want, world, after, there)))
        pending = (Pending(self.noun, want.name, changes),) if changes else ()
        return Plan(tuple(self._plan_permissions(want, world, now, there)), pending)

    def uses(self, host: Host, root: Element) -> t.Sequence[Use]:
        return users.uses(host, root)

    def leaves(self, domain: Want, world: World, root: Element, use: Use) -> bool:
        return users.leaves(domain, world.host, root, t.cast(t.Union[DiskUse, FileUse], use))

    def live_changes(self, want: Want, world: World, running: Element) -> t.List[Change]:
        """Permissions are compared with those of the directory."""
        values = {option: value for option, value in want.values.items() if option not in CHANGEABLE}
        return self.definition.patch(want, running, values)

    def _build_flags(self, world: World, root: Element, there: t.Optional[t.Mapping[str, t.Any]]) -> t.Optional[int]:
        """How to build what the pool is in when that has to be made first, else ``None``; never over what is there."""
        kind = type_of(root)
        if kind.directory and world.local and there is None:
            return int(libvirt.VIR_STORAGE_POOL_BUILD_NEW)  # makes the directory, and no file system
        if not kind.group or not world.local or root.find("source/device") is None:
            return None
        known = world.host.volume_group(root.findtext("source/name") or "")
        return None if known else int(libvirt.VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)

    def _plan_permissions(
        self, want: Want, world: World, root: Element, there: t.Optional[t.Mapping[str, t.Any]]
    ) -> t.List[Action]:
        """``set_permissions`` when the directory has others than declared; ``there`` is empty when that is unknown."""
        declared = {option: want.values[option] for option in CHANGEABLE if option in want.values}
        if there is None or not type_of(root).directory or not world.local:
            return []
        changes = tuple(
            Change(option, there.get(option), value, LIVE)
            for option, value in declared.items()
            if there.get(option) != value
        )
        return [Action(self.noun, want.name, SetPermissions(target(root), declared), changes)] if changes else []


class Pool(StartableKind):
    """``kvm.fleet.pool``."""

    noun, plural = "pool", "pools"
    table = TABLE
    rules = (*RULES, *host_rules.RULES)
    definition = DEFINITION
    activity = PoolActivity(definition)
    list_call = "listAllStoragePools"
    list_flag = "VIR_CONNECT_LIST_STORAGE_POOLS_"
    inactive_flag = "VIR_STORAGE_XML_INACTIVE"

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        check(self.rules, want.values, where=where)
        return dataclasses.replace(want, references=tuple(references(want)))

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        root = parse.parse(state.live or state.definition)
        shown = self.brief(state)
        for measure in ("capacity", "allocation", "available"):
            shown[measure + "_bytes"] = int(root.findtext(measure) or 0) if state.active else None
        values = {option: value for option, value in tables.read(self.table, root).items() if value != []}
        return dict(shown, **tables.show(self.table, values))
