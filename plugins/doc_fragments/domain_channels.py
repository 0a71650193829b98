# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serial ports, consoles and channels of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Serial ports, consoles and channels of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  serials:
    description:
      - >-
        The complete list of the serial ports. Each is identified by its alias, else by its port, else by its path. A
        change takes effect at the next start.
      - A new domain has one of the type V(pty), which C(virsh console) opens, unless this is declared.
    type: list
    elements: dict
    suboptions: &character_device
"""
        + shared_options.character_device("serials[].", 6)
        + r"""
      port:
        description: The number of the port in the guest, from 0. V(0) is C(ttyS0) in a Linux guest.
        type: int
      target_type:
        description: >-
          The kind of port that the guest sees, such as V(isa-serial), V(pci-serial) or V(usb-serial), for a console
          V(virtio) or V(serial). The default for a new console is V(virtio), for a new serial port what is usual for
          the machine type.
        type: str
      target_model:
        description: >-
          The model of the port that the guest sees, such as V(16550a). The default follows from
          O(serials[].target_type).
        type: str
"""
        + shared_options.alias(6)
        + r"""
  parallels:
    description: >-
      The complete list of the parallel ports, identified as O(serials) are. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions: *character_device
  consoles:
    description: >-
      The complete list of the consoles, except for those that libvirt itself adds for serial ports. They are identified
      as O(serials) are. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions: *character_device
  channels:
    description: >-
      The complete list of the channels between host and guest, except for that of O(agent). Each is identified by its
      alias, else by its name. They are plugged in and out while the domain runs. A change of one takes effect at the
      next start.
    type: list
    elements: dict
    suboptions:
"""
        + shared_options.character_device("channels[].", 6)
        + r"""
      name:
        description: >-
          The name of the channel, by which software in the guest finds it. The default for V(spicevmc) and
          V(qemu-vdagent) is V(com.redhat.spice.0).
        type: str
      target_type:
        description: >-
          The kind of channel. The default for a new one is V(virtio), which KVM guests use; V(xen) is for Xen.
        type: str
        choices: [virtio, xen]
      clipboard:
        description: Whether the clipboard is shared between the guest and a VNC viewer, for V(qemu-vdagent).
        type: bool
      mouse_mode:
        description: >-
          Whether the viewer (V(client)) or the guest (V(server)) draws the mouse pointer, for V(qemu-vdagent).
        type: str
        choices: [server, client]
"""
        + shared_options.alias(6)
        + r"""
  agent:
    description:
      - >-
        Whether there is a channel for the QEMU guest agent, through which O(wait) and libvirt query and control the
        guest's system. It needs the package C(qemu-guest-agent) in the guest.
      - The default for a new domain is V(true). A change takes effect at the next start.
    type: bool
"""
    )
