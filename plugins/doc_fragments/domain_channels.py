# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serial ports, consoles and channels of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Serial ports, consoles and channels of a domain."""

    DOCUMENTATION = r"""
options:
  serials:
    description:
      - The serial ports; complete. Changes take effect at the next start.
      - A new domain has one of type V(pty), which C(virsh console) opens, where nothing is said.
      - >-
        Each is identified by O(serials[].alias), else O(serials[].port), else O(serials[].path), else
        O(serials[].type), of which it has at least one.
    type: list
    elements: dict
    suboptions:
      type:
        description: Where it leads to on the host. V(pty) for a new one where nothing is said.
        type: str
        choices:
          pty: A pseudo terminal.
          file: The file O(serials[].path), which is emptied at each start.
          "null": Nowhere.
      port:
        description: Its number, from 0.
        type: int
      target_type:
        description: >-
          What the guest sees, such as V(isa-serial), V(pci-serial) or V(usb-serial). The machine's usual one where
          nothing is said.
        type: str
      path:
        description: The file or socket on the host, an absolute path.
        type: path
      log:
        description: A file on the host, an absolute path, that everything the guest writes is copied to.
        type: path
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  consoles:
    description:
      - The consoles beside those that libvirt shows for serial ports; complete. Changes take effect at the next start.
      - >-
        Each is identified by O(consoles[].alias), else O(consoles[].port), else O(consoles[].path), else
        O(consoles[].type), of which it has at least one.
    type: list
    elements: dict
    suboptions:
      type:
        description: Where it leads to on the host. V(pty) for a new one where nothing is said.
        type: str
        choices:
          pty: A pseudo terminal.
          file: The file O(consoles[].path), which is emptied at each start.
          "null": Nowhere.
      port:
        description: Its number, from 0.
        type: int
      target_type:
        description: What the guest sees. V(virtio) for a new one where nothing is said, which Linux calls C(hvc0).
        type: str
      path:
        description: The file or socket on the host, an absolute path.
        type: path
      log:
        description: A file on the host, an absolute path, that everything the guest writes is copied to.
        type: path
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  agent:
    description:
      - >-
        Whether there is a channel for the QEMU guest agent, which O(wait) and libvirt ask about the guest's inside. The
        guest needs the package C(qemu-guest-agent) for it.
      - V(true) for a new domain where nothing is said. A change takes effect at the next start.
    type: bool
"""
