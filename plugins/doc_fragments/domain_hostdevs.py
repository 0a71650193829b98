# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host devices, shares, memory devices and controllers of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Host devices, shares, memory devices and controllers of a domain."""

    DOCUMENTATION = r"""
options:
  hostdevs:
    description: >-
      Devices of the host that the guest gets itself; complete. Each is identified by its alias, else which device
      it is. Plugged in and out while the domain runs.
    type: list
    elements: dict
    suboptions:
      pci:
        description: The PCI address of the device, such as V(0000:65:00.0). The host needs an IOMMU.
        type: str
      mdev:
        description: Or the UUID of a mediated device.
        type: str
      usb:
        description: Or a USB device, by what it is or where it is.
        type: dict
        suboptions:
          vendor:
            description: The vendor's ID, such as V("0x1d6b"), in quotes.
            type: str
          product:
            description: The product's ID.
            type: str
          bus:
            description: The number of its bus.
            type: int
          device:
            description: Its number at the bus, which changes when it is plugged anew.
            type: int
          guest_reset:
            description: Whether the guest may reset it.
            type: str
            choices: ["off", uninitialized, "on"]
      scsi:
        description: Or a SCSI device.
        type: dict
        suboptions:
          adapter:
            description: The host adapter, such as V(scsi_host0).
            type: str
          bus:
            description: Its bus there.
            type: int
          target:
            description: Its target there.
            type: int
          unit:
            description: Its logical unit there.
            type: int
      vhost_scsi:
        description: Or a target of the host's kernel, by its WWPN, such as V(naa.5123456789abcde0).
        type: str
      managed:
        description: >-
          Whether libvirt takes a PCI device from the host's driver, and gives it back. V(true) for a new
          O(hostdevs[].pci) where nothing is said.
        type: bool
      driver:
        description: The driver of the host.
        type: str
        choices: [vfio]
      model:
        description: >-
          The kind of a mediated device (V(vfio-pci) where nothing is said), or of virtio for
          O(hostdevs[].vhost_scsi).
        type: str
        choices: [vfio-pci, vfio-ccw, vfio-ap, virtio, virtio-transitional, virtio-non-transitional]
      display:
        description: Whether a mediated device draws what O(graphics) shows.
        type: bool
      ramfb:
        description: Whether it does so from the beginning of the boot.
        type: bool
      rawio:
        description: Whether QEMU may send raw SCSI commands, which takes a privilege.
        type: bool
      sgio:
        description: Whether the guest's SCSI commands are filtered by the kernel.
        type: str
        choices: [filtered, unfiltered]
      startup_policy:
        description: What happens when a USB device is missing at the start.
        type: str
        choices: [mandatory, requisite, optional]
      readonly:
        description: Whether the guest may not write to a SCSI device.
        type: bool
      shareable:
        description: Whether several guests may have a SCSI device at once.
        type: bool
      teaming:
        description: >-
          An interface of the host that the guest joins with a virtio one, and that goes away for a migration.
        type: dict
        suboptions:
          type:
            description: It is the one that goes away.
            type: str
            choices: [transient]
          persistent:
            description: O(interfaces[].alias) of the other.
            type: str
      rom:
        description: The ROM of a PCI device.
        type: dict
        suboptions:
          enabled:
            description: Whether it has one.
            type: bool
          bar:
            description: Whether the guest sees it in its address space.
            type: bool
          file:
            description: The file that is the ROM.
            type: path
      acpi_index:
        description: The number by which systemd in the guest names a network device.
        type: int
      boot_order:
        description: Its place among the devices to boot from, from 1. No other device has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  filesystems:
    description: >-
      Directories of the host that the guest can mount; complete. Each is identified by its target. Those of
      virtiofs are plugged in and out while the domain runs, all else takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      driver:
        description: >-
          How it is shared. V(virtiofs) needs memory that is shared, which the options of memory
          backing can declare, and is faster. V(path) is 9p, libvirt's default.
        type: str
        choices: [virtiofs, path]
      dir:
        description: The directory on the host.
        type: path
      socket:
        description: Or the socket of a virtiofsd that you run.
        type: path
      target:
        description: The tag by which the guest mounts it.
        type: str
        required: true
      accessmode:
        description: How users and modes are kept on the host. V(virtiofs) knows V(passthrough) only.
        type: str
        choices: [passthrough, mapped, squash]
      multidevs:
        description: What happens with 9p where there are several file systems below the directory.
        type: str
        choices: [default, remap, forbid, warn]
      fmode:
        description: The mode of new files with V(mapped), in octal digits, such as V("0600").
        type: str
      dmode:
        description: The mode of new directories with V(mapped).
        type: str
      model:
        description: Which kind of virtio it is.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      readonly:
        description: Whether the guest may not write to it (9p).
        type: bool
      queue:
        description: How many requests fit into the queue of V(virtiofs).
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
      binary:
        description: The virtiofsd that libvirt starts.
        type: dict
        suboptions:
          path:
            description: The program.
            type: path
          xattr:
            description: Whether extended attributes are kept.
            type: bool
          cache:
            description: What the guest may keep in memory.
            type: str
            choices: [none, always]
          sandbox:
            description: How it is locked in.
            type: str
            choices: [namespace, chroot]
          lock_posix:
            description: Whether POSIX locks reach the host.
            type: bool
          lock_flock:
            description: Whether BSD locks reach the host.
            type: bool
          thread_pool_size:
            description: How many threads it has.
            type: int
      boot_order:
        description: Its place among the devices to boot from, from 1. No other device has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  memory_devices:
    description: >-
      Modules of memory; complete. Each is identified by its alias, else its path, else model, size and node, so
      that two that are alike need aliases. DIMMs are plugged in and, if the guest lets them go, out while the
      domain runs. The domain needs slots for them and NUMA nodes; libvirt counts them as part of the memory.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees.
        type: str
        choices: [dimm, virtio-mem, nvdimm, virtio-pmem, sgx-epc]
        required: true
      access:
        description: Whether other processes of the host see it.
        type: str
        choices: [shared, private]
      discard:
        description: Whether its contents are thrown away when it goes.
        type: bool
      uuid:
        description: The UUID of an NVDIMM for pseries guests.
        type: str
      size:
        description: Its size, such as V(1GiB). For V(virtio-mem) the most that it can have.
        type: str
        required: true
      node:
        description: The guest's NUMA node that it belongs to.
        type: int
      block:
        description: The size of the pieces in which V(virtio-mem) gives memory.
        type: str
      requested:
        description: How much of it the guest shall have now, for V(virtio-mem). Changed at once.
        type: str
      label_size:
        description: The size of the labels of an NVDIMM.
        type: str
      readonly:
        description: Whether an NVDIMM is not written to.
        type: bool
      path:
        description: The file or device that is the NVDIMM.
        type: path
      alignsize:
        description: To what the mapping of an NVDIMM is aligned.
        type: str
      pmem:
        description: Whether the file of an NVDIMM is on persistent memory.
        type: bool
      pagesize:
        description: The size of the host's pages that it is made of.
        type: str
      nodemask:
        description: The host's NUMA nodes that it is from, such as V(0-1).
        type: str
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  controllers:
    description: >-
      What devices are plugged into. Not complete, because libvirt adds what devices need: those that are declared
      are there as declared, and others stay. Each is identified by its alias, else type and index. SCSI
      controllers are plugged in while the domain runs, all else takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      type:
        description: What it is for.
        type: str
        choices: [scsi, usb, pci, virtio-serial, sata, ide, fdc, ccid]
        required: true
      index:
        description: Its number among those of its type.
        type: int
      model:
        description: Which one it is, such as V(virtio-scsi), V(qemu-xhci) or V(pcie-root-port).
        type: str
      queues:
        description: How many queues V(virtio-scsi) has, one for each vCPU that shall do its work.
        type: int
      cmd_per_lun:
        description: How many commands a device of it takes at once.
        type: int
      max_sectors:
        description: How many bytes a command takes, in sectors.
        type: int
      ioeventfd:
        description: Whether its I/O is taken off the vCPU that asks for it. Leave it to QEMU.
        type: bool
      iothread:
        description: The number of the I/O thread of the domain that serves it, for V(virtio-scsi).
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
      ports:
        description: How many ports it has.
        type: int
      vectors:
        description: How many interrupts a V(virtio-serial) one has.
        type: int
      pcihole64:
        description: The room for large devices behind a PCI root.
        type: str
      model_name:
        description: QEMU's device for a PCI controller, such as V(ioh3420).
        type: str
      chassis:
        description: The chassis that the guest sees a PCI Express port in.
        type: int
      chassis_nr:
        description: The chassis that the guest sees a PCI bridge in.
        type: int
      port:
        description: The port that the guest sees a PCI Express port as.
        type: int
      bus_nr:
        description: The number of the bus of an expander.
        type: int
      hotplug:
        description: Whether devices can be plugged into a PCI Express port while the domain runs.
        type: bool
      node:
        description: The guest's NUMA node of an expander.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
