# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A domain's memory."""

    DOCUMENTATION = r"""
options:
  memory:
    description:
      - >-
        The memory that the guest has now: a number and a unit, such as V(2GiB), V(2GB) or V(512M). A bare letter is
        binary, as in libvirt, and a number alone is bytes. Rounded up to 1 KiB.
      - A new domain needs it. It can be changed at once up to O(memory_max), if the guest has a virtio balloon driver.
    type: str
  memory_max:
    description:
      - The memory that the guest can be given without a restart, as O(memory) is written.
      - >-
        For a new domain the same as O(memory) where nothing is said. Where it is not declared, it is raised with
        O(memory) when that is more, and never lowered.
      - A change takes effect at the next start.
    type: str
"""
