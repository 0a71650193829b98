# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's clock and timers, and its power management. Pure.

https://libvirt.org/formatdomain.html#time-keeping
"""

from __future__ import annotations

import typing as t

from ....xml.table import Items, Prop
from ....xml.types import INT, STR, YES_NO, choice

#: What each offset may have beside it.
BESIDE = {
    "utc": ("adjustment",),
    "localtime": ("adjustment",),
    "timezone": ("timezone",),
    "variable": ("adjustment", "basis"),
    "absolute": ("start",),
}


def _of_other_offsets(offset: str) -> t.List[str]:
    return ["clock/@" + name for name in ("adjustment", "basis", "timezone", "start") if name not in BESIDE[offset]]


TABLE = (
    Prop("clock.offset", "clock/@offset", choice(*BESIDE), clears=_of_other_offsets),
    Prop("clock.timezone", "clock/@timezone", STR),
    Prop("clock.adjustment", "clock/@adjustment", STR),
    Prop("clock.basis", "clock/@basis", choice("utc", "localtime")),
    Prop("clock.start", "clock/@start", INT),
    Items(
        "clock.timers",
        "clock/timer",
        (
            Prop(
                "name",
                "@name",
                choice("armvtimer", "hpet", "hypervclock", "kvmclock", "pit", "platform", "rtc", "tsc"),
                required=True,
            ),
            Prop("present", "@present", YES_NO),
            Prop("tickpolicy", "@tickpolicy", choice("catchup", "delay", "discard", "merge")),
            Prop("track", "@track", choice("boot", "guest", "realtime", "wall")),
            Prop("frequency", "@frequency", INT),
            Prop("mode", "@mode", choice("auto", "emulate", "native", "paravirt", "smpsafe")),
            Prop("catchup.threshold", "catchup/@threshold", INT),
            Prop("catchup.slew", "catchup/@slew", INT),
            Prop("catchup.limit", "catchup/@limit", INT),
        ),
        identity=(("name",),),
    ),
    Prop("pm.suspend_to_mem", "pm/suspend-to-mem/@enabled", YES_NO),
    Prop("pm.suspend_to_disk", "pm/suspend-to-disk/@enabled", YES_NO),
)
