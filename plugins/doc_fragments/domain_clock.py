# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A domain's clock, timers and power management."""

    DOCUMENTATION = r"""
options:
  clock:
    description: The guest's clock. Changes take effect at the next start.
    type: dict
    suboptions:
      offset:
        description: What it shows when the guest starts. V(utc) for a new domain where nothing is said.
        type: str
        choices:
          utc: UTC, as most systems want it.
          localtime: The host's local time, as Windows wants it.
          timezone: The time in O(clock.timezone).
          variable: As far from O(clock.basis) as O(clock.adjustment) says; the guest's own changes last.
          absolute: O(clock.start).
      timezone:
        description: A time zone, such as V(Europe/Zurich). With V(timezone) only.
        type: str
      adjustment:
        description: >-
          Seconds, with V(variable), or V(reset), with V(utc) and V(localtime), so that the guest's own changes do not
          last. What a running guest has made of it is not compared.
        type: str
      basis:
        description: What V(variable) counts from.
        type: str
        choices: [utc, localtime]
      start:
        description: Seconds since 1970, with V(absolute).
        type: int
      timers:
        description:
          - The timers that are not as QEMU has them; complete.
          - A new x86_64 domain has C(rtc), C(pit) and C(hpet) as most guests want them, where nothing is said.
        type: list
        elements: dict
        suboptions:
          name:
            description: Which timer.
            type: str
            required: true
            choices: [armvtimer, hpet, hypervclock, kvmclock, pit, platform, rtc, tsc]
          present:
            description: Whether there is one.
            type: bool
          tickpolicy:
            description: What becomes of ticks that came too late.
            type: str
            choices: [catchup, delay, discard, merge]
          track:
            description: What V(rtc) or V(platform) goes by.
            type: str
            choices: [boot, guest, realtime, wall]
          frequency:
            description: The frequency of V(tsc), in Hz.
            type: int
          mode:
            description: How V(tsc) is done.
            type: str
            choices: [auto, emulate, native, paravirt, smpsafe]
          catchup:
            description: How late ticks are made up for, with V(catchup).
            type: dict
            suboptions:
              threshold:
                description: Ticks that may be missing before it begins.
                type: int
              slew:
                description: How fast it goes.
                type: int
              limit:
                description: Ticks that are made up for at most.
                type: int
  pm:
    description: Whether the guest may sleep. Changes take effect at the next start.
    type: dict
    suboptions:
      suspend_to_mem:
        description: Whether it may suspend to memory (S3).
        type: bool
      suspend_to_disk:
        description: Whether it may suspend to disk (S4).
        type: bool
"""
