# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small devices of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Small devices of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  rng:
    description: >-
      Whether the guest has a virtio random number generator that is fed from the host's C(/dev/urandom). It is a short
      form of one usual item of O(rngs). The default for a new domain is V(true). A change takes effect at the next
      start.
    type: bool
  rngs:
    description: >-
      The complete list of the random number generators, for domains that need another one than O(rng) gives. Each is
      identified by its alias, else by its source. They are plugged in and out while the domain runs; a change of one
      takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: The version of virtio that the device speaks. The default for a new one is V(virtio).
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      backend:
        description: >-
          The source of the random numbers. V(random) reads O(rngs[].path), V(builtin) takes QEMU's own. The default for
          a new one is V(random).
        type: str
        choices: [random, builtin]
      path:
        description: >-
          The device of the host that the random numbers are read from. The default for a new one is C(/dev/urandom).
        type: path
      rate:
        description: A limit on the random numbers that the guest can read.
        type: dict
        suboptions:
          bytes:
            description: The number of bytes that the guest can read in one period.
            type: int
          period:
            description: The length of a period in milliseconds. libvirt's default is V(1000).
            type: int
"""
        + shared_options.virtio("rngs[].", 6)
        + shared_options.alias(6)
        + r"""
  watchdogs:
    description: >-
      The complete list of the watchdogs, devices that act when the guest has not reset their timer in time. Each is
      identified by its alias, else by its model. One of the model V(i6300esb) is plugged in and out while the domain
      runs, if the machine has a conventional PCI bus; every other change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          The model of the device that the guest sees. V(i6300esb) works on every x86 machine, V(itco) is a part of
          V(q35), V(ib700) needs an ISA bus, V(diag288) is for s390x.
        type: str
        choices: [i6300esb, itco, ib700, diag288]
        required: true
      action:
        description: >-
          What happens to the guest when the timer has run out. V(shutdown) asks the guest to shut down, V(poweroff)
          switches it off, V(dump) writes its memory to a file, V(inject-nmi) sends it an interrupt, V(none) does
          nothing. libvirt's default is V(reset).
        type: str
        choices: [reset, shutdown, poweroff, pause, none, dump, inject-nmi]
"""
        + shared_options.alias(6)
        + r"""
  panics:
    description: >-
      The complete list of the devices through which the guest reports that its kernel has crashed, so that libvirt acts
      as O(on_crash) says. Each is identified by its alias, else by its model. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          The model of the device that the guest sees. V(isa) is for x86 and known to Linux, V(hyperv) to Windows;
          V(pseries) and V(s390) are for those machines.
        type: str
        required: true
        choices: [isa, hyperv, pseries, s390]
"""
        + shared_options.alias(6)
        + r"""
  shmems:
    description: >-
      The complete list of the regions of memory that guests share with each other and with processes of the host
      (ivshmem). Each is identified by its alias, else by its name. They are plugged in and out while the domain runs; a
      change of one takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the region. It is a file of that name in C(/dev/shm) of the host.
        type: str
        required: true
      model:
        description: >-
          The model of the device that the guest sees. V(ivshmem-plain) is memory alone, V(ivshmem-doorbell) also has
          interrupts and needs a server. The default for a new one is V(ivshmem-plain).
        type: str
        choices: [ivshmem-plain, ivshmem-doorbell]
      role:
        description: >-
          Whether the content of the region is migrated with the domain (V(master)) or the device has to be unplugged
          first (V(peer)).
        type: str
        choices: [master, peer]
      size:
        description: The size of the region, a power of two of at least V(1MiB), such as V(4MiB).
        type: str
      server:
        description: The absolute path of the UNIX socket of the ivshmem server, for V(ivshmem-doorbell).
        type: path
      msi:
        description: The interrupts (MSI) of the device, for V(ivshmem-doorbell).
        type: dict
        suboptions:
          vectors:
            description: The number of different interrupts that peers can send.
            type: int
          ioeventfd:
            description: Whether interrupts are handled by another thread than the vCPU that sends them.
            type: bool
"""
        + shared_options.alias(6)
        + r"""
  memballoon:
    description: >-
      The memory balloon, the device through which the host takes memory back from the guest when O(memory) changes. A
      domain has one unless this is declared otherwise. A change takes effect at the next start, except for
      O(memballoon.stats_period).
    type: dict
    suboptions:
      model:
        description: >-
          The model of the device that the guest sees. V(none) removes the balloon, and O(memory) then cannot change
          while the domain runs.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional, xen, none]
      autodeflate:
        description: >-
          Whether the guest gets memory back by itself before its kernel would kill a process for lack of memory.
          libvirt's default is V(false).
        type: bool
      free_page_reporting:
        description: Whether the guest reports free pages, so that the host can use them. libvirt's default is V(false).
        type: bool
      stats_period:
        description: >-
          The interval in seconds at which the guest reports its memory statistics to the host. V(0) is never. A change
          takes effect at once.
        type: int
  vsock:
    description: >-
      The vsock device, a socket between host and guest that needs no network. A change takes effect at the next start.
    type: dict
    suboptions:
      model:
        description: The model of the device that the guest sees. V(none) removes the device.
        type: str
        choices: [none, virtio, virtio-transitional, virtio-non-transitional]
      auto_cid:
        description: Whether libvirt chooses a free context ID at each start. libvirt's default is V(false).
        type: bool
      cid:
        description: The context ID, the guest's address on vsock, from 3. No other running domain may have the same.
        type: int
  iommu:
    description: >-
      The virtual IOMMU, by which the guest controls its devices' access to memory. A change takes effect at the next
      start.
    type: dict
    suboptions:
      model:
        description: >-
          The model of the IOMMU that the guest sees. V(intel) is for x86, V(smmuv3) for ARM, V(virtio) for both.
          V(none) removes it.
        type: str
        choices: [none, intel, smmuv3, virtio]
      intremap:
        description: Whether the IOMMU remaps interrupts, which a guest with more than 255 vCPUs needs. For V(intel).
        type: bool
      caching_mode:
        description: >-
          Whether the IOMMU has the caching mode that host devices passed through behind it need. For V(intel).
        type: bool
      eim:
        description: >-
          Whether the IOMMU has the extended interrupt mode (x2APIC), which guests with more than 255 vCPUs need. For
          V(intel).
        type: bool
      iotlb:
        description: >-
          Whether the IOMMU lets devices cache address translations (device IOTLB), which vhost needs. For V(intel).
        type: bool
      aw_bits:
        description: The width of the addresses that the IOMMU translates, in bits, such as V(39) or V(48).
        type: int
  tpm:
    description: The trusted platform module (TPM). A change takes effect at the next start.
    type: dict
    suboptions:
      model:
        description: >-
          The model of the TPM that the guest sees. V(tpm-crb) is for TPM 2.0 on x86, V(tpm-tis) for both versions,
          V(tpm-spapr) and V(spapr-tpm-proxy) are for pseries. V(none) removes the TPM.
        type: str
        choices: [none, tpm-tis, tpm-crb, tpm-spapr, spapr-tpm-proxy]
      type:
        description: >-
          Whether the TPM is emulated by C(swtpm) on the host or is the host's own. One guest alone can have the host's.
        type: str
        choices: [emulator, passthrough]
      version:
        description: The version of the TPM standard, for V(emulator).
        type: str
        choices: ["1.2", "2.0"]
      device:
        description: The absolute path of the host's TPM, for V(passthrough). libvirt's default is V(/dev/tpm0).
        type: path
      encryption:
        description: The encryption of the state of an emulated TPM on the host.
        type: dict
        suboptions:
"""
        + shared_options.secret(10, "passphrase", ", of the type V(vtpm)")
        + r"""
      persistent_state:
        description: >-
          Whether the state of an emulated TPM is kept when a domain without a definition ends. libvirt's default is
          V(false).
        type: bool
      active_pcr_banks:
        description: >-
          The complete list of hash algorithms for which the emulated TPM 2.0 keeps measurements (PCR banks). libvirt
          leaves them as they are by default.
        type: list
        elements: str
        choices: [sha1, sha256, sha384, sha512]
"""
    )
