# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks and drives of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Disks and drives of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  disks:
    description:
      - The disks and drives; complete, but for the drive of a cloud-init seed that was made for the domain. That one
        stays until O(cloud_init) is declared as an empty dictionary, and need not be in the list.
      - >-
        Each is identified by O(disks[].target), else O(disks[].alias), else its source. A target stays with its disk
        where it is not declared, and a new disk gets the first that is free.
      - >-
        The source is O(disks[].pool) and O(disks[].volume), or O(disks[].file), O(disks[].block), O(disks[].network),
        O(disks[].nvme) or O(disks[].vhost_user). A CD-ROM or floppy drive may have none, or be O(disks[].empty).
      - >-
        A disk is still the declared one when the domain has it on overlays, which external snapshots, backup tools and
        copies put above its image, whoever made them. The domain stays on them. An image that is declared as a volume
        of its own, such as a linked clone, is another disk than the one it is based on.
      - >-
        No domain is started with a disk, or given one while it runs, that it would write to and that another image is
        based on: what is read there would change. It may be defined so, as a template, and have it read-only or
        transient.
      - >-
        While the domain runs, disks at the buses virtio, SCSI and USB are plugged in and out, the medium of a drive and
        the limits in O(disks[].iotune) change. All else takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      pool:
        description: The storage pool that O(disks[].volume) is in. It exists, or is declared in the same document.
        type: str
      volume:
        description: >-
          The volume. It exists, or is declared in the same document; M(kvm.fleet.volume) makes and grows volumes. The
          domain is given the volume's path. What is in a pool of the same document that is started with it (of the type
          iscsi, for example) need not be declared.
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
        choices: [raw, qcow2, vmdk, vdi, vpc, qed, luks]
      empty:
        description: V(true) takes the medium out of a CD-ROM or floppy drive. At once.
        type: bool
      copy_on_read:
        description: Whether what is read from a backing file is copied into the image.
        type: bool
      error_policy:
        description: >-
          What happens when writing fails. QEMU's default is to report it, and to pause the guest when there
          is no room left.
        type: str
        choices: [stop, report, ignore, enospace]
      rerror_policy:
        description: What happens when reading fails.
        type: str
        choices: [stop, report, ignore]
      iothread:
        description: The number of the I/O thread of the domain that serves the disk, a virtio one.
        type: int
      ioeventfd:
        description: Whether the disk's I/O is taken off the vCPU that asks for it. Leave it to QEMU.
        type: bool
      event_idx:
        description: Whether a virtio disk interrupts the guest less. Leave it to QEMU.
        type: bool
      queues:
        description: How many queues a virtio disk has.
        type: int
      queue_size:
        description: How many requests fit into a queue of a virtio disk.
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
      metadata_cache_size:
        description: How much of a qcow2 image's own tables QEMU keeps in memory, such as V(4MiB).
        type: str
      network:
        description: An image or device that a server has. Another one takes effect at the next start.
        type: dict
        suboptions:
          protocol:
            description: >-
              How the server is spoken to. QEMU needs the driver for it, on Debian from
              C(qemu-block-extra).
            type: str
            choices: [rbd, iscsi, nbd, http, https, ftp, ftps, tftp, gluster, nfs]
          name:
            description: >-
              What the server calls it. C(pool/image) for V(rbd), C(iqn/lun) for V(iscsi), the export for
              V(nbd), the path for the others.
            type: str
          query:
            description: >-
              What follows the C(?) in the URL, with V(http) and V(https). It is never shown, since it may be a
              signature; V((hidden\)) stands for the one that is there.
            type: str
          tls:
            description: Whether an V(nbd) server is spoken to with TLS.
            type: bool
          tls_hostname:
            description: The name that the certificate of the V(nbd) server has, where it is not that of the host.
            type: str
          snapshot:
            description: The snapshot of an V(rbd) image.
            type: str
          config:
            description: The configuration file for V(rbd) on the host, an absolute path.
            type: path
          ssl_verify:
            description: >-
              Whether the certificate of an V(https) or V(ftps) server is verified. It is where nothing is
              said.
            type: bool
          readahead:
            description: Bytes to read in advance, with V(http), V(ftp) and their like.
            type: int
          timeout:
            description: Seconds after which a request fails, with V(http), V(ftp) and their like.
            type: int
          initiator:
            description: The name (IQN) with which the host calls at an V(iscsi) server.
            type: str
          user:
            description: The user, by name or C(+) and number, as whom an V(nfs) server is spoken to.
            type: str
          group:
            description: The group, by name or C(+) and number, as which an V(nfs) server is spoken to.
            type: str
          hosts:
            description: The servers; complete. V(rbd) takes those of its configuration where none are declared.
            type: list
            elements: dict
            suboptions:
              name:
                description: The server's name or address.
                type: str
              port:
                description: Its port. The protocol's own where nothing is said.
                type: int
              transport:
                description: How it is reached. libvirt's default is V(tcp).
                type: str
                choices: [tcp, rdma, unix]
              socket:
                description: The UNIX socket at which it is reached, with V(unix).
                type: path
      nvme:
        description: A namespace of an NVMe controller that QEMU itself drives, past the host's kernel.
        type: dict
        suboptions:
          address:
            description: The controller's PCI address, such as V(0000:65:00.0).
            type: str
          namespace:
            description: The namespace's number, from 1.
            type: int
          managed:
            description: >-
              Whether libvirt takes the controller from the host's driver when the domain starts, and
              gives it back.
            type: bool
      vhost_user:
        description: A daemon on the host that is the disk. The guest's memory has to be shared with it.
        type: dict
        suboptions:
          path:
            description: The daemon's UNIX socket.
            type: path
          reconnect:
            description: Seconds after which QEMU calls again at a daemon that went away.
            type: int
      auth:
        description: Who the server of O(disks[].network) is told that we are.
        type: dict
        suboptions:
          username:
            description: The user's name there.
            type: str
          type:
            description: What kind of secret it is.
            type: str
            choices: [ceph, iscsi]
"""
        + shared_options.secret(10, "password", ", of the type that O(disks[].auth.type) says")
        + r"""
      encryption:
        description: The image is encrypted. Which one it is never changes the image itself.
        type: dict
        suboptions:
          format:
            description: How it is encrypted.
            type: str
            choices: [luks, luks2, qcow]
          engine:
            description: Who decrypts it. libvirt's default is V(qemu).
            type: str
            choices: [qemu, librbd]
"""
        + shared_options.secret(10, "passphrase", ", of the type V(volume)")
        + r"""
"""
        + shared_options.seclabels(6, "the image")
        + r"""
      startup_policy:
        description: What happens when the source is missing at the start. V(optional) starts the domain without it.
        type: str
        choices: [mandatory, requisite, optional]
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
        choices: [virtio, scsi, sata, ide, usb, fdc, sd]
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
      model:
        description: >-
          Which kind of virtio the disk is, for guests that know virtio 0.9 only. A change takes effect at the
          next start.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      removable:
        description: Whether a USB disk tells the guest that its medium can be taken out.
        type: bool
      rotation_rate:
        description: The speed that a SCSI, SATA or IDE disk tells the guest, in turns per minute. V(1) is an SSD.
        type: int
      iotune:
        description: >-
          Limits of what the guest reads and writes, changed at once. V(0) is no limit. Limits of the total
          exclude those of reading and writing.
        type: dict
        suboptions:
          total_bytes_sec:
            description: Bytes in a second.
            type: int
          read_bytes_sec:
            description: Bytes read in a second.
            type: int
          write_bytes_sec:
            description: Bytes written in a second.
            type: int
          total_iops_sec:
            description: Operations in a second.
            type: int
          read_iops_sec:
            description: Operations read in a second.
            type: int
          write_iops_sec:
            description: Operations written in a second.
            type: int
          total_bytes_sec_max:
            description: Bytes in a second for a while (a burst).
            type: int
          read_bytes_sec_max:
            description: Bytes read in a second for a while (a burst).
            type: int
          write_bytes_sec_max:
            description: Bytes written in a second for a while (a burst).
            type: int
          total_iops_sec_max:
            description: Operations in a second for a while (a burst).
            type: int
          read_iops_sec_max:
            description: Operations read in a second for a while (a burst).
            type: int
          write_iops_sec_max:
            description: Operations written in a second for a while (a burst).
            type: int
          size_iops_sec:
            description: From which size in bytes an operation counts as several.
            type: int
          total_bytes_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.total_bytes_sec_max) may last.
            type: int
          read_bytes_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.read_bytes_sec_max) may last.
            type: int
          write_bytes_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.write_bytes_sec_max) may last.
            type: int
          total_iops_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.total_iops_sec_max) may last.
            type: int
          read_iops_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.read_iops_sec_max) may last.
            type: int
          write_iops_sec_max_length:
            description: Seconds that the burst of O(disks[].iotune.write_iops_sec_max) may last.
            type: int
          group_name:
            description: Disks of one domain with the same name share their limits.
            type: str
      readonly:
        description: Whether the guest may not write to it. V(true) for a CD-ROM drive.
        type: bool
      shareable:
        description: Whether several guests may have it at once. Their file system has to be made for that.
        type: bool
      transient:
        description: >-
          Whether what the guest writes goes when it is switched off. It is in a file beside the image meanwhile.
        type: bool
      transient_share_backing:
        description: Whether several domains may run on the image at a time. For O(disks[].transient).
        type: bool
      geometry:
        description: The geometry that the guest is told, where QEMU's guess does not do (old systems).
        type: dict
        suboptions:
          cyls:
            description: The number of cylinders; required with the others.
            type: int
          heads:
            description: The number of heads; required with the others.
            type: int
          secs:
            description: The number of sectors of a track; required with the others.
            type: int
          trans:
            description: How the BIOS translates it. For O(disks[].bus=ide).
            type: str
            choices: [auto, none, lba]
      serial:
        description: >-
          A serial number, by which the guest finds the disk in C(/dev/disk/by-id). Virtio takes 20 characters.
        type: str
      wwn:
        description: The World Wide Name that the guest sees, 16 hexadecimal digits.
        type: str
      vendor:
        description: The vendor that a SCSI disk tells the guest, up to 8 characters.
        type: str
      product:
        description: The product that a SCSI disk tells the guest, up to 16 characters.
        type: str
      logical_block_size:
        description: The size of a sector that the guest sees, in bytes.
        type: int
      physical_block_size:
        description: The size of a sector on the medium that the guest is told, in bytes.
        type: int
      rawio:
        description: Whether the QEMU of a V(lun) may send raw SCSI commands, which takes a privilege.
        type: bool
      sgio:
        description: Whether the guest's SCSI commands to a V(lun) are filtered by the kernel.
        type: str
        choices: [filtered, unfiltered]
      snapshot:
        description: What a snapshot of the domain does with the disk where nothing else is said.
        type: str
        choices: [internal, external, "no"]
      boot_order:
        description: Its place among the devices to boot from, from 1. No other disk or interface has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
    )
