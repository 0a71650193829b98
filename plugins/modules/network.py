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
    Ensures that a virtual network is defined as declared and is in the declared state, or is removed.
  - >-
    An existing network is patched, never created anew. Its UUID, its MAC address and everything that is not declared
    stay as they are.
  - >-
    A list is complete if it is declared. An item that the network has and the list has not is removed. Items are
    matched by what identifies them (an address, a MAC address, a name), never by their position.
  - >-
    DHCP ranges and reservations, DNS hosts, texts and services, port groups, and the devices of a macvtap network
    change at once in a running network, without an interruption. Everything else is defined and takes effect when the
    network starts again; O(restart) can restart it. The definition and the running network are both compared, so that
    a change stays in RV(pending) until then.
  - >-
    libvirt cannot tell some of these items apart while the network runs, and a change of one of them waits as well:
    services that differ in port, priority and weight only, and reservations or DNS hosts that share a name.
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
      - The name of the network, which identifies it. A network cannot be renamed.
      - It contains no C(/).
    type: str
    required: true
  state:
    description: The state in which the network shall be. It is also defined as declared, except for V(absent).
    type: str
    default: active
    choices:
      active: It runs.
      inactive: >-
        It does not run. Stopping it disconnects the guests that are plugged into it, which is refused without O(force).
      present: It is defined, and its running state is not managed. A new network is not started.
      absent: >-
        It is stopped, as with V(inactive), and its definition is removed. Only O(uri), O(name) and O(force) have a
        meaning beside it.
  autostart:
    description: >-
      Whether the network starts with libvirt, that is, with the host. The default for a new network is V(false). A
      change does not affect the running network.
    type: bool
  restart:
    description:
      - Whether a running network is restarted for changes that take effect at its next start only.
      - >-
        A restart removes the bridge and creates it again. If O(uri) is local, the interfaces of running guests in the
        network, by the name of the network or of its bridge, are plugged in again; for a moment they have no
        connection. The same is done when a network is started that somebody else had stopped under running guests.
      - >-
        Over a remote O(uri) guests are not plugged in again: a network with a bridge of its own that they run in is not
        restarted without O(force).
      - >-
        The default is V(never). In M(kvm.fleet.converge), O(kvm.fleet.converge#module:restart=if_required) makes it
        V(if_unused) for networks that do not declare it.
    type: str
    choices:
      never: The changes are defined, and reported in RV(pending).
      if_unused: >-
        The network is restarted if no running guest has an interface in it, by the name of the network or of its
        bridge.
      always: The network is restarted. Over a remote O(uri) that is refused while running guests are in it.
  force:
    description:
      - >-
        Whether a network that running guests use is stopped nevertheless, for O(state=inactive) and O(state=absent), or
        restarted over a remote O(uri), which leaves the guests without a connection until somebody plugs them in.
      - >-
        An interface uses the network by its name, or by the name of the bridge that libvirt creates for it. Guests that
        the same document removes do not count. For O(state=absent), guests that it stops, or whose interfaces it moves
        elsewhere, do not count either.
    type: bool
    default: false
  bridge:
    description:
      - >-
        The name of the network's bridge, at most 15 characters. libvirt creates it, and by default names it C(virbr)
        and a number. A change takes effect when the network starts again.
      - >-
        For V(bridge) of O(forward.mode) it is an existing bridge of the host. An empty text removes it, for guests on
        O(forward.interfaces).
    type: str
  stp:
    description: >-
      Whether the bridge uses the spanning tree protocol. libvirt's default is V(true). A change takes effect when the
      network starts again.
    type: bool
  delay:
    description: >-
      The time in seconds for which the bridge does not forward packets of a new port. libvirt's default is V(0). A
      change takes effect when the network starts again.
    type: int
  zone:
    description: >-
      The firewalld zone of the bridge. The default, also with an empty text, is libvirt's own zone. With a zone the
      network does not start on a host without firewalld. A change takes effect when the network starts again.
    type: str
  mac_table_manager:
    description: >-
      How the bridge learns the guests' MAC addresses. With V(kernel), libvirt's default, it learns them from packets;
      with V(libvirt) libvirt sets them, and there is neither learning nor flooding. A change takes effect when the
      network starts again.
    type: str
    choices: [kernel, libvirt]
  mac:
    description: >-
      The MAC address of the bridge. libvirt generates one for a new network. A change takes effect when the network
      starts again.
    type: str
  mtu:
    description: >-
      The size of the largest packet (MTU) in bytes. The default, also with V(0), is that of the host, usually 1500. A
      change takes effect when the network starts again.
    type: int
  ipv6:
    description: >-
      Whether guests can use IPv6 among themselves in a network without an IPv6 address. libvirt's default is V(false).
      A change takes effect when the network starts again.
    type: bool
  xml:
    description:
      - >-
        A partial C(<network>) document that is merged into the definition, for whatever libvirt supports and no option
        declares. A change takes effect when the network starts again.
      - >-
        Only what it contains is managed. Elements that may occur more than once are matched by what identifies them and
        added where they are missing. Nothing can be removed.
      - It must not contradict an option.
      - A document that libvirt's schema does not allow is an error.
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

- name: Declare through XML what no option declares
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
        One of V(define), V(set_autostart), V(start), V(update) (the running network is changed), V(restart), V(stop),
        V(undefine).
      type: str
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
    prepared: |
      network lan
        define
          domain.name: (none) → example.test
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
    # From tools/returns.py: name and uuid
    name:
      description: The name of the object.
      type: str
      returned: always
    uuid:
      description: The UUID of the object.
      type: str
      returned: always
    # Up to here.
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
