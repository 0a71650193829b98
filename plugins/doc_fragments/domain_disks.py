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
      - >-
        The complete list of the domain's disks and drives. Only the drive of a cloud-init seed need not be in it: that
        one stays until O(cloud_init) is declared as an empty dictionary.
      - >-
        Each is identified by O(disks[].target), else by O(disks[].alias), else by its source. A disk that is declared
        without a target keeps the one that it has; a new disk gets the first free one.
      - >-
        The source is O(disks[].pool) with O(disks[].volume), or one of O(disks[].file), O(disks[].block),
        O(disks[].network), O(disks[].nvme) and O(disks[].vhost_user). A CD-ROM or floppy drive may have none, or be
        O(disks[].empty).
      - >-
        External snapshots, backup tools and block copies put overlays above an image. A disk on such an overlay is
        still the declared disk, and the domain stays on it. An image that is declared as a volume of its own, such as a
        linked clone, is another disk than the one it is based on.
      - >-
        A domain is neither started with, nor given while it runs, a disk that it can write to and that another image is
        based on, because the content of that other image would change. It may be defined so, as a template, or have the
        disk read-only or transient.
      - >-
        In a running domain, disks on the buses virtio, SCSI and USB are plugged in and out, the medium of a drive is
        changed, and so are the limits in O(disks[].iotune). Every other change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      pool:
        description: >-
          The storage pool that O(disks[].volume) is in. It exists on the host, or is declared in the same document.
        type: str
      volume:
        description:
          - >-
            The name of the volume that is the disk's image. It exists, or is declared in the same document;
            M(kvm.fleet.volume) creates and grows volumes.
          - >-
            The definition has the volume's path. A volume in a pool that the same document starts, such as a LUN of a
            pool of the type V(iscsi), need not be declared.
        type: str
      file:
        description: The absolute path of an image file on the host.
        type: path
      block:
        description: The absolute path of a block device on the host, such as V(/dev/vg0/web1).
        type: path
      device:
        description: The kind of drive that the guest sees. The default for a new one is V(disk).
        type: str
        choices:
          disk: A hard disk.
          cdrom: A CD-ROM drive, which is read-only.
          floppy: A floppy drive.
          lun: A SCSI disk to which the guest can send SCSI commands of its own. Its source has to be a block device.
      format:
        description:
          - >-
            The format of the image. The default for a new disk is that of O(disks[].volume), and V(raw) for any other
            source.
          - >-
            The format of a volume is what domains have it as, else what M(kvm.fleet.volume) made it as, and what it
            looks like only where neither is known. A guest can write the header of another format into its raw disk.
          - >-
            An image that looks like another format is refused for a new disk. A disk that is there stays what it is,
            with a warning.
        type: str
        choices: [raw, qcow2, vmdk, vdi, vpc, qed, luks]
      empty:
        description: Whether a CD-ROM or floppy drive has no medium. V(true) ejects it, which takes effect at once.
        type: bool
      copy_on_read:
        description: >-
          Whether data that is read from the base of an overlay is copied into the overlay, so that it is read from
          there the next time. libvirt's default is V(false).
        type: bool
      error_policy:
        description: >-
          What happens when a write to the image fails. V(stop) pauses the guest, V(report) gives it an I/O error,
          V(ignore) does nothing, V(enospace) pauses it when the storage is full and reports any other error. QEMU's
          default is V(enospace).
        type: str
        choices: [stop, report, ignore, enospace]
      rerror_policy:
        description: >-
          What happens when a read from the image fails. V(stop) pauses the guest, V(report) gives it an I/O error,
          V(ignore) does nothing. QEMU's default is V(report).
        type: str
        choices: [stop, report, ignore]
      iothread:
        description: >-
          The number of the I/O thread, one of O(iothreads), that does the work of a virtio disk. By default QEMU's main
          thread does it.
        type: int
      ioeventfd:
        description: >-
          Whether a virtio disk's requests are handled by another thread than the vCPU that makes them. QEMU chooses
          well by default.
        type: bool
      event_idx:
        description: >-
          Whether guest and host limit how often they interrupt each other (event index), for a virtio disk. QEMU
          chooses well by default.
        type: bool
      queues:
        description: The number of request queues of a virtio disk. QEMU's default is one for each vCPU.
        type: int
      queue_size:
        description: >-
          The number of requests that fit into one queue of a virtio disk, a power of two up to 1024. By default QEMU
          chooses.
        type: int
"""
        + shared_options.virtio("disks[].", 6)
        + r"""
      metadata_cache_size:
        description: >-
          The memory that QEMU uses at most to cache the tables of a qcow2 image, such as V(4MiB). A larger cache makes
          random access to a large image faster.
        type: str
      network:
        description: An image or device that a storage server provides. A change takes effect at the next start.
        type: dict
        suboptions:
          protocol:
            description: >-
              The protocol of the server. QEMU needs its driver for it, which Debian has in the package
              C(qemu-block-extra).
            type: str
            choices: [rbd, iscsi, nbd, http, https, ftp, ftps, tftp, gluster, nfs]
          name:
            description: >-
              The name of the image on the server. It is C(pool/image) for V(rbd), C(iqn/lun) for V(iscsi), the export
              for V(nbd), and the path for the other protocols.
            type: str
          query:
            description: >-
              The part of the URL after the C(?), for V(http) and V(https). It is never shown, since it may be a
              signature; V((hidden\)) stands for the one that is there.
            type: str
          tls:
            description: >-
              Whether the connection to an V(nbd) server is encrypted with TLS. libvirt's default is V(false).
            type: bool
          tls_hostname:
            description: The name in the certificate of the V(nbd) server, if it is not the name of the host.
            type: str
          snapshot:
            description: The name of a snapshot of an V(rbd) image, to be used instead of the image itself.
            type: str
          config:
            description: The absolute path on the host of the Ceph configuration file for V(rbd).
            type: path
          ssl_verify:
            description: >-
              Whether the certificate of an V(https) or V(ftps) server is verified. libvirt's default is V(true).
            type: bool
          readahead:
            description: The number of bytes to read ahead, for V(http), V(https), V(ftp) and V(ftps).
            type: int
          timeout:
            description: The seconds after which a request fails, for V(http), V(https), V(ftp) and V(ftps).
            type: int
          initiator:
            description: The initiator name (IQN) that the host uses when it logs in to an V(iscsi) target.
            type: str
          user:
            description: The user that the V(nfs) server sees, by name, or by number as in V(+1000).
            type: str
          group:
            description: The group that the V(nfs) server sees, by name, or by number as in V(+1000).
            type: str
          hosts:
            description: >-
              The complete list of the servers. For V(rbd) the servers in its configuration file are used if none are
              declared.
            type: list
            elements: dict
            suboptions:
"""
        + shared_options.server(14)
        + r"""
              transport:
                description: The transport to the server. libvirt's default is V(tcp).
                type: str
                choices: [tcp, rdma, unix]
              socket:
                description: The absolute path of the server's UNIX socket, for V(unix).
                type: path
      nvme:
        description: >-
          A namespace of an NVMe controller of the host. QEMU drives the controller itself, without the host's kernel. A
          change takes effect at the next start.
        type: dict
        suboptions:
          address:
            description: The PCI address of the controller, such as V(0000:65:00.0).
            type: str
          namespace:
            description: The number of the namespace, from 1.
            type: int
          managed:
            description: >-
              Whether libvirt detaches the controller from its driver on the host when the domain starts, and gives it
              back when the domain stops.
            type: bool
      vhost_user:
        description: >-
          A daemon on the host, such as SPDK, that provides the disk through vhost-user. The guest's memory has to be
          shared with it (O(memory_backing.access=shared)). A change takes effect at the next start.
        type: dict
        suboptions:
          path:
            description: The absolute path of the daemon's UNIX socket.
            type: path
          reconnect:
            description: >-
              The seconds after which QEMU connects again when the daemon has closed the connection. By default it does
              not.
            type: int
      auth:
        description: The login at the server of O(disks[].network).
        type: dict
        suboptions:
"""
        + shared_options.login(10, ", of the type V(ceph) for V(rbd), else V(iscsi)")
        + r"""
      encryption:
        description: >-
          The encryption of the image. It says how the image is opened; it never changes the image itself. A change
          takes effect at the next start.
        type: dict
        suboptions:
          format:
            description: >-
              The format of the encryption. V(luks2) needs O(disks[].encryption.engine=librbd), and V(qcow) is obsolete.
            type: str
            choices: [luks, luks2, qcow]
          engine:
            description: The program that decrypts the image, QEMU or the Ceph client. libvirt's default is V(qemu).
            type: str
            choices: [qemu, librbd]
"""
        + shared_options.secret(10, "passphrase", ", of the type V(volume)")
        + shared_options.seclabels(6, "the image")
        + r"""
      startup_policy:
        description: >-
          What happens when the file of the source is missing. With V(mandatory), libvirt's default, the domain does not
          start; with V(optional) it starts without the medium; with V(requisite) it does so only after a migration or a
          restore.
        type: str
        choices: [mandatory, requisite, optional]
      target:
        description: >-
          The name of the disk in the definition, such as V(vda) or V(sda). It identifies the disk to libvirt; the guest
          may name it otherwise.
        type: str
      bus:
        description: >-
          The bus that the disk is plugged into. The default for a new disk is V(virtio), for a CD-ROM drive V(sata),
          for a V(lun) V(scsi), for a floppy drive V(fdc).
        type: str
        choices: [virtio, scsi, sata, ide, usb, fdc, sd]
      cache:
        description: >-
          How the host's page cache is used. V(none) and V(directsync) bypass it, V(writethrough) and V(directsync)
          write to the medium before a write is done, and V(unsafe) ignores the guest's requests to flush. Live
          migration from storage that is not cache-coherent needs V(none). QEMU's default is V(writeback).
        type: str
        choices: [default, none, writethrough, writeback, directsync, unsafe]
      io:
        description: >-
          How QEMU does input and output. V(threads) is QEMU's default; V(native) is Linux AIO and needs
          O(disks[].cache) V(none) or V(directsync).
        type: str
        choices: [threads, native, io_uring]
      discard:
        description: >-
          Whether blocks that the guest discards (C(fstrim)) are freed in the image (V(unmap)) or stay allocated
          (V(ignore), QEMU's default).
        type: str
        choices: [ignore, unmap]
      detect_zeroes:
        description: >-
          What happens when the guest writes zeroes. V(off) writes them, V(on) stores them as an unallocated or zero
          cluster where the format can, V(unmap) also frees the room and needs O(disks[].discard=unmap). QEMU's default
          is V(off).
        type: str
        choices: ["off", "on", unmap]
      model:
        description: >-
          The version of virtio that a virtio disk speaks. V(virtio-transitional) is for guests that know virtio 0.9
          only, V(virtio-non-transitional) is virtio 1.0 alone, V(virtio) leaves it to QEMU.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      removable:
        description: Whether a USB disk appears to the guest as a removable medium. libvirt's default is V(false).
        type: bool
      rotation_rate:
        description: >-
          The rotation speed that a SCSI, SATA or IDE disk reports to the guest, in revolutions per minute. V(1) stands
          for a solid-state disk.
        type: int
      iotune:
        description: >-
          Limits on what the guest reads from and writes to the disk. A change takes effect at once. V(0) is no limit. A
          limit on the total excludes limits on reading and writing.
        type: dict
        suboptions:
          total_bytes_sec:
            description: The limit on reading and writing together, in bytes per second.
            type: int
          read_bytes_sec:
            description: The limit on reading, in bytes per second.
            type: int
          write_bytes_sec:
            description: The limit on writing, in bytes per second.
            type: int
          total_iops_sec:
            description: The limit on reads and writes together, in operations per second.
            type: int
          read_iops_sec:
            description: The limit on reads, in operations per second.
            type: int
          write_iops_sec:
            description: The limit on writes, in operations per second.
            type: int
          total_bytes_sec_max:
            description: The limit on reading and writing together during a burst, in bytes per second.
            type: int
          read_bytes_sec_max:
            description: The limit on reading during a burst, in bytes per second.
            type: int
          write_bytes_sec_max:
            description: The limit on writing during a burst, in bytes per second.
            type: int
          total_iops_sec_max:
            description: The limit on reads and writes together during a burst, in operations per second.
            type: int
          read_iops_sec_max:
            description: The limit on reads during a burst, in operations per second.
            type: int
          write_iops_sec_max:
            description: The limit on writes during a burst, in operations per second.
            type: int
          size_iops_sec:
            description: The size in bytes above which one operation counts as several for the limits on operations.
            type: int
          total_bytes_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.total_bytes_sec_max) may last.
            type: int
          read_bytes_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.read_bytes_sec_max) may last.
            type: int
          write_bytes_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.write_bytes_sec_max) may last.
            type: int
          total_iops_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.total_iops_sec_max) may last.
            type: int
          read_iops_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.read_iops_sec_max) may last.
            type: int
          write_iops_sec_max_length:
            description: The seconds that a burst of O(disks[].iotune.write_iops_sec_max) may last.
            type: int
          group_name:
            description: >-
              The name of a group of disks. The disks of one domain that are in the same group share its limits.
            type: str
      readonly:
        description: >-
          Whether the guest can only read the disk. The default for a new CD-ROM drive is V(true), for other disks
          V(false).
        type: bool
      shareable:
        description: >-
          Whether several running domains may have the disk at once. They need a cluster file system on it, or the data
          is destroyed.
        type: bool
      transient:
        description: >-
          Whether what the guest writes is discarded when the domain is switched off. Until then it is in a file beside
          the image. The default is V(false).
        type: bool
      transient_share_backing:
        description: >-
          Whether several domains may run on the image of a O(disks[].transient) disk at the same time. libvirt's
          default is V(false).
        type: bool
      geometry:
        description: The disk geometry that the guest sees. Only old systems need another one than QEMU chooses.
        type: dict
        suboptions:
          cyls:
            description: >-
              The number of cylinders. O(disks[].geometry.heads) and O(disks[].geometry.secs) are required beside it.
            type: int
          heads:
            description: >-
              The number of heads. O(disks[].geometry.cyls) and O(disks[].geometry.secs) are required beside it.
            type: int
          secs:
            description: >-
              The number of sectors of a track. O(disks[].geometry.cyls) and O(disks[].geometry.heads) are required
              beside it.
            type: int
          trans:
            description: >-
              How the BIOS translates the geometry of a disk on O(disks[].bus=ide). QEMU's default is V(auto).
            type: str
            choices: [auto, none, lba]
      serial:
        description: >-
          The serial number that the guest sees, by which it finds the disk in C(/dev/disk/by-id). A virtio disk shows
          the first 20 characters of it.
        type: str
      wwn:
        description: The World Wide Name that the guest sees, 16 hexadecimal digits.
        type: str
      vendor:
        description: The vendor that a SCSI disk reports to the guest, up to 8 characters.
        type: str
      product:
        description: The product name that a SCSI disk reports to the guest, up to 16 characters.
        type: str
      logical_block_size:
        description: The size of a logical sector that the guest sees, in bytes, such as V(512) or V(4096).
        type: int
      physical_block_size:
        description: The size of a physical sector that the guest sees, in bytes, such as V(4096).
        type: int
      rawio:
        description: >-
          Whether QEMU gets the privilege (C(CAP_SYS_RAWIO)) to send any SCSI command to a V(lun). libvirt's default is
          V(false).
        type: bool
      sgio:
        description: >-
          Whether the host's kernel filters the SCSI commands that the guest sends to a V(lun). libvirt's default is
          V(filtered); newer kernels do not support V(unfiltered).
        type: str
        choices: [filtered, unfiltered]
      snapshot:
        description: >-
          How a snapshot of the domain includes the disk unless the snapshot itself says so. V(internal) is within the
          image, V(external) in a new file, V(no) leaves the disk out.
        type: str
        choices: [internal, external, "no"]
"""
        + shared_options.boot_order(6)
        + shared_options.alias(6)
    )
