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
  - Makes a volume, empty, with content, as a linked clone or as a cloud-init seed; lets it grow; or removes it.
  - What a volume holds is never replaced, and a volume is never made smaller.
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
    description: The name of the volume, in a directory that of its file.
    type: str
    required: true
  state:
    description:
      - V(present) - it is there.
      - V(absent) - it is deleted, with all that is in it. Refused while a domain needs it, as a disk, below one or as
        anything else, or another image is based on it, unless those go in the same document. The overlays that
        snapshots of such a domain put above it go with it.
    type: str
    choices: [present, absent]
    default: present
  capacity:
    description:
      - What a guest sees of it, such as V(20GiB), V(20GB) or V(512M); a number alone is bytes. It is rounded up to
        whole kibibytes, in an LVM pool to its extents of 4 MiB.
      - A larger one lets the volume grow. When a running domain has the volume as a disk, its guest sees that at once.
      - When a snapshot has put an overlay above the volume, that is what the guest sees, and so what is compared and
        grows. Merging it lets the volume grow as well.
      - A smaller one than it has is an error.
      - Needed for a new empty volume. Otherwise the default is that of the content or of the O(backing) volume.
    type: str
  format:
    description:
      - The format of its content. That of an existing volume cannot be changed.
      - The default for a new volume is V(qcow2) in a pool of files and V(raw) in others, which have no other.
    type: str
    choices: [raw, qcow2]
  backing:
    description:
      - The name of a volume that this one is based on, which makes it a linked clone, and takes room only for what
        differs.
      - That of an existing volume cannot be changed.
      - Nobody writes to a base. A clone of what a running domain writes to, or an image is being merged into, is
        refused, and so is the start of a domain that would write to the base of a clone.
      - One of a volume with an overlay that a snapshot made is based on the overlay, which has what was written last.
    type: str
  backing_pool:
    description: The pool that O(backing) is in, if it is another one.
    type: str
  source:
    description:
      - Where the content of a new volume comes from, one of O(source.url), O(source.path) and O(source.volume).
      - >-
        Images are unpacked (xz, gzip, bzip2, zstd) and converted to O(format), whatever they are: raw and qcow2 of any
        version, VMDK, VDI, VHD (of fixed size or growing) and VHDX from other hypervisors. One with content in further
        files, such as a VMDK in extents, is refused.
      - In a pool in a directory of this host the volume appears under its name when it is whole and verified, and not
        before. Elsewhere libvirt takes the content through a stream, and the volume is deleted if that fails.
      - An existing volume is taken for what is declared, and nothing is fetched. Only if it is known to have been made
        of content with another checksum, that is an error. What a volume was made of is remembered in
        F(/var/lib/libvirt/kvm.fleet), for users other than root in F(~/.local/share/kvm.fleet), and not for a remote
        O(uri).
    type: dict
    suboptions:
      url:
        description:
          - An C(https), C(http) or C(file) URL, fetched by the host itself.
          - A download that was interrupted is resumed by the next run. Until then it stays, for a week at most, in the
            folder F(.kvm-fleet) of the pool's directory.
        type: str
      path:
        description: The path of a file on the host. It stays as it is.
        type: str
      checksum:
        description:
          - V(sha256:), V(sha384:) or V(sha512:), followed by the digits, or by the URL or path of a file such as
            SHA256SUMS that has them. It is that of the file as it is published.
          - Required with O(source.url).
          - A file of checksums is only read when the content is needed.
        type: str
      volume:
        description:
          - The name of a volume to copy, which may be removed later. No running domain may have it as a disk meanwhile.
          - Of one with an overlay that a snapshot made, what was written last is copied.
        type: str
      pool:
        description: The pool that O(source.volume) is in, if it is another one.
        type: str
  seed:
    description:
      - Makes the volume a cloud-init seed for the NoCloud data source, an ISO image. It is written anew when its
        data changes; a running guest sees that when it is started anew.
      - Each document is a dictionary, or a text, such as that of a template, which is taken as it is. None of them is
        ever shown.
      - O(kvm.fleet.domain#module:cloud_init) makes such a volume by itself.
    type: dict
    suboptions:
      user_data:
        description: >-
          What to configure. A dictionary becomes C(#cloud-config); a text begins as cloud-init wants it, with
          C(#cloud-config) or C(#!/bin/sh).
        type: raw
      meta_data:
        description: What the guest is, a text of it in YAML. The default has the volume's name as C(instance-id).
        type: raw
      network_config:
        description: Its network, in cloud-init's version 1 or 2, a text of it in YAML.
        type: raw
      vendor_data:
        description: What to configure unless O(seed.user_data) says something else.
        type: raw
notes:
  - Who needs a volume is asked of the images themselves, those of all domains' disks (as they are defined, run and are
    saved) and those in the directories of all pools, active or not; by what is there, whatever path or symbolic link
    leads to it. Of another machine (a remote O(uri)), and of what this user may not read, there is only what libvirt
    says. An image that is in no pool and that no domain names cannot be found, and neither can what another machine
    has of a shared directory.
  - A file that appeared in the directory of a running pool without libvirt's knowledge is taken for the volume of that
    name, after libvirt was told to look again (C(refresh) in RV(actions)).
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
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - Each with C(kind), C(name), C(verb), C(apply) (how it takes effect) and the C(fields) that it changes, each with
      C(option), C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: volume
      name: data/web1.qcow2
      verb: resize
      apply: live
      fields: [{option: capacity, before: 10GiB, after: 20GiB}]
diff:
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text.
      returned: success
      type: str
restart_required:
  description: Always V(false), since all changes of volumes take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
volume:
  description: The volume as it is afterwards. In check mode as it was before; empty when there is none.
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
