# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that several kinds have: what is done to an object, and what that takes. Pure.

One that takes more for some kind is in ``operations.py`` of that kind.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..plan import Operation


@dataclasses.dataclass(eq=False, repr=False)
class Define(Operation):
    """``before`` is the definition so far (``None``: there is none), written as ``xml`` is."""

    verb = "define"
    xml: str
    before: t.Optional[str]


class Undefine(Operation):
    verb = "undefine"


@dataclasses.dataclass(eq=False, repr=False)
class SetAutostart(Operation):
    verb = "set_autostart"
    autostart: bool


class Start(Operation):
    verb = "start"
    starts = True


class Restart(Operation):
    """A kind says what its own takes besides."""

    starts = stops = True


@dataclasses.dataclass(eq=False, repr=False)
class Stop(Operation):
    """``force``: even if it is in use; else the refusal is about the option at ``where``."""

    verb = "stop"
    stops = True
    force: bool
    where: str


class Finish(Operation):
    """What a run that ended early had left to do."""

    verb = "finish"


@dataclasses.dataclass(eq=False, repr=False)
class SetPermissions(Operation):
    """Of the file or directory at ``path``. ``values`` are by their options, such as ``permissions.mode``."""

    verb = "set_permissions"
    path: str
    values: t.Mapping[str, t.Any]
