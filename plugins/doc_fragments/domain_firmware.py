# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """A domain's board: machine type, firmware, and what it boots from."""

    DOCUMENTATION = r"""
options:
  arch:
    description: >-
      The guest's architecture, such as V(x86_64) or V(aarch64). The host's for a new domain where nothing is said.
    type: str
  machine:
    description:
      - The machine type, such as V(q35), V(pc) or V(virt).
      - >-
        libvirt turns an alias into the version that is current when the domain is defined, such as V(pc-q35-7.2). This
        is no difference, and the domain keeps that version.
      - For a new domain V(q35) on x86_64, V(virt) on aarch64 and riscv64, where nothing is said.
    type: str
  firmware:
    description:
      - What the guest boots with. V(bios) for a new x86 domain where nothing is said.
      - With V(efi), libvirt chooses an image among those that the host has installed (Debian's package C(ovmf)).
    type: str
    choices: [bios, efi]
  firmware_features:
    description:
      - What the UEFI image that libvirt chooses has to have. With O(firmware=efi) only.
      - >-
        When it changes, libvirt chooses another image at the next start. The guest's own UEFI variables stay, which are
        a copy of the old image's; they are made anew when the domain is, or with C(virsh start --reset-nvram).
    type: dict
    suboptions:
      secure_boot:
        description: Whether it can do Secure Boot. Needs O(machine=q35) on x86_64.
        type: bool
      enrolled_keys:
        description: >-
          Whether the vendors' keys are in its variables, so that Secure Boot is in force from the first start on. Needs
          O(firmware_features.secure_boot).
        type: bool
  loader:
    description: >-
      A firmware image of your own choice, instead of libvirt's. Seldom needed; O(firmware=efi) is easier. Takes effect
      at the next start.
    type: dict
    suboptions:
      path:
        description: The image on the host, an absolute path. With O(firmware=efi) it is a V(pflash).
        type: path
      type:
        description: Whether it is a flash memory, as UEFI wants it, or a ROM.
        type: str
        choices: [pflash, rom]
      readonly:
        description: Whether the guest may not write to it.
        type: bool
      secure:
        description: Whether it has Secure Boot. Needs O(features.smm) on x86_64.
        type: bool
      stateless:
        description: Whether there are no variables, so that the guest cannot change how it boots. Since libvirt 8.6.
        type: bool
      format:
        description: The format of the image. More than V(raw) needs libvirt 9.2.
        type: str
        choices: [qcow2, raw]
  nvram:
    description: The guest's own UEFI variables. Takes effect at the next start.
    type: dict
    suboptions:
      path:
        description: The file on the host that they are in. libvirt finds a place where nothing is said.
        type: path
      template:
        description: The file that they are copied from when there are none yet. The image's where nothing is said.
        type: path
      format:
        description: The format of the file. More than V(raw) needs libvirt 9.2.
        type: str
        choices: [qcow2, raw]
  boot:
    description:
      - The kinds of devices to boot from, in that order; complete. libvirt's default is V(hd).
      - >-
        libvirt does not accept it together with O(disks[].boot_order) or O(interfaces[].boot_order). To change over to
        those, give an empty list here.
    type: list
    elements: str
    choices: [hd, cdrom, network, fd]
  bootmenu:
    description: A menu of the firmware to choose from what to boot. Takes effect at the next start.
    type: dict
    suboptions:
      enable:
        description: Whether there is one.
        type: bool
      timeout:
        description: Milliseconds that it waits, up to 65535.
        type: int
  bios:
    description: SeaBIOS's own settings. Take effect at the next start.
    type: dict
    suboptions:
      use_serial:
        description: Whether its messages go to the first serial port.
        type: bool
      reboot_timeout:
        description: Milliseconds until it tries again when nothing boots, up to 65535; V(-1) is never.
        type: int
  kernel:
    description: A kernel on the host that is booted at the next start, without a boot loader. An empty text is none.
    type: str
  initrd:
    description: The initial RAM disk to O(kernel). An empty text is none.
    type: str
  cmdline:
    description: The arguments of O(kernel). An empty text is none.
    type: str
  dtb:
    description: The device tree to O(kernel). An empty text is none.
    type: str
  acpi_table:
    description: A file on the host with a SLIC table for ACPI. An empty text is none. For the next start.
    type: str
"""
