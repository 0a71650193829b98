# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes actions: what does that for each operation of a kind, and the one place from which it is called."""

from __future__ import annotations

import typing as t

from ..plan import Action, Operation, Pending
from .base import Session

SomeOperation = t.TypeVar("SomeOperation", bound=Operation)
#: Takes the session, the name of the object and the operation. ``False``: a guest has been asked, and has not done its
#: part in time.
Executor = t.Callable[[Session, str, SomeOperation], t.Optional[bool]]


class Executors:
    """What executes the operations of a kind, by their classes: nothing else changes anything.

    A function is put in as a decorator does, ``@EXECUTORS(Start)``; those of ``others`` are taken over.
    """

    def __init__(self, *others: Executors) -> None:
        self.by_class: t.Dict[t.Type[Operation], t.Callable[..., t.Optional[bool]]] = {}
        for other in others:
            for operation, executor in other.by_class.items():
                self._add(operation, executor)

    def __call__(self, operation: t.Type[SomeOperation]) -> t.Callable[[Executor[SomeOperation]], t.Any]:
        def add(executor: Executor[SomeOperation]) -> Executor[SomeOperation]:
            self._add(operation, executor)
            return executor

        return add

    def _add(self, operation: t.Type[Operation], executor: t.Callable[..., t.Optional[bool]]) -> None:
        if operation in self.by_class:
            raise TypeError(f"two functions execute {operation.__name__}")
        self.by_class[operation] = executor

    def execute(self, session: Session, action: Action) -> t.Optional[Pending]:
        """Returns what has to wait after all, because a guest did not do its part."""
        done = self.by_class[type(action.operation)](session, action.name, action.operation)
        return Pending(action.kind, action.name, action.changes) if done is False else None
