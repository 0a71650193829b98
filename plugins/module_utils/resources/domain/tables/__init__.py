# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain is beside its devices: a table per area."""

from __future__ import annotations

from . import clock, cpu, features, firmware, general, memory, security, sysinfo, tuning

MACHINE = (
    *general.IDENTITY,
    *memory.TABLE,
    *cpu.VCPUS,
    *tuning.TABLE,
    *firmware.TABLE,
    *sysinfo.TABLE,
    *features.TABLE,
    *cpu.TABLE,
    *clock.TABLE,
    *security.TABLE,
    *general.EVENTS,
)
