# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing the volume of a seed, whoever finds that the domain has no use for it any more. Pure but for reading."""

from __future__ import annotations

import os
import typing as t

from ...diff import LIVE, Change
from ...plan import Action, Plan
from ..base import Want, World
from ..volume.seed import is_ours
from .operations import RemoveSeed


def removal(want: Want, world: World, volume: t.Tuple[str, str], path: str, places: t.Tuple[t.Any, ...]) -> Plan:
    """``remove_seed`` if it was made here; where nobody can, a warning that it stays."""
    if not is_ours(world.host, volume, path):
        return Plan()
    if path.startswith("/") and world.host.is_read_only(os.path.dirname(path)):
        reason = f"the file system of '{path}' is read-only"
        return Plan(warnings=(f"Volume '{'/'.join(volume)}' of domain '{want.name}' stays: {reason}",))
    change = Change("cloud_init", "/".join(volume), None, LIVE)
    return Plan((Action(want.kind, want.name, RemoveSeed(volume, places), (change,)),))
