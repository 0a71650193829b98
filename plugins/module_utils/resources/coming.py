# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an object will be, and the host that it will be on: what rules of the scope ``HOST`` look at.

They say before anything is touched what libvirt, QEMU or the kernel would refuse. They are asked only where something
is to be done to an object, and what they ask of the host is read then: a run that has nothing to do reads none of it.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..deps import Element
from ..plan import Action
from ..rule import HOST, Rule, Violation
from ..xml import parse
from .base import Want, World
from .definition import DefinedState
from .operations import Define


@dataclasses.dataclass(frozen=True)
class Coming:
    """An object that something is done to.

    ``root`` is what it will be, as XML: what it is started with, else its definition.
    """

    want: Want
    world: World
    state: t.Optional[DefinedState]
    actions: t.Tuple[Action, ...]

    def __iter__(self) -> t.Iterator[str]:
        """The options that are declared."""
        return iter(self.want.values)

    @functools.cached_property
    def definition(self) -> t.Optional[str]:
        """What it is defined as by these actions."""
        defines = [action.operation for action in self.actions if isinstance(action.operation, Define)]
        return defines[0].xml if defines else None

    @property
    def is_defined(self) -> bool:
        return self.definition is not None

    @property
    def is_started(self) -> bool:
        return any(action.operation.starts for action in self.actions)

    @functools.cached_property
    def root(self) -> Element:
        if self.state is not None and self.is_started and not self.state.active and self.state.running:
            return parse.parse(self.state.running)  # what is saved is resumed
        return parse.parse(self.definition or (self.state.definition if self.state is not None else ""))

    def is_after(self, other: Want) -> bool:
        """Whether another object of its kind and document is brought about before it: in the order of the document."""
        in_order = list(self.world.declared[self.want.kind])
        return in_order.index(other.key) < in_order.index(self.want.key)

    def at(self, option: str) -> str:
        """Where it is declared: as that option, in ``xml``, or by nobody now, and the object is to blame."""
        declared = any(_is_below(one, option) for one in self)
        return option if declared else "xml" if self.want.params.get("xml") else ""

    def violation(self, option: str, *words: t.Any) -> Violation:
        """A rule broken by an option, with the words of its text."""
        at = self.at(option)
        return Violation(at, words, option if at == option else at)


def _is_below(option: str, group: str) -> bool:
    return (
        option == group
        or option.startswith((group + ".", group + "["))
        or group.startswith((option + ".", option + "["))
    )


def on_host(broken: t.Callable[[t.Any], t.Any], what: str, remedy: str) -> Rule:
    """A rule of this scope, whose violations say the option."""
    return Rule(broken, "", what, remedy, HOST)
