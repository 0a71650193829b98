# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host devices, shares, memory devices and controllers of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Host devices, shares, memory devices and controllers of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  hostdevs:
    description:
      - >-
        The complete list of the devices of the host that are passed through to the guest. Each is identified by its
        alias, else by the device itself. They are plugged in and out while the domain runs; a change of one takes
        effect at the next start.
      - >-
        The device is one of O(hostdevs[].pci), O(hostdevs[].mdev), O(hostdevs[].usb), O(hostdevs[].scsi) and
        O(hostdevs[].vhost_scsi).
    type: list
    elements: dict
    suboptions:
      pci:
        description: The PCI address of a PCI device, such as V(0000:65:00.0). The host needs an IOMMU that is in use.
        type: str
      mdev:
        description: The UUID of a mediated device, such as a virtual GPU. It exists on the host.
        type: str
      usb:
        description: A USB device, found by vendor and product or by its place.
        type: dict
        suboptions:
          vendor:
            description: The vendor ID, such as V("0x1d6b"), in quotes.
            type: str
          product:
            description: The product ID, such as V("0x0002"), in quotes.
            type: str
          bus:
            description: The number of the USB bus that the device is plugged into.
            type: int
          device:
            description: The number of the device on its USB bus, which changes whenever the device is plugged in.
            type: int
          guest_reset:
            description: >-
              Whether the guest may reset the device. V(uninitialized) allows it only as long as the device is not
              configured.
            type: str
            choices: ["off", uninitialized, "on"]
      scsi:
        description: A SCSI device, found by its place on the host.
        type: dict
        suboptions:
          adapter:
            description: The name of the SCSI host adapter, such as V(scsi_host0).
            type: str
          bus:
            description: The number of the bus of the adapter.
            type: int
          target:
            description: The number of the SCSI target on the bus.
            type: int
          unit:
            description: The number of the logical unit (LUN) of the target.
            type: int
      vhost_scsi:
        description: >-
          The World Wide Port Name of a SCSI target that the host's kernel provides through vhost, such as
          V(naa.5123456789abcde0).
        type: str
      managed:
        description: >-
          Whether libvirt detaches a PCI device from its driver on the host when the guest gets it, and gives it back
          afterwards. The default for a new O(hostdevs[].pci) is V(true).
        type: bool
      driver:
        description: The driver of the host that passes a PCI device through. V(vfio) is the default, and the only one.
        type: str
        choices: [vfio]
      model:
        description: >-
          The kind of a mediated device, by default V(vfio-pci), or the version of virtio of O(hostdevs[].vhost_scsi).
        type: str
        choices: [vfio-pci, vfio-ccw, vfio-ap, virtio, virtio-transitional, virtio-non-transitional]
      display:
        description: >-
          Whether a mediated device that is a virtual GPU is shown on the display of O(graphics). libvirt's default is
          V(false).
        type: bool
      ramfb:
        description: >-
          Whether O(hostdevs[].display) shows the firmware and the boot as well, before the guest has a driver for the
          device. libvirt's default is V(false).
        type: bool
      rawio:
        description: >-
          Whether QEMU gets the privilege (C(CAP_SYS_RAWIO)) to send any SCSI command. libvirt's default is V(false).
        type: bool
      sgio:
        description: >-
          Whether the host's kernel filters the SCSI commands that the guest sends. libvirt's default is V(filtered);
          newer kernels do not support V(unfiltered).
        type: str
        choices: [filtered, unfiltered]
      startup_policy:
        description: >-
          What happens when a USB device is missing. With V(mandatory), libvirt's default, the domain does not start;
          with V(optional) it starts without the device; with V(requisite) it does so only after a migration or a
          restore.
        type: str
        choices: [mandatory, requisite, optional]
      readonly:
        description: Whether the guest can only read a SCSI device. libvirt's default is V(false).
        type: bool
      shareable:
        description: Whether several running domains may have a SCSI device at once. libvirt's default is V(false).
        type: bool
"""
        + shared_options.teaming(
            6,
            "a network device of the host with a virtio interface",
            "The device is unplugged during a migration and the interface stays.",
            "Which of the two it is. A device of the host is always the V(transient) one.",
            "[transient]",
        )
        + shared_options.rom(6, "The option ROM of a PCI device, which the guest's firmware may boot from.")
        + r"""
      acpi_index:
        description: The number by which systemd in the guest names a network device, such as V(7) for C(eno7).
        type: int
"""
        + shared_options.boot_order(6)
        + shared_options.alias(6)
        + r"""
  filesystems:
    description: >-
      The complete list of the directories of the host that the guest can mount. Each is identified by its target. Those
      of V(virtiofs) are plugged in and out while the domain runs; every other change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      driver:
        description: >-
          The way in which the directory is shared. V(virtiofs) is the faster one and needs shared memory, as with
          O(memory_backing.source=memfd) and O(memory_backing.access=shared). V(path) is 9p, libvirt's default.
        type: str
        choices: [virtiofs, path]
      dir:
        description: The absolute path of the directory on the host.
        type: path
      socket:
        description: >-
          The absolute path of the UNIX socket of a C(virtiofsd) that you run yourself, instead of O(filesystems[].dir).
        type: path
      target:
        description: The mount tag, by which the guest mounts the directory, as in C(mount -t virtiofs TAG /mnt).
        type: str
        required: true
      accessmode:
        description: >-
          How owners and permissions of the guest's files are kept on the host. V(passthrough) uses them as they are,
          V(mapped) keeps them in extended attributes, V(squash) is like V(passthrough) and ignores failures to set
          them. V(virtiofs) has V(passthrough) only.
        type: str
        choices: [passthrough, mapped, squash]
      multidevs:
        description: >-
          What happens when several file systems of the host are mounted below the directory, for 9p. V(remap) changes
          inode numbers so that they stay unique, V(forbid) refuses access to further file systems, V(warn) logs a
          warning.
        type: str
        choices: [default, remap, forbid, warn]
      fmode:
        description: >-
          The mode of new files on the host with V(mapped), in octal digits, a text in quotes such as V('0600').
        type: raw
      dmode:
        description: >-
          The mode of new directories on the host with V(mapped), in octal digits, a text in quotes such as V('0700').
        type: raw
      model:
        description: The version of virtio that the device speaks.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      readonly:
        description: Whether the guest can only read the directory, for 9p. The default is V(false).
        type: bool
      queue:
        description: The number of requests that fit into the queue of V(virtiofs), such as V(1024).
        type: int
"""
        + shared_options.virtio("filesystems[].", 6)
        + r"""
      binary:
        description: The program C(virtiofsd) that libvirt starts for V(virtiofs).
        type: dict
        suboptions:
          path:
            description: The absolute path of the program on the host. libvirt finds the installed one by default.
            type: path
          xattr:
            description: Whether the guest can use extended attributes of files.
            type: bool
          cache:
            description: >-
              Whether the guest may cache file contents and attributes. With V(none) it asks the host every time, with
              V(always) it keeps them even if the host changes a file.
            type: str
            choices: [none, always]
          sandbox:
            description: >-
              The method by which the program is confined to the directory. libvirt's default is V(namespace).
            type: str
            choices: [namespace, chroot]
          lock_posix:
            description: Whether POSIX locks that the guest takes are held on the host.
            type: bool
          lock_flock:
            description: Whether BSD locks (C(flock)) that the guest takes are held on the host.
            type: bool
          thread_pool_size:
            description: The number of threads of the program at most.
            type: int
"""
        + shared_options.boot_order(6)
        + shared_options.alias(6)
        + r"""
  memory_devices:
    description:
      - >-
        The complete list of the memory modules (DIMMs and the like). Each is identified by its alias, else by its path,
        else by model, size and node, so that two equal ones need aliases.
      - >-
        DIMMs are plugged in while the domain runs, and out if the guest releases them. Every other change takes effect
        at the next start, except for O(memory_devices[].requested).
      - >-
        The domain needs free slots of O(memory_hotplug) and O(cpu.numa) cells. libvirt counts the modules as part of
        O(memory).
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          The kind of module. V(dimm) is memory, V(virtio-mem) memory whose amount can change at any time, V(nvdimm) and
          V(virtio-pmem) are persistent memory in a file, V(sgx-epc) is memory for SGX enclaves.
        type: str
        choices: [dimm, virtio-mem, nvdimm, virtio-pmem, sgx-epc]
        required: true
      access:
        description: >-
          Whether other processes of the host share the module's memory. The default follows from
          O(memory_backing.access).
        type: str
        choices: [shared, private]
      discard:
        description: >-
          Whether the content is discarded when the module is unplugged or the domain ends, so that nothing is written
          back to a file. libvirt's default is V(false).
        type: bool
      uuid:
        description: The UUID of an V(nvdimm), which pseries guests need.
        type: str
      size:
        description: The size of the module, such as V(1GiB). For V(virtio-mem) it is the most that the module can give.
        type: str
        required: true
      node:
        description: The number of the O(cpu.numa) cell of the guest that the module belongs to.
        type: int
      block:
        description: >-
          The size of the blocks in which V(virtio-mem) gives memory to the guest and takes it back, such as V(2MiB).
        type: str
      requested:
        description: >-
          The amount of memory that V(virtio-mem) gives to the guest now, such as V(512MiB), a multiple of
          O(memory_devices[].block). A change takes effect at once.
        type: str
      label_size:
        description: >-
          The size of the label area of an V(nvdimm), the area that the guest keeps namespaces in, such as V(128KiB). By
          default there is none.
        type: str
      readonly:
        description: Whether the guest can only read an V(nvdimm). The default is V(false).
        type: bool
      path:
        description: >-
          The absolute path of the file or device on the host that has the content of an V(nvdimm) or V(virtio-pmem).
        type: path
      alignsize:
        description: >-
          The alignment at which an V(nvdimm) is mapped into QEMU's memory, such as V(2MiB), which real persistent
          memory may need. The default is the size of the host's pages.
        type: str
      pmem:
        description: >-
          Whether the file of an V(nvdimm) is on real persistent memory, so that QEMU guarantees that writes are
          persistent. The default is V(false).
        type: bool
      pagesize:
        description: The size of the host's memory pages that the module is made of, such as V(2MiB).
        type: str
      nodemask:
        description: The NUMA nodes of the host that the module's memory comes from, such as V(0-1).
        type: str
"""
        + shared_options.alias(6)
        + r"""
  controllers:
    description:
      - >-
        The controllers that devices are plugged into. The list need not be complete, since libvirt adds the controllers
        that devices need: those that are declared are there as declared, and others stay.
      - >-
        Each is identified by its alias, else by type and index. SCSI controllers are plugged in while the domain runs;
        every other change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      type:
        description: The kind of bus that the controller provides.
        type: str
        choices: [scsi, usb, pci, virtio-serial, sata, ide, fdc, ccid]
        required: true
      index:
        description: The number of the controller among those of its type, from 0.
        type: int
      model:
        description: >-
          The model of the controller, such as V(virtio-scsi), V(qemu-xhci) or V(pcie-root-port). The default depends on
          type and machine.
        type: str
      queues:
        description: The number of request queues of a V(virtio-scsi) controller. QEMU's default is one for each vCPU.
        type: int
      cmd_per_lun:
        description: The number of commands that a V(virtio-scsi) controller sends to one device at the same time.
        type: int
      max_sectors:
        description: The largest amount of data in one command of a V(virtio-scsi) controller, in sectors of 512 bytes.
        type: int
      ioeventfd:
        description: >-
          Whether requests to a V(virtio-scsi) controller are handled by another thread than the vCPU that makes them.
          QEMU chooses well by default.
        type: bool
      iothread:
        description: >-
          The number of the I/O thread, one of O(iothreads), that does the work of a V(virtio-scsi) controller.
        type: int
"""
        + shared_options.virtio("controllers[].", 6)
        + r"""
      ports:
        description: The number of ports of a USB or V(virtio-serial) controller.
        type: int
      vectors:
        description: The number of interrupt vectors of a V(virtio-serial) controller. QEMU chooses it by default.
        type: int
      pcihole64:
        description: >-
          The size of the 64-bit address range for devices with large memory regions below a PCI root, such as
          V(512GiB).
        type: str
      model_name:
        description: The name of QEMU's device for a PCI controller, such as V(pcie-root-port) or V(ioh3420).
        type: str
      chassis:
        description: >-
          The chassis number of a PCI Express port, from 0 to 255. libvirt chooses it by default; declare it only to
          reproduce an existing layout.
        type: int
      chassis_nr:
        description: >-
          The chassis number of a PCI bridge, from 0 to 255. libvirt chooses it by default; declare it only to reproduce
          an existing layout.
        type: int
      port:
        description: >-
          The port number of a PCI Express port within its chassis, from 0 to 255. libvirt chooses it by default;
          declare it only to reproduce an existing layout.
        type: int
      bus_nr:
        description: >-
          The number of the bus of a PCI expander, from 0 to 254. libvirt chooses it by default; declare it only to
          reproduce an existing layout, or a lower one for more buses below the expander.
        type: int
      hotplug:
        description: >-
          Whether devices can be plugged into a PCI Express port while the domain runs. libvirt's default is V(true).
        type: bool
      node:
        description: The number of the O(cpu.numa) cell of the guest that a PCI expander belongs to.
        type: int
"""
        + shared_options.alias(6)
    )
