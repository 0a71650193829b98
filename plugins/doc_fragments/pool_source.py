# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Where a pool's storage comes from: the option source of kvm.fleet.pool."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  source:
    description: >-
      The source of the pool's storage. Which options it has depends on O(type). A change takes effect when the pool
      starts again.
    type: dict
    suboptions:
      hosts:
        description: >-
          The complete list of the servers that the storage is on, identified by O(source.hosts[].name) and
          O(source.hosts[].port): the monitors of a Ceph cluster, for V(rbd) of O(type), else one server.
        type: list
        elements: dict
        suboptions:
"""
        + shared_options.server(10, required=True)
        + r"""
      dir:
        description: The absolute path of the exported directory on the server.
        type: path
      devices:
        description: >-
          The complete list of the block devices of the host that the storage is on, in their order. For V(iscsi) and
          V(iscsi-direct) of O(type) it is the name (IQN) of the target.
        type: list
        elements: path
      part_separator:
        description: >-
          Whether names of partitions have a C(p) between the name of the disk and the number of the partition. By
          default libvirt derives it from the name of the disk. For V(disk) of O(type).
        type: bool
      adapter:
        description: The SCSI or Fibre Channel adapter of the host, for V(scsi) of O(type).
        type: dict
        suboptions:
          type:
            description: >-
              The kind of adapter. V(scsi_host) is a SCSI controller, V(fc_host) a virtual port of a Fibre Channel
              adapter.
            type: str
            choices: [scsi_host, fc_host]
          name:
            description: The name of the SCSI controller, such as V(scsi_host2), which can change when the host boots.
            type: str
          address:
            description: >-
              The PCI address of the SCSI controller, such as V(0000:00:1f.2), which does not change. It is an
              alternative to O(source.adapter.name).
            type: str
          unique_id:
            description: The unique ID by which the controllers at the same O(source.adapter.address) differ.
            type: int
          wwnn:
            description: The World Wide Node Name (WWNN) of the virtual port.
            type: str
          wwpn:
            description: The World Wide Port Name (WWPN) of the virtual port.
            type: str
          parent:
            description: The name of the adapter on which the virtual port is created, such as V(scsi_host5).
            type: str
          parent_wwnn:
            description: >-
              The World Wide Node Name (WWNN) of the adapter on which the virtual port is created; with
              O(source.adapter.parent_wwpn) an alternative to O(source.adapter.parent).
            type: str
          parent_wwpn:
            description: >-
              The World Wide Port Name (WWPN) of the adapter on which the virtual port is created; required with
              O(source.adapter.parent_wwnn).
            type: str
          parent_fabric_wwn:
            description: >-
              The World Wide Name (WWN) of the fabric whose adapter the virtual port is created on, an alternative to
              O(source.adapter.parent).
            type: str
          managed:
            description: Whether the virtual port is removed when the pool stops. libvirt's default is V(false).
            type: bool
      name:
        description: The name of the volume group, of the pool in the cluster, or of the volume on the server.
        type: str
      initiator:
        description: The initiator name (IQN) of the host. For V(iscsi) of O(type) the default is the host's own.
        type: str
      auth:
        description: The login at the storage server, for V(iscsi), V(iscsi-direct) and V(rbd) of O(type).
        type: dict
        suboptions:
"""
        + shared_options.login(10, ", of the type V(iscsi) or V(ceph)")
        + r"""
      format:
        description: >-
          The file system, such as V(ext4) or V(nfs), or the partition table, such as V(gpt) or V(dos). It is needed
          only if libvirt cannot detect it.
        type: str
      protocol_version:
        description: The version of NFS, such as V(4.2). By default client and server agree on one.
        type: str
      vendor:
        description: The vendor of the storage, for information only.
        type: str
      product:
        description: The product name of the storage, for information only.
        type: str
"""
    )
