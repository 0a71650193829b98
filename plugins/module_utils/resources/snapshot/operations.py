# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that snapshots alone have: of the ``domain``, on its ``snapshot`` of that name. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...plan import Operation
from .overlays import Overlay


@dataclasses.dataclass(eq=False, repr=False)
class Create(Operation):
    """``flags`` are those of ``virDomainSnapshotCreateXML``."""

    verb = "create"
    domain: str
    xml: str
    flags: int


@dataclasses.dataclass(eq=False, repr=False)
class Delete(Operation):
    """With the file that its memory is in, if it has one."""

    verb = "delete"
    domain: str
    snapshot: str
    memory_file: t.Optional[str]


@dataclasses.dataclass(eq=False, repr=False)
class Finish(Delete):
    """What is left of one that a run has deleted which ended early."""

    verb = "finish"


@dataclasses.dataclass(eq=False, repr=False)
class Revert(Operation):
    """With ``flags`` of ``virDomainRevertToSnapshot``; or by emptying ``overlays``, unless they are ``None``."""

    verb = "revert"
    domain: str
    snapshot: str
    flags: int
    overlays: t.Optional[t.Sequence[Overlay]]
