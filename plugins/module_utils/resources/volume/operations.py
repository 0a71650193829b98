# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that volumes alone have. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...plan import Operation
from ..images import Link
from .new import NewVolume


@dataclasses.dataclass(eq=False, repr=False)
class Create(Operation):
    verb = "create"
    new: NewVolume


@dataclasses.dataclass(eq=False, repr=False)
class FindOrCreate(Operation):
    """In a pool that comes up with this run: others may have made the volume before."""

    verb = "find_or_create"
    new: NewVolume


@dataclasses.dataclass(eq=False, repr=False)
class Upload(Operation):
    """A new seed into the place of the old one."""

    verb = "upload"
    new: NewVolume


class Refresh(Operation):
    """Has libvirt look again what is in the volume's pool."""

    verb = "refresh"


@dataclasses.dataclass(eq=False, repr=False)
class Resize(Operation):
    """To so many ``bytes``; of an ``overlay`` above the volume, if there is one."""

    verb = "resize"
    bytes: int
    overlay: t.Optional[Link] = None


class LetGo(t.NamedTuple):
    """What ``domains`` let go of before, if their guests do their part: what a ``disk`` on it says of that. If not,
    that is an error about ``where``.
    """

    domains: t.Tuple[str, ...]
    disk: t.Mapping[str, t.Any]
    where: str


@dataclasses.dataclass(eq=False, repr=False)
class Delete(Operation):
    """After the volumes (pool and name) that are its ``overlays``."""

    verb = "delete"
    overlays: t.Sequence[t.Tuple[str, str]] = ()
    let_go: t.Optional[LetGo] = None
