#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume
short_description: Ensure a storage volume
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Creates a volume, empty, with content, as a linked clone or as a cloud-init seed; grows it; or removes it.
  - The content of a volume is never replaced, and a volume is never made smaller.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.volume_format
options:
  pool:
    description: The name of the pool that the volume is in.
    type: str
    required: true
  name:
    description: The name of the volume. In a pool in a directory it is the name of the file.
    type: str
    required: true
  state:
    description:
      - V(present) means that the volume exists.
      - >-
        V(absent) means that it is deleted with its content. Refused while a domain uses it, as a disk, as the base of
        one or in another way, while a snapshot needs it, or while another image is based on it or has content in it,
        unless those are removed in the same document, or the domain is declared there with other disks and does not run
        with this one any longer: it is stopped, restarted, or releases the disk. The overlays that snapshots of a
        removed domain put above it are deleted with it. If it has content in other files, such as the extents of a
        VMDK, these stay, with a warning.
    type: str
    choices: [present, absent]
    default: present
  capacity:
    description:
      - >-
        The size that a guest sees, such as V(20GiB), V(20GB) or V(512M); a number alone is bytes. It is rounded up to 1
        KiB, in an LVM pool to an extent of 4 MiB.
      - >-
        A larger one grows the volume. If a running domain has the volume as a disk, its guest sees the new size at
        once. Refused while a disk is copied or merged with it.
      - >-
        If a snapshot has put an overlay above the volume, the guest sees the size of the overlay, which then is
        compared and grown. The volume grows when the overlay is merged.
      - A smaller one than the volume has is an error.
      - A new empty volume needs it. Otherwise the default is the size of the content or of the O(backing) volume.
    type: str
  format:
    description:
      - The format of the volume. That of an existing volume cannot be changed.
      - >-
        An existing volume has the format that domains have it as, whatever its guest has made it look like, else the
        one that it was made with. So have its copies, its clones and its growth.
      - The default for a new volume is V(qcow2) in a pool of files. In other pools it is V(raw), the only one there.
    type: str
    choices: [raw, qcow2]
  backing:
    description:
      - >-
        The name of the volume that this one is based on, its base. This one is then a linked clone, which stores only
        what differs from the base.
      - That of an existing volume cannot be changed.
      - >-
        Nothing may write to a base. Refused are a clone of a volume that a running domain writes to, that a disk is
        being copied to, or that another image is being merged into, and the start of a domain that would write to the
        base of a clone.
      - >-
        If a snapshot has put an overlay above the named volume, the clone is based on the overlay, which has the latest
        content.
    type: str
  backing_pool:
    description: The name of the pool that O(backing) is in. The default is O(pool).
    type: str
  source:
    description:
      - The content of a new volume, one of O(source.url), O(source.path) and O(source.volume).
      - >-
        Images are unpacked (xz, gzip, bzip2, zstd) and converted to O(format). The source can be raw, qcow2 of any
        version, VMDK, VDI, VHD (of fixed or dynamic size) or VHDX. An image whose content is in further files, such as
        a VMDK in extents, is refused.
      - >-
        In a pool in a directory of this host, the volume appears under its name only after its content is complete and
        verified. Elsewhere libvirt receives the content through a stream, and the volume is deleted if that fails.
      - >-
        An existing volume is assumed to be the declared one, and nothing is fetched. It is an error if the volume is
        known to have been made from content with another checksum. What a volume was made from is recorded in
        F(/var/lib/libvirt/kvm-fleet), for users other than root in F(~/.local/share/kvm-fleet), and not for a remote
        O(uri).
    type: dict
    suboptions:
      url:
        description:
          - A URL with V(https), V(http) or V(file) that the host itself fetches.
          - >-
            An interrupted download is resumed by the next run. Its part is kept, for a week at most, in the directory
            F(.kvm-fleet) of the pool's directory.
        type: str
      path:
        description: The absolute path of a file on the host. The file is not changed.
        type: str
      checksum:
        description:
          - >-
            The checksum of the file as it is published: V(sha256:), V(sha384:) or V(sha512:), followed by the
            hexadecimal digits, or by the URL or path of a file that contains them, such as SHA256SUMS.
          - Required with O(source.url).
          - A file of checksums is read only if the content is needed.
          - >-
            If a volume was made of another source, and the checksum is not that of its content, the module fails. If it
            is not known what a volume was made of, the module warns.
        type: str
      volume:
        description:
          - The name of a volume to copy. No running domain may have it as a disk meanwhile; it may be removed later.
          - If a snapshot has put an overlay above it, the latest content is copied.
        type: str
      pool:
        description: The name of the pool that O(source.volume) is in. The default is O(pool).
        type: str
  seed:
    description:
      - >-
        The data of a cloud-init seed for the NoCloud data source, which makes the volume an ISO image. When the data
        changes the image is written anew; a guest reads it at its next boot.
      - >-
        Each document is a dictionary, or a text, such as a rendered template, which is used as it is. None of them is
        ever shown.
      - O(kvm.fleet.domain#module:cloud_init) creates such a volume itself.
    type: dict
    suboptions:
      user_data:
        description: >-
          The configuration of the guest. A dictionary is written as C(#cloud-config). A text begins as cloud-init
          requires it, with C(#cloud-config) or C(#!/bin/sh).
        type: raw
      meta_data:
        description: >-
          The data of the instance. A text is in YAML. The default has the name of the volume as C(instance-id).
        type: raw
      network_config:
        description: >-
          The network configuration of the guest, in version 1 or 2 of cloud-init's format. A text is in YAML. By
          default cloud-init uses DHCP on the first interface.
        type: raw
      vendor_data:
        description: Configuration of the guest, which O(seed.user_data) overrides.
        type: raw
  xml:
    description:
      - >-
        A partial C(<volume>) document that is merged into that of a new volume, for whatever libvirt supports and no
        option declares. An existing volume is compared with it, and never changed.
      - The volume is one that libvirt makes, empty or a linked clone. The document must not contradict an option.
      - >-
        What libvirt takes and does not report afterwards cannot be compared, and makes the next run fail.
    type: str
notes:
  - Which images are based on a volume is read from the images themselves, those of all domains' disks (defined, running
    and saved) and those in the directories of all pools, active or not. Paths and symbolic links to the same file do
    not matter. For another machine (a remote O(uri)), and for what this user may not read, only what libvirt reports is
    known. Not found are images that are in no pool and on no disk, and those on another machine that shares a
    directory.
  - A file that appeared in the directory of a running pool and that libvirt has not listed yet counts as the volume of
    that name, after a refresh of the pool (C(refresh) in RV(actions)).
  - Content needs C(qemu-img) where the module runs, a seed C(xorriso), zstd C(zstd).
seealso:
  - module: kvm.fleet.volume_info
  - module: kvm.fleet.pool
"""

EXAMPLES = r"""
- name: A cloud image
  kvm.fleet.volume:
    pool: data
    name: debian-12.qcow2
    source:
      url: https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2
      checksum: sha512:https://cloud.debian.org/images/cloud/bookworm/latest/SHA512SUMS

- name: A guest's disk that is based on it
  kvm.fleet.volume:
    pool: data
    name: web1.qcow2
    backing: debian-12.qcow2
    capacity: 20GiB

- name: An empty disk, or one that grows to this size
  kvm.fleet.volume:
    pool: data
    name: web1-data.raw
    format: raw
    capacity: 100GiB

- name: The disk of a guest of another hypervisor
  kvm.fleet.volume:
    pool: data
    name: erp.qcow2
    source: {path: /srv/import/erp.vmdk}

- name: An encrypted disk, whose passphrase is a secret of libvirt
  kvm.fleet.volume:
    pool: data
    name: payroll.qcow2
    capacity: 50GiB
    encryption:
      secret: {usage: /srv/vm/payroll.qcow2}

- name: A disk for a database, allocated at once, in large clusters
  kvm.fleet.volume:
    pool: data
    name: db1.qcow2
    capacity: 200GiB
    preallocation: falloc
    cluster_size: 128KiB
    extended_l2: true
    permissions: {mode: "0640", group: 64055}

- name: A copy in another pool
  kvm.fleet.volume:
    pool: guests
    name: db1
    source: {pool: data, volume: debian-12.qcow2}
    capacity: 50GiB

- name: A seed
  kvm.fleet.volume:
    pool: data
    name: web1-seed.iso
    seed:
      meta_data: {instance-id: web1, local-hostname: web1}
      user_data:
        ssh_authorized_keys: ["{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"]

- name: Remove a volume
  kvm.fleet.volume:
    pool: data
    name: web1-data.raw
    state: absent
"""

RETURN = r"""
actions:
  # From tools/returns.py: actions
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - It is empty if nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    apply:
      description: Whether the action takes effect at once (V(live)) or by restarting the object (V(restart)).
      type: str
      returned: always
    fields:
      description: The options that the action changes to their declared values.
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: The path of the option, such as V(disks[vdb].cache) of a domain.
          type: str
          returned: always
        before:
          description: The value before, V(none) for something new. A secret is shown as V((hidden\)).
          type: raw
          returned: always
        after:
          description: The declared value, V(none) for something that is removed.
          type: raw
          returned: always
  # Up to here.
    # From tools/returns.py: an object
    kind:
      description: >-
        The kind of object, such as V(domain). V(leftovers) are those of an earlier run that was killed: temporary files
        in the directory that is named, which every run removes.
      type: str
      returned: always
    name:
      description: The name of the object. That of a volume is C(pool/volume), that of a snapshot C(domain/snapshot).
      type: str
      returned: always
    # Up to here.
    verb:
      description: >-
        One of V(create), V(find_or_create) (where that shows only when its pool is active), V(upload), V(resize),
        V(set_permissions), V(refresh) (libvirt looks at it again), V(delete), V(finish) (what a run that was killed had
        begun).
      type: str
      returned: always
  sample:
    - kind: volume
      name: data/web1.qcow2
      verb: resize
      apply: live
      fields: [{option: capacity, before: 10GiB, after: 20GiB}]
diff:
  # From tools/returns.py: diff
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text; O(show_xml) adds the XML of changed definitions.
      type: str
      returned: always
  # Up to here.
# From tools/returns.py: nothing waits
restart_required:
  description: Always V(false), since all changes take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
# Up to here.
volume:
  description: The volume after the run; in check mode, as it was before. Empty when there is none.
  returned: success
  type: dict
  contains:
    pool:
      description: The name of the volume's pool.
      returned: success
      type: str
      sample: data
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: web1.qcow2
    path:
      description: The path of the volume on the host.
      returned: success
      type: str
      sample: /srv/vm/web1.qcow2
    type:
      description: The type of the volume by libvirt's name, such as V(file) or V(block).
      returned: success
      type: str
      sample: file
    format:
      description: The format of the volume.
      returned: success
      type: str
      sample: qcow2
    capacity:
      description: The size that a guest sees, in the largest binary unit without a fraction.
      returned: success
      type: str
      sample: 20GiB
    capacity_bytes:
      description: The size that a guest sees, in bytes.
      returned: success
      type: int
      sample: 21474836480
    allocation_bytes:
      description: The storage that the volume uses, in bytes, V(none) for a file that libvirt does not list yet.
      returned: success
      type: int
      sample: 200704
    encrypted:
      description: Whether its content is encrypted.
      returned: success
      type: bool
      sample: false
    compat:
      description: The version of the format, for a V(qcow2) volume.
      returned: success
      type: str
      sample: "1.1"
    cluster_size:
      description: The size of a cluster, for a V(qcow2) volume.
      returned: success
      type: str
      sample: 64KiB
    lazy_refcounts:
      description: Whether reference counts are updated lazily, for a V(qcow2) volume where they are.
      returned: success
      type: bool
      sample: true
    extended_l2:
      description: Whether clusters have subclusters, for a V(qcow2) volume where they have.
      returned: success
      type: bool
      sample: true
    permissions:
      description: The permissions of the file at the pool's last refresh, as the option of that name.
      returned: success
      type: dict
      sample: {mode: "0600", owner: 0, group: 0}
    encryption:
      description: The encryption as far as libvirt knows it, as the option of that name.
      returned: success
      type: dict
    backing:
      description: The path of the image that the volume is based on, V(none) if there is none.
      returned: success
      type: str
      sample: /srv/vm/debian-12.qcow2
    source:
      description: The URL (without what may be secret), file or volume that the content came from, if it is known.
      returned: success
      type: str
      sample: https://cloud.example.org/debian-12.qcow2
    checksum:
      description: The checksum of the source as it was published.
      returned: success
      type: str
      sample: sha256:0f7c…
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import VOLUME


def main() -> None:
    """Entry point."""
    module.main(VOLUME)


if __name__ == "__main__":
    main()
