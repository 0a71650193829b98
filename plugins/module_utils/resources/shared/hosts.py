# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers that storage is on: of a pool, and of a disk that QEMU itself reaches over the network. Pure."""

from __future__ import annotations

import typing as t

from ...rule import Rule, Values, unique
from ...xml.table import Items, Prop, Table
from ...xml.types import STR, number, or_empty

#: A port; 0: the usual one of the protocol.
_PORT = or_empty(number(1, 65535))


def _label(server: Values) -> t.Optional[str]:
    name, port = server.get("name"), server.get("port")
    return f"{name}:{port}" if name and port else name


def hosts(
    option: str, path: str, required: bool = False, further: Table = (), weaker: t.Tuple[t.Tuple[str, ...], ...] = ()
) -> Items:
    """The servers: there may be several at different ports of one host.

    :arg required: each has a name.
    :arg further: other options that they have; ``weaker`` are what those identify where they have no name.
    """
    return Items(
        option,
        path,
        (Prop("name", "@name", STR, required=required), Prop("port", "@port", _PORT, absent=0), *further),
        identity=(("name", "port"), *weaker),
        label=_label,
    )


def each_once(option: str) -> Rule:
    """Of what has the list of :func:`hosts`."""
    return unique(option, ("name", "port"), absent={"port": 0})
