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
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Configures bridges on the host's network cards, or on VLANs of them, that guests are plugged into with C(bridge) as
    the source of an interface, or through a network of the mode C(bridge).
  - Writes files of its own for the network stack that the host has, and never edits anybody else's. What a port is
    configured with otherwise is superseded as long as it is a port, and holds again when the bridge is gone.
  - A change that makes the host unreachable is undone. The host does it by itself when the task has not reached it
    again within O(timeout), when a command fails, or when it is started anew meanwhile. The task then fails and says
    why.
  - Other bridges that were made with this module stay as they are when they are not in O(bridges).
options:
  bridges:
    description: The bridges.
    type: list
    elements: dict
    suboptions:
      name:
        description: The bridge's name, which no device that this module did not make may have.
        type: str
        required: true
      state:
        description:
          - V(present) is a bridge that is up and has its ports.
          - V(absent) takes the bridge and its VLAN away, and gives its ports back their former configuration. Refused
            while guests are plugged in.
        type: str
        choices: [present, absent]
        default: present
      ports:
        description:
          - The network cards that are plugged into the bridge. Without any, and without O(bridges[].vlan), guests reach
            each other and the host only.
          - A bridge of the card that the host is reached through must have an address, O(bridges[].dhcp4) or
            O(bridges[].addresses).
        type: list
        elements: str
        default: []
      vlan:
        description: A VLAN that is plugged into the bridge, as a device of its own.
        type: dict
        suboptions:
          id:
            description: The VLAN's number, 1 to 4094.
            type: int
            required: true
          link:
            description:
              - The network card that carries it, or another bridge.
              - A card keeps its own configuration, unless it is a port as well.
            type: str
            required: true
      dhcp4:
        description:
          - Whether the host gets an IPv4 address on the bridge from a DHCP server.
          - A bridge with the MAC address of its first port also keeps the DHCP client identifier that
            systemd-networkd used on it, so that it is given the same address.
        type: bool
        default: false
      addresses:
        description:
          - The host's addresses on the bridge, with the prefix length.
          - A bridge with neither these nor O(bridges[].dhcp4) is for guests only, and the host is not in its network.
        type: list
        elements: str
        default: []
      gateway:
        description: The default gateway, in the network of one of O(bridges[].addresses).
        type: str
      nameservers:
        description: Name servers, by address.
        type: list
        elements: str
        default: []
      mtu:
        description: The MTU of the bridge and what is plugged into it. Without it the stack's own default holds.
        type: int
      stp:
        description: Whether it takes part in the Spanning Tree Protocol. It then forwards after 30 seconds only.
        type: bool
        default: false
      mac:
        description: The bridge's MAC address. By default that of the first of O(bridges[].ports).
        type: str
  stack:
    description:
      - The network stack that the host is configured with.
      - V(detect) takes V(netplan) where it has definitions that it does not hand to NetworkManager, or else what is
        running.
      - V(ifupdown) needs C(/etc/network/interfaces) to read C(/etc/network/interfaces.d), as Debian's does.
    type: str
    choices: [detect, netplan, networkmanager, networkd, ifupdown]
    default: detect
  timeout:
    description: Seconds, from the change on, in which the host must have been reached again.
    type: int
    default: 120
  confirm:
    description:
      - Confirms the change that this token was returned for. The task does this by itself; it is of use only where
        the module is run in other ways.
    type: str
extends_documentation_fragment:
  - kvm.fleet.attributes.files
notes:
  - The host must be run by systemd, and have C(iproute2).
  - Devices that are changed while guests are plugged in stay what they are, so that the guests stay plugged in.
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
  description: Each of them as it was, and as it is.
  returned: when O(bridges) is given
  type: list
  elements: dict
rollback:
  description:
    - What became of the change. C(state) is V(none) where there was nothing to do, or in check mode; V(confirmed);
      V(undone), and then C(reason) is V(timeout), V(failed) or V(boot), C(missing) what had not come about, and C(log)
      what the commands said; V(lost) when the host did not come back.
    - V(applying), with a C(token), is what the host answers as long as it has not been confirmed.
  returned: success
  type: dict
  sample: {state: confirmed}
"""

from ansible_collections.kvm.fleet.plugins.module_utils.bridges import shell


def main() -> None:
    shell.main()


if __name__ == "__main__":
    main()
