#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_info
short_description: Read the snapshots of domains
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - Reads the snapshots of one domain, or of all of them, over a read-only connection.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
options:
  domain:
    description: >-
      The name of the domain whose snapshots are read. The default is all domains. If it does not exist, RV(snapshots)
      is empty.
    type: str
  name:
    description: The name of the snapshots to read. The default is all of them.
    type: str
seealso:
  - module: kvm.fleet.snapshot
"""

EXAMPLES = r"""
- name: Read the snapshots of a domain
  kvm.fleet.snapshot_info:
    domain: db1
  register: found

- name: Show when they were made
  ansible.builtin.debug:
    msg: "{{ found.snapshots | items2dict(key_name='name', value_name='created') }}"
"""

RETURN = r"""
snapshots:
  description: The snapshots, in the order of their domains and names.
  returned: success
  type: list
  elements: dict
  contains:
    # From snapshot.py: snapshot contains
    domain:
      description: The name of the domain.
      returned: success
      type: str
      sample: db1
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: nightly-2026-11-23
    description:
      description: The description, V(none) if there is none.
      returned: success
      type: str
      sample: before the upgrade
    mode:
      description: V(internal) or V(external).
      returned: success
      type: str
      sample: external
    state:
      description: >-
        The state of the domain when the snapshot was made, V(running), V(paused) or V(shutoff), or V(disk-snapshot) for
        a running domain without its memory.
      returned: success
      type: str
      sample: disk-snapshot
    memory:
      description: Whether the snapshot contains the guest's memory.
      returned: success
      type: bool
      sample: false
    memory_file:
      description: The file with the memory, for an external snapshot, else V(none).
      returned: success
      type: str
      sample: /srv/vm/db1-debug.memory
    disks:
      description: The disks of the snapshot, each with its C(target) and, for an external snapshot, the new C(file).
      returned: success
      type: list
      elements: dict
      sample: [{target: vda, file: /srv/vm/db1.nightly-2026-11-23}]
    created:
      description: The time when it was made, in seconds since 1970-01-01 UTC.
      returned: success
      type: int
      sample: 1795446174
    parent:
      description: The previous snapshot, V(none) for the first one.
      returned: success
      type: str
      sample: nightly-2026-11-22
    current:
      description: Whether it is the latest one, that is, the one last made or reverted to.
      returned: success
      type: bool
      sample: true
    ours:
      description: Whether this collection is known to have made it, so that C(keep) may remove it.
      returned: success
      type: bool
      sample: true
    # Up to here.
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import SNAPSHOT


def main() -> None:
    """Entry point."""
    module.main_info(SNAPSHOT)


if __name__ == "__main__":
    main()
