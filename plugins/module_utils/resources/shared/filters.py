# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of network filters (https://libvirt.org/formatnwfilter.html#usage-of-variables-in-filters). Pure."""

from __future__ import annotations

from ...diff import LIVE
from ...xml.table import Items, Prop
from ...xml.types import STR


def parameters(option: str, path: str) -> Items:
    """Values for the variables of a filter, a variable may have several; changed at once."""
    members = (Prop("name", "@name", STR, LIVE, required=True), Prop("value", "@value", STR, LIVE, required=True))
    return Items(option, path, members, identity=(("name", "value"),), apply=LIVE)
