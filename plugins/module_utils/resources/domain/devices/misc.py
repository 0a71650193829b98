# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's small devices, of which there is one at most. Pure."""

from __future__ import annotations

from ....xml.table import Prop
from ....xml.types import choice
from .common import Device

_RNG = Device(
    spec={"type": "bool"},
    parse=bool,
    template="<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    known_by=("@model", "virtio"),
)
RNG = Prop("rng", "devices/rng", _RNG, new=True)

WATCHDOG = (
    Prop("watchdog.model", "devices/watchdog/@model", choice("i6300esb", "itco", "ib700", "diag288")),
    Prop(
        "watchdog.action",
        "devices/watchdog/@action",
        choice("reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"),
    ),
)
