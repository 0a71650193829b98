# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network interfaces of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Network interfaces of a domain."""

    DOCUMENTATION = r"""
options:
  interfaces:
    description:
      - The network interfaces; complete. Plugged in and out while the domain runs.
      - >-
        Each is identified by O(interfaces[].mac), else O(interfaces[].alias), else what it is plugged into. With one of
        the first two it stays the same interface when it moves to another network.
      - It is plugged into O(interfaces[].network), O(interfaces[].bridge) or O(interfaces[].direct).
    type: list
    elements: dict
    suboptions:
      mac:
        description: >-
          The MAC address. libvirt makes one for a new interface, and keeps it. No other domain of the host has the
          same.
        type: str
      network:
        description: The virtual network. It exists, or is declared in the same document. Changed at once.
        type: str
      bridge:
        description: The bridge of the host. Changed at once.
        type: str
      direct:
        description: >-
          The network device of the host that the interface shares (macvtap). The guest and the host do not reach each
          other through it.
        type: str
      direct_mode:
        description: >-
          How guests at the same O(interfaces[].direct) reach each other. libvirt's default is V(vepa), which is through
          a switch that reflects.
        type: str
        choices: [vepa, bridge, private, passthrough]
      model:
        description: >-
          What the guest sees, such as V(virtio) or V(e1000e). V(virtio) for a new interface where nothing is said.
        type: str
      queues:
        description: How many queues a virtio interface has, one for each vCPU that shall do its work.
        type: int
      mtu:
        description: >-
          The size of the largest packet, in bytes, which a virtio guest is told. The network's where nothing is said.
        type: int
      link:
        description: Whether the cable is plugged in. V(up) for a new interface where nothing is said. Changed at once.
        type: str
        choices: [up, down]
      boot_order:
        description: Its place among the devices to boot from, from 1. No other disk or interface has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
