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
options:
  name:
    description: The name of the pool.
    type: str
    required: true
  state:
    description:
      - V(active) - defined and running.
      - V(inactive) - defined and not running.
      - V(present) - defined; whether it runs stays as it is.
      - V(absent) - stopped and no longer defined. Its directory, its device and its volumes stay.
    type: str
    choices: [active, inactive, present, absent]
    default: active
  type:
    description:
      - Where the storage is. A new pool needs it; that of an existing pool cannot be changed.
      - V(dir) - a directory, O(target).
      - V(fs) - the file system on the device in O(source.devices), mounted at O(target).
      - V(netfs) - the directory O(source.dir) that O(source.host) exports, mounted at O(target).
      - V(logical) - the LVM volume group O(source.name). It is made of O(source.devices) if it does not exist and
        they are given, and only if nothing is on them.
    type: str
    choices: [dir, fs, netfs, logical]
  target:
    description:
      - Where its volumes are on the host. Needed for a new pool with a directory. The default for V(logical) is
        F(/dev/) and the name of the group.
      - A directory that is missing is made when the pool starts.
    type: path
  source:
    description: Where its storage comes from. Which options there are depends on O(type).
    type: dict
    suboptions:
      host:
        description: The server that exports the directory.
        type: str
      dir:
        description: The directory on the server.
        type: path
      devices:
        description: The devices that the storage is on.
        type: list
        elements: path
      name:
        description: The name of the volume group.
        type: str
      format:
        description: The file system (V(ext4), V(nfs) …), where libvirt shall not find that out by itself.
        type: str
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
  autostart:
    description: Whether libvirt starts the pool when the host starts.
    type: bool
  restart:
    description:
      - What to do about changes that a running pool only takes up when it is stopped and started, such as another
        O(target).
      - V(never) - define them, and report them in RV(pending).
      - V(if_unused) - restart it, unless a running domain has a disk in it.
      - V(always) - restart it. Running domains keep the files that they have open.
      - A pool whose directory has vanished is restarted in any case, to have one again.
    type: str
    choices: [never, if_unused, always]
    default: never
  xml:
    description:
      - A partial C(<pool>) document for what has no option, merged into the definition.
      - Only what it states is managed.
    type: str
seealso:
  - module: kvm.fleet.pool_info
  - module: kvm.fleet.volume
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

- name: Forget a pool, and leave its files where they are
  kvm.fleet.pool:
    name: data
    state: absent
"""

RETURN = r"""
actions:
  description:
    - What was done, or would be done in check mode, in order; both are the same.
    - Each with C(kind), C(name), C(verb), C(apply) (how it takes effect) and the C(fields) that it changes, each with
      C(option), C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample: [{kind: pool, name: data, verb: start, apply: live, fields: []}]
diff:
  description: The same as text, an option per line, for C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text.
      returned: success
      type: str
restart_required:
  description: Whether something is defined that the running pool does not have yet.
  returned: success
  type: bool
pending:
  description: That, each with C(kind), C(name) and C(fields) as in RV(actions).
  returned: success
  type: list
  elements: dict
pool:
  description: The pool as it is afterwards. In check mode as it was before; empty when there is none.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      returned: success
      type: str
      sample: data
    uuid:
      description: Its UUID.
      returned: success
      type: str
      sample: 447c541b-78d3-4969-b83e-3146ca8d6a7b
    type:
      description: Its type in libvirt's words.
      returned: success
      type: str
      sample: dir
    state:
      description: V(active) or V(inactive).
      returned: success
      type: str
      sample: active
    persistent:
      description: Whether it is defined, and so survives being stopped.
      returned: success
      type: bool
      sample: true
    autostart:
      description: Whether libvirt starts it when the host starts.
      returned: success
      type: bool
      sample: true
    target:
      description: Where its volumes are on the host.
      returned: success
      type: str
      sample: /srv/vm
    source:
      description: Where its storage comes from, as the option of that name; left out where there is none.
      returned: success
      type: dict
    permissions:
      description: Those of the directory when libvirt last looked, as the option of that name.
      returned: success
      type: dict
      sample: {mode: "0711", owner: 0, group: 0}
    capacity_bytes:
      description: Its size in bytes when libvirt last looked; V(none) while it is not active.
      returned: success
      type: int
      sample: 274877906944
    allocation_bytes:
      description: How much of that is in use, in bytes.
      returned: success
      type: int
      sample: 53687091200
    available_bytes:
      description: How much of that is free, in bytes.
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
