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
  - Makes a storage pool what is declared, starts or stops it, or removes it.
  - The directory of a pool is made when it is missing. Nothing that is in it is ever changed or deleted, and nothing
    is ever formatted.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.pool_source
options:
  name:
    description: The name of the pool.
    type: str
    required: true
  state:
    description:
      - V(active) - defined and running.
      - V(inactive) - defined and not running. Refused without O(force) while running domains have disks in it.
      - V(present) - defined; whether it runs stays as it is.
      - V(absent) - stopped, as with V(inactive), and no longer defined. Its directory, its device and its volumes stay.
    type: str
    choices: [active, inactive, present, absent]
    default: active
  type:
    description:
      - Where the storage is. A new pool needs it; that of an existing pool cannot be changed.
      - Most types come with a part of libvirt of their own, which distributions package on its own.
    type: str
    choices:
      dir: A directory, O(target).
      fs: The file system on the device in O(source.devices), mounted at O(target).
      netfs: The directory O(source.dir) that O(source.host) exports, mounted at O(target).
      logical: >-
        The LVM volume group O(source.name). It is made of O(source.devices) if it does not exist and they are given,
        and only if nothing is on them.
      disk: The partitions of the disk in O(source.devices), which has a partition table already.
      iscsi: The LUNs of the iSCSI target in O(source.devices) at O(source.host), which the host's kernel logs in to.
      iscsi-direct: The same, and QEMU logs in itself.
      scsi: The LUNs at the host's O(source.adapter).
      mpath: The host's multipath devices.
      rbd: The pool O(source.name) of a Ceph cluster.
      sheepdog: The Sheepdog cluster at O(source.host).
      gluster: The Gluster volume O(source.name) at O(source.host).
      zfs: The ZFS pool O(source.name).
      vstorage: The cluster O(source.name) of Virtuozzo Storage, mounted at O(target).
  target:
    description:
      - >-
        Where its volumes are on the host. Needed for a new pool with a directory. Others have a default, such as
        F(/dev/) and the name of the group for V(logical), or none at all.
      - A directory that is missing is made when the pool starts.
    type: path
  permissions:
    description:
      - Of the directory itself. They are compared with those that it really has, and put right while the pool runs.
      - Over a remote O(uri) they are only given to a directory that is made.
    type: dict
    suboptions:
      mode:
        description: The octal mode, a text in quotes such as V('0711').
        type: raw
      owner:
        description: The numeric user ID of the owner.
        type: int
      group:
        description: The numeric ID of the group.
        type: int
      label:
        description: The SELinux label that libvirt gives to a directory that it makes.
        type: str
  features:
    description: What the storage can do.
    type: dict
    suboptions:
      cow:
        description: >-
          Whether a directory that libvirt makes on Btrfs copies on write. libvirt turns that off where nothing is said,
          as it makes images slow. For V(dir) and V(fs) of O(type).
        type: bool
  mount_options:
    description: >-
      The options that it is mounted with; complete and in order. libvirt does not look at them. For V(fs) and V(netfs)
      of O(type).
    type: list
    elements: str
  config_options:
    description: The options of the Ceph client; complete. libvirt does not look at them. For V(rbd) of O(type).
    type: list
    elements: dict
    suboptions:
      name:
        description: The option's name.
        type: str
        required: true
      value:
        description: Its value.
        type: str
        required: true
  refresh:
    description: How libvirt looks at what is in the pool.
    type: dict
    suboptions:
      volume:
        description: How it looks at a volume.
        type: dict
        suboptions:
          allocation:
            description: >-
              What it takes for the room that a volume takes. V(default) is to ask, which is slow for a large Ceph
              image; V(capacity) is all of it. For V(rbd) of O(type).
            type: str
            choices: [default, capacity]
  autostart:
    description: Whether libvirt starts the pool when the host starts.
    type: bool
  restart:
    description:
      - What to do about changes that a running pool only takes up when it is stopped and started, such as another
        O(target).
      - V(never) - define them, and report them in RV(pending).
      - V(if_unused) - restart it, unless a running domain has a disk, or what a disk is based on, in it.
      - V(always) - restart it. Running domains keep the files that they have open.
      - A pool whose directory has vanished is restarted in any case, to have one again.
    type: str
    choices: [never, if_unused, always]
    default: never
  force:
    description:
      - Whether a pool that running domains use is stopped all the same, for O(state=inactive) and O(state=absent).
      - >-
        A disk uses it when it is on a volume of it, or on an image that is based on one. Domains that the same document
        removes do not count. For O(state=absent) those that it stops, or whose disks it declares elsewhere, do not
        either.
    type: bool
    default: false
  xml:
    description:
      - A partial C(<pool>) document for what has no option, merged into the definition.
      - Only what it states is managed.
    type: str
seealso:
  - module: kvm.fleet.pool_info
  - module: kvm.fleet.volume
  - module: kvm.fleet.secret
  - name: Storage pools
    description: All that libvirt knows of them.
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
      host: nas.example.org
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
      host: nas.example.org
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
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - Each with C(kind), C(name), C(verb), C(apply) (how it takes effect) and the C(fields) that it changes, each with
      C(option), C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample: [{kind: pool, name: data, verb: start, apply: live, fields: []}]
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
  description: Whether the definition has changes that take effect only when the pool starts again.
  returned: success
  type: bool
pending:
  description: These changes, each with C(kind), C(name) and C(fields) as in RV(actions).
  returned: success
  type: list
  elements: dict
pool:
  description: The pool as it is afterwards. In check mode as it was before; empty when there is none.
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
