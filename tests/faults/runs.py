# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of modules on the host of the trials: to their end, or until they are killed."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pkgutil
import re
import signal
import tempfile
import typing as t

from ..functional.module_runner import COLLECTION, ModuleRunner, Run, predicts
from .host import BASE, HOME, USER
from .moments import Moments


@dataclasses.dataclass
class Runs:
    """``runs("volume", pool="data", …)`` runs a module, predicted in check mode, as root or as the other user."""

    module: ModuleRunner
    as_user: bool = False

    def __call__(self, name: str, /, fails: bool = False, **options: t.Any) -> dict[str, t.Any]:
        predicted = self.start(name, check_mode=True, **options).result(None)
        result = self.start(name, **options).result(fails)
        if fails:
            return result
        assert not predicted["failed"] and predicts(predicted, result), f"not predicted:\n{predicted}\n{result}"
        return result

    def only(self, name: str, /, **options: t.Any) -> dict[str, t.Any]:
        """The same without the prediction: what a scenario begins with."""
        return self.start(name, **options).result()

    def killed(self, at: int | str, name: str, /, nth: int = 1, **options: t.Any) -> int:
        """Kill the run at its moment number ``at``, or at the ``nth`` that begins so; returns which it was killed at.

        0: it had fewer this time, and ended. How often a run asks whether a guest has let go depends on the machine.
        """
        moment = (at, "") if isinstance(at, int) else (nth, at)
        moments, status, _said = self._watched(moment, name, options)
        if status == 0 and isinstance(at, int) and len(moments) < at:
            return 0
        assert status == -signal.SIGKILL, f"the run ended with {status} before {at}: {moments}"
        return len(moments)

    def moments(self, name: str, /, **options: t.Any) -> list[str]:
        """The moments of a run that nobody kills."""
        moments, status, said = self._watched((0, ""), name, options)
        assert status == 0, f"the run itself fails: {said}"
        return moments

    def _watched(self, moment: tuple[int, str], name: str, options: dict[str, t.Any]) -> tuple[list[str], int, str]:
        """The moments that the run came to, how it ended, and what it said."""
        with tempfile.TemporaryFile() as log:
            run = self.start(name, watch=lambda: Moments(log.fileno(), *moment).watch(), **options)
            status = os.waitstatus_to_exitcode(os.waitpid(run.pid, 0)[1])
            log.seek(0)
            run.stdout.seek(0)
            return log.read().decode().splitlines(), status, run.stdout.read().decode()

    def start(
        self, name: str, /, watch: t.Callable[[], None] = lambda: None, check_mode: bool = False, **options: t.Any
    ) -> Run:
        """Start a module and do not wait for it."""

        def first() -> None:
            os.environ["TMPDIR"] = tempfile.tempdir = str(BASE / "tmp")
            if self.as_user:
                os.environ["HOME"] = str(HOME)
            watch()

        user = USER if self.as_user else None
        return self.module.start(name, check_mode=check_mode, as_user=user, first=first, **options)


def message(exc: AssertionError) -> str:
    """What the module of a failed run said."""
    found = re.search(r'"msg": "(.*?)(?<!\\)"', str(exc))
    return found[1] if found else str(exc)[:2000]


def import_all() -> None:
    """Every room of the collection, so that no run has to look for one."""
    for folder in ("module_utils", "modules"):
        package = importlib.import_module(f"{COLLECTION}.plugins.{folder}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
