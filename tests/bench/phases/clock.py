# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where time goes: each moment belongs to the innermost phase that it is in. Needs nothing, to run anywhere."""

from __future__ import annotations

import functools
import time
import typing as t

Function = t.Callable[..., t.Any]


class Clock:
    """Seconds by phase. What is in no phase is ``rest``."""

    def __init__(self, rest: str) -> None:
        self.seconds: dict[str, float] = {rest: 0.0}
        self._phases = [rest]
        self._since = time.monotonic()

    def timed(self, phase: str, function: Function) -> Function:
        """The function, with its time counted to a phase but for what is in phases within it."""

        @functools.wraps(function)
        def timed(*arguments: t.Any, **options: t.Any) -> t.Any:
            self._charge()
            self._phases.append(phase)
            try:
                return function(*arguments, **options)
            finally:
                self._charge()
                self._phases.pop()

        return timed

    def stop(self) -> dict[str, float]:
        """What there is until now."""
        self._charge()
        return self.seconds

    def _charge(self) -> None:
        now = time.monotonic()
        phase = self._phases[-1]
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._since
        self._since = now

    def wrap(self, owner: t.Any, name: str, phase: str) -> None:
        """Put the timed function in the place of the function. :raises AttributeError: there is none of that name."""
        setattr(owner, name, self.timed(phase, getattr(owner, name)))
