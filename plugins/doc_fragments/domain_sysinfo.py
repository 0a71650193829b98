# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The data that a domain's firmware gives to the guest."""

    DOCUMENTATION = r"""
options:
  smbios:
    description: >-
      The source of the SMBIOS tables, in which the guest reads vendor, model and serial number of its machine.
      O(sysinfo.bios) and its neighbours need V(sysinfo). A change takes effect at the next start.
    type: str
    choices:
      emulate: QEMU's own values.
      host: The values of the host.
      sysinfo: The values of O(sysinfo).
  sysinfo:
    description: >-
      Data about the machine that the guest can read, in SMBIOS tables (C(dmidecode)) and QEMU's firmware configuration.
      An empty text removes a value. A change takes effect at the next start.
    type: dict
    suboptions:
      bios:
        description: The SMBIOS table on the firmware.
        type: dict
        suboptions:
          vendor:
            description: The vendor of the firmware.
            type: str
          version:
            description: The version of the firmware.
            type: str
          date:
            description: The release date of the firmware, such as V(11/23/2026).
            type: str
          release:
            description: The release number of the firmware, such as V(4.2).
            type: str
      system:
        description: The SMBIOS table on the machine as a whole.
        type: dict
        suboptions:
          manufacturer:
            description: The manufacturer of the machine.
            type: str
          product:
            description: The product name of the machine.
            type: str
          version:
            description: The version of the machine.
            type: str
          serial:
            description: The serial number of the machine.
            type: str
          uuid:
            description: The UUID of the machine. It has to be O(uuid) if both are declared.
            type: str
          sku:
            description: The stock-keeping unit (SKU) of the machine.
            type: str
          family:
            description: The product family of the machine.
            type: str
      base_board:
        description: The SMBIOS table on the main board.
        type: dict
        suboptions:
          manufacturer:
            description: The manufacturer of the main board.
            type: str
          product:
            description: The product name of the main board.
            type: str
          version:
            description: The version of the main board.
            type: str
          serial:
            description: The serial number of the main board.
            type: str
          asset:
            description: The asset tag of the main board.
            type: str
          location:
            description: The location of the main board in the chassis.
            type: str
      chassis:
        description: The SMBIOS table on the chassis.
        type: dict
        suboptions:
          manufacturer:
            description: The manufacturer of the chassis.
            type: str
          version:
            description: The version of the chassis.
            type: str
          serial:
            description: The serial number of the chassis.
            type: str
          asset:
            description: The asset tag of the chassis.
            type: str
          sku:
            description: The stock-keeping unit (SKU) of the chassis.
            type: str
      oem_strings:
        description: >-
          The complete list of the OEM strings of SMBIOS, free texts for software in the guest. They are never shown,
          since they may be credentials; V((hidden\)) stands for the one at this position.
        type: list
        elements: str
      fwcfg:
        description: >-
          The complete list of the entries of QEMU's firmware configuration (fw_cfg), which the guest reads in
          F(/sys/firmware/qemu_fw_cfg). They do not need O(smbios).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the entry, such as V(opt/com.example/name).
            type: str
            required: true
          value:
            description: >-
              The content of the entry, instead of O(sysinfo.fwcfg[].file). It is never shown; V((hidden\)) stands for
              the one that is there.
            type: str
          file:
            description: The absolute path of a file on the host with the content of the entry.
            type: path
"""
