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
      type:
        description:
          - >-
            The kind of device or file on the host that is the other end, by libvirt's name for it. When it changes,
            settings of the former type are removed.
          - >-
            V(pty) is a pseudo terminal, V(dev) a device, V(null) discards everything, V(unix), V(tcp) and V(udp) are
            sockets, V(stdio) is QEMU's own standard input and output, V(spicevmc) and V(spiceport) go to a SPICE
            viewer, and V(qemu-vdagent) shares the clipboard with VNC.
        type: str
        choices: [pty, file, "null", unix, tcp, udp, dev, pipe, stdio, spicevmc, spiceport, qemu-vdagent]
      path:
        description: The absolute path of the file, device or UNIX socket on the host.
        type: path
      append:
        description: >-
          Whether output is appended to a file. Otherwise the file is emptied at each start, which is libvirt's default.
        type: bool
      mode:
        description: Whether QEMU listens on the socket or port (V(bind)) or connects to it (V(connect)).
        type: str
        choices: [connect, bind]
      host:
        description: The host name or IP address to connect to or listen on, for V(tcp) and V(udp).
        type: str
      service:
        description: The number of the port, for V(tcp) and V(udp).
        type: str
      channel:
        description: The name of the SPICE port, for V(spiceport), such as V(org.qemu.console.serial.0).
        type: str
"""
        + shared_options.seclabels(6, "the file or socket")
        + r"""
      tls:
        description: >-
          Whether a V(tcp) connection is encrypted with TLS, with the certificates that C(qemu.conf) of the host names.
          The default is the setting there.
        type: bool
      reconnect:
        description: >-
          The seconds after which QEMU connects again when the other end has closed the connection. By default it does
          not.
        type: int
      protocol:
        description: The protocol on a V(tcp) connection. libvirt's default is V(raw).
        type: str
        choices: [raw, telnet, telnets, tls]
      log:
        description: The absolute path of a file on the host to which a copy of the guest's output is written.
        type: path
      log_append:
        description: >-
          Whether the copy is appended to O(serials[].log). Otherwise the file is emptied at each start, which is
          libvirt's default.
        type: bool
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
      alias:
        description: A name for the device, which begins with C(ua-) and identifies it to this module and to libvirt.
        type: str
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
      type:
        description:
          - >-
            The kind of device or file on the host that is the other end, by libvirt's name for it. When it changes,
            settings of the former type are removed.
          - >-
            V(pty) is a pseudo terminal, V(dev) a device, V(null) discards everything, V(unix), V(tcp) and V(udp) are
            sockets, V(stdio) is QEMU's own standard input and output, V(spicevmc) and V(spiceport) go to a SPICE
            viewer, and V(qemu-vdagent) shares the clipboard with VNC.
        type: str
        choices: [pty, file, "null", unix, tcp, udp, dev, pipe, stdio, spicevmc, spiceport, qemu-vdagent]
      path:
        description: The absolute path of the file, device or UNIX socket on the host.
        type: path
      append:
        description: >-
          Whether output is appended to a file. Otherwise the file is emptied at each start, which is libvirt's default.
        type: bool
      mode:
        description: Whether QEMU listens on the socket or port (V(bind)) or connects to it (V(connect)).
        type: str
        choices: [connect, bind]
      host:
        description: The host name or IP address to connect to or listen on, for V(tcp) and V(udp).
        type: str
      service:
        description: The number of the port, for V(tcp) and V(udp).
        type: str
      channel:
        description: The name of the SPICE port, for V(spiceport), such as V(org.qemu.console.serial.0).
        type: str
"""
        + shared_options.seclabels(6, "the file or socket")
        + r"""
      tls:
        description: >-
          Whether a V(tcp) connection is encrypted with TLS, with the certificates that C(qemu.conf) of the host names.
          The default is the setting there.
        type: bool
      reconnect:
        description: >-
          The seconds after which QEMU connects again when the other end has closed the connection. By default it does
          not.
        type: int
      protocol:
        description: The protocol on a V(tcp) connection. libvirt's default is V(raw).
        type: str
        choices: [raw, telnet, telnets, tls]
      log:
        description: The absolute path of a file on the host to which a copy of the guest's output is written.
        type: path
      log_append:
        description: >-
          Whether the copy is appended to O(channels[].log). Otherwise the file is emptied at each start, which is
          libvirt's default.
        type: bool
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
      alias:
        description: A name for the device, which begins with C(ua-) and identifies it to this module and to libvirt.
        type: str
  agent:
    description:
      - >-
        Whether there is a channel for the QEMU guest agent, through which O(wait) and libvirt query and control the
        guest's system. It needs the package C(qemu-guest-agent) in the guest.
      - The default for a new domain is V(true). A change takes effect at the next start.
    type: bool
"""
    )
