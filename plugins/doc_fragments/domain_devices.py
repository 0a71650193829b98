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
      Whether the guest has a virtio random number generator, fed from the host's; short for the usual one of
      O(rngs). V(true) for a new domain where nothing is said. A change takes effect at the next start.
    type: bool
  rngs:
    description: >-
      The random number generators, for those who need more than O(rng); complete. Each is identified by its
      alias, else its source. Plugged in and out while the domain runs.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees. V(virtio) for a new one where nothing is said.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      backend:
        description: >-
          Where it is from: O(rngs[].path), or QEMU itself. V(random) for a new one where nothing is said.
        type: str
        choices: [random, builtin]
      path:
        description: The device of the host. C(/dev/urandom) for a new one where nothing is said.
        type: path
      rate:
        description: A limit.
        type: dict
        suboptions:
          bytes:
            description: Bytes in a period.
            type: int
          period:
            description: The period in milliseconds. One second where nothing is said.
            type: int
      iommu:
        description: Whether the device's memory accesses go through the guest's virtual IOMMU.
        type: bool
      ats:
        description: Whether a virtio device on PCI Express answers address translation requests.
        type: bool
      packed:
        description: Whether a virtio device uses packed rings.
        type: bool
      page_per_vq:
        description: Whether each queue of a virtio device has a page of its own to be notified at.
        type: bool
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  watchdogs:
    description: >-
      Devices that act when the guest does not trigger them any more; complete. Each is identified by its alias,
      else its model. V(i6300esb) is plugged in and out while the domain runs, if there is a conventional PCI bus.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees. V(i6300esb) fits x86 machines, V(diag288) s390x.
        type: str
        choices: [i6300esb, itco, ib700, diag288]
        required: true
      action:
        description: What is done to the guest. libvirt's default is V(reset).
        type: str
        choices: [reset, shutdown, poweroff, pause, none, dump, inject-nmi]
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  panics:
    description: >-
      Devices through which the guest tells that its kernel has crashed; complete. Each is identified by its
      alias, else its model. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees.
        type: str
        required: true
        choices: [isa, hyperv, pseries, s390]
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  shmems:
    description: >-
      Memory that guests and processes of the host share; complete. Each is identified by its alias, else its
      name. Plugged in and out while the domain runs.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the memory on the host, below C(/dev/shm).
        type: str
        required: true
      model:
        description: What the guest sees. V(ivshmem-plain) for a new one where nothing is said.
        type: str
        choices: [ivshmem-plain, ivshmem-doorbell]
      role:
        description: Whether it goes along in a migration.
        type: str
        choices: [master, peer]
      size:
        description: Its size, a power of two of MiB.
        type: str
      server:
        description: The socket of the server, with V(ivshmem-doorbell).
        type: path
      msi:
        description: Interrupts, with V(ivshmem-doorbell).
        type: dict
        suboptions:
          vectors:
            description: How many.
            type: int
          ioeventfd:
            description: Whether they are taken off the vCPU.
            type: bool
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  memballoon:
    description: The balloon, through which the guest gives memory back. Every guest has one where nothing is said.
    type: dict
    suboptions:
      model:
        description: What the guest sees. V(none) is to have none.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional, xen, none]
      autodeflate:
        description: Whether the guest gets memory back before it runs out of it.
        type: bool
      free_page_reporting:
        description: Whether the guest tells which pages it does not use, so that the host can have them.
        type: bool
      stats_period:
        description: Every how many seconds the guest tells how it uses its memory. V(0) is never. Changed at once.
        type: int
  vsock:
    description: A socket between host and guest that needs no network. Changes take effect at the next start.
    type: dict
    suboptions:
      model:
        description: What the guest sees. V(none) is to have none.
        type: str
        choices: [none, virtio, virtio-transitional, virtio-non-transitional]
      auto_cid:
        description: Whether libvirt chooses the address at each start.
        type: bool
      cid:
        description: The guest's address, from 3.
        type: int
  iommu:
    description: An IOMMU for the guest. Changes take effect at the next start.
    type: dict
    suboptions:
      model:
        description: What the guest sees. V(none) is to have none.
        type: str
        choices: [none, intel, smmuv3, virtio]
      intremap:
        description: Whether it remaps interrupts, which more than 255 vCPUs need.
        type: bool
      caching_mode:
        description: Whether devices of the host can be passed through behind it.
        type: bool
      eim:
        description: Whether it knows x2APIC.
        type: bool
      iotlb:
        description: Whether devices may keep translations.
        type: bool
      aw_bits:
        description: The width of its addresses.
        type: int
  tpm:
    description: A trusted platform module. Changes take effect at the next start.
    type: dict
    suboptions:
      model:
        description: What the guest sees. V(none) is to have none, and removes it.
        type: str
        choices: [none, tpm-tis, tpm-crb, tpm-spapr, spapr-tpm-proxy]
      type:
        description: Whether it is emulated by C(swtpm) or the host's.
        type: str
        choices: [emulator, passthrough]
      version:
        description: The version that is emulated.
        type: str
        choices: ["1.2", "2.0"]
      device:
        description: The device of the host. C(/dev/tpm0) where nothing is said.
        type: path
      encryption:
        description: The state of the emulated one is encrypted.
        type: dict
        suboptions:
"""
        + shared_options.secret(10, "passphrase", ", of the type V(vtpm)")
        + "\n"
        + r"""
      persistent_state:
        description: Whether the state of the emulated one of a transient domain is kept.
        type: bool
      active_pcr_banks:
        description: The banks of the emulated one that are active; complete.
        type: list
        elements: str
        choices: [sha1, sha256, sha384, sha512]
"""
    )
