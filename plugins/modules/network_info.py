#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
short_description: Read the virtual networks of a host
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - Reads one virtual network of libvirt, or all of them, over a read-only connection.
  - >-
    The result has the names of the options of M(kvm.fleet.network), and describes the definition, that is, the
    next start.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
  - kvm.fleet.declared
options:
  name:
    description: >-
      The name of the network to read. The default is all of them. If it does not exist, RV(networks) is empty.
    type: str
seealso:
  - module: kvm.fleet.network
"""

EXAMPLES = r"""
- name: Read all networks
  kvm.fleet.network_info:
  register: all

- name: Show those that run
  ansible.builtin.debug:
    msg: "{{ all.networks | selectattr('state', 'eq', 'active') | map(attribute='name') }}"

- name: Read one network
  kvm.fleet.network_info:
    name: lan
  register: lan

- name: Fail unless it is there
  ansible.builtin.assert:
    that: lan.networks | length == 1

- name: Compare with what the inventory declares
  kvm.fleet.network_info:
    declared: "{{ kvm_guests_networks }}"
  register: compared

- name: Fail when a network is not as declared
  ansible.builtin.assert:
    that:
      - compared.missing | length == 0
      - compared.networks | map(attribute='drift', default=[]) | flatten | length == 0

- name: Read all networks as the options that declare them
  kvm.fleet.network_info:
    as: spec
  register: declared

- name: Write them into the inventory
  ansible.builtin.copy:
    content: "{{ {'kvm_guests_networks': declared.networks} | to_nice_yaml(sort_keys=false) }}"
    dest: "{{ inventory_dir }}/host_vars/{{ inventory_hostname }}/networks.yml"
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
networks:
  description:
    - The networks, in the order of their names.
    - >-
      Besides the keys below it has the definition, with the names and the structure of the options of
      M(kvm.fleet.network). An option that the definition does not contain is missing.
  returned: success
  type: list
  elements: dict
  contains:
    # From network.py: network contains
    name:
      description: The name of the object.
      type: str
      returned: always
    uuid:
      description: The UUID of the object.
      type: str
      returned: always
    state:
      description: V(active) or V(inactive).
      type: str
      returned: always
    persistent:
      description: Whether the network has a definition. One without a definition is gone when it is stopped.
      type: bool
      returned: always
    autostart:
      description: Whether the object starts with libvirt.
      type: bool
      returned: always
    # Up to here.
    leases:
      description: >-
        What the DHCP server of an active network has given away, in the order of the addresses. Empty if it does not
        run, or has no DHCP.
      type: list
      elements: dict
      returned: always
      contains:
        mac:
          description: The MAC address. Empty for DHCPv6 where it is not known.
          type: str
          returned: always
        address:
          description: The address.
          type: str
          returned: always
        prefix:
          description: The length of the prefix of the network.
          type: int
          returned: always
        hostname:
          description: The name that the guest gave, or null.
          type: str
          returned: always
        expires:
          description: When the lease expires, in seconds since 1970.
          type: int
          returned: always
    drift:
      description:
        - >-
          The differences of the network from O(declared), option by option. What libvirt fills in at the start is no
          drift.
      type: list
      elements: dict
      returned: for a network that O(declared) names
      contains:
        option:
          description: >-
            The option of M(kvm.fleet.network), such as V(dns.enable), or V(xml:) with the place in the XML for what has
            no option.
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
        - option: ips[10.77.0.1].dhcp.hosts[52:54:00:77:00:05].ip
          declared: 10.77.0.5
          defined: 10.77.0.5
          live: 10.77.0.9
  sample:
    # From network.py: network item
    - name: lan
      uuid: d514ab7c-9286-4923-a8fc-de607d1f6177
      state: active
      persistent: true
      autostart: true
      forward:
        mode: nat
      bridge: virbr-lan
      stp: true
      delay: 0
      mac: 52:54:00:aa:00:01
      dns:
        enable: true
      ips:
        - address: 10.77.0.1
          prefix: 24
          family: ipv4
          dhcp:
            ranges:
              - start: 10.77.0.100
                end: 10.77.0.200
            hosts:
              - mac: 52:54:00:77:00:05
                name: web1
                ip: 10.77.0.5
    # Up to here.
missing:
  description: The names of the networks in O(declared) that do not exist and should.
  returned: with O(declared)
  type: list
  elements: str
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import NETWORK


def main() -> None:
    """Entry point."""
    module.main_info(NETWORK)


if __name__ == "__main__":
    main()
