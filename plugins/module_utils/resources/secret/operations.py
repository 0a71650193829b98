# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that secrets alone have. ``key`` is a secret's usage and the name, or the UUID, in it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...plan import Operation


@dataclasses.dataclass(eq=False, repr=False)
class SetValue(Operation):
    verb = "set_value"
    key: t.Tuple[str, str]
    value: bytes


@dataclasses.dataclass(eq=False, repr=False)
class Undefine(Operation):
    verb = "undefine"
    key: t.Tuple[str, str]
