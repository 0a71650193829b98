# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a domain may take of the host, and where."""

    DOCUMENTATION = r"""
options:
  iothreads:
    description:
      - How many threads of their own the guest's disks can have for their input and output. Changed at once.
      - One that goes is the last. A disk must not use it any more.
    type: int
  iothread_ids:
    description:
      - The same threads by number; complete. Changed at once, except for the pools of threads that are there.
      - O(iothreads) follows where it is not declared. It may be more, and libvirt numbers the rest.
    type: list
    elements: dict
    suboptions:
      id:
        description: Its number, from 1.
        type: int
        required: true
      thread_pool_min:
        description: How many workers it keeps at least.
        type: int
      thread_pool_max:
        description: How many workers it has at most.
        type: int
  cputune:
    description:
      - The CPU time of the guest, and where it runs. Shares, periods and quotas are changed at once.
      - >-
        Shares, periods and quotas need the control group C(cpu) of the host, as every host with systemd has it. Where
        there is none, libvirt refuses to set them and the module fails.
    type: dict
    suboptions:
      shares:
        description: Its weight against other guests, from 2 to 262144; 1024 is usual with cgroup v1, 100 with v2.
        type: int
      period:
        description: The interval that O(cputune.quota) is about, in microseconds from 1000 to 1000000, for each vCPU.
        type: int
      quota:
        description: Microseconds of CPU time that each vCPU has in O(cputune.period). V(-1) is no limit.
        type: int
      global_period:
        description: As O(cputune.period), for the whole domain.
        type: int
      global_quota:
        description: As O(cputune.quota), for the whole domain.
        type: int
      emulator_period:
        description: As O(cputune.period), for QEMU's own threads.
        type: int
      emulator_quota:
        description: As O(cputune.quota), for QEMU's own threads.
        type: int
      iothread_period:
        description: As O(cputune.period), for each of O(iothreads).
        type: int
      iothread_quota:
        description: As O(cputune.quota), for each of O(iothreads).
        type: int
      vcpupin:
        description:
          - Which of the host's CPUs each vCPU runs on; complete. Changed at once.
          - A pin that is removed is gone at the next start, because libvirt cannot take it from a running guest.
        type: list
        elements: dict
        suboptions:
          vcpu:
            description: The vCPU, from 0 and below O(vcpus_max).
            type: int
            required: true
          cpuset:
            description: CPUs of the host, such as V(0-3,^2).
            type: str
            required: true
      emulatorpin:
        description: CPUs of the host, such as V(0-3,^2), that QEMU's own threads run on. Changed at once.
        type: str
      iothreadpin:
        description: Which of the host's CPUs each of O(iothreads) runs on; complete. As O(cputune.vcpupin).
        type: list
        elements: dict
        suboptions:
          iothread:
            description: The thread's number, from 1.
            type: int
            required: true
          cpuset:
            description: CPUs of the host, such as V(0-3,^2).
            type: str
            required: true
      vcpusched:
        description:
          - How the host schedules vCPUs; complete. Takes effect at the next start.
          - libvirt makes one entry of those that have the same scheduler and priority. Write them so.
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs, such as V(0-3,^2).
            type: str
            required: true
          scheduler:
            description: The host's scheduler. V(fifo) and V(rr) are for real time.
            type: str
            required: true
            choices: [batch, fifo, idle, rr]
          priority:
            description: From 1 to 99. V(fifo) and V(rr) need it; the others have none.
            type: int
      iothreadsched:
        description: How the host schedules O(iothreads); complete. As O(cputune.vcpusched).
        type: list
        elements: dict
        suboptions:
          iothreads:
            description: The threads, such as V(1-2).
            type: str
            required: true
          scheduler:
            description: The host's scheduler. V(fifo) and V(rr) are for real time.
            type: str
            required: true
            choices: [batch, fifo, idle, rr]
          priority:
            description: From 1 to 99. V(fifo) and V(rr) need it; the others have none.
            type: int
      emulatorsched:
        description: How the host schedules QEMU's own threads. Takes effect at the next start.
        type: dict
        suboptions:
          scheduler:
            description: The host's scheduler. V(fifo) and V(rr) are for real time.
            type: str
            choices: [batch, fifo, idle, rr]
          priority:
            description: From 1 to 99. V(fifo) and V(rr) need it; the others have none.
            type: int
      cachetune:
        description:
          - Parts of the host's CPU cache that vCPUs have for themselves; complete. Takes effect at the next start.
          - Needs the host's C(resctrl).
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs, such as V(0-3,^2).
            type: str
            required: true
          caches:
            description: Their parts; complete.
            type: list
            elements: dict
            suboptions:
              id:
                description: The number of the host's cache, as C(virsh capabilities) shows it.
                type: int
                required: true
              level:
                description: Its level, V(2) or V(3).
                type: int
                required: true
              type:
                description: What it is for.
                type: str
                required: true
                choices: [both, code, data]
              size:
                description: How much of it, such as V(3MiB).
                type: str
                required: true
      memorytune:
        description:
          - The bandwidth to memory that vCPUs have; complete. Takes effect at the next start.
          - Needs the host's C(resctrl).
        type: list
        elements: dict
        suboptions:
          vcpus:
            description: The vCPUs, such as V(0-3,^2).
            type: str
            required: true
          nodes:
            description: What they have of each node; complete.
            type: list
            elements: dict
            suboptions:
              id:
                description: The node's number.
                type: int
                required: true
              bandwidth:
                description: Per cent of it.
                type: int
                required: true
  blkiotune:
    description:
      - The guest's share of the host's block devices. Changed at once. It needs the control group C(blkio) or C(io).
      - The limits of single disks are among the options of O(disks).
    type: dict
    suboptions:
      weight:
        description: Its weight against other guests, from 100 to 1000.
        type: int
      devices:
        description: Weights and limits on single devices of the host; complete.
        type: list
        elements: dict
        suboptions:
          path:
            description: The device, such as V(/dev/sda).
            type: path
            required: true
          weight:
            description:
              - The weight there. V(0) is the one of O(blkiotune.weight).
              - Under systemd the daemon of libvirt 9.0 (Debian 12) aborts when it sets one; that of 11.3 sets it.
            type: int
          read_iops_sec:
            description: Reads in a second at most. V(0) is no limit.
            type: int
          write_iops_sec:
            description: Writes in a second at most. V(0) is no limit.
            type: int
          read_bytes_sec:
            description: Bytes read in a second at most. V(0) is no limit.
            type: int
          write_bytes_sec:
            description: Bytes written in a second at most. V(0) is no limit.
            type: int
  memtune:
    description:
      - >-
        What the guest may take of the host's memory, together with QEMU's own needs, which nobody can tell beforehand.
        A guest that goes over its O(memtune.hard_limit) is killed.
      - Changed at once. It needs the control group C(memory).
    type: dict
    suboptions:
      hard_limit:
        description: What it never has more of, such as V(4GiB), or V(unlimited).
        type: str
      soft_limit:
        description: What it is brought down to when the host's memory is short, or V(unlimited).
        type: str
      swap_hard_limit:
        description: Memory and swap together at most, or V(unlimited). Not less than O(memtune.hard_limit).
        type: str
  numatune:
    description: Which of the host's NUMA nodes the guest's memory comes from.
    type: dict
    suboptions:
      mode:
        description: How strictly. libvirt's default is V(strict). A change takes effect at the next start.
        type: str
        choices: [interleave, preferred, restrictive, strict]
      placement:
        description: >-
          Whether the nodes are those of O(numatune.nodeset) or chosen by C(numad). A change takes effect at the next
          start.
        type: str
        choices: [static, auto]
      nodeset:
        description: >-
          Nodes of the host, such as V(0-1). Changed at once where the domain runs with O(numatune.mode) V(restrictive)
          and the host has the control group C(cpuset).
        type: str
      memnodes:
        description: The same for single cells of O(cpu.numa); complete. A change takes effect at the next start.
        type: list
        elements: dict
        suboptions:
          cellid:
            description: The cell.
            type: int
            required: true
          mode:
            description: How strictly.
            type: str
            required: true
            choices: [interleave, preferred, restrictive, strict]
          nodeset:
            description: Nodes of the host, such as V(0-1).
            type: str
            required: true
  perf:
    description: >-
      What the host's kernel counts of the guest, for C(virsh domstats --perf). Changed at once. The host's processor
      and kernel have to know the event.
    type: dict
    suboptions:
      cmt:
        description: Whether it counts the occupancy of the CPU's last cache.
        type: bool
      mbmt:
        description: Whether it counts the bandwidth to all memory.
        type: bool
      mbml:
        description: Whether it counts the bandwidth to memory of its own node.
        type: bool
      cpu_cycles:
        description: Whether it counts CPU cycles.
        type: bool
      instructions:
        description: Whether it counts instructions.
        type: bool
      cache_references:
        description: Whether it counts uses of the cache.
        type: bool
      cache_misses:
        description: Whether it counts misses of the cache.
        type: bool
      branch_instructions:
        description: Whether it counts branches.
        type: bool
      branch_misses:
        description: Whether it counts branches that were foretold wrongly.
        type: bool
      bus_cycles:
        description: Whether it counts bus cycles.
        type: bool
      stalled_cycles_frontend:
        description: Whether it counts cycles lost in the processor's frontend.
        type: bool
      stalled_cycles_backend:
        description: Whether it counts cycles lost in its backend.
        type: bool
      ref_cpu_cycles:
        description: Whether it counts cycles at an even frequency.
        type: bool
      cpu_clock:
        description: Whether it counts CPU time as a clock of the CPU tells it.
        type: bool
      task_clock:
        description: Whether it counts CPU time as a clock of the task tells it.
        type: bool
      page_faults:
        description: Whether it counts page faults.
        type: bool
      context_switches:
        description: Whether it counts context switches.
        type: bool
      cpu_migrations:
        description: Whether it counts moves to another CPU.
        type: bool
      page_faults_min:
        description: Whether it counts minor page faults.
        type: bool
      page_faults_maj:
        description: Whether it counts major page faults.
        type: bool
      alignment_faults:
        description: Whether it counts alignment faults.
        type: bool
      emulation_faults:
        description: Whether it counts emulation faults.
        type: bool
"""
