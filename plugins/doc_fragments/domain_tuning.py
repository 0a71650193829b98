# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Resource limits and placement."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  iothreads:
    description:
      - The number of I/O threads, which do the work of the disks that name one of them. A change takes effect at once.
      - A smaller number removes the last threads, which no disk may use any more. The default is none.
    type: int
  iothread_ids:
    description:
      - >-
        The complete list of the I/O threads by number. A change takes effect at once, except for the worker pools of
        existing threads, which change at the next start.
      - O(iothreads) follows from it if it is not declared. If that is larger, libvirt numbers the remaining threads.
    type: list
    elements: dict
    suboptions:
      id:
        description: The number of the I/O thread, from 1.
        type: int
        required: true
      thread_pool_min:
        description: The number of worker threads that the I/O thread keeps at least.
        type: int
      thread_pool_max:
        description: The number of worker threads that the I/O thread has at most.
        type: int
  cputune:
    description:
      - The CPU time of the domain and the CPUs of the host that it runs on. Shares, periods and quotas change at once.
      - >-
        They need the control group (cgroup) C(cpu) of the host, which every host with systemd has. Without it libvirt
        refuses to set them and the module fails.
    type: dict
    suboptions:
      shares:
        description: >-
          The weight of the domain's CPU time against that of other domains, from 2 to 262144. Usual values are 1024
          with cgroup v1 and 100 with cgroup v2.
        type: int
      period:
        description: The period in microseconds that O(cputune.quota) is for, from 1000 to 1000000.
        type: int
      quota:
        description: The CPU time in microseconds that each vCPU may use in one O(cputune.period). V(-1) is no limit.
        type: int
      global_period:
        description: The period in microseconds that O(cputune.global_quota) is for, from 1000 to 1000000.
        type: int
      global_quota:
        description: >-
          The CPU time in microseconds that the whole domain may use in one O(cputune.global_period). V(-1) is no limit.
        type: int
      emulator_period:
        description: The period in microseconds that O(cputune.emulator_quota) is for, from 1000 to 1000000.
        type: int
      emulator_quota:
        description: >-
          The CPU time in microseconds that QEMU's own threads may use in one O(cputune.emulator_period). V(-1) is no
          limit.
        type: int
      iothread_period:
        description: The period in microseconds that O(cputune.iothread_quota) is for, from 1000 to 1000000.
        type: int
      iothread_quota:
        description: >-
          The CPU time in microseconds that each I/O thread may use in one O(cputune.iothread_period). V(-1) is no
          limit.
        type: int
      vcpupin:
        description:
          - The complete list of the CPUs of the host that single vCPUs run on. A change takes effect at once.
          - A removed item takes effect at the next start, because libvirt cannot unpin a vCPU of a running domain.
        type: list
        elements: dict
        suboptions:
          vcpu:
            description: The number of the vCPU, from 0 and below O(vcpus_max).
            type: int
            required: true
          cpuset:
            description: The CPUs of the host, such as V(0-3,^2).
            type: str
            required: true
      emulatorpin:
        description: >-
          The CPUs of the host, such as V(0-3,^2), that QEMU's own threads run on. A change takes effect at once.
        type: str
      iothreadpin:
        description: >-
          The complete list of the CPUs of the host that single I/O threads run on. A change takes effect at once, a
          removed item at the next start.
        type: list
        elements: dict
        suboptions:
          iothread:
            description: The number of the I/O thread, from 1.
            type: int
            required: true
          cpuset:
            description: The CPUs of the host, such as V(0-3,^2).
            type: str
            required: true
      vcpusched:
        description:
          - The complete list of how the host's kernel schedules vCPUs. A change takes effect at the next start.
          - Declare vCPUs with the same scheduler and priority as one item, because libvirt combines them.
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs of the item, such as V(0-3,^2).
            type: str
            required: true
"""
        + shared_options.scheduling(10, required=True)
        + r"""
      iothreadsched:
        description: >-
          The complete list of how the host's kernel schedules I/O threads. A change takes effect at the next start.
          Threads with the same scheduler and priority are one item.
        type: list
        elements: dict
        suboptions:
          iothreads:
            description: The I/O threads of the item, such as V(1-2).
            type: str
            required: true
"""
        + shared_options.scheduling(10, required=True)
        + r"""
      emulatorsched:
        description: How the host's kernel schedules QEMU's own threads. A change takes effect at the next start.
        type: dict
        suboptions:
"""
        + shared_options.scheduling(10)
        + r"""
      cachetune:
        description: >-
          The complete list of the parts of the host's CPU cache that are reserved for vCPUs. It needs a CPU with cache
          allocation and the host's file system C(resctrl). A change takes effect at the next start.
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs of the item, such as V(0-3,^2).
            type: str
            required: true
          caches:
            description: The complete list of the parts of caches that these vCPUs get.
            type: list
            elements: dict
            suboptions:
              id:
                description: The number of the host's cache, as C(virsh capabilities) shows it.
                type: int
                required: true
              level:
                description: The level of the cache, V(2) or V(3).
                type: int
                required: true
              type:
                description: Whether the part is for code, for data, or for both.
                type: str
                required: true
                choices: [both, code, data]
              size:
                description: The size of the part, such as V(3MiB).
                type: str
                required: true
      memorytune:
        description: >-
          The complete list of the shares of the host's memory bandwidth that vCPUs get. It needs a CPU with memory
          bandwidth allocation and the host's file system C(resctrl). A change takes effect at the next start.
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs of the item, such as V(0-3,^2).
            type: str
            required: true
          nodes:
            description: The complete list of the shares that these vCPUs get on the nodes of the host.
            type: list
            elements: dict
            suboptions:
              id:
                description: The number of the node of the host, as C(virsh capabilities) shows it.
                type: int
                required: true
              bandwidth:
                description: The share of the node's bandwidth in per cent.
                type: int
                required: true
  blkiotune:
    description:
      - >-
        The domain's share of the host's block devices. A change takes effect at once. It needs the control group
        (cgroup) C(blkio) or C(io) of the host.
      - The limits of single disks are in O(disks[].iotune).
    type: dict
    suboptions:
      weight:
        description: The weight of the domain's input and output against that of other domains, from 100 to 1000.
        type: int
      devices:
        description: The complete list of the weights and limits on single block devices of the host.
        type: list
        elements: dict
        suboptions:
          path:
            description: The absolute path of the block device, such as V(/dev/sda).
            type: path
            required: true
          weight:
            description:
              - The weight on this device, up to 1000. V(0) is that of O(blkiotune.weight).
              - On hosts with systemd, libvirt 9.0 (Debian 12) aborts when it sets one; libvirt 11.3 sets it.
            type: int
          read_iops_sec:
            description: The limit on reads, in operations per second. V(0) is no limit.
            type: int
          write_iops_sec:
            description: The limit on writes, in operations per second. V(0) is no limit.
            type: int
          read_bytes_sec:
            description: The limit on reading, in bytes per second. V(0) is no limit.
            type: int
          write_bytes_sec:
            description: The limit on writing, in bytes per second. V(0) is no limit.
            type: int
  memtune:
    description:
      - >-
        The limits on the memory of the host that the domain uses, its guest's memory and QEMU's own together. A change
        takes effect at once. It needs the control group (cgroup) C(memory) of the host.
      - QEMU's own needs cannot be calculated in advance, and a domain that exceeds O(memtune.hard_limit) is killed.
    type: dict
    suboptions:
      hard_limit:
        description: The most memory that the domain can use, such as V(4GiB), or V(unlimited), the default.
        type: str
      soft_limit:
        description: >-
          The memory to which the domain is reduced when the host runs short of it, such as V(3GiB), or V(unlimited),
          the default.
        type: str
      swap_hard_limit:
        description: >-
          The most memory and swap together that the domain can use, such as V(6GiB), or V(unlimited), the default. It
          is not less than O(memtune.hard_limit).
        type: str
  numatune:
    description: The NUMA nodes of the host that the guest's memory is allocated on.
    type: dict
    suboptions:
      mode:
        description: >-
          How the nodes are used. V(strict), libvirt's default, allocates on them only, V(preferred) on others if they
          are full, V(interleave) on all of them in turn, and V(restrictive) leaves it to the control group (cgroup)
          C(cpuset). A change takes effect at the next start.
        type: str
        choices: [interleave, preferred, restrictive, strict]
      placement:
        description: >-
          Whether the nodes are those of O(numatune.nodeset) (V(static)) or those that the daemon C(numad) of the host
          recommends at each start (V(auto)). A change takes effect at the next start.
        type: str
        choices: [static, auto]
      nodeset:
        description: >-
          The NUMA nodes of the host, such as V(0-1). A change takes effect at once if the domain runs with
          O(numatune.mode=restrictive) and the host has the control group C(cpuset), else at the next start.
        type: str
      memnodes:
        description: >-
          The complete list of the nodes for single cells of O(cpu.numa). A change takes effect at the next start.
        type: list
        elements: dict
        suboptions:
          cellid:
            description: The number of the O(cpu.numa) cell of the guest.
            type: int
            required: true
          mode:
            description: How the nodes are used for this cell, as in O(numatune.mode).
            type: str
            required: true
            choices: [interleave, preferred, restrictive, strict]
          nodeset:
            description: The NUMA nodes of the host for this cell, such as V(0-1).
            type: str
            required: true
  perf:
    description: >-
      The performance events of the domain that the host's kernel counts, as C(virsh domstats --perf) shows them. They
      need support by the host's processor and kernel. The default is none. A change takes effect at once.
    type: dict
    suboptions:
      cmt:
        description: Whether the domain's use of the last-level cache is counted, in bytes.
        type: bool
      mbmt:
        description: Whether the memory bandwidth that the domain uses on all nodes is counted.
        type: bool
      mbml:
        description: Whether the memory bandwidth that the domain uses on its own node is counted.
        type: bool
      cpu_cycles:
        description: Whether CPU cycles are counted.
        type: bool
      instructions:
        description: Whether executed instructions are counted.
        type: bool
      cache_references:
        description: Whether accesses to the last-level cache are counted.
        type: bool
      cache_misses:
        description: Whether misses of the last-level cache are counted.
        type: bool
      branch_instructions:
        description: Whether branch instructions are counted.
        type: bool
      branch_misses:
        description: Whether mispredicted branches are counted.
        type: bool
      bus_cycles:
        description: Whether bus cycles are counted.
        type: bool
      stalled_cycles_frontend:
        description: Whether cycles stalled in the processor's frontend are counted.
        type: bool
      stalled_cycles_backend:
        description: Whether cycles stalled in the processor's backend are counted.
        type: bool
      ref_cpu_cycles:
        description: Whether CPU cycles at the reference frequency are counted.
        type: bool
      cpu_clock:
        description: Whether the time of the CPU's clock is counted, in nanoseconds.
        type: bool
      task_clock:
        description: Whether the time of the task's clock is counted, in nanoseconds.
        type: bool
      page_faults:
        description: Whether page faults are counted.
        type: bool
      context_switches:
        description: Whether context switches are counted.
        type: bool
      cpu_migrations:
        description: Whether migrations between CPUs are counted.
        type: bool
      page_faults_min:
        description: Whether minor page faults are counted.
        type: bool
      page_faults_maj:
        description: Whether major page faults are counted.
        type: bool
      alignment_faults:
        description: Whether alignment faults are counted.
        type: bool
      emulation_faults:
        description: Whether emulation faults are counted.
        type: bool
"""
    )
