# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Features of the board and hypervisor."""

    DOCUMENTATION = r"""
options:
  features:
    description:
      - >-
        Features of the virtual board and of the hypervisor. What is not declared stays as it is, for a new domain
        QEMU's or libvirt's default. A change takes effect at the next start.
      - A new x86_64 domain has O(features.acpi) and O(features.apic) unless they are declared otherwise.
    type: dict
    suboptions:
      acpi:
        description: Whether the guest has ACPI, which an orderly shutdown and hotplug need.
        type: bool
      apic:
        description: Whether the guest has an APIC, the interrupt controller that more than one vCPU needs.
        type: bool
      pae:
        description: Whether a 32-bit guest can address more than 4 GiB of memory (PAE).
        type: bool
      hap:
        description: Whether hardware-assisted paging (EPT, NPT) is used for the guest's memory.
        type: bool
      apic_eoi:
        description: >-
          Whether the guest can signal the end of an interrupt without an exit to the hypervisor. Needs
          O(features.apic).
        type: bool
      pmu:
        description: Whether the guest has a virtual performance monitoring unit, which C(perf) in the guest needs.
        type: bool
      vmport:
        description: Whether the VMware I/O port is emulated, which VMware's guest tools look for.
        type: bool
      smm:
        description: Whether the guest has the System Management Mode, which Secure Boot needs.
        type: bool
      pvspinlock:
        description: >-
          Whether the guest uses paravirtual spinlocks, which give the CPU back to the host while they
          wait.
        type: bool
      vmcoreinfo:
        description: >-
          Whether the guest has a device through which its kernel gives the host what is needed to analyse a memory
          dump.
        type: bool
      htm:
        description: Whether the guest has hardware transactional memory (ppc64).
        type: bool
      ps2:
        description: Whether the guest has a PS/2 controller. Since libvirt 10.7.
        type: bool
      ras:
        description: Whether errors of the host's memory are reported to the guest (ARM). Since libvirt 10.4.
        type: bool
      smm_tseg:
        description: >-
          The size of the memory (TSEG) for O(features.smm), such as V(48MiB). Guests with many vCPUs or much memory
          need more than QEMU's default.
        type: str
      ioapic:
        description: >-
          The program that emulates the I/O APIC, the interrupt controller of the board. V(qemu) is needed for interrupt
          remapping with a virtual IOMMU (O(iommu.intremap)).
        type: str
        choices: [kvm, qemu]
      gic:
        description: The version of ARM's interrupt controller (GIC), such as V(3), or V(host) for that of the host.
        type: str
      msrs_unknown:
        description: >-
          What happens when the guest accesses a model-specific register that KVM does not know. V(ignore) does nothing,
          V(fault) raises a fault in the guest.
        type: str
        choices: [ignore, fault]
      tcg_tb_cache:
        description: >-
          The size of the cache for translated code of an emulated guest, such as V(512MiB), rounded up to 1 MiB.
        type: str
      async_teardown:
        description: Whether QEMU frees the guest's memory in the background after it has ended. Since libvirt 9.6.
        type: bool
      hyperv:
        description: >-
          Hyper-V enlightenments, interfaces of the hypervisor that make Windows guests faster, by libvirt's names.
        type: dict
        suboptions:
          mode:
            description: >-
              Whether the guest gets the enlightenments that are declared here (V(custom), libvirt's default) or all
              that the host has (V(passthrough)).
            type: str
            choices: [custom, passthrough]
          relaxed:
            description: >-
              Whether Windows does not watch its timers, and so does not stop with a blue screen when
              a busy host delays them.
            type: bool
          vapic:
            description: Whether the guest has a virtual APIC, which saves exits to the hypervisor.
            type: bool
          spinlocks:
            description: >-
              Whether the guest notifies the hypervisor when it waits long for a lock. Needs
              O(features.hyperv.spinlock_retries).
            type: bool
          vpindex:
            description: Whether the guest can read the index of each vCPU, which other enlightenments need.
            type: bool
          runtime:
            description: Whether the guest can read how long a vCPU has run.
            type: bool
          synic:
            description: Whether the guest has a synthetic interrupt controller. Needs O(features.hyperv.vpindex).
            type: bool
          stimer:
            description: Whether the guest has synthetic timers. Needs O(features.hyperv.synic).
            type: bool
          reset:
            description: Whether the guest can reset itself through the hypervisor.
            type: bool
          frequencies:
            description: Whether the guest can read the frequencies of its time stamp counter and APIC timer.
            type: bool
          reenlightenment:
            description: Whether the guest is notified of a migration, so that it adapts its clocks.
            type: bool
          tlbflush:
            description: >-
              Whether the guest lets the hypervisor flush the TLBs (address translation caches) of other vCPUs.
            type: bool
          ipi:
            description: Whether the guest sends interrupts between vCPUs through the hypervisor.
            type: bool
          evmcs:
            description: Whether virtual machines inside the guest run faster on Intel (enlightened VMCS).
            type: bool
          avic:
            description: Whether the hardware's APIC virtualization is used (AMD AVIC, Intel APICv).
            type: bool
          emsr_bitmap:
            description: >-
              Whether virtual machines inside the guest run faster (enlightened MSR bitmaps), on Intel only together
              with O(features.hyperv.evmcs). Since libvirt 10.7.
            type: bool
          xmm_input:
            description: >-
              Whether the guest may pass data to the hypervisor in XMM registers, which saves memory accesses. Since
              libvirt 10.7.
            type: bool
          spinlock_retries:
            description: >-
              The number of times that the guest tries to get a lock before it notifies the hypervisor, at least 4095.
            type: int
          stimer_direct:
            description: Whether synthetic timers are delivered as plain interrupts. Needs O(features.hyperv.stimer).
            type: bool
          tlbflush_direct:
            description: >-
              Whether the TLBs of virtual machines inside the guest are flushed without an exit to their hypervisor.
              Since libvirt 11.0.
            type: bool
          tlbflush_extended:
            description: Whether single ranges of addresses can be flushed from TLBs. Since libvirt 11.0.
            type: bool
          vendor_id:
            description: >-
              The vendor ID of the hypervisor that the guest sees, up to twelve characters. An empty text removes it.
            type: str
      kvm:
        description: Features of KVM that the guest sees or uses.
        type: dict
        suboptions:
          hidden:
            description: >-
              Whether the guest cannot see that it runs on KVM, for drivers that refuse to work in a virtual machine.
            type: bool
          hint_dedicated:
            description: Whether the guest may assume that each vCPU has a physical CPU of its own.
            type: bool
          poll_control:
            description: Whether the guest decides if the host polls for events before an idle vCPU is suspended.
            type: bool
          pv_ipi:
            description: Whether the guest sends interrupts between vCPUs through KVM.
            type: bool
          dirty_ring:
            description: >-
              Whether KVM tracks changed memory in rings in place of bitmaps. Needs
              O(features.kvm.dirty_ring_size).
            type: bool
          dirty_ring_size:
            description: The number of entries of a dirty ring, a power of two from 1024 to 65536.
            type: int
"""
