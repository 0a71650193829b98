# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs that were killed have left in the working directories: every run removes it, and so says that it does.

And what they have begun that is whole by now: every run says that it is, before anybody uses it and it is not known any
more whether it was.
"""

from __future__ import annotations

import os
import typing as t

from ..plan import Action, Operation, Plan
from . import record_files
from .base import Executors, Kind, Session, Want, World
from .operations import Finish
from .pool.definition import type_of
from .volume.incomplete import whole_by_now
from .volume.new import WORK_FOLDER


class Remove(Operation):
    verb = "remove"


class Leftovers(Kind):
    """Declared by nobody, and wanted gone in every run."""

    noun, plural = "leftovers", "leftovers"
    standing = Want("leftovers", "host", "", "present", {}, {})

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Mapping[t.Any, t.Any]:
        return {}  # a run has few places to look at, and asks the host

    def plan(self, want: Want, world: World) -> Plan:
        folders = [record_files.work(), *_of_pools(world)]
        left = [Action(self.noun, folder, Remove()) for folder in folders if world.host.is_left(folder)]
        return Plan((*left, *(Action("volume", "/".join(key), Finish()) for key in whole_by_now(world))))

    def executors(self) -> Executors:
        from ..content.scratch import sweep

        executors = Executors()
        executors(Remove)(lambda _session, folder, _remove: sweep(folder))
        return executors


def _of_pools(world: World) -> t.List[str]:
    """The working directories of the pools that the run is about."""
    states = world.current.get("pool", {}).values() if world.local else ()
    targets = [state.root.findtext("target/path") for state in states if type_of(state.root).directory]
    return [os.path.join(target, WORK_FOLDER) for target in sorted({*targets} - {None, ""})]
