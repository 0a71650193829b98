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
      The CPU architecture of the guest, such as V(x86_64) or V(aarch64). The default for a new domain is that of the
      host. A change takes effect at the next start.
    type: str
  machine:
    description:
      - >-
        The machine type, QEMU's model of the board, such as V(q35), V(pc) or V(virt). A change takes effect at the next
        start.
      - >-
        When the domain is defined, libvirt replaces such an alias by the current version of the machine type, such as
        V(pc-q35-7.2). The domain keeps that version, and it does not count as a difference.
      - The default for a new domain is V(q35) on x86_64, and V(virt) on aarch64 and riscv64.
    type: str
  firmware:
    description:
      - >-
        The firmware that the guest boots with. The default for a new x86 domain is V(bios). A change takes effect at
        the next start.
      - For V(efi), libvirt chooses one of the UEFI images that the host has installed (Debian's package C(ovmf)).
    type: str
    choices: [bios, efi]
  firmware_features:
    description:
      - The features that the UEFI image which libvirt chooses has to have, for O(firmware=efi).
      - >-
        After a change libvirt chooses another image at the next start. The guest's UEFI variables stay, although they
        were made from the old image's template; C(virsh start --reset-nvram) makes them anew.
    type: dict
    suboptions:
      secure_boot:
        description: Whether the image supports Secure Boot. It needs O(machine=q35) on x86_64.
        type: bool
      enrolled_keys:
        description: >-
          Whether the variables contain the vendors' keys, so that Secure Boot is in force from the first start on.
          Needs O(firmware_features.secure_boot).
        type: bool
  loader:
    description: >-
      A firmware image of your own choice. It is seldom needed, since libvirt chooses one for O(firmware=efi). A change
      takes effect at the next start.
    type: dict
    suboptions:
      path:
        description: The absolute path of the image on the host. With O(firmware=efi) the image is a V(pflash).
        type: path
      type:
        description: Whether the image is flash memory (V(pflash)), as UEFI needs it, or a V(rom).
        type: str
        choices: [pflash, rom]
      readonly:
        description: Whether the guest can only read the image.
        type: bool
      secure:
        description: Whether the image supports Secure Boot. On x86_64 that needs O(features.smm).
        type: bool
      stateless:
        description: Whether the guest has no UEFI variables, so that it cannot change how it boots. Since libvirt 8.6.
        type: bool
      format:
        description: The format of the image. V(qcow2) needs libvirt 9.2.
        type: str
        choices: [qcow2, raw]
  nvram:
    description: The file with the guest's UEFI variables. A change takes effect at the next start.
    type: dict
    suboptions:
      path:
        description: The absolute path of the file on the host. By default libvirt chooses one in its own directory.
        type: path
      template:
        description: >-
          The absolute path of the file that the variables are copied from when there are none yet. The default is the
          template of the firmware image.
        type: path
      format:
        description: The format of the file. V(qcow2) needs libvirt 9.2.
        type: str
        choices: [qcow2, raw]
  boot:
    description:
      - >-
        The complete list of the kinds of devices that the guest boots from, in their order. libvirt's default is V(hd).
        A change takes effect at the next start.
      - >-
        It cannot be combined with O(disks[].boot_order) or O(interfaces[].boot_order). To use those instead, declare an
        empty list here.
    type: list
    elements: str
    choices: [hd, cdrom, network, fd]
  bootmenu:
    description: The firmware's menu for choosing a device to boot from. A change takes effect at the next start.
    type: dict
    suboptions:
      enable:
        description: Whether the menu is shown. The default is the firmware's.
        type: bool
      timeout:
        description: The time in milliseconds for which the menu waits, up to 65535.
        type: int
  bios:
    description: Settings of SeaBIOS, the firmware of O(firmware=bios). A change takes effect at the next start.
    type: dict
    suboptions:
      use_serial:
        description: Whether the firmware's messages are also written to the first serial port.
        type: bool
      reboot_timeout:
        description: >-
          The time in milliseconds after which the firmware tries again when it found nothing to boot, up to 65535.
          V(-1), QEMU's default, is never.
        type: int
  kernel:
    description: >-
      The path of a kernel on the host that is booted directly, without a boot loader. An empty text removes it. A
      change takes effect at the next start.
    type: str
  initrd:
    description: >-
      The path on the host of the initial RAM disk for O(kernel). An empty text removes it. A change takes effect at the
      next start.
    type: str
  cmdline:
    description: >-
      The command line of O(kernel), such as V(console=ttyS0). An empty text removes it. A change takes effect at the
      next start.
    type: str
  dtb:
    description: >-
      The path on the host of the device tree for O(kernel). An empty text removes it. A change takes effect at the next
      start.
    type: str
  acpi_table:
    description: >-
      The path on the host of a file with an ACPI SLIC table, which some licences of Windows are bound to. An empty text
      removes it. A change takes effect at the next start.
    type: str
"""
