#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nwfilter_info
short_description: Read the network filters of a host
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - Reads one network filter of libvirt, or all of them, over a read-only connection.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
options:
  name:
    description: >-
      The name of the filter to read. The default is all of them. If it does not exist, RV(nwfilters) is empty.
    type: str
seealso:
  - module: kvm.fleet.nwfilter
"""

EXAMPLES = r"""
- name: Read all network filters
  kvm.fleet.nwfilter_info:
  register: all

- name: Show what they let in
  ansible.builtin.debug:
    msg: "{{ all.nwfilters | map(attribute='rules', default=[]) | flatten | selectattr('direction', 'eq', 'in') }}"
"""

RETURN = r"""
nwfilters:
  description: The filters, in the order of their names.
  returned: success
  type: list
  elements: dict
  contains:
    # From nwfilter.py: nwfilter contains
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
    # Up to here.
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import NWFILTER


def main() -> None:
    """Entry point."""
    module.main_info(NWFILTER)


if __name__ == "__main__":
    main()
