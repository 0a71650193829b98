#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_info
short_description: Read storage pools
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Returns storage pools with their state, size and definition. Changes nothing, and does not refresh the pools.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
  - kvm.fleet.declared
options:
  name:
    description: >-
      The name of the pool to read. The default is all of them, active or not. If it does not exist, RV(pools) is empty.
    type: str
seealso:
  - module: kvm.fleet.pool
"""

EXAMPLES = r"""
- name: Read all pools
  kvm.fleet.pool_info:
  register: result

- name: Warn when one is nearly full
  ansible.builtin.debug:
    msg: "{{ item.name }} has {{ item.available_bytes | human_readable }} left"
  loop: "{{ result.pools | selectattr('state', 'eq', 'active') }}"
  loop_control: {label: "{{ item.name }}"}
  when: item.available_bytes < item.capacity_bytes * 0.1

- name: Compare with what the inventory declares
  kvm.fleet.pool_info:
    declared: "{{ kvm_guests_pools }}"
  register: compared

- name: Fail when a pool is not as declared
  ansible.builtin.assert:
    that:
      - compared.missing | length == 0
      - compared.pools | map(attribute='drift', default=[]) | flatten | length == 0

- name: Read all pools as the options that declare them
  kvm.fleet.pool_info:
    as: spec
  register: declared

- name: Write them into the inventory
  ansible.builtin.copy:
    content: "{{ {'kvm_guests_pools': declared.pools} | to_nice_yaml(sort_keys=false) }}"
    dest: "{{ inventory_dir }}/host_vars/{{ inventory_hostname }}/pools.yml"
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
pools:
  description: The pools in the order of their names. Empty when there is none of that name.
  returned: success
  type: list
  elements: dict
  contains:
    # From pool.py: pool contains
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
    # Up to here.
    drift:
      description:
        - >-
          The differences of the pool from O(declared), option by option. What libvirt fills in at the start is no
          drift.
      type: list
      elements: dict
      returned: for a pool that O(declared) names
      contains:
        option:
          description: >-
            The option of M(kvm.fleet.pool), such as V(target), or V(xml:) with the place in the XML for what has no
            option.
          type: str
        # From tools/returns.py: drift
        declared:
          description: The declared value. Null when the option shall not be there.
          type: raw
        defined:
          description: The value in the definition, which the next start uses. Null when it is not there.
          type: raw
        live:
          description: The value in the running object. Null when it is not there, missing when nothing runs.
          type: raw
        # Up to here.
      sample:
        - option: target
          declared: /srv/vm
          defined: /srv/vm
          live: /srv/old
missing:
  description: The names of the pools in O(declared) that do not exist and should.
  returned: with O(declared)
  type: list
  elements: str
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import POOL


def main() -> None:
    """Entry point."""
    module.main_info(POOL)


if __name__ == "__main__":
    main()
