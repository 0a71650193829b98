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
    description: Where its storage comes from. Which options there are depends on O(type).
    type: dict
    suboptions:
      host:
        description: The server.
        type: str
      port:
        description: The port that it answers at. V(0) for the usual one, which is the default.
        type: int
      hosts:
        description: >-
          The monitors of a Ceph cluster; complete, identified by O(source.hosts[].name). For V(rbd) of O(type).
        type: list
        elements: dict
        suboptions:
          name:
            description: The host's name or address.
            type: str
            required: true
          port:
            description: The port that it answers at. V(0) for the usual one, which is the default.
            type: int
      dir:
        description: The directory on the server.
        type: path
      devices:
        description: >-
          The devices that the storage is on; complete and in order. For V(iscsi) and V(iscsi-direct) of O(type) the
          name (IQN) of the target.
        type: list
        elements: path
      part_separator:
        description: >-
          Whether names of partitions have a C(p) between disk and number. Known from the disk's own name where nothing
          is said. For V(disk) of O(type).
        type: bool
      adapter:
        description: The host's adapter, for V(scsi) of O(type).
        type: dict
        suboptions:
          type:
            description: A controller (V(scsi_host)), or a virtual port of a Fibre Channel adapter (V(fc_host)).
            type: str
            choices: [scsi_host, fc_host]
          name:
            description: The controller's name, such as V(scsi_host2). It may be another one after the host has booted.
            type: str
          address:
            description: >-
              The PCI address of the controller, such as V(0000:00:1f.2), which stays. Instead of
              O(source.adapter.name).
            type: str
          unique_id:
            description: Which of the controllers at O(source.adapter.address) it is.
            type: int
          wwnn:
            description: The world wide node name of the virtual port.
            type: str
          wwpn:
            description: The world wide port name of the virtual port.
            type: str
          parent:
            description: The adapter that the virtual port is made on, by its name, such as V(scsi_host5).
            type: str
          parent_wwnn:
            description: The adapter, by its world wide node name; with O(source.adapter.parent_wwpn).
            type: str
          parent_wwpn:
            description: The adapter, by its world wide port name; with O(source.adapter.parent_wwnn).
            type: str
          parent_fabric_wwn:
            description: The adapter, by the world wide name of the fabric that it is in.
            type: str
          managed:
            description: Whether the virtual port goes when the pool stops. libvirt's default is V(false).
            type: bool
      name:
        description: The name of the volume group, of the pool in the cluster, or of the volume on the server.
        type: str
      initiator:
        description: The name (IQN) that the host has for iSCSI. For V(iscsi) its own is the default.
        type: str
      auth:
        description: How to log in, for V(iscsi), V(iscsi-direct) and V(rbd) of O(type).
        type: dict
        suboptions:
          username:
            description: The user. An empty text takes the login away.
            type: str
"""
        + shared_options.secret(10, "password", ", of the type V(iscsi) or V(ceph)")
        + r"""
      format:
        description: >-
          The file system (V(ext4), V(nfs) …) or partition table (V(gpt), V(dos) …), where libvirt shall not find that
          out by itself.
        type: str
      protocol_version:
        description: The version of NFS, such as V(4.2). What client and server agree on where nothing is said.
        type: str
      vendor:
        description: Who made the storage, for information.
        type: str
      product:
        description: What it is called, for information.
        type: str
"""
    )
