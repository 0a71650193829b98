# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What guests' ports in a network get: options of kvm.fleet.network."""

    DOCUMENTATION = r"""
options:
  trust_guest_rx_filters:
    description: >-
      Whether the host adapts its own filters when a guest changes its MAC address or what it listens to. libvirt's
      default is V(false).
    type: bool
  vlan:
    description: >-
      The VLANs of the guests' ports. For an Open vSwitch, V(passthrough) and V(hostdev) of O(forward.mode), and since
      libvirt 11.0 for every bridge.
    type: dict
    suboptions:
      tags:
        description: The VLANs; complete, identified by O(vlan.tags[].id). With an empty list there are none.
        type: list
        elements: dict
        suboptions: &tags
          id:
            description: The VLAN's number.
            type: int
            required: true
          native_mode:
            description: >-
              That this is the VLAN of packets without a tag, and whether those that leave get one. One VLAN of a trunk
              can be that.
            type: str
            choices: [tagged, untagged]
      trunk:
        description: >-
          Whether guests see the tags. Known from O(vlan.tags) where that is given: several are a trunk, and so is one
          with O(vlan.tags[].native_mode).
        type: bool
  virtualport:
    description: What the switch that guests are plugged into is told of them.
    type: dict
    suboptions: &virtualport
      type:
        description: The kind of switch. With V(none) it is told nothing.
        type: str
        choices: [none, openvswitch, 802.1Qbg, 802.1Qbh, midonet]
      profile_id:
        description: The port profile. For V(openvswitch) and V(802.1Qbh).
        type: str
      interface_id:
        description: The UUID of the port. For V(midonet), and V(openvswitch), where libvirt makes one for each guest.
        type: str
      instance_id:
        description: The UUID of the VSI instance. For V(802.1Qbg).
        type: str
      manager_id:
        description: The number of the VSI manager. For V(802.1Qbg).
        type: int
      type_id:
        description: The number of the VSI type. For V(802.1Qbg).
        type: int
      type_id_version:
        description: The version of the VSI type. For V(802.1Qbg).
        type: int
  bandwidth:
    description: Limits for all guests of the network together. Not for macvtap and V(hostdev) of O(forward.mode).
    type: dict
    suboptions:
      inbound:
        description: What guests receive.
        type: dict
        suboptions: &limits
          average:
            description: Kibibytes in a second on average, needed with the others. V(0) for no limit.
            type: int
          peak:
            description: Kibibytes in a second for a burst. V(0) for no limit.
            type: int
          burst:
            description: Kibibytes that may be sent at the peak. V(0) for the host's default.
            type: int
      outbound:
        description: What guests send.
        type: dict
        suboptions: *limits
  port:
    description: The guests' ports at the network's bridge.
    type: dict
    suboptions:
      isolated:
        description: Whether guests reach only what is outside, and not each other. libvirt's default is V(false).
        type: bool
  portgroups:
    description:
      - >-
        Kinds of ports, of which a guest's interface names one; complete, identified by O(portgroups[].name).
      - Changed at once in a running network, for guests that are plugged in from then on.
    type: list
    elements: dict
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      default:
        description: Whether interfaces that name none are of this one. libvirt's default is V(false).
        type: bool
      trust_guest_rx_filters:
        description: >-
          Whether the host adapts its own filters when a guest changes its MAC address or what it listens to. libvirt's
          default is V(false).
        type: bool
      vlan:
        description: >-
          The VLANs of the guests' ports. For an Open vSwitch, V(passthrough) and V(hostdev) of O(forward.mode), and
          since libvirt 11.0 for every bridge.
        type: dict
        suboptions:
          tags:
            description: >-
              The VLANs; complete, identified by O(portgroups[].vlan.tags[].id). With an empty list there are none.
            type: list
            elements: dict
            suboptions: *tags
          trunk:
            description: >-
              Whether guests see the tags. Known from O(portgroups[].vlan.tags) where that is given: several are a
              trunk, and so is one with O(portgroups[].vlan.tags[].native_mode).
            type: bool
      virtualport:
        description: What the switch that guests are plugged into is told of them.
        type: dict
        suboptions: *virtualport
      bandwidth:
        description: Limits for each port.
        type: dict
        suboptions:
          inbound:
            description: What guests receive.
            type: dict
            suboptions: *limits
          outbound:
            description: What guests send.
            type: dict
            suboptions: *limits
"""
