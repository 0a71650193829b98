# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """How a network reaches the outside: the option forward of kvm.fleet.network."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  forward:
    description: >-
      The connection of the network to the outside. A change takes effect when the network starts again, except for that
      of O(forward.interfaces).
    type: dict
    suboptions:
      mode:
        description:
          - The way in which packets leave the network. The default for a new network is V(isolated).
          - >-
            When the mode changes, options that are for another mode only, such as O(forward.nat), are removed. Options
            of the network itself that the new mode cannot have, such as O(ips), have to be declared as empty.
        type: str
        choices:
          isolated: Packets do not leave the network. Guests reach each other and the host.
          nat: Packets leave with an address of the host (network address translation). Needs O(ips).
          route: >-
            The host routes packets without address translation. Other machines need a route to the network. Needs
            O(ips).
          open: Packets are routed as with V(route), and libvirt adds no firewall rules. Needs O(ips).
          bridge: >-
            Guests are plugged into O(bridge), a bridge of the host that libvirt does not manage, or by macvtap into one
            of O(forward.interfaces), where they reach each other and the outside, but not the host.
          private: >-
            Guests are plugged by macvtap into one of O(forward.interfaces). They reach the outside, but not each other.
          vepa: >-
            Guests are plugged by macvtap into one of O(forward.interfaces). All packets go to the external switch,
            which may send them back (IEEE 802.1Qbg).
          passthrough: Each guest has one of O(forward.interfaces) to itself, by macvtap.
          hostdev: >-
            Each guest has a virtual function of an SR-IOV device to itself, as a PCI device. One of O(forward.pf),
            O(forward.interfaces) and O(forward.addresses) declares which.
      dev:
        description: >-
          The only device of the host through which packets may leave, such as V(eno1). The default, also with an empty
          text, is any device. For V(nat) and V(route) of O(forward.mode).
        type: str
      interfaces:
        description:
          - >-
            The complete list of the devices of the host that guests are plugged into. Where a guest needs a device to
            itself it gets an unused one. For the macvtap modes (V(bridge), V(private), V(vepa), V(passthrough)) and
            V(hostdev) of O(forward.mode).
          - >-
            For a macvtap mode a change takes effect at once in a running network. A removed device that a guest uses is
            removed when the network starts again.
        type: list
        elements: dict
        suboptions:
          dev:
            description: The name of the device on the host, such as V(eno1).
            type: str
            required: true
      pf:
        description: >-
          The SR-IOV device (physical function), such as V(eno1), whose virtual functions guests get. It is an
          alternative to O(forward.interfaces), for V(hostdev) of O(forward.mode).
        type: str
      addresses:
        description: >-
          The complete list of the PCI addresses of the virtual functions that guests get, such as V(0000:04:10.1). It
          is an alternative to O(forward.pf), for V(hostdev) of O(forward.mode).
        type: list
        elements: str
      managed:
        description: >-
          Whether libvirt detaches a virtual function from its driver on the host when a guest gets it, and gives it
          back afterwards. libvirt's default is V(false). For V(hostdev) of O(forward.mode).
        type: bool
      driver:
        description: >-
          The driver of the host that passes a virtual function through. By default libvirt chooses, on current hosts
          V(vfio). For V(hostdev) of O(forward.mode).
        type: str
        choices: [vfio, kvm]
      nat:
        description: The address translation of V(nat) of O(forward.mode).
        type: dict
        suboptions:
          ipv6:
            description: >-
              Whether IPv6 packets are translated too. libvirt's default is V(false), with which they are routed.
            type: bool
          address:
            description: >-
              The range of the host's IPv4 addresses that packets leave with. Both ends are required. An empty
              dictionary is libvirt's default, the address of the device that they leave through.
            type: dict
            suboptions:
"""
        + shared_options.ends(14, "address")
        + r"""
          port:
            description: >-
              The range of the ports that packets leave with. Both ends are required. An empty dictionary is libvirt's
              default, V(1024) to V(65535).
            type: dict
            suboptions:
"""
        + shared_options.ends(14, "port", "int")
        + r"""
"""
    )
