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
        The memory that the guest has now, a number with a unit such as V(2GiB), V(2GB) or V(512M). A single letter is a
        binary unit, as in libvirt, and a number alone is bytes. It is rounded up to 1 KiB.
      - >-
        A new domain needs it. Up to O(memory_max), a change takes effect at once if the guest has a driver for the
        virtio balloon.
    type: str
  memory_max:
    description:
      - The most memory that the guest can have without a restart, written as O(memory) is, such as V(4GiB).
      - >-
        The default for a new domain is O(memory). If it is not declared for an existing domain, it is raised with a
        larger O(memory), and never lowered.
      - A change takes effect at the next start.
    type: str
  memory_dump_core:
    description: >-
      Whether a core dump of the QEMU process contains the guest's memory. The default is what C(qemu.conf) of the host
      says. A change takes effect at the next start.
    type: bool
  memory_hotplug:
    description: >-
      The room for memory devices that are plugged in while the domain runs. Both options are needed together, and the
      domain needs O(cpu.numa). A change takes effect at the next start.
    type: dict
    suboptions:
      max:
        description: >-
          The memory that the guest can have with all memory devices, written as O(memory) is, such as V(16GiB). It is
          not less than O(memory_max).
        type: str
      slots:
        description: The number of memory devices that the guest can have.
        type: int
  memory_backing:
    description: The kind of host memory that the guest's memory is made of. A change takes effect at the next start.
    type: dict
    suboptions:
      hugepages:
        description: >-
          Whether the guest's memory is made of huge pages, which the host has to have reserved. V(false) also removes
          O(memory_backing.pages).
        type: bool
      pages:
        description: >-
          The complete list of the sizes of huge pages that are used. The default is the host's default size for the
          whole memory.
        type: list
        elements: dict
        suboptions:
          size:
            description: The size of a huge page, such as V(2MiB) or V(1GiB).
            type: str
            required: true
          nodeset:
            description: >-
              The O(cpu.numa) cells of the guest whose memory is made of these pages, such as V(0-1). The default is all
              of them.
            type: str
      nosharepages:
        description: >-
          Whether the host's kernel is kept from merging equal pages of the guest with others (KSM). The default is
          V(false).
        type: bool
      locked:
        description: >-
          Whether the guest's memory is locked, so that the host never swaps it out. O(memtune.hard_limit) should then
          limit how much the domain can lock. The default is V(false).
        type: bool
      source:
        description: >-
          The source of the memory. V(memfd) together with O(memory_backing.access=shared) is what virtiofs and
          vhost-user need.
        type: str
        choices:
          anonymous: Anonymous memory of the QEMU process.
          file: Files in the directory that C(memory_backing_dir) in C(qemu.conf) names.
          memfd: Memory with a file descriptor and without a file.
      access:
        description: >-
          Whether other processes, such as virtiofsd, can map the guest's memory (V(shared)) or not (V(private),
          libvirt's default).
        type: str
        choices: [private, shared]
      allocation:
        description: >-
          When the host allocates the memory, all of it at the start (V(immediate)) or each page when the guest first
          uses it (V(ondemand)).
        type: str
        choices: [immediate, ondemand]
      allocation_threads:
        description: The number of threads that allocate the memory at the start, for V(immediate).
        type: int
      discard:
        description: >-
          Whether the memory's content is discarded when QEMU ends, so that nothing is written back to files. The
          default is V(false).
        type: bool
"""
