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
    description: >-
      The displays that can be looked at from elsewhere; complete, identified by O(graphics[].type). The password
      and what belongs to it change at once, all else takes effect at the next start. VNC speaks TLS where the
      host is configured so. A new domain where nothing is said has none.
    type: list
    elements: dict
    suboptions:
      type:
        description: The protocol. SPICE is no part of newer distributions' QEMU.
        type: str
        choices: [vnc, spice, sdl, dbus, egl-headless]
        required: true
      listen:
        description: >-
          The address to listen on. V(127.0.0.1) for a new display where nothing is said; with V(0.0.0.0) it
          can be reached from everywhere.
        type: str
      listen_network:
        description: Or the virtual network whose address to listen on.
        type: str
      socket:
        description: Or the UNIX socket to listen on.
        type: path
      autoport:
        description: >-
          Whether libvirt chooses the port at each start. V(true) for a new display without
          O(graphics[].port).
        type: bool
      port:
        description: The TCP port.
        type: int
      tls_port:
        description: The TCP port for TLS, with SPICE.
        type: int
      websocket:
        description: The TCP port for WebSockets, with VNC. V(-1) is one that libvirt chooses.
        type: int
      keymap:
        description: The layout of the keyboard, such as V(de). Seldom needed.
        type: str
      password:
        description: >-
          The password that a viewer has to give. VNC takes eight characters. It is never shown; C(virsh
          dumpxml --security-info) does on the host. V((hidden\)) is no password, but stands for the one that the
          display has, and is refused where it has none. Changed at once.
        type: str
      valid_to:
        description: Until when the password is valid, such as V(2027-01-31T12:00:00), in UTC. Changed at once.
        type: str
      connected:
        description: What happens to a viewer that is there when the password changes.
        type: str
        choices: [fail, disconnect, keep]
      share_policy:
        description: Whether a viewer may have the VNC display alone.
        type: str
        choices: [allow-exclusive, force-shared, ignore]
      power_control:
        description: Whether a VNC viewer may shut down and reset the guest.
        type: bool
      default_mode:
        description: Whether channels of SPICE go through TLS, where O(graphics[].channels) does not say.
        type: str
        choices: [any, secure, insecure]
      channels:
        description: How single channels of SPICE go; complete.
        type: list
        elements: dict
        suboptions:
          name:
            description: The channel.
            type: str
            choices: [main, display, inputs, cursor, playback, record, smartcard, usbredir]
            required: true
          mode:
            description: Whether it goes through TLS.
            type: str
            choices: [any, secure, insecure]
            required: true
      image_compression:
        description: How SPICE compresses images.
        type: str
        choices: [auto_glz, auto_lz, quic, glz, lz, "off"]
      jpeg_compression:
        description: Whether SPICE uses JPEG over slow lines.
        type: str
        choices: [auto, never, always]
      zlib_compression:
        description: Whether SPICE uses zlib over slow lines.
        type: str
        choices: [auto, never, always]
      playback_compression:
        description: Whether SPICE compresses sound.
        type: bool
      streaming_mode:
        description: What SPICE takes for a video.
        type: str
        choices: [filter, all, "off"]
      clipboard:
        description: Whether SPICE shares the clipboard.
        type: bool
      mouse_mode:
        description: Whether the viewer (V(client)) or the guest (V(server)) draws the mouse pointer, with SPICE.
        type: str
        choices: [server, client]
      file_transfer:
        description: Whether files can be dropped into the guest, with SPICE.
        type: bool
      gl:
        description: Whether OpenGL is used on the host.
        type: bool
      rendernode:
        description: The GPU of the host for it, such as V(/dev/dri/renderD128).
        type: path
  videos:
    description: >-
      The graphics cards; complete, identified by O(videos[].alias), else O(videos[].model). Changes take effect
      at the next start. A new domain with O(graphics) has a V(virtio) one where nothing is said.
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          What the guest sees. V(none) is to have no card at all, which libvirt would else add to a display.
        type: str
        choices: [virtio, vga, qxl, bochs, cirrus, vmvga, ramfb, none]
        required: true
      primary:
        description: Whether the guest boots with it. The first one does.
        type: bool
      heads:
        description: How many screens it has.
        type: int
      vram:
        description: Its memory in KiB, for models that have some of their own.
        type: int
      ram:
        description: The memory of V(qxl) that is shared, in KiB.
        type: int
      vgamem:
        description: The memory of V(qxl) that is VGA's, in KiB.
        type: int
      vram64:
        description: The memory of V(qxl) above 4 GiB, in KiB.
        type: int
      acceleration:
        description: What the host's GPU does.
        type: dict
        suboptions:
          accel2d:
            description: Drawing in two dimensions.
            type: bool
          accel3d:
            description: Drawing in three dimensions.
            type: bool
          rendernode:
            description: The GPU of the host, with V(vhostuser).
            type: path
      resolution:
        description: The screen at the start.
        type: dict
        suboptions:
          x:
            description: Its width in pixels.
            type: int
          y:
            description: Its height in pixels.
            type: int
      driver:
        description: >-
          Who draws: QEMU, or a program of its own.
        type: str
        choices: [qemu, vhostuser]
      vgaconf:
        description: How VGA's ports are there.
        type: str
        choices: [io, "on", "off"]
      iommu:
        description: Whether the device's memory accesses go through the guest's virtual IOMMU.
        type: bool
      ats:
        description: Whether a virtio device on PCI Express answers address translation requests.
        type: bool
      packed:
        description: Whether a virtio device uses packed rings.
        type: bool
      page_per_vq:
        description: Whether each queue of a virtio device has a page of its own to be notified at.
        type: bool
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
