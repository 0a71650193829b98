# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A network's addresses, DHCP and routes: options of kvm.fleet.network."""

    DOCUMENTATION = r"""
options:
  ips:
    description:
      - The host's addresses in the network; complete, identified by O(ips[].address).
      - A network that already has some is not changed in this where nothing is said; with an empty list it has none.
      - libvirt advertises itself as the router of an IPv6 network (RA), and guests give themselves addresses.
    type: list
    elements: dict
    suboptions:
      address:
        description: The host's own address, IPv4 or IPv6, which is the gateway and the DNS server of the guests.
        type: str
        required: true
      prefix:
        description: The length of the network's prefix in bits, such as V(24). V(64) for IPv6 with DHCP.
        type: int
        required: true
      family:
        description: The address family. Known from O(ips[].address) for a new address, and never needed.
        type: str
        choices: [ipv4, ipv6]
      local_ptr:
        description: >-
          Whether questions for names of unknown addresses in it are kept from other DNS servers. libvirt's default is
          V(false).
        type: bool
      tftp:
        description: The TFTP server at this address.
        type: dict
        suboptions:
          root:
            description: The directory on the host that it serves. An empty text for no server.
            type: path
      dhcp:
        description: What DHCP gives to guests. Only one address of each family can have it.
        type: dict
        suboptions:
          ranges:
            description: The addresses to give; complete, identified by both ends. Changed at once in a running network.
            type: list
            elements: dict
            suboptions:
              start:
                description: The first address.
                type: str
                required: true
              end:
                description: The last address.
                type: str
                required: true
              lease:
                description: >-
                  For how many seconds a guest may have one, at least V(120), or V(0) for ever. The server's default,
                  an hour for IPv4, where nothing is said.
                type: int
          hosts:
            description:
              - The reservations; complete. Changed at once in a running network.
              - >-
                Each is identified by O(ips[].dhcp.hosts[].mac), else O(ips[].dhcp.hosts[].id), else
                O(ips[].dhcp.hosts[].name), of which it has at least one.
              - A guest that has a lease keeps its address until it asks again.
            type: list
            elements: dict
            suboptions:
              mac:
                description: The MAC address of the guest's interface. IPv4 only.
                type: str
              id:
                description: The guest's DHCP unique identifier (DUID), such as V(0:4:7e:7d:f0:7d). IPv6 only.
                type: str
              name:
                description: The guest's host name, which the DNS server then knows as well.
                type: str
              ip:
                description: The address that it gets.
                type: str
                required: true
              lease:
                description: For how many seconds, as in O(ips[].dhcp.ranges[].lease).
                type: int
          bootp:
            description: What guests boot from over the network.
            type: dict
            suboptions:
              file:
                description: The file to load. An empty text for none.
                type: str
              server:
                description: The server that has it. This host where nothing is said.
                type: str
  routes:
    description: >-
      What the host reaches through machines in the network; complete, identified by O(routes[].address) and
      O(routes[].prefix).
    type: list
    elements: dict
    suboptions:
      address:
        description: The address of the network behind.
        type: str
        required: true
      prefix:
        description: The length of its prefix in bits.
        type: int
        required: true
      gateway:
        description: The address of the machine that leads there, in one of the networks of O(ips).
        type: str
        required: true
      metric:
        description: The route's cost; the lowest is taken. libvirt's default is 1.
        type: int
      family:
        description: The address family. Known from O(routes[].address) for a new route, and never needed.
        type: str
        choices: [ipv4, ipv6]
"""
