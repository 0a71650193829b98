# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Displays and graphics cards of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Displays and graphics cards of a domain."""

    DOCUMENTATION = r"""
options:
  graphics:
    description:
      - >-
        The displays that can be looked at from elsewhere; complete, identified by O(graphics[].type). Changes take
        effect at the next start.
      - A new domain where nothing is said has none.
    type: list
    elements: dict
    suboptions:
      type:
        description: The protocol. SPICE is no part of newer distributions' QEMU.
        type: str
        required: true
        choices: [vnc, spice]
      listen:
        description: >-
          The address to listen on. V(127.0.0.1) for a new display where nothing is said; with V(0.0.0.0) it can be
          reached from everywhere.
        type: str
      autoport:
        description: >-
          Whether libvirt chooses the port at each start. V(true) for a new display without O(graphics[].port).
        type: bool
      port:
        description: The TCP port.
        type: int
      keymap:
        description: The layout of the keyboard, such as V(de). Seldom needed.
        type: str
      password:
        description: >-
          The password that a viewer has to give. VNC takes eight characters. It is never shown; C(virsh dumpxml
          --security-info) does on the host.
        type: str
  videos:
    description:
      - The graphics cards; complete, identified by O(videos[].model). Changes take effect at the next start.
      - A new domain with O(graphics) has a V(virtio) one where nothing is said.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees. V(none) is to have no card at all, which libvirt would else add to a display.
        type: str
        required: true
        choices: [virtio, vga, qxl, bochs, cirrus, ramfb, none]
      heads:
        description: How many screens it has.
        type: int
      vram:
        description: Its memory in KiB, for models that have some of their own.
        type: int
"""
