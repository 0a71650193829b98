#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nwfilter
short_description: Ensure a network filter of libvirt
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Defines, changes and removes a network filter: rules about the traffic of the guests' interfaces that refer to it.
  - A change takes effect at once for running guests, because libvirt itself applies it to them.
  - >-
    The filters of libvirt itself (C(clean-traffic) and the like) can be referred to, and are neither changed nor
    removed.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.nwfilter_references
options:
  name:
    description: The name of the filter, which identifies it and cannot be changed.
    type: str
    required: true
  state:
    description:
      - V(present) means that the filter is defined.
      - >-
        V(absent) means that it is removed. Refused while a domain or another filter refers to it, unless those are
        removed in the same document.
    type: str
    choices: [present, absent]
    default: present
  uuid:
    description: >-
      The UUID of the filter. libvirt generates one for a new filter. That of an existing filter cannot be changed.
    type: str
  chain:
    description:
      - >-
        The chain that the filter's rules are in. It is V(root), or a name that begins with V(mac), V(stp), V(vlan),
        V(arp), V(rarp), V(ipv4) or V(ipv6), such as V(ipv4-web).
      - The default for a new filter is V(root).
    type: str
  priority:
    description:
      - The priority of the filter's chain among other chains, from V(-1000) to V(1000); lower is earlier.
      - The default for a new filter is libvirt's default for its O(chain).
    type: int
  rules:
    description:
      - The complete list of the filter's rules, in their order.
      - >-
        Each is identified by its O(rules[].direction), its O(rules[].protocol) and its match; its other options can be
        changed in place. An option of a rule that is not declared has its default.
    type: list
    elements: dict
    suboptions:
      action:
        description: What happens to a packet that matches the rule.
        type: str
        required: true
        choices:
          accept: The packet passes.
          drop: The packet is discarded.
          reject: The packet is discarded and its sender notified.
          return: The packet returns to the chain that this one was entered from.
          continue: The next rule decides.
      direction:
        description: The direction of the packets. V(in) is to the guest, V(out) is from the guest, V(inout) is both.
        type: str
        required: true
        choices: [in, out, inout]
      priority:
        description: The priority of the rule among the rules of its chain; lower is earlier.
        type: int
        default: 500
      statematch:
        description: Whether the host's connection tracking also matches packets that belong to a known connection.
        type: bool
        default: true
      protocol:
        description:
          - The protocol of the packets. V(any) is every packet, and has no match.
          - V(all) is every IPv4 packet and V(all-ipv6) every IPv6 packet.
        type: str
        default: any
        choices: [any, mac, vlan, stp, arp, rarp, ip, ipv6, tcp, udp, sctp, udplite, esp, ah, all, icmp, igmp, tcp-ipv6,
                  udp-ipv6, sctp-ipv6, udplite-ipv6, esp-ipv6, ah-ipv6, all-ipv6, icmpv6]
      match:
        description:
          - What a packet must have to match the rule, a dictionary of libvirt's attributes.
          - >-
            V(mac) and V(vlan) have C(srcmacaddr), C(srcmacmask), C(dstmacaddr), C(dstmacmask), V(mac) also
            C(protocolid), V(vlan) also C(vlanid), C(encap-protocol).
          - >-
            V(stp) has C(srcmacaddr), C(srcmacmask), C(type), C(flags), C(root-address), C(root-address-mask),
            C(sender-address), C(sender-address-mask), and C(root-priority), C(root-cost), C(sender-priority), C(port),
            C(age), C(max-age), C(hello-time), C(forward-delay), each also with C(-hi) as the end of a range.
          - >-
            V(arp) and V(rarp) have the MAC addresses of V(mac) and C(hwtype), C(protocoltype), C(opcode),
            C(arpsrcmacaddr), C(arpdstmacaddr), C(arpsrcipaddr), C(arpsrcipmask), C(arpdstipaddr), C(arpdstipmask),
            C(gratuitous).
          - >-
            V(ip) and V(ipv6) have the MAC addresses of V(mac) and C(srcipaddr), C(srcipmask), C(dstipaddr),
            C(dstipmask), C(protocol), C(srcportstart), C(srcportend), C(dstportstart), C(dstportend); V(ip) also
            C(dscp), V(ipv6) also C(type), C(typeend), C(code), C(codeend) of ICMPv6.
          - >-
            All others have C(srcmacaddr), C(srcipaddr), C(srcipmask), C(dstipaddr), C(dstipmask), C(srcipfrom),
            C(srcipto), C(dstipfrom), C(dstipto), C(dscp), C(connlimit-above), C(state), C(ipset), C(ipsetflags);
            V(tcp), V(udp) and V(sctp) also C(srcportstart), C(srcportend), C(dstportstart), C(dstportend), V(tcp) also
            C(flags) and C(option), V(icmp) and V(icmpv6) also C(type) and C(code).
          - >-
            A value may be a variable such as V($IP) or V($PORTS[@1]). Numbers may be hexadecimal, and masks may be
            prefix lengths.
        type: dict
        default: {}
      match_not:
        description: What a packet must not have to match the rule, in the attributes of O(rules[].match).
        type: dict
        default: {}
      comment:
        description: A comment that the host's packet filter shows with the rule. An empty text removes it.
        type: str
        default: ""
  xml:
    description:
      - >-
        A partial C(<filter>) document that is merged into the definition, for whatever libvirt supports and no option
        declares.
      - >-
        Only what it contains is managed. Rules and references that are not there are added, in front of none that is.
        Nothing can be removed.
      - It must not contradict an option.
    type: str
seealso:
  - module: kvm.fleet.nwfilter_info
  - module: kvm.fleet.converge
  - name: Network filters
    description: What libvirt's filters can do.
    link: https://libvirt.org/formatnwfilter.html
"""

EXAMPLES = r"""
- name: Web servers that only the proxies reach on another port
  kvm.fleet.nwfilter:
    name: web
    filterrefs:
      - filter: clean-traffic
    rules:
      - {action: accept, direction: in, protocol: tcp, match: {dstportstart: 80}}
      - {action: accept, direction: in, protocol: tcp, match: {dstportstart: 443}}
      - action: accept
        direction: in
        protocol: tcp
        match: {srcipaddr: 10.77.0.0, srcipmask: 24, dstportstart: 8000, dstportend: 8099}
        comment: from the proxies
      - {action: accept, direction: out, protocol: all, match: {state: "ESTABLISHED,RELATED"}}
      - {action: drop, direction: inout, priority: 1000, protocol: all}

- name: Only frames with the guest's own address may leave it
  kvm.fleet.nwfilter:
    name: own-mac
    chain: mac
    rules:
      - {action: drop, direction: out, priority: -100, protocol: mac, match_not: {srcmacaddr: $MAC}}

- name: Remove a filter that no interface refers to
  kvm.fleet.nwfilter:
    name: web-old
    state: absent
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
    # From tools/returns.py: an object
    kind:
      description: >-
        The kind of object, such as V(domain). V(leftovers) are those of an earlier run that was killed: temporary files
        in the directory that is named, which every run removes.
      type: str
      returned: always
    name:
      description: The name of the object. That of a volume is C(pool/volume), that of a snapshot C(domain/snapshot).
      type: str
      returned: always
    # Up to here.
    verb:
      description: One of V(define), of which each rule that comes, goes or changes is a field, and V(undefine).
      type: str
      returned: always
  sample:
    - kind: nwfilter
      name: web
      verb: define
      apply: live
      fields:
        - option: rules[in tcp dstportstart=443].action
          before: drop
          after: accept
diff:
  # From tools/returns.py: diff
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text; O(show_xml) adds the XML of changed definitions.
      type: str
      returned: always
  # Up to here.
# From tools/returns.py: nothing waits
restart_required:
  description: Always V(false), since all changes take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
# Up to here.
nwfilter:
  description: The filter after the run; in check mode, as it was before. Empty when there is none.
  returned: success
  type: dict
  contains:
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: web
    uuid:
      description: The UUID of the object.
      returned: success
      type: str
      sample: d514ab7c-9286-4923-a8fc-de607d1f6177
    chain:
      description: The chain that the filter's rules are in.
      returned: success
      type: str
      sample: root
    priority:
      description: The priority of the chain; lower is earlier.
      returned: where libvirt says it
      type: int
      sample: -800
    filterrefs:
      description: The included filters, in the form of that option of M(kvm.fleet.nwfilter).
      returned: where there are some
      type: list
      elements: dict
      sample: [{filter: clean-traffic}]
    rules:
      description:
        - The rules, in the form of that option of M(kvm.fleet.nwfilter).
        - Numbers are decimal, and masks are prefix lengths.
      returned: where there are some
      type: list
      elements: dict
      sample:
        - action: accept
          direction: in
          priority: 500
          statematch: true
          protocol: tcp
          match: {dstportstart: "443"}
          match_not: {}
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import NWFILTER


def main() -> None:
    """Entry point."""
    module.main(NWFILTER)


if __name__ == "__main__":
    main()
