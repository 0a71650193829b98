# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers that storage is on: of a pool, and of a disk that QEMU itself reaches over the network. Pure."""

from __future__ import annotations

from ...xml.table import Prop, Table
from ...xml.types import STR, number, or_empty

#: A port; 0: the usual one of the protocol.
PORT = or_empty(number(1, 65535))


def host(required: bool = False) -> Table:
    """One server."""
    return (Prop("name", "@name", STR, required=required), Prop("port", "@port", PORT, absent=0))
