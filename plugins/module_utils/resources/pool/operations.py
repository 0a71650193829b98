# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that pools alone have. ``flags`` are those of ``virStoragePoolBuild``. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...plan import Operation
from .. import operations


@dataclasses.dataclass(eq=False, repr=False)
class Build(Operation):
    verb = "build"
    flags: int


@dataclasses.dataclass(eq=False, repr=False)
class Restart(operations.Restart):
    """Builds what the pool is in before it comes up again, unless ``flags`` are ``None``."""

    flags: t.Optional[int]
