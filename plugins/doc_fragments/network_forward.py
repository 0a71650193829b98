# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How a network reaches the outside: the option forward of kvm.fleet.network."""

    DOCUMENTATION = r"""
options:
  forward:
    description: How the network reaches the outside.
    type: dict
    suboptions:
      mode:
        description:
          - How packets get out. A new network where nothing is said is V(isolated).
          - >-
            What belongs to another mode only goes when this changes, such as O(forward.nat). What was declared for the
            network itself, such as O(ips), has to be declared empty for a mode that has none.
        type: str
        choices:
          isolated: Not at all. Guests reach each other and the host.
          nat: Behind the host's own addresses. Needs O(ips).
          route: >-
            Routed by the host without address translation. Other machines need a route to the network. Needs O(ips).
          open: Like V(route), and libvirt adds no firewall rules. Needs O(ips).
          bridge: >-
            Guests are plugged into O(bridge), which is there already and not libvirt's, or by macvtap into one of
            O(forward.interfaces), where they reach each other and the outside, and not the host.
          private: By macvtap into one of O(forward.interfaces). Guests reach the outside, and not each other.
          vepa: >-
            By macvtap into one of O(forward.interfaces). All packets go to the switch outside, which may send them back
            (IEEE 802.1Qbg).
          passthrough: Each guest has one of O(forward.interfaces) for itself, by macvtap.
          hostdev: >-
            Each guest has a virtual function of an SR-IOV device for itself, as a PCI device. One of O(forward.pf),
            O(forward.interfaces) and O(forward.addresses) says which.
      dev:
        description: >-
          The only device of the host that packets may leave by. Any where nothing is said, or an empty text. For
          V(nat) and V(route) of O(forward.mode).
        type: str
      interfaces:
        description:
          - >-
            The devices of the host that guests are put on; complete, and each guest gets one that is not in use where
            it needs one for itself. For the macvtap modes (V(bridge), V(private), V(vepa), V(passthrough)) and
            V(hostdev) of O(forward.mode).
          - >-
            Changed at once in a running network of a macvtap mode. A device that a guest is on goes when the network
            starts again.
        type: list
        elements: dict
        suboptions:
          dev:
            description: The device's name on the host.
            type: str
            required: true
      pf:
        description: >-
          The SR-IOV device (the physical function) all of whose virtual functions are given to guests. Instead of
          O(forward.interfaces).
        type: str
      addresses:
        description: >-
          The PCI addresses of the virtual functions that are given to guests, such as V(0000:04:10.1). Instead of
          O(forward.pf), for V(hostdev) of O(forward.mode).
        type: list
        elements: str
      managed:
        description: >-
          Whether libvirt takes the device from its driver of the host and gives it back afterwards. libvirt's default
          is V(false). For V(hostdev) of O(forward.mode).
        type: bool
      driver:
        description: >-
          What gives the device to the guest. libvirt chooses, on hosts of today V(vfio). For V(hostdev) of
          O(forward.mode).
        type: str
        choices: [vfio, kvm]
      nat:
        description: How V(nat) of O(forward.mode) works.
        type: dict
        suboptions:
          ipv6:
            description: Whether IPv6 is translated too. libvirt's default is V(false), which routes it.
            type: bool
          address:
            description: >-
              The IPv4 addresses of the host that are used; both ends, or an empty mapping for those of the
              device, which is libvirt's default.
            type: dict
            suboptions:
              start:
                description: The first address.
                type: str
              end:
                description: The last address.
                type: str
          port:
            description: >-
              The ports that are used; both ends, or an empty mapping for libvirt's default, V(1024) to V(65535).
            type: dict
            suboptions:
              start:
                description: The first port.
                type: int
              end:
                description: The last port.
                type: int
"""
