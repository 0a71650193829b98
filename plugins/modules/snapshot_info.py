#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_info
short_description: Tell what snapshots domains have
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
    description: Only those of this domain. One that does not exist is no error; RV(snapshots) is then empty.
    type: str
  name:
    description: Only those with this name.
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
    domain:
      description: The name of the domain.
      returned: success
      type: str
      sample: db1
    name:
      description: Its name.
      returned: success
      type: str
      sample: nightly-2026-11-23
    description:
      description: Its description; V(none) where there is none.
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
        What the domain was when it was made, V(running), V(paused) or V(shutoff); V(disk-snapshot) where the memory of
        a running one is not in it.
      returned: success
      type: str
      sample: disk-snapshot
    memory:
      description: Whether the memory of the guest is in it.
      returned: success
      type: bool
      sample: false
    memory_file:
      description: The file that the memory of an external one is in; V(none) otherwise.
      returned: success
      type: str
      sample: /srv/vm/db1-debug.memory
    disks:
      description: The disks that are in it, each with C(target) and, of an external one, the C(file) that was new.
      returned: success
      type: list
      elements: dict
      sample: [{target: vda, file: /srv/vm/db1.nightly-2026-11-23}]
    created:
      description: When it was made, in seconds since 1970.
      returned: success
      type: int
      sample: 1795446174
    parent:
      description: The snapshot that it was made after; V(none) for a first one.
      returned: success
      type: str
      sample: nightly-2026-11-22
    current:
      description: Whether it is the one that the domain was last made or reverted to.
      returned: success
      type: bool
      sample: true
    ours:
      description: Whether it is known that this collection made it, so that C(keep) may remove it.
      returned: success
      type: bool
      sample: true
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import SNAPSHOT


def main() -> None:
    """Entry point."""
    module.main_info(SNAPSHOT)


if __name__ == "__main__":
    main()
