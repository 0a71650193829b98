#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: domain_info
short_description: Read the domains of a host
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - Reads one domain (guest) of libvirt, or all of them, over a read-only connection.
  - >-
    The result has the names of the options of M(kvm.fleet.domain), and describes the definition, that is, the next
    start.
  - Passwords are not returned.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
  - kvm.fleet.declared
options:
  name:
    description: The name of the domain to read. The default is all of them. If it does not exist, RV(domains) is empty.
    type: str
  agent:
    description: >-
      Whether running guests are asked for their addresses through their agents as well. That needs a connection that
      may write, and takes up to five seconds for a guest whose agent does not answer.
    type: bool
    default: false
seealso:
  - module: kvm.fleet.domain
"""

EXAMPLES = r"""
- name: Read all domains
  kvm.fleet.domain_info:
  register: all

- name: Show those that run, with their memory
  ansible.builtin.debug:
    msg: "{{ all.domains | selectattr('state', 'eq', 'running') | items2dict('name', 'memory') }}"

- name: Read one domain
  kvm.fleet.domain_info:
    name: web1
  register: web1

- name: Show the files of its disks
  ansible.builtin.debug:
    msg: "{{ web1.domains[0].disks | selectattr('file', 'defined') | map(attribute='file') }}"
  when: web1.domains | length > 0

- name: Show the addresses that web1 got from DHCP
  ansible.builtin.debug:
    msg: "{{ web1.domains[0].addresses | selectattr('sources', 'contains', 'lease') | map(attribute='address') }}"
  when: web1.domains | length > 0

- name: Compare with what the inventory declares
  kvm.fleet.domain_info:
    declared: "{{ kvm_guests_domains }}"
  register: compared

- name: Fail when a domain is not as declared
  ansible.builtin.assert:
    that:
      - compared.missing | length == 0
      - compared.domains | map(attribute='drift', default=[]) | flatten | length == 0

- name: Read all domains as the options that declare them
  kvm.fleet.domain_info:
    as: spec
  register: declared

- name: Write them into the inventory
  ansible.builtin.copy:
    content: "{{ {'kvm_guests_domains': declared.domains} | to_nice_yaml(sort_keys=false) }}"
    dest: "{{ inventory_dir }}/host_vars/{{ inventory_hostname }}/domains.yml"
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
domains:
  description:
    - The domains, in the order of their names.
    - >-
      Besides the keys below it has the definition, with the names and the structure of the options of
      M(kvm.fleet.domain). An option that the definition does not contain is missing.
  returned: success
  type: list
  elements: dict
  contains:
    # From domain.py: domain contains
    name:
      description: The name of the object.
      type: str
      returned: always
    uuid:
      description: The UUID of the object.
      type: str
      returned: always
    state:
      description: >-
        The running state, by libvirt's names: V(running), V(paused), V(in shutdown), V(shut off), V(crashed) or
        V(pmsuspended).
      type: str
      returned: always
    saved:
      description: Whether the next start resumes a saved state.
      type: bool
      returned: always
    persistent:
      description: >-
        Whether the domain has a definition. One that was started without a definition is gone when it is off.
      type: bool
      returned: always
    autostart:
      description: Whether the object starts with libvirt.
      type: bool
      returned: always
    addresses:
      description: >-
        The addresses of a running guest, in the order of its interfaces. M(kvm.fleet.domain) and M(kvm.fleet.converge)
        return them if they have waited for something in the guest (C(wait)), M(kvm.fleet.domain_info) always.
      type: list
      elements: dict
      returned: when they were looked for
      contains:
        address:
          description: The IPv4 or IPv6 address. Those of loop-back devices and link-local ones are left out.
          type: str
          returned: always
        prefix:
          description: The length of the prefix of the network; null where nobody says it.
          type: int
          returned: always
        mac:
          description: The MAC address of the interface.
          type: str
          returned: always
        network:
          description: The virtual network of the interface; null where it is in none.
          type: str
          returned: always
        sources:
          description: >-
            Who says so: V(reservation) (the definition of the network, whether the guest uses it or not), V(lease) (the
            DHCP server of the network), V(agent) (the guest itself), V(arp) (the neighbours that the host has seen,
            which may be gone).
          type: list
          elements: str
          returned: always
    # Up to here.
    drift:
      description:
        - >-
          The differences of a running domain from its definition, option by option. It is empty if there are none, and
          if the domain does not run or has no definition.
        - >-
          What libvirt fills in when it starts a domain is no drift. A device that was plugged in or out until the next
          start is.
        - >-
          For a domain in O(declared), these are also the differences of the definition and of the running domain from
          what is declared. An option that is not declared has no C(declared).
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: >-
            The option of M(kvm.fleet.domain), such as V(disks[vdb]), or V(xml:) with the place in the XML for what has
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
        - option: disks[vdb].cache
          defined: none
          live: writeback
  sample:
    # From domain.py: domain item
    - name: web1
      uuid: 59df923e-2b63-45c6-bd39-e1d785f4ecce
      state: running
      saved: false
      persistent: true
      autostart: true
      type: kvm
      arch: x86_64
      machine: pc-q35-7.2
      firmware: bios
      boot: [hd]
      memory: 2GiB
      memory_max: 4GiB
      vcpus: 2
      vcpus_max: 4
      cpu:
        mode: host-model
      on_poweroff: destroy
      on_reboot: restart
      on_crash: destroy
      disks:
        - device: disk
          format: qcow2
          file: /srv/vm/web1.qcow2
          target: vda
          bus: virtio
          readonly: false
          shareable: false
      interfaces:
        - mac: 52:54:00:77:00:05
          network: lan
          model: virtio
          link: up
      serials:
        - type: pty
          port: 0
          target_type: isa-serial
      agent: true
      rng: true
    # Up to here.
missing:
  description: The names of the domains in O(declared) that do not exist and should.
  returned: with O(declared)
  type: list
  elements: str
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN


def main() -> None:
    """Entry point."""
    module.main_info(DOMAIN)


if __name__ == "__main__":
    main()
