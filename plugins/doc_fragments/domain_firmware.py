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
  boot:
    description:
      - The kinds of devices to boot from, in that order; complete. libvirt's default is V(hd).
      - >-
        libvirt does not accept it together with O(disks[].boot_order) or O(interfaces[].boot_order). To change over to
        those, give an empty list here.
    type: list
    elements: str
    choices: [hd, cdrom, network, fd]
"""
