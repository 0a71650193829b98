# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain has plugged in from outside: sound, input, redirected USB devices, smartcards. Pure."""

from __future__ import annotations

from ....xml import path as xmlpath
from ....xml.table import Items, Prop
from ....xml.types import ON_OFF, PATH, STR, choice, number, values
from .channels import source_members
from .common import ALIAS, BOOT_ORDER, VIRTIO_MODEL, virtio_options

SOUNDS = Items(
    "sounds",
    "devices/sound",
    (
        Prop(
            "model", "@model", choice("ich9", "ich7", "ich6", "ac97", "es1370", "sb16", "pcspk", "usb"), required=True
        ),
        Prop("codecs", "codec/@type", values(choice("duplex", "micro", "output"))),
        Prop("audio", "audio/@id", number(1)),
        ALIAS,
    ),
    identity=(("alias",), ("model",)),
)

#: What the host does with a guest's sound.
_AUDIO = ("none", "alsa", "coreaudio", "dbus", "file", "jack", "oss", "pipewire", "pulseaudio", "sdl", "spice")

AUDIOS = Items(
    "audios",
    "devices/audio",
    (
        Prop("id", "@id", number(1), required=True),
        Prop(
            "type",
            "@type",
            choice(*_AUDIO),
            required=True,
            clears=("@path", "@serverName"),  # of another type
        ),
        Prop("timer_period", "@timerPeriod", number(1)),
        Prop("path", "@path", PATH),
        Prop("server_name", "@serverName", STR),
    ),
    identity=(("id",),),
)

CRYPTOS = Items(
    "cryptos",
    "devices/crypto",
    (
        Prop("model", "@model", choice("virtio"), new="virtio"),
        Prop("type", "@type", choice("qemu"), new="qemu"),
        Prop("backend", "backend/@model", choice("builtin", "lkcf"), required=True),
        Prop("queues", "backend/@queues", number(1)),
        ALIAS,
    ),
    identity=(("alias",), ("backend",)),
)

INPUTS = Items(
    "inputs",
    "devices/input",
    (
        Prop("type", "@type", choice("tablet", "mouse", "keyboard", "passthrough", "evdev"), required=True),
        Prop("bus", "@bus", choice("usb", "virtio", "ps2")),
        Prop("model", "@model", VIRTIO_MODEL),
        Prop("evdev", "source/@evdev", PATH),
        Prop("dev", "source/@dev", PATH),
        Prop("grab", "source/@grab", choice("all")),
        Prop(
            "grab_toggle",
            "source/@grabToggle",
            choice("ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"),
        ),
        Prop("repeat", "source/@repeat", ON_OFF),
        *virtio_options(),
        ALIAS,
    ),
    identity=(("alias",), ("evdev",), ("dev",), ("type", "bus")),
    select=lambda element: xmlpath.get_text(element, "@bus") != "xen",
    # libvirt gives every x86 guest a mouse and a keyboard on PS/2.
    leave=lambda element: xmlpath.get_text(element, "@bus") == "ps2",
    complete=lambda item: (
        item if item["type"] == "evdev" else dict({"bus": "virtio" if item["type"] == "passthrough" else "usb"}, **item)
    ),
)

HUBS = Items(
    "hubs",
    "devices/hub",
    (Prop("type", "@type", choice("usb"), new="usb"), ALIAS),
    identity=(("alias",), ("type",)),
    implied={"type": "usb"},
)

REDIRDEVS = Items(
    "redirdevs",
    "devices/redirdev",
    (
        Prop("bus", "@bus", choice("usb"), new="usb"),
        *source_members(("spicevmc", "tcp", "unix"), new="spicevmc"),
        BOOT_ORDER,
        ALIAS,
    ),
    identity=(("alias",), ("type", "host", "service", "path")),
    implied={"type": "spicevmc"},
)

SMARTCARDS = Items(
    "smartcards",
    "devices/smartcard",
    (
        Prop("mode", "@mode", choice("host", "host-certificates", "passthrough"), required=True),
        Prop("certificates", "certificate", values(STR)),
        Prop("database", "database", PATH),
        Prop("type", "@type", choice("spicevmc")),
    ),
    identity=(("mode",),),
)
