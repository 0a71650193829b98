# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object runs, and which changes reach it while it does. Pure."""

from __future__ import annotations

import typing as t

from ..deps import Element
from ..diff import Change
from ..plan import Action, Plan
from .base import Want, World
from .definition import DefinedState, Definition
from .operations import Undefine


class Activity:
    """The activity of one kind of object, beside its ``definition``. Objects that do not run are there or are not."""

    def __init__(self, definition: Definition) -> None:
        self.definition, self.noun = definition, definition.noun

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        """The actions that start, stop or change what runs, and what waits for its next start."""
        return Plan()

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        """Stop and undefine what is there."""
        return [Action(self.noun, want.name, Undefine())]

    def live_changes(self, want: Want, world: World, running: Element) -> t.List[Change]:
        """What is not as declared in what runs, given as XML, which is brought to it."""
        return self.definition.bring(want, world, running)

    def declared_state(self, state: DefinedState) -> t.Optional[str]:
        """The declared ``state`` that an object as it is satisfies; ``None``: that it is there."""
        return None
