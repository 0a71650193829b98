#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool
short_description: Ensure a storage pool
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Defines a storage pool as declared, starts or stops it, or removes it.
  - A missing directory of a pool is created. The content of the storage is never changed or deleted, and nothing is
    ever formatted.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.pool_directory
  - kvm.fleet.pool_source
options:
  name:
    description: The name of the pool, which identifies it. A pool cannot be renamed.
    type: str
    required: true
  state:
    description:
      - V(active) means that the pool is defined and runs.
      - >-
        V(inactive) means that it is defined and does not run. Refused without O(force) while running domains have disks
        or other files in it.
      - V(present) means that it is defined; its running state is not managed.
      - >-
        V(absent) means that it is stopped, as with V(inactive), and its definition is removed. Its directory, its
        device and its volumes stay.
    type: str
    choices: [active, inactive, present, absent]
    default: active
  type:
    description:
      - The kind of storage. A new pool needs it, and that of an existing pool cannot be changed.
      - For most types distributions have a package with libvirt's driver for it.
    type: str
    choices:
      dir: A directory, O(target).
      fs: The file system on the device in O(source.devices), mounted at O(target).
      netfs: The directory O(source.dir) that the server in O(source.hosts) exports, mounted at O(target).
      logical: >-
        The LVM volume group O(source.name). If it does not exist and O(source.devices) are declared and empty, it is
        created on them.
      disk: The partitions of the disk in O(source.devices), which already has a partition table.
      iscsi: >-
        The LUNs of the iSCSI target in O(source.devices) at the server in O(source.hosts), to which the host's kernel
        logs in.
      iscsi-direct: >-
        The LUNs of the iSCSI target in O(source.devices) at the server in O(source.hosts), to which QEMU itself logs
        in.
      scsi: The LUNs at the host's adapter O(source.adapter).
      mpath: The multipath devices of the host.
      rbd: The pool O(source.name) of a Ceph cluster, the monitors of which are in O(source.hosts).
      sheepdog: The Sheepdog cluster at the server in O(source.hosts).
      gluster: The Gluster volume O(source.name) at the server in O(source.hosts).
      zfs: The ZFS pool O(source.name).
      vstorage: The cluster O(source.name) of Virtuozzo Storage, mounted at O(target).
  target:
    description:
      - >-
        The absolute path on the host below which the volumes are. A new pool with a directory needs it. Some other
        types have a default, such as F(/dev/) and the name of the volume group for V(logical), and some have none. A
        change takes effect when the pool starts again.
      - A missing directory is created when the pool starts.
    type: path
  features:
    description: Features of the storage that libvirt can turn on or off.
    type: dict
    suboptions:
      cow:
        description: >-
          Whether a directory that libvirt creates on Btrfs uses copy on write. libvirt's default is V(false), because
          it makes images slow. For V(dir) and V(fs) of O(type).
        type: bool
  mount_options:
    description: >-
      The complete list of the mount options, in their order. libvirt does not check them. For V(fs) and V(netfs) of
      O(type). A change takes effect when the pool starts again.
    type: list
    elements: str
  config_options:
    description: >-
      The complete list of options of the Ceph client. libvirt does not check them. For V(rbd) of O(type). A change
      takes effect when the pool starts again.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the Ceph option, such as V(client_mount_timeout).
        type: str
        required: true
      value:
        description: The value of the Ceph option.
        type: str
        required: true
  refresh:
    description: How libvirt reads the pool's contents when it refreshes the pool.
    type: dict
    suboptions:
      volume:
        description: How libvirt reads the data of a volume.
        type: dict
        suboptions:
          allocation:
            description: >-
              How libvirt determines the storage that a volume uses. V(default) queries it, which is slow for a large
              Ceph image; V(capacity) takes the size of the whole image. For V(rbd) of O(type).
            type: str
            choices: [default, capacity]
  autostart:
    description: Whether the pool starts with libvirt, that is, with the host. The default for a new pool is V(false).
    type: bool
  restart:
    description:
      - >-
        What happens to changes that a running pool takes over only when it is stopped and started, such as another
        O(target).
      - V(never) defines them, and reports them in RV(pending).
      - V(if_unused) restarts the pool, unless a running domain has a disk, the base of a disk, or another file in it.
      - V(always) restarts the pool. Running domains keep the files that they have open.
      - A pool whose directory has disappeared is restarted in any case, which creates the directory.
      - >-
        The default is V(never). In M(kvm.fleet.converge), O(kvm.fleet.converge#module:restart=if_required) makes it
        V(if_unused) for pools that do not declare it.
    type: str
    choices: [never, if_unused, always]
  force:
    description:
      - Whether a pool that running domains use is stopped nevertheless, for O(state=inactive) and O(state=absent).
      - >-
        A domain uses the pool with a disk that is a volume in it or an image that is based on one, and with any other
        file in it, such as UEFI variables or a kernel. Domains that the same document removes do not count. For
        O(state=absent), domains that it stops do not count either, nor disks that it moves elsewhere.
    type: bool
    default: false
  xml:
    description:
      - >-
        A partial C(<pool>) document that is merged into the definition, for whatever libvirt supports and no option
        declares. A change takes effect when the pool starts again.
      - Only what it contains is managed.
    type: str
seealso:
  - module: kvm.fleet.pool_info
  - module: kvm.fleet.volume
  - module: kvm.fleet.secret
  - name: Storage pools
    description: libvirt's own documentation of storage pools.
    link: https://libvirt.org/storage.html
"""

EXAMPLES = r"""
- name: A pool in a directory
  kvm.fleet.pool:
    name: data
    type: dir
    target: /srv/vm
    permissions: {mode: "0711"}
    autostart: true

- name: A pool on an NFS server
  kvm.fleet.pool:
    name: images
    type: netfs
    target: /srv/images
    source:
      hosts:
        - name: nas.example.org
      dir: /export/images
      format: nfs

- name: An LVM volume group, made of a disk if there is none of that name
  kvm.fleet.pool:
    name: guests
    type: logical
    source:
      name: guests
      devices: [/dev/vdb]

- name: LUNs of an iSCSI target, with a password that is a secret of libvirt
  kvm.fleet.pool:
    name: luns
    type: iscsi
    source:
      hosts:
        - name: nas.example.org
      devices: ["iqn.2013-06.com.example:disks"]
      auth:
        username: "{{ inventory_hostname }}"
        secret: {usage: nas}

- name: A pool of a Ceph cluster
  kvm.fleet.pool:
    name: ceph
    type: rbd
    source:
      name: guests
      hosts: [{name: mon1.example.org}, {name: mon2.example.org}]
      auth:
        username: libvirt
        secret: {usage: client.libvirt secret}

- name: Forget a pool, and leave its files where they are
  kvm.fleet.pool:
    name: data
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
        One of V(define), V(build), V(start), V(set_autostart), V(set_permissions), V(restart), V(stop), V(undefine),
        V(finish) (what a run that was killed had begun).
      type: str
      returned: always
  sample: [{kind: pool, name: data, verb: start, apply: live, fields: []}]
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
# From tools/returns.py: what waits
restart_required:
  description: Whether the definition has changes that take effect only at the next start, which RV(pending) lists.
  returned: success
  type: bool
  sample: false
pending:
  description: The changes that take effect only at the next start, by object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object.
      type: str
      returned: always
    name:
      description: The name of the object.
      type: str
      returned: always
    fields:
      description: The changed options, with the same keys as RV(actions[].fields).
      type: list
      elements: dict
      returned: always
# Up to here.
pool:
  description: The pool after the run; in check mode, as it was before. Empty when there is none.
  returned: success
  type: dict
  contains:
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: data
    uuid:
      description: The UUID of the object.
      returned: success
      type: str
      sample: 447c541b-78d3-4969-b83e-3146ca8d6a7b
    type:
      description: The type of the pool, by libvirt's name for it.
      returned: success
      type: str
      sample: dir
    state:
      description: V(active) or V(inactive).
      returned: success
      type: str
      sample: active
    persistent:
      description: Whether the pool has a definition. One without a definition is gone when it is stopped.
      returned: success
      type: bool
      sample: true
    autostart:
      description: Whether the pool starts with libvirt.
      returned: success
      type: bool
      sample: true
    target:
      description: The path on the host below which the volumes are.
      returned: success
      type: str
      sample: /srv/vm
    source:
      description: The source of the storage, as the option of that name. It is left out if there is none.
      returned: success
      type: dict
    permissions:
      description: The permissions of the directory at the pool's last refresh, as the option of that name.
      returned: success
      type: dict
      sample: {mode: "0711", owner: 0, group: 0}
    capacity_bytes:
      description: The size in bytes at the pool's last refresh, V(none) while it is not active.
      returned: success
      type: int
      sample: 274877906944
    allocation_bytes:
      description: The used part of the size, in bytes.
      returned: success
      type: int
      sample: 53687091200
    available_bytes:
      description: The free part of the size, in bytes.
      returned: success
      type: int
      sample: 221190815744
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import POOL


def main() -> None:
    """Entry point."""
    module.main(POOL)


if __name__ == "__main__":
    main()
