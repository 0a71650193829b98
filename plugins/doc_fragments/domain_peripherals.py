# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sound, input, redirected devices and smartcards of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Sound, input, redirected devices and smartcards of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  sounds:
    description: >-
      The sound cards; complete. Each is identified by its alias, else its model. None for a new domain where
      nothing is said. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees.
        type: str
        choices: [ich9, ich7, ich6, ac97, es1370, sb16, pcspk, usb]
        required: true
      codecs:
        description: The codecs of an V(ich6) or V(ich9) card, in that order; complete.
        type: list
        elements: str
        choices: [duplex, micro, output]
      audio:
        description: The O(audios[].id) of what it is heard through.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  audios:
    description: >-
      Where the sound of O(sounds) goes on the host; complete. Each is identified by its id. libvirt makes one to fit
      the guest's display where nothing is said. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      id:
        description: A number of your own, from 1.
        type: int
        required: true
      type:
        description: >-
          The host's sound system. V(none) plays nothing, V(spice) and V(dbus) send it to whoever looks at the guest.
        type: str
        choices: [none, alsa, dbus, file, jack, oss, pipewire, pulseaudio, sdl, spice]
        required: true
      timer_period:
        description: The time between two updates, in microseconds.
        type: int
      path:
        description: The file that V(file) writes to.
        type: path
      server_name:
        description: The server of V(pulseaudio).
        type: str
  cryptos:
    description: >-
      Devices that encrypt for the guest; complete. Each is identified by its alias, else its backend. Since libvirt
      9.1; changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: What the guest sees.
        type: str
        choices: [virtio]
      type:
        description: What emulates the device.
        type: str
        choices: [qemu]
      backend:
        description: What does the encryption, QEMU itself (V(builtin)) or the host's kernel (V(lkcf)).
        type: str
        choices: [builtin, lkcf]
        required: true
      queues:
        description: The number of its queues.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  inputs:
    description: >-
      Tablets, mice and keyboards; complete but for those at PS/2, which libvirt adds by itself and keeps. Each is
      identified by its alias, else its device on the host, else type and bus. Plugged in and out while the domain
      runs.
    type: list
    elements: dict
    suboptions:
      type:
        description: >-
          What it is. V(passthrough) gives a device of the host to the guest, V(evdev) shares it with the
          host.
        type: str
        choices: [tablet, mouse, keyboard, passthrough, evdev]
        required: true
      bus:
        description: >-
          What it is plugged into. V(usb) for a new one where nothing is said, V(virtio) for V(passthrough).
        type: str
        choices: [usb, virtio]
      model:
        description: Which kind of virtio it is.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      evdev:
        description: The device of the host, such as V(/dev/input/event7), with V(passthrough).
        type: path
      dev:
        description: The device of the host, with V(evdev).
        type: path
      grab:
        description: V(all) takes all devices of type V(evdev) together.
        type: str
        choices: [all]
      grab_toggle:
        description: The keys that change between host and guest.
        type: str
        choices: [ctrl-ctrl, alt-alt, shift-shift, meta-meta, scrolllock, ctrl-scrolllock]
      repeat:
        description: Whether keys that are held down repeat, with V(evdev).
        type: bool
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
  hubs:
    description: >-
      USB hubs; complete. Each is identified by its alias, else its type. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      type:
        description: What it is for.
        type: str
        choices: [usb]
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  redirdevs:
    description: >-
      Ports at which USB devices of the one who looks at the display appear; complete. Each is identified by its
      alias, else where it leads to. Plugged in and out while the domain runs.
    type: list
    elements: dict
    suboptions:
      bus:
        description: What is redirected.
        type: str
        choices: [usb]
      type:
        description: Where it leads to on the host, in libvirt's words. Another type leaves nothing of the old one.
        type: str
        choices: [spicevmc, tcp, unix]
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
      boot_order:
        description: Its place among the devices to boot from, from 1. No other device has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
  smartcards:
    description: The smartcard reader; complete, identified by its mode. Changes take effect at the next start.
    type: list
    elements: dict
    suboptions:
      mode:
        description: >-
          Where the card is: in the host's reader, certificates of the host, or at the other end of the
          character device.
        type: str
        choices: [host, host-certificates, passthrough]
        required: true
      certificates:
        description: The names of the three certificates, with V(host-certificates).
        type: list
        elements: str
      database:
        description: The directory with their database. C(/etc/pki/nssdb) where nothing is said.
        type: path
      type:
        description: The other end, with V(passthrough).
        type: str
        choices: [spicevmc]
"""
    )
