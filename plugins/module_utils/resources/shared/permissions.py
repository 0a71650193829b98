# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns a file or a directory, and its mode and label (https://libvirt.org/formatstorage.html). Pure."""

from __future__ import annotations

import typing as t

from ...diff import RESTART
from ...errors import InvalidOption
from ...xml.table import Prop, Table
from ...xml.types import INT, STR, Type


def _mode(value: t.Any) -> str:
    """``0711`` and ``711`` are the same; libvirt writes four digits. Without quotes YAML makes another number of it."""
    try:
        number = int(value, 8) if isinstance(value, str) else -1
    except ValueError:
        number = -1
    if not 0 <= number <= 0o777:
        raise InvalidOption(f"{value} is not an octal mode in quotes", remedy="Write it such as '0711', at most '0777'")
    return f"{number:04o}"


#: The mode of a file or directory.
MODE = Type({"type": "raw"}, parse=_mode, load=_mode)

#: Those of :func:`permissions` that can be changed afterwards.
CHANGEABLE = ("permissions.mode", "permissions.owner", "permissions.group")


def permissions(apply: str = RESTART, label: str = RESTART) -> Table:
    """The options; ``apply`` is how a change of one takes effect, ``label`` how one of the label does."""
    place = "target/permissions/"
    return (
        Prop("permissions.mode", place + "mode", MODE, apply),
        Prop("permissions.owner", place + "owner", INT, apply),
        Prop("permissions.group", place + "group", INT, apply),
        Prop("permissions.label", place + "label", STR, label),
    )
