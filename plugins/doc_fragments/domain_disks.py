# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks and drives of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Disks and drives of a domain."""

    DOCUMENTATION = r"""
options:
  disks:
    description:
      - The disks and drives; complete. Plugged in and out while the domain runs, if the bus can do that.
      - >-
        Each is identified by O(disks[].target), else O(disks[].alias), else its source. A target stays with its disk
        where it is not declared, and a new disk gets the first that is free.
      - >-
        The source is O(disks[].pool) and O(disks[].volume), or O(disks[].file), or O(disks[].block). A CD-ROM or floppy
        drive may have none.
    type: list
    elements: dict
    suboptions:
      pool:
        description: The storage pool that O(disks[].volume) is in. It exists, or is declared in the same document.
        type: str
      volume:
        description: >-
          The volume. It exists, or is declared in the same document; M(kvm.fleet.volume) makes and grows volumes. The
          domain is given the volume's path.
        type: str
      file:
        description: The absolute path of an image file on the host.
        type: path
      block:
        description: The absolute path of a block device on the host.
        type: path
      device:
        description: What the guest sees. V(disk) for a new one where nothing is said.
        type: str
        choices:
          disk: A disk.
          cdrom: A CD-ROM drive, read-only.
          floppy: A floppy drive.
          lun: A SCSI disk that takes the guest's own SCSI commands. Its source is a block device.
      format:
        description: >-
          The format of the image. That of O(disks[].volume), or V(raw) for a new disk from a file or block device,
          where nothing is said; libvirt never guesses it, because a guest could write another one into its disk.
        type: str
        choices: [raw, qcow2]
      target:
        description: >-
          The disk's name, such as V(vda), V(sda). It identifies the disk to libvirt; what the guest calls it is the
          guest's business.
        type: str
      bus:
        description: >-
          What the disk is plugged into. For a new disk V(virtio), for a CD-ROM drive V(sata), for a LUN V(scsi), for a
          floppy drive V(fdc), where nothing is said.
        type: str
        choices: [virtio, scsi, sata, ide, usb, fdc]
      cache:
        description: How the host caches it. V(none) is needed for live migration from storage that is not coherent.
        type: str
        choices: [default, none, writethrough, writeback, directsync, unsafe]
      io:
        description: How QEMU does input and output. V(native) needs O(disks[].cache) V(none) or V(directsync).
        type: str
        choices: [threads, native, io_uring]
      discard:
        description: Whether the guest's trimming frees room in the image (V(unmap)).
        type: str
        choices: [ignore, unmap]
      detect_zeroes:
        description: What becomes of zeroes that the guest writes. V(unmap) needs O(disks[].discard=unmap).
        type: str
        choices: ["off", "on", unmap]
      readonly:
        description: Whether the guest may not write to it. V(true) for a CD-ROM drive.
        type: bool
      shareable:
        description: Whether several guests may have it at once. Their file system has to be made for that.
        type: bool
      serial:
        description: >-
          A serial number, by which the guest finds the disk in C(/dev/disk/by-id). Virtio takes 20 characters.
        type: str
      boot_order:
        description: Its place among the devices to boot from, from 1. No other disk or interface has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
