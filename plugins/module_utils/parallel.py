# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several calls at a time over one connection: libvirt works on one while others are on their way.

A ``virConnect`` may be used by several threads at once (https://libvirt.org/internals/rpc.html), and libvirt-python
lets the other threads run while it waits for an answer.
"""

from __future__ import annotations

import contextlib
import graphlib
import threading
import typing as t
from concurrent import futures

#: How many calls are on their way at a time when something is read in bulk.
CALLS_AT_A_TIME = 4

Asked = t.TypeVar("Asked")
Answer = t.TypeVar("Answer")


def in_order(ask: t.Callable[[Asked], Answer], questions: t.Sequence[Asked]) -> t.Iterable[Answer]:
    """``ask`` of each question, some at a time; the answers are in the order of the questions."""
    if len(questions) < 2 * CALLS_AT_A_TIME:  # threads have to be started too
        return map(ask, questions)
    share = -(-len(questions) // CALLS_AT_A_TIME)
    shares = [questions[first : first + share] for first in range(0, len(questions), share)]
    with futures.ThreadPoolExecutor(CALLS_AT_A_TIME) as pool:
        answers = pool.map(lambda some: [ask(one) for one in some], shares)
        return [answer for some in answers for answer in some]


def work_off(graph: t.Mapping[t.Any, t.AbstractSet[t.Any]], work: t.Callable[[t.Any], None], workers: int) -> None:
    """``work`` on each node of ``graph`` when it has ended on all those that the node is mapped to.

    :raises: what ``work`` raises, when what was begun has ended; nothing else is begun then.
    """
    order = graphlib.TopologicalSorter(graph)
    order.prepare()
    with futures.ThreadPoolExecutor(workers) as pool:
        running: t.Dict[futures.Future[None], t.Any] = {}
        while order.is_active():
            running.update({pool.submit(work, node): node for node in order.get_ready()})
            for future in futures.wait(running, return_when=futures.FIRST_COMPLETED).done:
                future.result()
                order.done(running.pop(future))


class ReadWriteLock:
    """Held by many readers at a time, or by one writer."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0

    @contextlib.contextmanager
    def shared(self) -> t.Iterator[None]:
        """Hold it as one of many, as soon as no writer has it."""
        with self._condition:
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextlib.contextmanager
    def exclusive(self) -> t.Iterator[None]:
        """Hold it as the only one, as soon as nobody has it."""
        with self._condition:
            self._condition.wait_for(lambda: not self._readers)
            yield
