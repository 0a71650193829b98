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
      The complete list of the sound cards. Each is identified by its alias, else by its model. A new domain has none
      unless this is declared. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: >-
          The model of the sound card that the guest sees. V(ich9) suits current guests on V(q35), V(usb) is a USB
          device.
        type: str
        choices: [ich9, ich7, ich6, ac97, es1370, sb16, pcspk, usb]
        required: true
      codecs:
        description: >-
          The complete list of the codecs of an V(ich6) or V(ich9) card, in their order. V(duplex) has line in and line
          out, V(micro) a microphone and a speaker, V(output) line out only.
        type: list
        elements: str
        choices: [duplex, micro, output]
      audio:
        description: The O(audios[].id) of the backend that plays the card's sound on the host.
        type: int
"""
        + shared_options.alias(6)
        + r"""
  audios:
    description: >-
      The complete list of the audio backends, which play the sound of O(sounds) on the host. Each is identified by its
      id. libvirt chooses one that suits the guest's display unless this is declared. A change takes effect at the next
      start.
    type: list
    elements: dict
    suboptions:
      id:
        description: The number of the backend, from 1, by which O(sounds[].audio) refers to it.
        type: int
        required: true
      type:
        description: >-
          The host's sound system that the backend uses. V(none) plays nothing, V(file) writes to O(audios[].path),
          V(spice) and V(dbus) send the sound to the viewer of the display.
        type: str
        choices: [none, alsa, coreaudio, dbus, file, jack, oss, pipewire, pulseaudio, sdl, spice]
        required: true
      timer_period:
        description: The interval in microseconds at which QEMU passes sound on.
        type: int
      path:
        description: The absolute path of the file on the host that V(file) writes to.
        type: path
      server_name:
        description: The host name of the server of V(pulseaudio).
        type: str
  cryptos:
    description: >-
      The complete list of the virtio crypto devices, which encrypt and decrypt for the guest. Each is identified by its
      alias, else by its backend. They need libvirt 9.1. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      model:
        description: The model of the device that the guest sees, which is always V(virtio) and need not be declared.
        type: str
        choices: [virtio]
      type:
        description: The program that emulates the device, which is always V(qemu) and need not be declared.
        type: str
        choices: [qemu]
      backend:
        description: >-
          The part of the host that does the encryption, QEMU itself (V(builtin)) or the host's kernel (V(lkcf)).
        type: str
        choices: [builtin, lkcf]
        required: true
      queues:
        description: The number of request queues of the device.
        type: int
"""
        + shared_options.alias(6)
        + r"""
  inputs:
    description: >-
      The complete list of the tablets, mice and keyboards, except for those on PS/2, which libvirt adds by itself and
      keeps. Each is identified by its alias, else by its device on the host, else by type and bus. They are plugged in
      and out while the domain runs, except for those on PS/2; a change of one takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      type:
        description: >-
          The kind of input device. V(passthrough) gives a device of the host to the guest alone, V(evdev) lets host and
          guest use it in turn. A V(tablet) has absolute coordinates, so that the pointer of a viewer and that of the
          guest do not drift apart.
        type: str
        choices: [tablet, mouse, keyboard, passthrough, evdev]
        required: true
      bus:
        description: >-
          The bus that the device is plugged into. The default for a new device is V(usb), for a V(passthrough) one
          V(virtio). V(ps2) is for a mouse and a keyboard. Every x86 machine except C(microvm) has both, declared or
          not, unless O(features.ps2) is V(false). Machines of other architectures have no PS/2.
        type: str
        choices: [usb, virtio, ps2]
      model:
        description: The version of virtio that a device on the bus V(virtio) speaks.
        type: str
        choices: [virtio, virtio-transitional, virtio-non-transitional]
      evdev:
        description: The absolute path of the host's device, such as V(/dev/input/event7), for V(passthrough).
        type: path
      dev:
        description: The absolute path of the host's device, such as V(/dev/input/event7), for V(evdev).
        type: path
      grab:
        description: >-
          Whether the key combination switches all V(evdev) devices of the domain together, with V(all), or this one
          only.
        type: str
        choices: [all]
      grab_toggle:
        description: >-
          The keys that switch an V(evdev) device between host and guest. QEMU's default is V(ctrl-ctrl), both control
          keys.
        type: str
        choices: [ctrl-ctrl, alt-alt, shift-shift, meta-meta, scrolllock, ctrl-scrolllock]
      repeat:
        description: Whether a key that is held down repeats, for V(evdev).
        type: bool
"""
        + shared_options.virtio("inputs[].", 6)
        + shared_options.alias(6)
        + r"""
  hubs:
    description: >-
      The complete list of the USB hubs. Each is identified by its alias, else by its type. A change takes effect at the
      next start.
    type: list
    elements: dict
    suboptions:
      type:
        description: The kind of hub, which is always V(usb) and need not be declared.
        type: str
        choices: [usb]
"""
        + shared_options.alias(6)
        + r"""
  redirdevs:
    description: >-
      The complete list of the ports through which USB devices of the machine with the viewer are plugged into the guest
      (USB redirection). Each is identified by its alias, else by its other end. They are plugged in and out while the
      domain runs; a change of one takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      bus:
        description: The bus of the devices, which is always V(usb) and need not be declared.
        type: str
        choices: [usb]
      type:
        description: >-
          The kind of the other end on the host, by libvirt's name for it. V(spicevmc) is a SPICE viewer, V(tcp) and
          V(unix) are sockets. When it changes, settings of the former type are removed.
        type: str
        choices: [spicevmc, tcp, unix]
"""
        + shared_options.host_end("redirdevs[].", 6)
        + shared_options.boot_order(6)
        + shared_options.alias(6)
        + r"""
  smartcards:
    description: >-
      The smartcard reader, a list of one that is identified by its mode. A change takes effect at the next start.
    type: list
    elements: dict
    suboptions:
      mode:
        description: >-
          The place of the card. V(host) is the host's reader, V(host-certificates) a card that QEMU emulates with
          certificates of the host, V(passthrough) the reader of the machine with the SPICE viewer.
        type: str
        choices: [host, host-certificates, passthrough]
        required: true
      certificates:
        description: The names of the three certificates in O(smartcards[].database), for V(host-certificates).
        type: list
        elements: str
      database:
        description: >-
          The absolute path of the host's directory with the NSS database of the certificates. libvirt's default is
          V(/etc/pki/nssdb).
        type: path
      type:
        description: The kind of connection to the reader, for V(passthrough). V(spicevmc) is through the SPICE viewer.
        type: str
        choices: [spicevmc]
"""
    )
