#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Ensure a virtual network of libvirt
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Ensures that a virtual network is defined as declared, runs or does not, starts with libvirt or does not, or is
    gone.
  - >-
    A network that exists is patched, never made anew. Its UUID, its MAC address and whatever is not declared stay as
    they are.
  - >-
    Every list of objects is complete where it is given: what is there and not declared is removed. Their items are told
    apart by what identifies them (an address, a MAC address, a name), never by their position.
  - >-
    DHCP ranges and reservations, DNS hosts, texts and services, port groups, and the devices of a macvtap network are
    changed in the running network at once and guests notice nothing. Everything else is defined and takes effect when
    the network starts again; O(restart) says who restarts it. What runs is compared as well as what is defined, so a
    change that waits stays in RV(pending) until then.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.network_forward
  - kvm.fleet.network_dns
  - kvm.fleet.network_addresses
  - kvm.fleet.network_ports
options:
  name:
    description:
      - The network's name, by which it is found. A network cannot be renamed.
      - It has no C(/) in it.
    type: str
    required: true
  state:
    description: What the network shall be. Except for V(absent), it is defined as declared in any case.
    type: str
    default: active
    choices:
      active: It runs.
      inactive: >-
        It does not run. Stopping it cuts off the guests that are plugged into it, which is refused without O(force).
      present: It is defined; whether it runs stays as it is. A new network is not started.
      absent: >-
        It is stopped, as with V(inactive), and its definition removed. The other options, except for O(uri), O(name)
        and O(force), mean nothing then.
  autostart:
    description: Whether the network starts with libvirt. Not so for a new network where nothing is said.
    type: bool
  restart:
    description:
      - Whether a running network is restarted when something changed that takes effect at its start only.
      - >-
        The bridge goes and comes back with a restart. Interfaces of running guests, in it by the name of the network or
        of the bridge, are plugged into the new one where O(uri) is local; for a moment they have no network. So are
        those of guests that ran on when somebody else had stopped the network, when it is started.
    type: str
    default: never
    choices:
      never: The change is defined, and reported in RV(pending).
      if_unused: >-
        It is restarted when no running guest's interface is in it, by the name of the network or of its bridge.
      always: It is restarted.
  force:
    description:
      - Whether a network that running guests use is stopped all the same, for O(state=inactive) and O(state=absent).
      - >-
        An interface uses it by its name, or by that of the bridge that libvirt makes for it. Guests that the same
        document removes do not count. For O(state=absent) those that it stops, or whose interfaces it declares
        elsewhere, do not either.
    type: bool
    default: false
  bridge:
    description:
      - >-
        The name of the network's bridge, at most 15 characters. libvirt makes it, and chooses C(virbr) and a number
        where nothing is said.
      - >-
        With V(bridge) of O(forward.mode) the host's own bridge, which is there already; an empty text where guests
        shall be on O(forward.interfaces) from now on.
    type: str
  stp:
    description: Whether the bridge speaks the spanning tree protocol. libvirt's default is V(true).
    type: bool
  delay:
    description: Seconds that the bridge waits before it forwards from a new port. libvirt's default is V(0).
    type: int
  zone:
    description: >-
      The zone of firewalld that the bridge is in. libvirt's own where nothing is said, or an empty text. Without
      firewalld the network does not start with one.
    type: str
  mac_table_manager:
    description: >-
      Who tells the bridge which guest has which MAC address. libvirt's default is V(kernel), which learns it;
      with V(libvirt) there is no learning and no flooding.
    type: str
    choices: [kernel, libvirt]
  mac:
    description: The bridge's MAC address. libvirt makes one for a new network.
    type: str
  mtu:
    description: >-
      The size of the largest packet, in bytes. The host's default, usually 1500, where nothing is said; V(0) for that
      again.
    type: int
  ipv6:
    description: >-
      Whether guests may speak IPv6 with each other on a network without an IPv6 address. libvirt's default is V(false).
    type: bool
  xml:
    description:
      - >-
        Anything else that libvirt knows of networks, as a partial C(<network>) document that is merged into the
        definition.
      - >-
        Only what it states is managed. Elements that may stand more than once are matched by what identifies them and
        added where they are missing; it cannot remove any.
      - Do not state what an option states too, unless both say the same.
      - What libvirt's schema does not allow is an error. Changes take effect at the next start.
    type: str
seealso:
  - module: kvm.fleet.network_info
  - module: kvm.fleet.converge
    description: Networks together with the guests that use them.
  - name: Network XML format
    description: libvirt's own description of what a network can be.
    link: https://libvirt.org/formatnetwork.html
"""

EXAMPLES = r"""
- name: A NAT network with DHCP and a reservation
  kvm.fleet.network:
    name: lan
    autostart: true
    forward:
      mode: nat
    bridge: virbr-lan
    domain:
      name: lan.example.test
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

- name: IPv4 and IPv6, routed, restarted for changes only while no guest uses it
  kvm.fleet.network:
    name: dmz
    restart: if_unused
    forward:
      mode: route
      dev: eth0
    ips:
      - address: 192.0.2.1
        prefix: 26
      - address: 2001:db8:77::1
        prefix: 64
        dhcp:
          ranges:
            - start: 2001:db8:77::100
              end: 2001:db8:77::1ff
          hosts:
            - name: web1
              ip: 2001:db8:77::5

- name: Guests on a bridge that the host has already
  kvm.fleet.network:
    name: office
    forward:
      mode: bridge
    bridge: br0

- name: An Open vSwitch with a VLAN for each kind of guest
  kvm.fleet.network:
    name: ovs
    forward:
      mode: bridge
    bridge: br-ovs
    virtualport:
      type: openvswitch
    portgroups:
      - name: office
        default: true
        vlan: {tags: [{id: 10}]}
      - name: firewall
        vlan: {tags: [{id: 10, native_mode: untagged}, {id: 20}, {id: 30}]}

- name: Virtual functions of an SR-IOV device
  kvm.fleet.network:
    name: fast
    forward:
      mode: hostdev
      managed: true
      pf: enp4s0f0

- name: Each guest on a device of the host, by macvtap
  kvm.fleet.network:
    name: direct
    forward:
      mode: passthrough
      interfaces: [{dev: eth2}, {dev: eth3}]

- name: An isolated network, larger packets, no DNS server
  kvm.fleet.network:
    name: storage
    forward:
      mode: isolated
    mtu: 9000
    dns:
      enable: false
    ips:
      - address: 10.88.0.1
        prefix: 24

- name: Exactly these DNS records, nothing else of the network is managed
  kvm.fleet.network:
    name: lan
    dns:
      hosts:
        - ip: 10.77.0.9
          hostnames: [db, db.lan.example.test]
      srv:
        - {service: postgresql, protocol: tcp, target: db.lan.example.test, port: 5432}

- name: Another network behind a router that is a guest
  kvm.fleet.network:
    name: lan
    routes:
      - {address: 10.78.0.0, prefix: 24, gateway: 10.77.0.2}

- name: What has no option goes through XML
  kvm.fleet.network:
    name: lan
    xml: |
      <network>
        <domain name="lan.example.test" register="yes"/>
      </network>

- name: Stop a network and remove it
  kvm.fleet.network:
    name: lan
    state: absent
"""

RETURN = r"""
actions:
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - It is empty if nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object, such as V(network).
      type: str
      returned: always
    name:
      description: The name of the object. That of a volume is C(pool/volume).
      type: str
      returned: always
    verb:
      description: >-
        One of V(define), V(set_autostart), V(start), V(update) (the running network is changed), V(restart), V(stop),
        V(undefine).
      type: str
      returned: always
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
          description: The path of the option, such as V(ips[10.77.0.1].dhcp.hosts[52:54:00:77:00:05].ip).
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
  sample:
    - kind: network
      name: lan
      verb: define
      apply: live
      fields:
        - option: domain.name
          before: null
          after: example.test
diff:
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text; O(show_xml) adds the XML of changed definitions.
      type: str
      returned: always
  sample:
    prepared: |
      network lan
        define
          domain.name: (none) → example.test
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
  sample:
    - kind: network
      name: lan
      fields:
        - option: domain.name
          before: null
          after: example.test
network:
  description:
    - The network after the run; in check mode, as it was before. Empty when there is none.
    - >-
      Besides the keys below it has the definition, with the names and the structure of the options of
      M(kvm.fleet.network). An option that the definition does not contain is missing.
  returned: success
  type: dict
  contains:
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
  sample:
    name: lan
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
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import NETWORK


def main() -> None:
    """Entry point."""
    module.main(NETWORK)


if __name__ == "__main__":
    main()
