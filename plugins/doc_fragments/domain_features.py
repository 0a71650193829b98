# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What of the board and the hypervisor a domain is given."""

    DOCUMENTATION = r"""
options:
  features:
    description:
      - What of the board and the hypervisor the guest is given. Changes take effect at the next start.
      - A new x86_64 domain has V(acpi) and V(apic), where nothing is said.
    type: dict
    suboptions:
      acpi:
        description: Whether it has ACPI, which a shutdown needs.
        type: bool
      apic:
        description: Whether it has an APIC.
        type: bool
      pae:
        description: Whether it has physical address extensions.
        type: bool
      hap:
        description: Whether hardware-assisted paging is used.
        type: bool
      apic_eoi:
        description: Whether the end of an interrupt can be told without leaving the guest.
        type: bool
      pmu:
        description: Whether it has a performance monitoring unit.
        type: bool
      vmport:
        description: Whether it has VMware's port.
        type: bool
      smm:
        description: Whether it has the System Management Mode, which Secure Boot needs.
        type: bool
      pvspinlock:
        description: Whether it has paravirtual spinlocks.
        type: bool
      vmcoreinfo:
        description: Whether it has a place to leave what a crash dump needs.
        type: bool
      htm:
        description: Whether it has hardware transactional memory (ppc64).
        type: bool
      ps2:
        description: Whether it has a PS/2 controller; since libvirt 10.7.
        type: bool
      ras:
        description: Whether errors of the host's memory are reported to the guest (ARM); since libvirt 10.4.
        type: bool
      smm_tseg:
        description: The memory of O(features.smm), such as V(48MiB). Many vCPUs or much memory need more than is usual.
        type: str
      ioapic:
        description: Who does the I/O APIC.
        type: str
        choices: [kvm, qemu]
      gic:
        description: The version of ARM's interrupt controller, such as V(3) or V(host).
        type: str
      msrs_unknown:
        description: What becomes of accesses to registers that the hypervisor does not know.
        type: str
        choices: [ignore, fault]
      tcg_tb_cache:
        description: The emulator's cache of translated code, such as V(512MiB).
        type: str
      async_teardown:
        description: Whether the guest's memory is freed in the background when it ends. Since libvirt 9.6.
        type: bool
      hyperv:
        description: What makes Windows run better, called as in Hyper-V.
        type: dict
        suboptions:
          mode:
            description: Whether all that the host knows are given, or those that are said here.
            type: str
            choices: [custom, passthrough]
          relaxed:
            description: Whether timers may be late.
            type: bool
          vapic:
            description: Whether there is a virtual APIC.
            type: bool
          spinlocks:
            description: Whether the guest tells when it waits for a lock. It needs O(features.hyperv.spinlock_retries).
            type: bool
          vpindex:
            description: Whether vCPUs have numbers.
            type: bool
          runtime:
            description: Whether the guest learns how long it ran.
            type: bool
          synic:
            description: Whether there is a synthetic interrupt controller. It needs O(features.hyperv.vpindex).
            type: bool
          stimer:
            description: Whether there are synthetic timers. They need O(features.hyperv.synic).
            type: bool
          reset:
            description: Whether it can be reset so.
            type: bool
          frequencies:
            description: Whether the guest learns the frequencies of its timers.
            type: bool
          reenlightenment:
            description: Whether it is told of a migration.
            type: bool
          tlbflush:
            description: Whether TLBs are flushed so.
            type: bool
          ipi:
            description: Whether interrupts between CPUs are sent so.
            type: bool
          evmcs:
            description: Whether nested guests have enlightened control structures (Intel).
            type: bool
          avic:
            description: Whether hardware APIC virtualization is used.
            type: bool
          emsr_bitmap:
            description: Whether nested guests have enlightened MSR bitmaps. Newer than libvirt 9.0.
            type: bool
          xmm_input:
            description: Whether arguments may be in XMM registers. Newer than libvirt 9.0.
            type: bool
          spinlock_retries:
            description: How often a lock is tried before the guest tells it, from 4095.
            type: int
          stimer_direct:
            description: Whether synthetic timers come as plain interrupts.
            type: bool
          tlbflush_direct:
            description: Whether a nested guest's TLBs are flushed without its own hypervisor; since libvirt 11.0.
            type: bool
          tlbflush_extended:
            description: Whether single ranges of addresses can be flushed; since libvirt 11.0.
            type: bool
          vendor_id:
            description: The hypervisor's name, up to twelve characters. An empty text is the usual one.
            type: str
      kvm:
        description: KVM's own.
        type: dict
        suboptions:
          hidden:
            description: Whether the guest cannot see that it runs on KVM.
            type: bool
          hint_dedicated:
            description: Whether the guest may rely on a CPU of its own for each vCPU.
            type: bool
          poll_control:
            description: Whether the guest decides if the host waits for it.
            type: bool
          pv_ipi:
            description: Whether interrupts between CPUs are paravirtual.
            type: bool
          dirty_ring:
            description: Whether changed memory is tracked in rings. It needs O(features.kvm.dirty_ring_size).
            type: bool
          dirty_ring_size:
            description: The entries of such a ring, a power of two from 1024 to 65536.
            type: int
"""
