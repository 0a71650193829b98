# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order declared objects are brought about, and which of them have to wait for which. Pure."""

from __future__ import annotations

import itertools
import typing as t

from .plan import Action
from .resources.base import Kind, Want

#: An object in messages and plans: its kind and name.
Name = t.Tuple[str, str]
#: What has to be done for which object, in the order of the plan.
Steps = t.Dict[Name, t.List[Action]]


def ordered(kinds: t.Sequence[Kind], wants: t.Sequence[Want]) -> t.List[Want]:
    """Domains that go, then everything that comes or stays, then the rest that goes, users before used."""
    last = kinds[-1].noun
    order = [want for want in wants if want.absent and want.kind == last]
    for kind in kinds:
        order += kind.arrange([want for want in wants if want.kind == kind.noun and not want.absent])
    for kind in reversed(kinds[:-1]):
        order += reversed(kind.arrange([want for want in wants if want.kind == kind.noun and want.absent]))
    return order


def steps_of(actions: t.Iterable[Action]) -> Steps:
    """The actions of each declared object. Those of one object stand together in a plan."""
    grouped = itertools.groupby(actions, key=lambda action: action.of or (action.kind, action.name))
    return {name: list(some) for name, some in grouped}


class Waiting:
    """Who waits for whom. ``graph`` maps each object to the nodes that it waits for; a node that is no object only
    gathers others, so that the graph grows with the objects and not with their square.

    - Domains that go are first, all others that go are last, one after another.
    - What an action says that it comes :attr:`Action.after` is done, or it is not tried.
    - In between each object waits for all objects of the kinds before its own; but of a kind in
      :meth:`Kind.named` only for those that it refers to, so that a guest does not wait for another's download.
    - Objects of a kind that is not to be worked on :attr:`Kind.at_once` wait for each other.
    - What one gives up and another takes (a disk, a host device) passes from one to the other as the plan has it.
    """

    def __init__(self, kinds: t.Sequence[Kind], wants: t.Sequence[Want], steps: Steps) -> None:
        self._kinds = {kind.noun: kind for kind in kinds}
        self._wants = {(want.kind, want.name): want for want in wants}
        self._needs: t.Dict[Name, t.Set[Name]] = {}
        self.graph: t.Dict[t.Any, t.Set[t.Any]] = {}
        first = [name for name in steps if self._wants[name].absent and name[0] == kinds[-1].noun]
        self._last = [name for name in steps if self._wants[name].absent and name not in first]
        stay = [name for name in steps if not self._wants[name].absent]
        self.graph.update({name: set() for name in first})
        self.graph["gone"] = set(first)
        latest: t.Dict[str, Name] = {}
        for name in stay:
            self.graph[name] = {"gone", *self._kinds_before(name)}
            if not self._kinds[name[0]].at_once:
                self.graph[name] |= {latest[name[0]]} if name[0] in latest else set()
                latest[name[0]] = name
        for kind in kinds:
            self.graph[("all", kind.noun)] = {name for name in stay if name[0] == kind.noun}
        self._refer(stay)
        self._hand_over(stay, steps)
        before: t.Set[t.Any] = {"gone", *(("all", kind.noun) for kind in kinds)}
        for name in self._last:
            self.graph[name] = before
            before = {name}
        self._follow(steps)

    def is_hopeless(self, name: Name, failed: t.Container[Name]) -> bool:
        """Whether an object must not be tried, because what it refers to has ``failed``.

        What goes away last stays when anything has: it may still be in use.
        """
        return (name in self._last and bool(failed)) or any(need in failed for need in self._needs.get(name, ()))

    def _kinds_before(self, name: Name) -> t.Iterator[t.Any]:
        """The nodes that stand for all objects of the kinds that it waits for."""
        named = self._kinds[name[0]].named(self._wants[name])
        for noun in itertools.takewhile(lambda noun: noun != name[0], self._kinds):
            if noun not in named:
                yield ("all", noun)

    def _refer(self, names: t.Sequence[Name]) -> None:
        earlier: t.Dict[t.Any, Name] = {}
        for name in names:
            want = self._wants[name]
            keys = [(reference.kind, reference.key) for reference in want.references]
            self._needs[name] = {earlier[key] for key in keys if key in earlier}
            self.graph[name] |= self._needs[name]
            earlier[(want.kind, want.key)] = name

    def _follow(self, steps: Steps) -> None:
        for name, actions in steps.items():
            before = {earlier for action in actions for earlier in action.after if earlier in steps}
            self._needs[name] = self._needs.get(name, set()) | before
            self.graph[name] = self.graph[name] | before

    def _hand_over(self, names: t.Sequence[Name], steps: Steps) -> None:
        given: t.Dict[t.Any, t.Set[Name]] = {}
        taken: t.Dict[t.Any, t.Set[Name]] = {}
        for name in names:
            gives, takes = self._kinds[name[0]].exchanged(steps[name])
            for things, own, others in ((gives, given, taken), (takes, taken, given)):
                for thing in things:
                    self.graph[name] |= others.get(thing, set())
                    own.setdefault(thing, set()).add(name)
