# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A domain's vCPUs."""

    DOCUMENTATION = r"""
options:
  vcpus:
    description:
      - The virtual CPUs that the guest has now. They can be changed at once up to O(vcpus_max).
      - For a new domain O(vcpus_max), or else V(1), where nothing is said.
    type: int
  vcpus_max:
    description:
      - The virtual CPUs that the guest can be given without a restart.
      - >-
        For a new domain the same as O(vcpus) where nothing is said. Where it is not declared, it is raised with
        O(vcpus) when that is more, and never lowered.
      - A change takes effect at the next start.
    type: int
  cpu:
    description: What the guest sees of a CPU.
    type: dict
    suboptions:
      mode:
        description: For a new domain V(host-model) with KVM, V(maximum) with emulation, where nothing is said.
        type: str
        choices:
          host-model: The model nearest to the host's CPU, which can be migrated to hosts that have the same.
          host-passthrough: The host's CPU as it is.
          maximum: Every feature that KVM or the emulator can do.
          custom: The one in O(cpu.model).
      model:
        description: >-
          A model that libvirt knows, such as V(EPYC) or V(Skylake-Server); C(virsh cpu-models x86_64) lists them.
        type: str
      topology:
        description: >-
          How the CPUs are arranged. The three belong together, and their product has to be O(vcpus_max), or O(vcpus)
          where that is not declared.
        type: dict
        suboptions:
          sockets:
            description: Sockets.
            type: int
          cores:
            description: Cores of a socket.
            type: int
          threads:
            description: Threads of a core.
            type: int
"""
