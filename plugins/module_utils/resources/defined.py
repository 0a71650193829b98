# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects with a definition, an activity and an autostart flag: all but volumes and snapshots."""

from __future__ import annotations

import typing as t

from ..diff import LIVE, Change
from ..plan import Action, Plan
from ..rule import HOST, check
from .activity import Activity
from .base import Kind, Want, World
from .coming import Coming
from .definition import DefinedState, Definition
from .operations import SetAutostart


class DefinedKind(Kind):
    """Plans the definition and what runs each on its own: what one is declared to be does not depend on the other."""

    definition: Definition
    activity: Activity

    def declared(self, state: DefinedState) -> t.Dict[str, t.Any]:
        """The options beside the table that declare an object as it is: its name, its activity, its autostart flag."""
        activity = self.activity.declared_state(state) or self.states[0]
        said: t.Dict[str, t.Any] = {"name": state.name}
        said.update({} if activity == self.states[0] else {"state": activity})
        return dict(said, autostart=True) if state.autostart else said

    def is_brought(self, state: DefinedState, world: World) -> bool:
        """Whether libvirt brings the object itself, so that nobody has to declare it.

        :raises Refused: it does, and the object is not as libvirt brings it.
        """
        return False

    def plan_autostart(self, want: Want, state: t.Optional[DefinedState]) -> t.List[Action]:
        """``set_autostart`` when the flag is declared and differs; whatever ``state`` is declared."""
        flag = want.params.get("autostart")
        now = state.autostart if state is not None else False
        if flag is None or flag == now:
            return []
        change = Change("autostart", now if state is not None else None, flag, LIVE)
        return [Action(self.noun, want.name, SetAutostart(flag), (change,))]

    def plan(self, want: Want, world: World) -> Plan:
        state = world.state(self.noun, want.key)
        if want.absent:
            return Plan(tuple(self.activity.plan_absent(want, world, state))) if state is not None else Plan()
        want = self.definition.kept(want, world)
        actions = self.definition.plan(want, world, state) + self.plan_autostart(want, state)
        plan = Plan(tuple(actions)) + self.activity.plan(want, world, state)
        if plan.actions:
            check(self.rules, Coming(want, world, state, plan.actions), HOST, want.where)
        self.definition.check_schema(want, world, state, plan.actions)
        return plan
