# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of snapshots (https://libvirt.org/formatsnapshot.html). Pure."""

from __future__ import annotations

from ...diff import LIVE
from ...xml.table import Items, Prop
from ...xml.types import LINES, PATH, STR

INTERNAL, EXTERNAL, NO = "internal", "external", "no"

DISKS = Items(
    "disks",
    "disks/disk",
    (Prop("target", "@name", STR, LIVE, required=True), Prop("file", "source/@file", PATH, LIVE)),
    identity=(("target",),),
    apply=LIVE,
    select=lambda element: element.get("snapshot") != NO,
)

TABLE = (
    Prop("description", "description", LINES, LIVE, absent=""),
    Prop("memory_file", "memory/@file", PATH, LIVE, holds={"memory/@snapshot": EXTERNAL}),
    DISKS,
)
