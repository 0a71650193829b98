#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: converge
short_description: Ensure the secrets, filters, networks, pools, volumes and domains of a host in one call
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Brings a host to a document that declares its objects, in one run over one connection, in the order in which the
    objects need each other.
  - >-
    Each element of a list takes exactly the options of the module of its kind, O(networks) those of
    M(kvm.fleet.network) for example, except for O(uri) and O(show_xml). It is validated as in that module.
  - >-
    An object can refer to any other object of the same document: a domain to a volume that is created in this run, in a
    pool that is started in it. A reference to an object that neither exists nor is declared is an error before anything
    is changed.
  - >-
    The order is: domains that go; secrets, network filters, networks, pools, volumes and domains that come or stay;
    then volumes, pools, networks, network filters and secrets that go. What does not need each other is done at the
    same time, as O(parallel) says.
  - >-
    When something fails, what needs it is not tried, all else is done, and the message says what failed, what was done
    and what was not tried. What was to go last does not go then. The next run does the rest.
  - Objects that are not in the document are left alone.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
options:
  secrets:
    description: The declared secrets, each with the options of M(kvm.fleet.secret).
    type: list
    elements: dict
    default: []
  nwfilters:
    description: The declared network filters, each with the options of M(kvm.fleet.nwfilter).
    type: list
    elements: dict
    default: []
  networks:
    description: The declared virtual networks, each with the options of M(kvm.fleet.network).
    type: list
    elements: dict
    default: []
  pools:
    description: The declared storage pools, each with the options of M(kvm.fleet.pool).
    type: list
    elements: dict
    default: []
  volumes:
    description: The declared volumes, each with the options of M(kvm.fleet.volume).
    type: list
    elements: dict
    default: []
  domains:
    description:
      - The declared domains, each with the options of M(kvm.fleet.domain).
      - >-
        Conditions in C(wait) are waited for after everything else is done, one domain after the other, so that all of
        them boot at the same time.
    type: list
    elements: dict
    default: []
  parallel:
    description:
      - The number of objects that are worked on at the same time. Downloads, copies and starts take their time each.
      - Actions and messages are in the same order whatever the number is.
    type: int
    default: 4
  restart:
    description:
      - >-
        Whether what waits for a restart is restarted in this run. It is meant to be given once, in a maintenance
        window.
      - An object that declares its own C(restart) is not affected.
    type: str
    default: never
    choices:
      never: Nothing is restarted, but for objects that declare it.
      if_required: >-
        Running guests that wait for a restart are shut down and started again. Networks and pools are restarted if no
        running guest uses them.
notes:
  - >-
    A host keeps the collection's code, and Ansible's own part of it, in C(/var/cache/kvm-fleet), or in
    C(~/.cache/kvm-fleet) of another user than root, also in check mode. It is sent when the collection or Ansible has
    changed, and may be removed at any time.
  - >-
    With the variable C(kvm_fleet_keep_code) set to V(false), for a host, a group or a task, nothing is kept there and
    the module is sent with each task, as Ansible sends others. It does the same then, and takes longer. Without the
    variable that happens by itself where code cannot be kept, for tasks with C(async), and with
    C(ANSIBLE_KEEP_REMOTE_FILES); C(-v) tells why.
  - Here an empty list, as a missing one, means that none are declared. It removes nothing.
seealso:
  - module: kvm.fleet.secret
  - module: kvm.fleet.nwfilter
  - module: kvm.fleet.network
  - module: kvm.fleet.pool
  - module: kvm.fleet.volume
  - module: kvm.fleet.domain
"""

EXAMPLES = r"""
- name: Everything that a guest needs, and the guest
  kvm.fleet.converge:
    networks:
      - name: lan
        autostart: true
        forward:
          mode: nat
        bridge: virbr-lan
        ips:
          - address: 10.77.0.1
            prefix: 24
            dhcp:
              ranges:
                - start: 10.77.0.100
                  end: 10.77.0.200
              hosts:
                - mac: "52:54:00:77:00:05"
                  ip: 10.77.0.5
                  name: web1
    pools:
      - name: data
        type: dir
        target: /srv/vm
        autostart: true
    volumes:
      - name: debian-13.qcow2
        pool: data
        source:
          url: https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2
          checksum: sha256:0f3a1c5e7b9d2f4a6c8e0b1d3f5a7c9e1b3d5f7a9c0e2b4d6f8a1c3e5b7d9f0a
      - name: web1.qcow2
        pool: data
        capacity: 20GiB
        format: qcow2
        backing: debian-13.qcow2
    domains:
      - name: web1
        memory: 2GiB
        vcpus: 2
        autostart: true
        disks:
          - pool: data
            volume: web1.qcow2
            target: vda
        interfaces:
          - network: lan
            mac: "52:54:00:77:00:05"
        cloud_init:
          user_data:
            ssh_authorized_keys:
              - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4A2ygwUiTsROzDmV0zJhP1XtCw9qT3wsqgSPkBWtJk admin@example.test
        wait:
          for: [cloud_init, ssh]

- name: What the inventory declares for each host
  kvm.fleet.converge:
    networks: "{{ host_networks }}"
    domains: "{{ host_domains }}"

- name: Remove a guest and the network that only it was in; nothing else of the host is touched
  kvm.fleet.converge:
    networks:
      - name: dmz
        state: absent
    domains:
      - name: proxy1
        state: absent
        remove_volumes: true
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
        What is done to it, such as V(define), V(create), V(start), V(attach), V(undefine). The modules of the kinds say
        more.
      type: str
      returned: always
  sample:
    # From domain.py: actions sample
    - kind: domain
      name: web1
      verb: define
      apply: live
      fields:
        - option: memory
          before: 1GiB
          after: 2GiB
    - kind: domain
      name: web1
      verb: set_memory
      apply: live
      fields:
        - option: memory
          before: 1GiB
          after: 2GiB
    # Up to here.
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
  sample:
    # From domain.py: diff sample
    prepared: |
      domain web1
        define
          memory: 1GiB → 2GiB
        set_memory
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
  sample:
    # From domain.py: pending sample
    - kind: domain
      name: web1
      fields:
        - option: machine
          before: pc-i440fx-7.2
          after: q35
    # Up to here.
secrets:
  description:
    - The declared secrets that are there, each as RV(kvm.fleet.secret#module:secret) describes it.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
nwfilters:
  description:
    - The declared network filters that are there, each as RV(kvm.fleet.nwfilter#module:nwfilter) describes it.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
networks:
  description:
    - >-
      The declared networks that are there, each with its name, uuid, state, persistent and autostart;
      M(kvm.fleet.network_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
pools:
  description:
    - >-
      The declared pools that are there, each with its name, uuid, state, persistent and autostart;
      M(kvm.fleet.pool_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
volumes:
  description:
    - >-
      The declared volumes that are there, each with its pool, name, path and capacity_bytes;
      M(kvm.fleet.volume_info) returns everything.
    - Also those that a domain's C(cloud_init) declares.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
domains:
  description:
    - >-
      The declared domains that are there, each with its name, uuid, state, saved, persistent and autostart, and with
      its addresses if it was waited for; M(kvm.fleet.domain_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module


def main() -> None:
    """Entry point."""
    module.main_converge()


if __name__ == "__main__":
    main()
