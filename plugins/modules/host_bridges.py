#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``host_bridges``: bridges and VLANs of the host's own network stack."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_bridges
short_description: Ensure bridges and VLANs of a KVM host
version_added: 0.2.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Configures bridges on the host's network cards, or on VLANs of them. Guests are plugged into them with C(bridge) as
    the source of an interface, or through a network of the mode C(bridge).
  - Writes files of its own for the network stack that the host has, and never edits others. The other configuration of
    a port has no effect while it is a port, and takes effect again when the bridge is removed.
  - A change that makes the host unreachable is undone. The host does so itself if the task has not reached it again
    within O(timeout), if a command fails, or if it boots meanwhile. The task then fails and says why.
  - Other bridges that were made with this module stay as they are when they are not in O(bridges).
options:
  bridges:
    description: The bridges that are declared. Others that this module made stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the bridge. A device of that name that this module did not make is refused.
        type: str
        required: true
      state:
        description:
          - V(present) means that the bridge is up and has its ports.
          - >-
            V(absent) means that the bridge and its VLAN are removed, and its ports get their former configuration back.
            Refused while guests are plugged into it.
        type: str
        choices: [present, absent]
        default: present
      ports:
        description:
          - >-
            The network cards that are plugged into the bridge. With neither any nor O(bridges[].vlan), guests reach
            only each other and the host.
          - >-
            If the host is reached through one of the cards, the bridge must have an address, by O(bridges[].dhcp4) or
            O(bridges[].addresses).
        type: list
        elements: str
        default: []
      vlan:
        description: A VLAN that is plugged into the bridge, as a network device of its own.
        type: dict
        suboptions:
          id:
            description: The number of the VLAN, from 1 to 4094.
            type: int
            required: true
          link:
            description:
              - The network card, or another bridge, that carries the VLAN.
              - A card keeps its own configuration, unless it is also a port.
            type: str
            required: true
      dhcp4:
        description:
          - Whether the host gets an IPv4 address on the bridge from a DHCP server.
          - >-
            A bridge that has the MAC address of its first port also keeps the DHCP client identifier that
            systemd-networkd used on the port, so that it gets the same address.
        type: bool
        default: false
      addresses:
        description:
          - The host's addresses on the bridge, each with its prefix length, such as V(192.0.2.10/24).
          - >-
            A bridge with neither these nor O(bridges[].dhcp4) is for guests only, and the host has no address in its
            network.
        type: list
        elements: str
        default: []
      gateway:
        description: The address of the default gateway, in the network of one of O(bridges[].addresses).
        type: str
      nameservers:
        description: The addresses of the DNS servers that the host uses.
        type: list
        elements: str
        default: []
      mtu:
        description: >-
          The size of the largest packet (MTU) in bytes, of the bridge and of what is plugged into it. The default is
          that of the network stack, usually 1500.
        type: int
      stp:
        description: >-
          Whether the bridge uses the spanning tree protocol. It then takes 30 seconds before a new port forwards
          packets.
        type: bool
        default: false
      mac:
        description: The MAC address of the bridge. The default is that of the first of O(bridges[].ports).
        type: str
  stack:
    description:
      - The network stack that configures the host.
      - >-
        V(detect) takes V(netplan) if it has definitions that it does not pass to NetworkManager, else the stack that is
        running.
      - V(ifupdown) needs an C(/etc/network/interfaces) that includes C(/etc/network/interfaces.d), as Debian's does.
    type: str
    choices: [detect, netplan, networkmanager, networkd, ifupdown]
    default: detect
  timeout:
    description: >-
      The time in seconds, after the change, within which the host must have been reached again. Otherwise the host
      undoes the change.
    type: int
    default: 120
  confirm:
    description: >-
      The token of a change that is to be confirmed. The task confirms its change itself, so that this is needed only if
      the module is run without Ansible's task.
    type: str
extends_documentation_fragment:
  - kvm.fleet.attributes.files
notes:
  - The host must be run by systemd, and have C(iproute2).
  - Devices that are changed while guests are plugged in stay what they are, so that the guests stay plugged in.
  - The rules between options are listed in C(docs/rules.md) of the collection.
seealso:
  - module: kvm.fleet.network
  - module: kvm.fleet.domain
"""

EXAMPLES = r"""
- name: A bridge in place of the card that the host is reached through, with the same address by DHCP
  kvm.fleet.host_bridges:
    bridges:
      - name: br0
        ports: [eno1]
        dhcp4: true

- name: A bridge with static addresses, and one for the guests of VLAN 100
  kvm.fleet.host_bridges:
    timeout: 60
    bridges:
      - name: br0
        ports: [eno1]
        addresses: [192.0.2.10/24, "2001:db8::10/64"]
        gateway: 192.0.2.1
        nameservers: [192.0.2.1]
      - name: br100
        vlan: {id: 100, link: eno1}

- name: No bridge for VLAN 100 any more
  kvm.fleet.host_bridges:
    bridges:
      - {name: br100, state: absent}
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
    # From tools/returns.py: a thing of the host
    kind:
      description: The kind of what is changed on the host, such as V(file) or V(user).
      type: str
      returned: always
    name:
      description: The name of it. That of a file is its path.
      type: str
      returned: always
    # Up to here.
    verb:
      description: V(configure), all bridges in one change.
      type: str
      returned: always
  sample:
    - kind: bridges
      name: netplan
      verb: configure
      apply: live
      fields:
        - option: bridges[br0]
          before: null
          after: {ports: [eno1], dhcp4: true}
stack:
  description: The network stack that was used.
  returned: when O(bridges) is given
  type: str
  sample: netplan
files:
  description: The files that were written or removed.
  returned: when O(bridges) is given
  type: list
  elements: str
  sample: [/etc/netplan/90-kvm-fleet.yaml]
diff:
  description: The actions in words, and the files line by line.
  returned: success
  type: dict
rollback:
  description:
    - The result of the change. C(state) is V(none) if there was nothing to do, or in check mode; V(confirmed);
      V(undone), and then C(reason) is V(timeout), V(failed) or V(boot), C(missing) what did not come up, and C(log) the
      output of the commands; V(lost) if the host did not come back.
    - V(applying), with a C(token), is the answer of the host until the change is confirmed.
  returned: success
  type: dict
  sample: {state: confirmed}
"""

from ansible_collections.kvm.fleet.plugins.module_utils.bridges.actions import BEFORE, SPEC, plan_bridges, read_host
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule

MODULE = HostModule(
    options=SPEC,
    constraints={
        "mutually_exclusive": [("bridges", "confirm")],
        "required_one_of": [("bridges", "confirm")],
    },
    rules=BEFORE,
    host=lambda module: module.program,
    read=read_host,
    plan=plan_bridges,
)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
