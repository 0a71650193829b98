# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a domain's firmware tells the guest of the machine."""

    DOCUMENTATION = r"""
options:
  smbios:
    description: >-
      Where the firmware's tables of the machine come from. O(sysinfo.bios) and those beside it need V(sysinfo). Takes
      effect at the next start.
    type: str
    choices:
      emulate: QEMU.
      host: The host.
      sysinfo: O(sysinfo).
  sysinfo:
    description: >-
      What the firmware tells the guest of the machine. An empty text removes what is there. Takes effect at the next
      start.
    type: dict
    suboptions:
      bios:
        description: The BIOS.
        type: dict
        suboptions:
          vendor:
            description: Who made it.
            type: str
          version:
            description: Its version.
            type: str
          date:
            description: Its date, such as V(11/23/2026).
            type: str
          release:
            description: Its release, such as V(4.2).
            type: str
      system:
        description: The machine.
        type: dict
        suboptions:
          manufacturer:
            description: Who made it.
            type: str
          product:
            description: What it is called.
            type: str
          version:
            description: Its version.
            type: str
          serial:
            description: Its serial number.
            type: str
          uuid:
            description: Its UUID. The same as O(uuid) where both are declared.
            type: str
          sku:
            description: Its stock-keeping unit.
            type: str
          family:
            description: Its family.
            type: str
      base_board:
        description: The main board.
        type: dict
        suboptions:
          manufacturer:
            description: Who made it.
            type: str
          product:
            description: What it is called.
            type: str
          version:
            description: Its version.
            type: str
          serial:
            description: Its serial number.
            type: str
          asset:
            description: Its asset tag.
            type: str
          location:
            description: Where it is in the case.
            type: str
      chassis:
        description: The case.
        type: dict
        suboptions:
          manufacturer:
            description: Who made it.
            type: str
          version:
            description: Its version.
            type: str
          serial:
            description: Its serial number.
            type: str
          asset:
            description: Its asset tag.
            type: str
          sku:
            description: Its stock-keeping unit.
            type: str
      oem_strings:
        description: >-
          Texts for whoever looks for them in the guest; complete. They are never shown, since they may be credentials;
          V((hidden\)) stands for the one at this place.
        type: list
        elements: str
      fwcfg:
        description: Entries of QEMU's firmware configuration; complete. They need no O(smbios).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name, such as V(opt/com.example/name).
            type: str
            required: true
          value:
            description: >-
              The text. This or O(sysinfo.fwcfg[].file). It is never shown; V((hidden\)) stands for the one that is
              there.
            type: str
          file:
            description: The file on the host that has it.
            type: path
"""
