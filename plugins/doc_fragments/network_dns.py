# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a network's DNS server answers: options of kvm.fleet.network."""

    DOCUMENTATION = r"""
options:
  domain:
    description: The DNS domain that guests are in.
    type: dict
    suboptions:
      name:
        description: Its name, such as V(example.test). DHCP tells it to the guests. An empty text for none.
        type: str
      local_only:
        description: >-
          Whether questions for unknown names in it are kept from other DNS servers. libvirt's default is V(false).
        type: bool
  dns:
    description: The network's DNS server, which answers at its addresses.
    type: dict
    suboptions:
      enable:
        description: Whether there is one. libvirt's default is V(true). Without one there can be no records.
        type: bool
      forward_plain_names:
        description: >-
          Whether questions for names without a domain are sent on to other DNS servers. libvirt's default is V(true).
        type: bool
      forwarders:
        description: >-
          The DNS servers to ask, instead of the host's own; complete. Each has an address, a domain or both.
        type: list
        elements: dict
        suboptions:
          addr:
            description: >-
              The server's address, IPv4 or IPv6. Without one, questions for O(dns.forwarders[].domain) go to the host's
              own servers.
            type: str
          domain:
            description: The domain that it is asked for. Every domain where nothing is said.
            type: str
      txt:
        description: >-
          Texts to answer with; complete, identified by O(dns.txt[].name). Changed at once in a running network.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name, without spaces.
            type: str
            required: true
          value:
            description: The text.
            type: str
            required: true
      srv:
        description: >-
          Where services are; complete. A record with another value is another record. Changed at once in a running
          network.
        type: list
        elements: dict
        suboptions:
          service:
            description: The service, such as V(ldap).
            type: str
            required: true
          protocol:
            description: The transport protocol of the service, such as V(tcp).
            type: str
            choices: [tcp, udp]
            required: true
          domain:
            description: The domain that offers it. That of the network where nothing is said.
            type: str
          target:
            description: The host that offers it. Where nothing is said, the domain does not have the service.
            type: str
          port:
            description: Its port there.
            type: int
          priority:
            description: Hosts with a lower one are tried first.
            type: int
          weight:
            description: How often it is chosen among hosts of the same priority, relative to them.
            type: int
      hosts:
        description: Its own records; complete, identified by O(dns.hosts[].ip). Changed at once in a running network.
        type: list
        elements: dict
        suboptions:
          ip:
            description: The address, IPv4 or IPv6.
            type: str
            required: true
          hostnames:
            description: The names for it; complete, in any order.
            type: list
            elements: str
            required: true
  dnsmasq_options:
    description: >-
      Lines for the configuration of dnsmasq, which is the network's DNS and DHCP server; complete and in order. libvirt
      does not look at them, and a wrong one keeps the network from starting.
    type: list
    elements: str
"""
