# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """A network's addresses, DHCP and routes: options of kvm.fleet.network."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  ips:
    description:
      - >-
        The complete list of the host's addresses in the network, identified by O(ips[].address). An empty list removes
        them. A change takes effect when the network starts again, except for O(ips[].dhcp.ranges) and
        O(ips[].dhcp.hosts).
      - >-
        In a network with an IPv6 address libvirt sends router advertisements, and guests choose addresses themselves
        (SLAAC).
    type: list
    elements: dict
    suboptions:
      address:
        description: The host's own address, IPv4 or IPv6, which is the gateway and the DNS server of the guests.
        type: str
        required: true
      prefix:
        description: The length of the network prefix in bits, such as V(24). DHCP for IPv6 needs V(64).
        type: int
        required: true
      family:
        description: The address family. It is derived from O(ips[].address), so that it need not be declared.
        type: str
        choices: [ipv4, ipv6]
      local_ptr:
        description: >-
          Whether reverse DNS queries for unknown addresses of the network are not forwarded to other DNS servers.
          libvirt's default is V(false).
        type: bool
      tftp:
        description: The TFTP server at this address, from which guests boot.
        type: dict
        suboptions:
          root:
            description: >-
              The absolute path of the directory on the host that the TFTP server serves. An empty text removes the
              server.
            type: path
      dhcp:
        description: The DHCP server at this address. Only one address of each family can have one.
        type: dict
        suboptions:
          ranges:
            description: >-
              The complete list of the address ranges that the DHCP server assigns, identified by both ends. A change
              takes effect at once in a running network.
            type: list
            elements: dict
            suboptions:
"""
        + shared_options.ends(14, "address", required=True)
        + r"""
              lease:
                description: >-
                  The lease time in seconds, at least V(120), or V(0) for leases that do not expire. The default is that
                  of dnsmasq, one hour for IPv4.
                type: int
          hosts:
            description:
              - The complete list of the DHCP reservations. A change takes effect at once in a running network.
              - >-
                Each is identified by O(ips[].dhcp.hosts[].mac), else by O(ips[].dhcp.hosts[].id), else by
                O(ips[].dhcp.hosts[].name), and needs at least one of them.
              - A guest that has a lease keeps its address until it renews the lease.
            type: list
            elements: dict
            suboptions:
              mac:
                description: The MAC address of the guest's interface. It is for IPv4 only.
                type: str
              id:
                description: >-
                  The DHCP unique identifier (DUID) of the guest, such as V(0:4:7e:7d:f0:7d). It is for IPv6 only.
                type: str
              name:
                description: The host name of the guest, which the DNS server also resolves.
                type: str
              ip:
                description: The address that the guest gets.
                type: str
                required: true
              lease:
                description: The lease time in seconds, as in O(ips[].dhcp.ranges[].lease).
                type: int
          bootp:
            description: The file that guests boot over the network (PXE).
            type: dict
            suboptions:
              file:
                description: The name of the file on the TFTP server. An empty text removes it.
                type: str
              server:
                description: The address of the TFTP server. The default is this host.
                type: str
  routes:
    description: >-
      The complete list of the host's routes to networks behind machines in this network, identified by
      O(routes[].address) and O(routes[].prefix). A change takes effect when the network starts again.
    type: list
    elements: dict
    suboptions:
      address:
        description: The address of the network behind the gateway.
        type: str
        required: true
      prefix:
        description: The length of that network's prefix in bits, such as V(24).
        type: int
        required: true
      gateway:
        description: The address of the gateway, a machine in one of the networks of O(ips).
        type: str
        required: true
      metric:
        description: The cost of the route; the route with the lowest cost is used. libvirt's default is V(1).
        type: int
      family:
        description: The address family. It is derived from O(routes[].address), so that it need not be declared.
        type: str
        choices: [ipv4, ipv6]
"""
    )
