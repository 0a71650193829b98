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
      - The number of virtual CPUs that the guest has now. Up to O(vcpus_max), a change takes effect at once.
      - The default for a new domain is O(vcpus_max) if that is declared, else V(1).
    type: int
  vcpus_max:
    description:
      - The number of virtual CPUs that the guest can have without a restart.
      - >-
        The default for a new domain is O(vcpus). If it is not declared for an existing domain, it is raised with a
        larger O(vcpus), and never lowered.
      - A change takes effect at the next start.
    type: int
  vcpus_placement:
    description: >-
      Whether the vCPUs run on the CPUs of O(vcpus_cpuset) (V(static), libvirt's default) or on those that the daemon
      C(numad) of the host recommends at each start (V(auto)). A change takes effect at the next start.
    type: str
    choices: [auto, static]
  vcpus_cpuset:
    description: >-
      The CPUs of the host, such as V(0-3,^2), on which vCPUs run that have no entry in O(cputune.vcpupin). The default
      is all of them. A change takes effect at the next start.
    type: str
  cpu:
    description: The CPU that the guest sees. A change takes effect at the next start.
    type: dict
    suboptions:
      mode:
        description: >-
          How the guest's CPU is chosen. The default for a new domain is V(custom) if O(cpu.model) is declared, else
          V(host-model) with KVM and V(maximum) with emulation.
        type: str
        choices:
          host-model: >-
            The model nearest to the host's CPU. The guest can be migrated to hosts whose CPU has the same features.
          host-passthrough: The CPU of the host as it is. The guest can be migrated only to hosts with the same CPU.
          maximum: Every feature that KVM or the emulator has.
          custom: The model that O(cpu.model) names.
      model:
        description: >-
          The name of a CPU model of libvirt, such as V(EPYC) or V(Skylake-Server). C(virsh cpu-models x86_64) lists
          them.
        type: str
      model_fallback:
        description: >-
          Whether libvirt may take the nearest model that it supports if the host does not support this one. libvirt's
          default is V(allow).
        type: str
        choices: [allow, forbid]
      vendor_id:
        description: The vendor ID that the guest sees, exactly twelve characters, such as V(GenuineIntel).
        type: str
      vendor:
        description: >-
          The vendor of the host's CPU, such as V(Intel) or V(AMD). On any other host the domain does not start.
        type: str
      match:
        description: >-
          How the declared CPU has to match that of the host. V(minimum) gives the guest further features of the host,
          V(exact) the declared ones only, and V(strict) starts it only on a host whose CPU is exactly the declared one.
          libvirt's default is V(exact).
        type: str
        choices: [exact, minimum, strict]
      check:
        description: >-
          How libvirt checks that the guest gets the declared CPU. V(none) does not, V(partial) compares with the host's
          CPU before the start, V(full) compares with the CPU that QEMU has created, and does not start the guest if it
          differs.
        type: str
        choices: [full, none, partial]
      migratable:
        description: >-
          Whether features that prevent migration are left out, for O(cpu.mode) V(host-passthrough) and V(maximum).
        type: bool
      maxphysaddr:
        description: The width of physical addresses in the guest, which limits its memory.
        type: dict
        suboptions:
          mode:
            description: Whether the width is that of the host (V(passthrough)) or O(cpu.maxphysaddr.bits) (V(emulate)).
            type: str
            choices: [emulate, passthrough]
          bits:
            description: The width in bits, from 32 to 64, for V(emulate).
            type: int
          limit:
            description: The largest width in bits that V(passthrough) gives, from 32 to 64. Since libvirt 9.3.
            type: int
      cache:
        description: The CPU cache that the guest sees.
        type: dict
        suboptions:
          level:
            description: >-
              The level of the cache that O(cpu.cache.mode=emulate) describes, V(3). The default is all levels.
            type: int
          mode:
            description: >-
              Whether the cache is emulated, that of the host (V(passthrough), with O(cpu.mode=host-passthrough) only),
              or not visible to the guest (V(disable)).
            type: str
            choices: [disable, emulate, passthrough]
      features:
        description: The complete list of the CPU features that differ from what O(cpu.mode) and O(cpu.model) give.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the feature in libvirt, such as V(vmx) or V(pcid).
            type: str
            required: true
          policy:
            description: How the guest gets the feature. The default for a new one is V(require).
            type: str
            choices:
              force: The guest has it, even if the host does not.
              require: The guest has it, and does not start on a host without it.
              optional: The guest has it if the host has it.
              disable: The guest does not have it.
              forbid: The guest does not start on a host that has it.
      numa:
        description:
          - The complete list of the guest's NUMA nodes, which libvirt calls cells.
          - >-
            The memory of all cells together is O(memory_max), which is derived from them if neither it nor O(memory) is
            declared.
        type: list
        elements: dict
        suboptions:
          id:
            description: The number of the cell, from 0.
            type: int
            required: true
          cpus:
            description: The vCPUs of the cell, such as V(0-3). The default is none.
            type: str
          memory:
            description: The memory of the cell, written as O(memory) is, such as V(1GiB).
            type: str
            required: true
          mem_access:
            description: >-
              Whether other processes can map the cell's memory (V(shared)) or not (V(private)). The default is
              O(memory_backing.access).
            type: str
            choices: [private, shared]
          discard:
            description: >-
              Whether the content of the cell's memory is discarded when QEMU ends. The default is
              O(memory_backing.discard).
            type: bool
          distances:
            description: The complete list of the distances from the cell to other cells.
            type: list
            elements: dict
            suboptions:
              id:
                description: The number of the other cell.
                type: int
                required: true
              value:
                description: The distance, from V(10), which is local, to V(255), which is unreachable.
                type: int
                required: true
          caches:
            description: The complete list of the memory-side caches of the cell, as the ACPI table HMAT describes them.
            type: list
            elements: dict
            suboptions:
              level:
                description: The level of the cache. V(1) is nearest to the CPU.
                type: int
                required: true
              associativity:
                description: >-
                  How memory is assigned to lines of the cache: V(direct) to one line, V(full) by a complex index,
                  V(none) unknown.
                type: str
                required: true
                choices: [direct, full, none]
              policy:
                description: >-
                  Whether writes go through the cache to memory at once (V(writethrough)) or later (V(writeback)).
                  V(none) does not say.
                type: str
                required: true
                choices: [none, writeback, writethrough]
              size:
                description: The size of the cache, such as V(64KiB).
                type: str
                required: true
              line:
                description: The size of a cache line, such as V(64B). A number alone is bytes.
                type: str
                required: true
      topology:
        description: >-
          How vCPUs are arranged. Sockets, cores and threads are required together, and the product of all numbers has
          to be O(vcpus_max), or O(vcpus) if that is not declared.
        type: dict
        suboptions:
          sockets:
            description: The number of CPU sockets.
            type: int
          dies:
            description: The number of dies of each socket. The default is V(1).
            type: int
          clusters:
            description: The number of clusters of each die. The default is V(1). More need libvirt 10.1.
            type: int
          cores:
            description: The number of cores of each cluster, which is the whole socket by default.
            type: int
          threads:
            description: The number of threads of each core.
            type: int
"""
