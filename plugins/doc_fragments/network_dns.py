# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a network's DNS server answers: options of kvm.fleet.network."""

    DOCUMENTATION = r"""
options:
  domain:
    description: The DNS domain of the network's guests. A change takes effect when the network starts again.
    type: dict
    suboptions:
      name:
        description: >-
          The name of the domain, such as V(example.test), which DHCP announces to guests. An empty text removes it.
        type: str
      local_only:
        description: >-
          Whether DNS queries for unknown names in the domain are not forwarded to other DNS servers. libvirt's default
          is V(false).
        type: bool
  dns:
    description: >-
      The DNS server of the network, which answers at the network's addresses. A change takes effect when the network
      starts again, except for O(dns.txt), O(dns.srv) and O(dns.hosts).
    type: dict
    suboptions:
      enable:
        description: >-
          Whether the network has a DNS server. libvirt's default is V(true). Without one there can be no records.
        type: bool
      forward_plain_names:
        description: >-
          Whether queries for names without a domain are forwarded to other DNS servers. libvirt's default is V(true).
        type: bool
      forwarders:
        description: >-
          The complete list of the DNS servers that queries are forwarded to, instead of those of the host. Each has an
          address, a domain or both.
        type: list
        elements: dict
        suboptions:
          addr:
            description: >-
              The address of the DNS server, IPv4 or IPv6. Without one, queries for O(dns.forwarders[].domain) go to the
              host's own DNS servers.
            type: str
          domain:
            description: The domain for which the DNS server is queried. The default is all domains.
            type: str
      txt:
        description: >-
          The complete list of the TXT records, identified by O(dns.txt[].name). A change takes effect at once in a
          running network.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the record, without spaces.
            type: str
            required: true
          value:
            description: The text of the record.
            type: str
            required: true
      srv:
        description: >-
          The complete list of the SRV records, by which clients find a service. A record with another value is another
          record. A change takes effect at once in a running network.
        type: list
        elements: dict
        suboptions:
          service:
            description: The name of the service, such as V(ldap).
            type: str
            required: true
          protocol:
            description: The transport protocol of the service, such as V(tcp).
            type: str
            choices: [tcp, udp]
            required: true
          domain:
            description: The domain that the record is in. The default is the domain of the network.
            type: str
          target:
            description: >-
              The name of the host with the service. Without one the record says that the domain does not have the
              service.
            type: str
          port:
            description: The port of the service on the host.
            type: int
          priority:
            description: The priority of the host; clients try hosts with a lower number first.
            type: int
          weight:
            description: The weight of the host among those of the same priority; a larger one is chosen more often.
            type: int
      hosts:
        description: >-
          The complete list of the host records, identified by O(dns.hosts[].ip). A change takes effect at once in a
          running network.
        type: list
        elements: dict
        suboptions:
          ip:
            description: The address of the host, IPv4 or IPv6.
            type: str
            required: true
          hostnames:
            description: The complete list of the names of the host, in any order.
            type: list
            elements: str
            required: true
  dnsmasq_options:
    description: >-
      The complete list of further lines for the configuration of dnsmasq, the network's DNS and DHCP server, in their
      order. libvirt does not check them, and an invalid one keeps the network from starting. A change takes effect when
      the network starts again.
    type: list
    elements: str
"""
