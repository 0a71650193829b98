#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_info
short_description: Read storage volumes
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Returns the volumes of active pools. Changes nothing, and does not make libvirt look at the pools' contents again.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
options:
  pool:
    description: Only volumes of the pool of this name. Without it those of all active pools.
    type: str
  name:
    description: Only volumes of this name.
    type: str
seealso:
  - module: kvm.fleet.volume
"""

EXAMPLES = r"""
- name: Read all volumes of a pool
  kvm.fleet.volume_info:
    pool: data
  register: result

- name: List the linked clones
  ansible.builtin.debug:
    msg: "{{ result.volumes | selectattr('backing') | map(attribute='name') }}"
"""

RETURN = r"""
volumes:
  description: The volumes in the order of pools and names. Empty when there is none.
  returned: success
  type: list
  elements: dict
  contains:
    pool:
      description: The pool that it is in.
      returned: success
      type: str
      sample: data
    name:
      description: Its name.
      returned: success
      type: str
      sample: web1.qcow2
    path:
      description: Where it is on the host.
      returned: success
      type: str
      sample: /srv/vm/web1.qcow2
    type:
      description: V(file) or V(block), or another word of libvirt's.
      returned: success
      type: str
      sample: file
    format:
      description: The format of its content.
      returned: success
      type: str
      sample: qcow2
    capacity:
      description: What a guest sees of it, in the largest binary unit without a fraction.
      returned: success
      type: str
      sample: 20GiB
    capacity_bytes:
      description: The same in bytes.
      returned: success
      type: int
      sample: 21474836480
    allocation_bytes:
      description: The room that it takes, in bytes; V(none) for a file that libvirt does not list yet.
      returned: success
      type: int
      sample: 200704
    encrypted:
      description: Whether its content is encrypted.
      returned: success
      type: bool
      sample: false
    compat:
      description: The version of its format; of a V(qcow2) volume.
      returned: success
      type: str
      sample: "1.1"
    cluster_size:
      description: In what pieces it takes room; of a V(qcow2) volume.
      returned: success
      type: str
      sample: 64KiB
    lazy_refcounts:
      description: Whether it puts off its bookkeeping; of a V(qcow2) volume that does.
      returned: success
      type: bool
      sample: true
    extended_l2:
      description: Whether its clusters have subclusters; of a V(qcow2) volume whose clusters do.
      returned: success
      type: bool
      sample: true
    permissions:
      description: Those of its file when libvirt last looked, as the option of that name.
      returned: success
      type: dict
      sample: {mode: "0600", owner: 0, group: 0}
    encryption:
      description: How it is encrypted, as far as libvirt knows, as the option of that name.
      returned: success
      type: dict
    backing:
      description: The path of the image that it is based on; V(none) if it stands on its own.
      returned: success
      type: str
      sample: /srv/vm/debian-12.qcow2
    source:
      description: The URL (without what may be secret), file or volume that its content came from, if that is known.
      returned: success
      type: str
      sample: https://cloud.example.org/debian-12.qcow2
    checksum:
      description: The checksum of that content as it was published.
      returned: success
      type: str
      sample: sha256:0f7c…
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import VOLUME


def main() -> None:
    """Entry point."""
    module.main_info(VOLUME)


if __name__ == "__main__":
    main()
