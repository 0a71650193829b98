# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a domain runs, sleeps or is saved, and which changes reach it meanwhile. Pure but for reading."""

from __future__ import annotations

import copy
import typing as t

from ...deps import Element
from ...diff import RESTART, Change
from ...errors import Refused
from ...plan import Action, Operation, Pending, Plan
from ...xml import parse
from ..activity import Activity
from ..base import Want, World
from ..definition import DefinedState
from . import live as domain_live
from . import removal
from .devices import kept
from .operations import Destroy, Reset, Restart, Resume, Save, ShutDown, Start, Suspend, Undefine, WakeUp
from .state import DomainState


class DomainActivity(Activity):
    """A guest has to cooperate: it is asked to shut down, and to let a device go."""

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        there = t.cast(t.Optional[DomainState], state)
        active = there is not None and there.active
        if active and want.state == "stopped":
            return Plan(tuple(self._plan_off(want, t.cast(DomainState, there))))
        if want.state == "saved" and not active and not (there and there.saved):
            raise Refused(
                f"'{want.name}' does not run: there is no state to save",
                where=want.at("state"),
                remedy="Start it first, or declare stopped",
            )
        if not active and want.state not in ("running", "paused"):
            return Plan()
        start = Action(self.noun, want.name, Start(want.state == "paused"))
        starting = Plan(() if active else (start,))
        if there is None or there.running is None:
            return starting
        return starting + self._plan_running(want, world, there)

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        actions = self._plan_off(want, t.cast(DomainState, state))
        if state.persistent:
            undefine = Undefine(removal.keeps_nvram(want, world, state.root))
            actions.append(Action(self.noun, want.name, undefine))
        return actions

    def live_changes(self, want: Want, world: World, running: Element) -> t.List[Change]:
        """But for memory that the guest has been asked to release, and will once it has a driver for that."""
        definition = world.state(self.noun, want.key).root
        waits = domain_live.waits_for_balloon(running, definition, want.values.get("memory"))
        changes = super().live_changes(want, world, running)
        return [change for change in changes if not (waits and change.option == "memory")]

    def declared_state(self, state: DefinedState) -> t.Optional[str]:
        there = t.cast(DomainState, state)
        if not there.active:
            return "saved" if there.saved else "stopped"
        return there.power if there.power in ("running", "paused") else "present"

    def _plan_running(self, want: Want, world: World, state: DomainState) -> Plan:
        """Live changes of the running domain, or of the saved one after it is resumed."""
        live = state.running_root
        changes = self.live_changes(want, world, copy.deepcopy(live))
        warnings: t.Tuple[str, ...] = ()
        if domain_live.waits_for_balloon(live, state.root, want.values.get("memory")):
            warnings = (f"Domain '{want.name}' has not released memory: it is booting, or has no balloon driver",)
        actions, later = domain_live.split(live, changes, want.name)
        waiting = kept.waits_for(world, want.name, live, actions)
        actions = [action for action in actions if action not in waiting]
        later += [change for action in waiting for change in action.changes]
        power = self._plan_power(want, state) if state.active else []
        restarts = want.state == "running" and want.params["restart"] == "if_required"
        if restarts and state.active and not later:
            later = self._waiting(want, world, state, copy.deepcopy(live))
        if later and restarts:
            actions, brought = domain_live.with_restart(actions, later)
            restart = Action(self.noun, want.name, Restart(*self._patience(want)), tuple(brought), RESTART)
            return Plan((*actions, *power, restart), warnings=warnings)  # who sleeps cannot shut down
        pending = (Pending(self.noun, want.name, tuple(later)),) if later else ()
        return Plan((*actions, *power), pending, warnings)

    def _waiting(self, want: Want, world: World, state: DomainState, live: Element) -> t.List[Change]:
        """What else the definition has otherwise than what runs, whoever changed it, once all is as declared."""
        from .drift import drift  # few ask for it

        if not state.persistent:
            return []
        definition, _changes = self.definition.after(want, world, state)
        self.live_changes(want, world, live)
        differing = drift(parse.to_text(definition), parse.to_text(live))
        # How much memory a guest has given back is its own affair, and a restart would not change it.
        differing = [one for one in differing if one["option"] != "memory"]
        return [Change(one["option"], one["live"], one["defined"], RESTART) for one in differing]

    def _plan_power(self, want: Want, state: DomainState) -> t.List[Action]:
        """From one kind of activity to another, for a domain that runs and is to stay."""
        if want.state == "saved":
            return [Action(self.noun, want.name, Save())]
        if want.state == "paused" and state.power == "running":
            return [Action(self.noun, want.name, Suspend())]
        if want.state == "running":
            ways: t.Mapping[str, Operation] = {"paused": Resume(), "pmsuspended": WakeUp(), "crashed": Reset()}
            return [Action(self.noun, want.name, ways[state.power])] if state.power in ways else []
        return []

    def _plan_off(self, want: Want, state: DomainState) -> t.List[Action]:
        """A guest that sleeps has to wake up to shut down; one that has crashed cannot."""
        if not state.active:
            return []
        if state.power == "crashed":
            return [Action(self.noun, want.name, Destroy())]
        awake: t.Mapping[str, Operation] = {"paused": Resume(), "pmsuspended": WakeUp()}
        wake = [Action(self.noun, want.name, awake[state.power])] if state.power in awake else []
        return [*wake, Action(self.noun, want.name, ShutDown(*self._patience(want)))]

    @staticmethod
    def _patience(want: Want) -> t.Tuple[int, bool, str]:
        return want.params["shutdown_timeout"], want.params["force"], want.where
