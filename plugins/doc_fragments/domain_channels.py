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
    description: >-
      The serial ports; complete. Each is identified by its alias, else its port, else its path. Changes take
      effect at the next start. A new domain has one of type V(pty), which C(virsh console) opens, where nothing
      is said.
    type: list
    elements: dict
    suboptions: &character_device
      type:
        description: Where it leads to on the host, in libvirt's words. Another type leaves nothing of the old one.
        type: str
        choices: [pty, file, "null", unix, tcp, udp, dev, pipe, stdio, spicevmc, spiceport, qemu-vdagent]
      path:
        description: The file, device or UNIX socket on the host, an absolute path.
        type: path
      append:
        description: Whether a file is written on in place of being emptied at each start.
        type: bool
      mode:
        description: Whether QEMU calls at the socket or port, or listens at it.
        type: str
        choices: [connect, bind]
      host:
        description: The name or address, with V(tcp) and V(udp).
        type: str
      service:
        description: The port, with V(tcp) and V(udp).
        type: str
      channel:
        description: The channel's name, with V(spiceport).
        type: str
"""
        + shared_options.seclabels(6, "its end on the host")
        + r"""
      tls:
        description: Whether V(tcp) speaks TLS, with the certificates that the host has for it.
        type: bool
      reconnect:
        description: Seconds after which QEMU calls again at the other end that went away.
        type: int
      protocol:
        description: What is spoken over V(tcp).
        type: str
        choices: [raw, telnet, telnets, tls]
      log:
        description: A file on the host, an absolute path, that everything the guest writes is copied to.
        type: path
      log_append:
        description: Whether that file is written on in place of being emptied at each start.
        type: bool
      port:
        description: Its number, from 0.
        type: int
      target_type:
        description: >-
          What the guest sees it at, such as V(isa-serial), V(pci-serial) or V(usb-serial); V(virtio) for a
          new console. The machine's usual one where nothing is said.
        type: str
      target_model:
        description: What the guest sees, such as V(16550a). The usual one where nothing is said.
        type: str
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  parallels:
    description: The parallel ports; complete, identified as O(serials) are. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions: *character_device
  consoles:
    description: >-
      The consoles beside those that libvirt shows for serial ports; complete, identified as O(serials) are.
      Changes take effect at the next start.
    type: list
    elements: dict
    suboptions: *character_device
  channels:
    description: >-
      Channels between host and guest, beside that of O(agent); complete. Each is identified by its alias, else
      its name. Plugged in and out while the domain runs.
    type: list
    elements: dict
    suboptions:
      type:
        description: Where it leads to on the host, in libvirt's words. Another type leaves nothing of the old one.
        type: str
        choices: [pty, file, "null", unix, tcp, udp, dev, pipe, stdio, spicevmc, spiceport, qemu-vdagent]
      path:
        description: The file, device or UNIX socket on the host, an absolute path.
        type: path
      append:
        description: Whether a file is written on in place of being emptied at each start.
        type: bool
      mode:
        description: Whether QEMU calls at the socket or port, or listens at it.
        type: str
        choices: [connect, bind]
      host:
        description: The name or address, with V(tcp) and V(udp).
        type: str
      service:
        description: The port, with V(tcp) and V(udp).
        type: str
      channel:
        description: The channel's name, with V(spiceport).
        type: str
"""
        + shared_options.seclabels(6, "its end on the host")
        + r"""
      tls:
        description: Whether V(tcp) speaks TLS, with the certificates that the host has for it.
        type: bool
      reconnect:
        description: Seconds after which QEMU calls again at the other end that went away.
        type: int
      protocol:
        description: What is spoken over V(tcp).
        type: str
        choices: [raw, telnet, telnets, tls]
      log:
        description: A file on the host, an absolute path, that everything the guest writes is copied to.
        type: path
      log_append:
        description: Whether that file is written on in place of being emptied at each start.
        type: bool
      name:
        description: >-
          What the guest calls it. C(com.redhat.spice.0) for V(spicevmc) and V(qemu-vdagent) where nothing is
          said.
        type: str
      target_type:
        description: How it reaches the guest. V(virtio) for a new one where nothing is said.
        type: str
        choices: [virtio, xen]
      clipboard:
        description: Whether V(qemu-vdagent) shares the clipboard with VNC.
        type: bool
      mouse_mode:
        description: >-
          Whether the viewer (V(client)) or the guest (V(server)) draws the mouse pointer, with V(qemu-vdagent).
        type: str
        choices: [server, client]
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
    )
