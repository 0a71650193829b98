# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop of the modules for the host itself: read, plan, apply, plan again, result. ``runner.py`` has the kinds'."""

from __future__ import annotations

import dataclasses
import typing as t

from .diff import LIVE, Change
from .echo import Spec
from .errors import NotKept
from .fleet_module import FleetModule
from .plan import public, render
from .rule import Rule
from .rule import check as check_rules

Params = t.Mapping[str, t.Any]
Values = t.Mapping[str, t.Any]

#: Runs a program of the host, as ``FleetModule.program`` does.
Run = t.Callable[[t.Sequence[str]], t.Tuple[int, str]]

#: What a module reads and changes its host through.
H = t.TypeVar("H")
#: What was read.
S = t.TypeVar("S")


@dataclasses.dataclass(frozen=True)
class HostAction:
    """A step on the host itself, with all that it takes to do it.

    It is ``verb`` (``write``) on the ``kind`` (``file``) called ``name``; the rest is as in ``plan.Action``.
    """

    kind: str
    name: str
    verb: str
    changes: t.Tuple[Change, ...] = ()
    apply: str = LIVE

    #: Whether it is verified by planning again. Else it comes about elsewhere, or when the module has ended.
    verified: t.ClassVar[bool] = True

    def do(self, host: t.Any) -> Values:
        """Take the step. Returns what the module returns because of it.

        :raises FleetError: the host refused.
        """
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.name}"

    def detail(self) -> str:
        """What ``--diff`` shows of it beside its options, in lines."""
        return ""

    def waits(self) -> str:
        """Why it may be left for the next boot although it was taken; empty: it must not be."""
        return ""

    def not_kept(self) -> NotKept:
        """The error when it is still to be taken after it was."""
        options = ": " + ", ".join(change.option for change in self.changes) if self.changes else ""
        return NotKept(
            f"the host accepted '{self}' and did not keep it{options}",
            where=f"{self.kind} {self.name}",
            remedy="See whether something else on the host changes it back",
        )


@dataclasses.dataclass(frozen=True)
class HostPlan:
    """What to do in order, what waits for the next boot and why, and ``values`` that the module returns besides."""

    actions: t.Tuple[HostAction, ...] = ()
    waiting: t.Tuple[str, ...] = ()
    values: Values = dataclasses.field(default_factory=dict)

    def __add__(self, other: HostPlan) -> HostPlan:
        return HostPlan(self.actions + other.actions, self.waiting + other.waiting, {**self.values, **other.values})


def _values(first: HostPlan, _last: HostPlan) -> Values:
    return first.values


@dataclasses.dataclass(frozen=True)
class HostModule(t.Generic[H, S]):
    """What a module of the host consists of.

    :ivar options: its argument spec; ``constraints`` are AnsibleModule's rules for them, ``rules`` ours.
    :ivar host: what it reads and changes the host through.
    :ivar read: what planning looks at, or, where that depends on what is declared, what it reads it from. Changes
        nothing.
    :ivar plan: what has to be done. Changes nothing either.
    :ivar result: what the module returns besides, from the first plan and from what was planned afterwards (in check
        mode, and where nothing is to be done, the same).
    """

    options: Spec
    host: t.Callable[[FleetModule], H]
    read: t.Callable[[H, Params], S]
    plan: t.Callable[[S, Params], HostPlan]
    result: t.Callable[[HostPlan, HostPlan], Values] = _values
    rules: t.Tuple[Rule, ...] = ()
    constraints: Values = dataclasses.field(default_factory=dict)

    def main(self) -> None:
        """The module's whole work."""
        module = FleetModule(self.options, **self.constraints)
        with module.failing_plainly():
            module.exit_json(**self.run(self.host(module), module.params, module.check_mode))

    def run(self, host: H, params: Params, check: bool) -> t.Dict[str, t.Any]:
        """Bring the host to what is declared; with ``check`` only say what that would take. Returns the result.

        :raises FleetError: nothing was touched if it comes from rules, reading or planning.
        """
        check_rules(self.rules, {option: value for option, value in params.items() if value is not None})
        first = self.plan(self.read(host, params), params)
        if check or not first.actions:  # the one place where check mode stops
            return self._result(first.actions, first, first)
        returned: t.Dict[str, t.Any] = {}
        for action in first.actions:
            returned.update(action.do(host))
        if not any(action.verified for action in first.actions):
            return {**self._result(first.actions, first, first), **returned}
        last = self.plan(self.read(host, params), params)
        left = _left(last)
        done = tuple(action for action in first.actions if action not in left)
        last = dataclasses.replace(last, waiting=last.waiting + tuple(action.waits() for action in left))
        return {**self._result(done, first, last), **returned}

    def _result(self, actions: t.Sequence[HostAction], first: HostPlan, last: HostPlan) -> t.Dict[str, t.Any]:
        shown = [public(action) for action in actions]
        return {
            "changed": bool(shown),
            "actions": shown,
            "diff": {"prepared": render(shown) + "".join(action.detail() for action in actions)},
            **self.result(first, last),
        }


def _left(last: HostPlan) -> t.List[HostAction]:
    """What is left to do and may wait. :raises NotKept: something else is left."""
    left = [action for action in last.actions if action.verified]
    for action in left:
        if not action.waits():
            raise action.not_kept()
    return left
