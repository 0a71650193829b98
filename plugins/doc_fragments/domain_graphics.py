# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Displays and graphics cards of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Displays and graphics cards of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  graphics:
    description:
      - >-
        The complete list of the displays that a viewer can connect to, identified by O(graphics[].type). A new domain
        has none unless this is declared.
      - >-
        The password and the options that belong to it change at once; every other change takes effect at the next
        start. VNC is encrypted with TLS where C(qemu.conf) of the host says so.
    type: list
    elements: dict
    suboptions:
      type:
        description: >-
          The protocol or kind of the display. V(vnc) and V(spice) are for viewers over a network, V(sdl) is a window on
          the host, V(dbus) is for programs on the host, V(egl-headless) only renders OpenGL beside another display. The
          QEMU of newer distributions has no SPICE.
        type: str
        choices: [vnc, spice, sdl, dbus, egl-headless]
        required: true
      listen:
        description: >-
          The IP address of the host on which the display accepts connections. The default for a new display is
          V(127.0.0.1); with V(0.0.0.0) every machine that reaches the host can connect.
        type: str
      listen_network:
        description: >-
          The name of a virtual network whose address the display accepts connections on, instead of
          O(graphics[].listen).
        type: str
      socket:
        description: >-
          The absolute path of a UNIX socket on which the display accepts connections, instead of O(graphics[].listen).
        type: path
      autoport:
        description: >-
          Whether libvirt chooses free ports at each start. The default for a new display without O(graphics[].port) is
          V(true).
        type: bool
      port:
        description: The number of the TCP port, such as V(5900).
        type: int
      tls_port:
        description: The number of the TCP port for connections with TLS, for SPICE.
        type: int
      websocket:
        description: The number of the TCP port for WebSocket connections, for VNC. With V(-1) libvirt chooses one.
        type: int
      keymap:
        description: The keyboard layout, such as V(de). Current viewers need none.
        type: str
      password:
        description:
          - The password that a viewer has to give. VNC takes eight characters at most. A change takes effect at once.
          - >-
            It is never shown by this collection; C(virsh dumpxml --security-info) on the host shows it. V((hidden\)) is
            not a password, but keeps the one that the display has, and is refused where it has none.
        type: str
      valid_to:
        description: >-
          The time in UTC at which the password expires, such as V(2027-01-31T12:00:00). A change takes effect at once.
        type: str
      connected:
        description: >-
          What happens to a connected viewer when the password changes. V(keep) leaves it connected, V(disconnect)
          closes the connection, V(fail) refuses the change. A change takes effect at once.
        type: str
        choices: [fail, disconnect, keep]
      share_policy:
        description: >-
          Whether a VNC viewer may disconnect the others. With V(allow-exclusive) it may ask for that, with
          V(force-shared) not, and V(ignore) lets every viewer in whatever it asks. QEMU's default is
          V(allow-exclusive).
        type: str
        choices: [allow-exclusive, force-shared, ignore]
      power_control:
        description: Whether a VNC viewer may shut down, restart and reset the guest. libvirt's default is V(false).
        type: bool
      default_mode:
        description: >-
          Whether SPICE channels that O(graphics[].channels) does not name are encrypted with TLS (V(secure)), are not
          (V(insecure)), or may be both (V(any), libvirt's default).
        type: str
        choices: [any, secure, insecure]
      channels:
        description: The complete list of the SPICE channels with a mode of their own.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the SPICE channel.
            type: str
            choices: [main, display, inputs, cursor, playback, record, smartcard, usbredir]
            required: true
          mode:
            description: >-
              Whether the channel is encrypted with TLS (V(secure)), is not (V(insecure)), or may be both (V(any)).
            type: str
            choices: [any, secure, insecure]
            required: true
      image_compression:
        description: The algorithm that SPICE compresses images with. V(off) does not compress them.
        type: str
        choices: [auto_glz, auto_lz, quic, glz, lz, "off"]
      jpeg_compression:
        description: Whether SPICE uses JPEG for images over slow connections. V(auto) decides by the speed.
        type: str
        choices: [auto, never, always]
      zlib_compression:
        description: Whether SPICE uses zlib for images over slow connections. V(auto) decides by the speed.
        type: str
        choices: [auto, never, always]
      playback_compression:
        description: Whether SPICE compresses sound. libvirt's default is V(true).
        type: bool
      streaming_mode:
        description: >-
          Which parts of the screen SPICE sends as a video stream. V(filter) takes what looks like a video, V(all)
          everything that changes often, V(off) nothing.
        type: str
        choices: [filter, all, "off"]
      clipboard:
        description: Whether the guest and a SPICE viewer share the clipboard. libvirt's default is V(true).
        type: bool
      mouse_mode:
        description: Whether the viewer (V(client)) or the guest (V(server)) draws the mouse pointer, for SPICE.
        type: str
        choices: [server, client]
      file_transfer:
        description: Whether a SPICE viewer can copy files into the guest. libvirt's default is V(true).
        type: bool
      gl:
        description: Whether the display renders with OpenGL on the host.
        type: bool
      rendernode:
        description: The absolute path of the host's GPU for OpenGL, such as V(/dev/dri/renderD128).
        type: path
  videos:
    description:
      - >-
        The complete list of the graphics cards. Each is identified by O(videos[].alias), else by O(videos[].model). A
        change takes effect at the next start.
      - A new domain with O(graphics) has one of the model V(virtio) unless this is declared.
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          The model of the card that the guest sees. V(none) means no card at all, not even the one that libvirt adds to
          a domain with a display.
        type: str
        choices: [virtio, vga, qxl, bochs, cirrus, vmvga, ramfb, none]
        required: true
      primary:
        description: Whether this is the card that the guest boots with. libvirt takes the first one by default.
        type: bool
      heads:
        description: The number of screens of the card.
        type: int
      vram:
        description: >-
          The size of the card's video memory in KiB, for models that have some of their own, such as V(vga) and V(qxl).
        type: int
      ram:
        description: The size in KiB of the memory that a V(qxl) card keeps commands and surfaces in.
        type: int
      vgamem:
        description: The size in KiB of the framebuffer of a V(qxl) card in VGA mode.
        type: int
      vram64:
        description: The size in KiB of further video memory of a V(qxl) card, at 64-bit addresses.
        type: int
      acceleration:
        description: The drawing that the host does for the guest.
        type: dict
        suboptions:
          accel2d:
            description: Whether 2D drawing is accelerated.
            type: bool
          accel3d:
            description: Whether 3D drawing (OpenGL) is accelerated by the host's GPU, for V(virtio).
            type: bool
          rendernode:
            description: >-
              The absolute path of the host's GPU, such as V(/dev/dri/renderD128), for O(videos[].driver=vhostuser).
            type: path
      resolution:
        description: The resolution of the screen at the start.
        type: dict
        suboptions:
          x:
            description: The width of the screen in pixels.
            type: int
          y:
            description: The height of the screen in pixels.
            type: int
      driver:
        description: >-
          The program that emulates the card, QEMU itself or a vhost-user process of its own. libvirt's default is
          V(qemu).
        type: str
        choices: [qemu, vhostuser]
      vgaconf:
        description: >-
          How the legacy VGA registers are available, for libvirt's bhyve driver only. V(io), its default, has the I/O
          ports, V(on) the memory region as well, V(off) neither.
        type: str
        choices: [io, "on", "off"]
"""
        + shared_options.virtio("videos[].", 6)
        + shared_options.alias(6)
    )
