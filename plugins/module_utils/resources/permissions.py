# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives files and directories their owner, group and mode."""

from __future__ import annotations

import os
import typing as t

from ..content.files import explained
from .base import Session
from .operations import SetPermissions


def give(descriptor: t.Union[int, str], values: t.Mapping[str, t.Any]) -> None:
    """To a file (a descriptor or a path) the ``permissions.mode``, ``.owner`` and ``.group`` among ``values``."""
    owner, group = (values.get("permissions." + option, -1) for option in ("owner", "group"))
    if (owner, group) != (-1, -1):
        os.chown(descriptor, owner, group)
    if values.get("permissions.mode") is not None:
        os.chmod(descriptor, int(values["permissions.mode"], 8))


def set_permissions(_session: Session, _name: str, permissions: SetPermissions) -> None:
    with explained(permissions.path):
        give(permissions.path, permissions.values)
