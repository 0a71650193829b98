#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secret_info
short_description: Read the secrets of libvirt, without their values
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - Reads secrets of libvirt, without their values, over a read-only connection.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
options:
  usage:
    description: >-
      The use of the secrets to read, as O(kvm.fleet.secret#module:usage) declares it. The default is all of them.
    type: str
    choices: [none, volume, ceph, iscsi, tls, vtpm]
  name:
    description: The usage name of the secrets to read. The default is all of them.
    type: str
  uuid:
    description: The UUID of the secret to read. The default is all of them. If it does not exist, RV(secrets) is empty.
    type: str
seealso:
  - module: kvm.fleet.secret
"""

EXAMPLES = r"""
- name: Read all secrets
  kvm.fleet.secret_info:
  register: all

- name: The UUID of the key of a Ceph user
  kvm.fleet.secret_info:
    usage: ceph
    name: client.libvirt secret
  register: ceph

- name: Show it
  ansible.builtin.debug:
    msg: "{{ ceph.secrets | map(attribute='uuid') | first }}"
"""

RETURN = r"""
secrets:
  description: The secrets, in the order of their usages and names, without their values.
  returned: success
  type: list
  elements: dict
  contains:
    # From secret.py: secret contains
    usage:
      description: The kind of use of the secret.
      returned: success
      type: str
      sample: ceph
    name:
      description: The usage name, V(none) if the usage is V(none).
      returned: success
      type: str
      sample: client.libvirt secret
    uuid:
      description: The UUID of the object.
      returned: success
      type: str
      sample: 0a81f5b2-8403-4b23-8b8b-0d6d3e2f0b11
    description:
      description: The description, V(none) if there is none.
      returned: success
      type: str
      sample: hv1 to the cluster
    private:
      description: Whether libvirt keeps the value from every reader.
      returned: success
      type: bool
      sample: true
    ephemeral:
      description: Whether the secret is kept in memory only, and lost when libvirt stops.
      returned: success
      type: bool
      sample: false
    # Up to here.
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import SECRET


def main() -> None:
    """Entry point."""
    module.main_info(SECRET)


if __name__ == "__main__":
    main()
