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
  memory_dump_core:
    description: Whether the guest's memory is part of a core dump of QEMU. Takes effect at the next start.
    type: bool
  memory_hotplug:
    description:
      - Room for memory devices that are plugged in while the guest runs. Takes effect at the next start.
      - The two belong together, and the guest needs a cell in O(cpu.numa).
    type: dict
    suboptions:
      max:
        description: The memory that the guest can have with all of them, as O(memory) is written. No less than it has.
        type: str
      slots:
        description: How many there can be.
        type: int
  memory_backing:
    description: What the guest's memory is made of. Takes effect at the next start.
    type: dict
    suboptions:
      hugepages:
        description: >-
          Whether it is made of huge pages, which the host has to have set aside. V(false) removes
          O(memory_backing.pages).
        type: bool
      pages:
        description: Which huge pages; complete. The host's usual ones where nothing is said.
        type: list
        elements: dict
        suboptions:
          size:
            description: The size of a page, such as V(2MiB) or V(1GiB).
            type: str
            required: true
          nodeset:
            description: The cells of O(cpu.numa) that are made of them, such as V(0-1). All where nothing is said.
            type: str
      nosharepages:
        description: Whether the host's kernel may not merge pages that are alike (KSM).
        type: bool
      locked:
        description: >-
          Whether it never goes to the host's swap. O(memtune.hard_limit) then should say how much the host has to lock.
        type: bool
      source:
        description: >-
          What it is. V(memfd) together with O(memory_backing.access=shared) is what virtiofs and vhost-user need.
        type: str
        choices:
          anonymous: Memory of the process QEMU.
          file: Files in a directory that libvirt's C(qemu.conf) names.
          memfd: Memory that has a file descriptor and no file.
      access:
        description: Whether other processes share it.
        type: str
        choices: [private, shared]
      allocation:
        description: Whether the host provides all of it at the start, or when the guest uses it.
        type: str
        choices: [immediate, ondemand]
      allocation_threads:
        description: How many threads provide it at the start.
        type: int
      discard:
        description: Whether its content is thrown away before QEMU ends, so that nothing is written back to files.
        type: bool
"""
