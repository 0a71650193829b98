# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A domain's clock, timers and power management."""

    DOCUMENTATION = r"""
options:
  clock:
    description: The clock of the guest. A change takes effect at the next start.
    type: dict
    suboptions:
      offset:
        description: The time that the guest's clock shows at its start. The default for a new domain is V(utc).
        type: str
        choices:
          utc: UTC, as most systems expect it.
          localtime: The local time of the host, as Windows expects it.
          timezone: The time in O(clock.timezone).
          variable: >-
            The time of O(clock.basis) with the offset O(clock.adjustment), into which libvirt records every change that
            the guest makes to its clock.
          absolute: The fixed time O(clock.start).
      timezone:
        description: The name of the time zone, such as V(Europe/Zurich), for O(clock.offset=timezone).
        type: str
      adjustment:
        description: >-
          The seconds that are added to O(clock.basis), such as V(3600), for O(clock.offset=variable). For V(utc) and
          V(localtime) only V(reset): at each start, discard what the guest did to its clock. The value that a running
          guest has changed is not compared.
        type: str
      basis:
        description: The time that O(clock.offset=variable) is relative to. libvirt's default is V(utc).
        type: str
        choices: [utc, localtime]
      start:
        description: The time in seconds since 1970-01-01 UTC, for O(clock.offset=absolute).
        type: int
      timers:
        description:
          - The complete list of the timers that differ from QEMU's defaults.
          - The default for a new x86_64 domain is C(rtc) with V(catchup), C(pit) with V(delay), and no C(hpet).
        type: list
        elements: dict
        suboptions:
          name:
            description: >-
              The name of the timer. V(rtc), V(pit) and V(hpet) are emulated devices, V(tsc) is the CPU's counter,
              V(kvmclock) and V(hypervclock) are the paravirtual clocks of Linux and Windows, V(armvtimer) is ARM's.
            type: str
            required: true
            choices: [armvtimer, hpet, hypervclock, kvmclock, pit, platform, rtc, tsc]
          present:
            description: Whether the guest has the timer. The default depends on timer and machine.
            type: bool
          tickpolicy:
            description: >-
              What happens to ticks that the guest was too late to receive. V(delay) delivers them later at the normal
              rate, V(catchup) at a higher rate, V(merge) merges them into one, V(discard) drops them.
            type: str
            choices: [catchup, delay, discard, merge]
          track:
            description: >-
              The clock that the timer follows, for V(rtc) and V(platform). V(guest) stops while the guest is paused,
              V(wall) is the time of the host, V(realtime) is the host's monotonic clock. QEMU does not support V(boot).
            type: str
            choices: [boot, guest, realtime, wall]
          frequency:
            description: The frequency of the V(tsc) timer in Hz.
            type: int
          mode:
            description: >-
              How the V(tsc) timer works. V(native) reads the CPU's counter, V(emulate) emulates it, V(auto) chooses,
              V(paravirt) and V(smpsafe) are for Xen.
            type: str
            choices: [auto, emulate, native, paravirt, smpsafe]
          catchup:
            description: How missed ticks are caught up on, for O(clock.timers[].tickpolicy=catchup).
            type: dict
            suboptions:
              threshold:
                description: The number of missed ticks at which catching up begins.
                type: int
              slew:
                description: The rate at which missed ticks are caught up on, in a unit that libvirt does not define.
                type: int
              limit:
                description: The number of missed ticks that are caught up on at most.
                type: int
  pm:
    description: The sleep states that the firmware offers to the guest. A change takes effect at the next start.
    type: dict
    suboptions:
      suspend_to_mem:
        description: Whether the guest can suspend to memory (S3). The default depends on the machine.
        type: bool
      suspend_to_disk:
        description: Whether the guest can suspend to disk (S4). The default depends on the machine.
        type: bool
"""
