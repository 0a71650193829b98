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
  vcpus_placement:
    description: >-
      Whether the vCPUs run on O(vcpus_cpuset), or where C(numad) advises at each start. libvirt's default is V(static).
      Takes effect at the next start.
    type: str
    choices: [auto, static]
  vcpus_cpuset:
    description: >-
      CPUs of the host, such as V(0-3,^2), that the vCPUs without an entry in O(cputune.vcpupin) run on. Takes effect at
      the next start.
    type: str
  cpu:
    description: What the guest sees of a CPU. Changes take effect at the next start.
    type: dict
    suboptions:
      mode:
        description: >-
          For a new domain where nothing is said V(custom) with O(cpu.model), else V(host-model) with KVM, V(maximum)
          with emulation.
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
      model_fallback:
        description: Whether libvirt may take a lesser model when the host's QEMU does not know this one.
        type: str
        choices: [allow, forbid]
      vendor_id:
        description: The vendor that the guest is told, twelve characters.
        type: str
      vendor:
        description: The vendor that the host's CPU must have, such as V(Intel), V(AMD).
        type: str
      match:
        description: How exactly the guest's CPU is the declared one.
        type: str
        choices: [exact, minimum, strict]
      check:
        description: How libvirt checks that the guest really gets that CPU before it starts.
        type: str
        choices: [full, none, partial]
      migratable:
        description: >-
          Whether features that prevent migration are left out. For the modes V(host-passthrough) and V(maximum) only.
        type: bool
      maxphysaddr:
        description: The size of physical addresses.
        type: dict
        suboptions:
          mode:
            description: Whether it is the host's or O(cpu.maxphysaddr.bits).
            type: str
            choices: [emulate, passthrough]
          bits:
            description: The number of bits, with V(emulate).
            type: int
          limit:
            description: The most that V(passthrough) gives. Since libvirt 9.3.
            type: int
      cache:
        description: The CPU's cache as the guest sees it.
        type: dict
        suboptions:
          level:
            description: The level that O(cpu.cache.mode=emulate) is about, V(3). All of them where nothing is said.
            type: int
          mode:
            description: Whether it is made up, the host's (with O(cpu.mode=host-passthrough) only), or not told at all.
            type: str
            choices: [disable, emulate, passthrough]
      features:
        description: >-
          Features of the CPU that are not as O(cpu.mode) and O(cpu.model) have them; complete.
        type: list
        elements: dict
        suboptions:
          name:
            description: The feature as libvirt calls it, such as V(vmx), V(pcid).
            type: str
            required: true
          policy:
            description: V(require) for a new one where nothing is said.
            type: str
            choices:
              force: The guest has it, whether the host has it or not.
              require: The guest has it; without it on the host it does not start.
              optional: The guest has it if the host has.
              disable: The guest does not have it.
              forbid: The guest does not start on a host that has it.
      numa:
        description:
          - The guest's NUMA cells; complete.
          - Their memory together is O(memory_max), which follows where neither it nor O(memory) is declared.
        type: list
        elements: dict
        suboptions:
          id:
            description: The cell's number, from 0.
            type: int
            required: true
          cpus:
            description: Its vCPUs, such as V(0-3). None where nothing is said.
            type: str
          memory:
            description: Its memory, as O(memory) is written.
            type: str
            required: true
          mem_access:
            description: Whether other processes share it. As O(memory_backing.access) where nothing is said.
            type: str
            choices: [private, shared]
          discard:
            description: As O(memory_backing.discard), for this cell.
            type: bool
          distances:
            description: How far it is to other cells; complete.
            type: list
            elements: dict
            suboptions:
              id:
                description: The other cell.
                type: int
                required: true
              value:
                description: The distance, from 10 (to itself) to 255 (out of reach).
                type: int
                required: true
          caches:
            description: Caches of its memory (HMAT); complete.
            type: list
            elements: dict
            suboptions:
              level:
                description: The level, from 1, nearest to the CPU.
                type: int
                required: true
              associativity:
                description: How it maps memory.
                type: str
                required: true
                choices: [direct, full, none]
              policy:
                description: What becomes of writes.
                type: str
                required: true
                choices: [none, writeback, writethrough]
              size:
                description: Its size, such as V(64KiB).
                type: str
                required: true
              line:
                description: The size of a line, such as V(64) bytes.
                type: str
                required: true
      topology:
        description: >-
          How the CPUs are arranged. Sockets, cores and threads belong together, and the product of all has to be
          O(vcpus_max), or O(vcpus) where that is not declared.
        type: dict
        suboptions:
          sockets:
            description: Sockets.
            type: int
          dies:
            description: Dies of a socket. V(1) where nothing is said.
            type: int
          clusters:
            description: Clusters of a die. V(1) where nothing is said. More need libvirt 10.1.
            type: int
          cores:
            description: Cores of a socket, die or cluster.
            type: int
          threads:
            description: Threads of a core.
            type: int
"""
