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
  - Returns the volumes of active pools. Changes nothing, and does not refresh the pools.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
  - kvm.fleet.spec
options:
  pool:
    description: The name of the pool whose volumes are read. The default is all active pools.
    type: str
  name:
    description: The name of the volumes to read. The default is all of them.
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

- name: Read them as the options that declare them
  kvm.fleet.volume_info:
    pool: data
    as: spec
  register: declared
"""

RETURN = r"""
volumes:
  description: The volumes in the order of pools and names. Empty when there is none.
  returned: success
  type: list
  elements: dict
  contains:
    # From volume.py: volume contains
    pool:
      description: The name of the volume's pool.
      returned: success
      type: str
      sample: data
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: web1.qcow2
    path:
      description: The path of the volume on the host.
      returned: success
      type: str
      sample: /srv/vm/web1.qcow2
    type:
      description: The type of the volume by libvirt's name, such as V(file) or V(block).
      returned: success
      type: str
      sample: file
    format:
      description: The format of the volume.
      returned: success
      type: str
      sample: qcow2
    capacity:
      description: The size that a guest sees, in the largest binary unit without a fraction.
      returned: success
      type: str
      sample: 20GiB
    capacity_bytes:
      description: The size that a guest sees, in bytes.
      returned: success
      type: int
      sample: 21474836480
    allocation_bytes:
      description: The storage that the volume uses, in bytes, V(none) for a file that libvirt does not list yet.
      returned: success
      type: int
      sample: 200704
    encrypted:
      description: Whether its content is encrypted.
      returned: success
      type: bool
      sample: false
    compat:
      description: The version of the format, for a V(qcow2) volume.
      returned: success
      type: str
      sample: "1.1"
    cluster_size:
      description: The size of a cluster, for a V(qcow2) volume.
      returned: success
      type: str
      sample: 64KiB
    lazy_refcounts:
      description: Whether reference counts are updated lazily, for a V(qcow2) volume where they are.
      returned: success
      type: bool
      sample: true
    extended_l2:
      description: Whether clusters have subclusters, for a V(qcow2) volume where they have.
      returned: success
      type: bool
      sample: true
    permissions:
      description: The permissions of the file at the pool's last refresh, as the option of that name.
      returned: success
      type: dict
      sample: {mode: "0600", owner: 0, group: 0}
    encryption:
      description: The encryption as far as libvirt knows it, as the option of that name.
      returned: success
      type: dict
    backing:
      description: The path of the image that the volume is based on, V(none) if there is none.
      returned: success
      type: str
      sample: /srv/vm/debian-12.qcow2
    source:
      description: The URL (without what may be secret), file or volume that the content came from, if it is known.
      returned: success
      type: str
      sample: https://cloud.example.org/debian-12.qcow2
    checksum:
      description: The checksum of the source as it was published.
      returned: success
      type: str
      sample: sha256:0f7c…
    # Up to here.
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import VOLUME


def main() -> None:
    """Entry point."""
    module.main_info(VOLUME)


if __name__ == "__main__":
    main()
