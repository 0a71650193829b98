# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions: what a run will do, as data, in the order it will be done. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .diff import LIVE, Change, describe_change


class Step(t.Protocol):
    """What the result of a module says of a step, whatever executes it."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def verb(self) -> str: ...
    @property
    def changes(self) -> t.Tuple[Change, ...]: ...
    @property
    def apply(self) -> str: ...


def public(step: Step) -> t.Dict[str, t.Any]:
    """A step as it stands in a module's result: the same in check and in real mode."""
    return {
        "kind": step.kind,
        "name": step.name,
        "verb": step.verb,
        "apply": step.apply,
        "fields": [change.public() for change in step.changes],
    }


class Operation:
    """What is done to an object: a class for each ``verb`` (``define``, ``attach``, ``start`` …).

    Its fields are what executing it takes (XML, paths, sizes); they never leave the process. The function that executes
    it is in the ``EXECUTORS`` of the object's kind. Nobody changes one: to be frozen would only make every run take
    longer to load it, and to be compared or printed is of no use.

    ``starts`` and ``stops``: the object runs after it, or does not; one that is started anew is stopped as well.
    """

    verb: str
    starts = False
    stops = False


@dataclasses.dataclass(frozen=True)
class Action:
    """One step: an operation on the object of the ``kind`` (``domain``) called ``name``.

    ``changes`` are the options that it brings to their declared values; ``apply`` says how they take effect. ``of`` is
    the kind and name of the declared object that it is done for, which may be another: a series of snapshots loses its
    oldest. ``after`` are objects of the same document that have to be brought about before.
    """

    kind: str
    name: str
    operation: Operation = dataclasses.field(repr=False)
    changes: t.Tuple[Change, ...] = ()
    apply: str = LIVE
    of: t.Optional[t.Tuple[str, str]] = dataclasses.field(default=None, compare=False, repr=False)
    after: t.Tuple[t.Tuple[str, str], ...] = dataclasses.field(default=(), compare=False, repr=False)

    @property
    def verb(self) -> str:
        return self.operation.verb

    def public(self) -> t.Dict[str, t.Any]:
        """As it stands in a module's result."""
        return public(self)

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.name}"


class Pending(t.NamedTuple):
    """Changes of one object that are defined and wait for its next start."""

    kind: str
    name: str
    changes: t.Tuple[Change, ...]

    def public(self) -> t.Dict[str, t.Any]:
        """As it stands in a module's result."""
        return {"kind": self.kind, "name": self.name, "fields": [change.public() for change in self.changes]}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What planning gives: actions, pending changes and warnings."""

    actions: t.Tuple[Action, ...] = ()
    pending: t.Tuple[Pending, ...] = ()
    warnings: t.Tuple[str, ...] = ()

    @classmethod
    def of(cls, plans: t.Iterable[Plan]) -> Plan:
        """Many plans as one."""
        together = list(plans)
        return cls(
            tuple(action for plan in together for action in plan.actions),
            tuple(pending for plan in together for pending in plan.pending),
            tuple(dict.fromkeys(text for plan in together for text in plan.warnings)),
        )

    def __add__(self, other: Plan) -> Plan:
        return Plan.of((self, other))


def render(actions: t.Sequence[t.Mapping[str, t.Any]], pending: t.Iterable[t.Mapping[str, t.Any]] = ()) -> str:
    """Public actions as the text of ``--diff``: an object per paragraph, an option per line.

    A change that is made to the definition and to the running object is said once; one that is made to the definition
    alone, and is ``pending``, says so.
    """
    done = {
        (action["kind"], action["name"], field["option"])
        for action in actions
        for field in action["fields"]
        if action["verb"] != "define"
    }
    waiting = {(one["kind"], one["name"], field["option"]) for one in pending for field in one["fields"]} - done
    paragraphs: t.Dict[str, t.List[str]] = {}
    known: t.Set[t.Tuple[str, str]] = set()
    for action in actions:
        title = f"{action['kind']} {action['name']}"
        new, again = [], []
        for field in action["fields"]:
            text = describe_change(field)
            if (title, text) in known:
                again.append(field["option"])
                continue
            known.add((title, text))
            waits = (action["kind"], action["name"], field["option"]) in waiting
            new.append(f"    {text}{'  (waits for a restart)' if waits else ''}")
        verb = f"  {action['verb']}{': ' + ', '.join(again) if again else ''}"
        paragraphs.setdefault(title, []).extend([verb, *new])
    return "".join(f"{line}\n" for title, lines in paragraphs.items() for line in (title, *lines))
