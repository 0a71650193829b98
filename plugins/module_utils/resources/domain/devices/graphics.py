# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's displays and graphics cards (https://libvirt.org/formatdomain.html#graphical-framebuffers). Pure."""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.table import Desired, Items, Prop
from ....xml.types import INT, ON_OFF, PATH, SECRET, STR, YES_NO, Type, choice, number
from .common import ALIAS, MOUSE_MODE, virtio_options

_PLACES = ("address", "network", "socket", "none")


def _but(*kinds: str) -> t.Tuple[str, ...]:
    """The places that a display listens at, but those of these kinds."""
    return tuple(f"listen[@type='{kind}']" for kind in _PLACES if kind not in kinds)


def _say_twice(root: Element, address: str) -> None:
    """libvirt has the address in an element too."""
    xmlpath.set_text(root, "listen[@type='address']/@address", address)


#: What an address to listen on has of its own.
_OF_ADDRESS = ("@listen", "@port", "@autoport", "@socket")


#: Protocols that are reached through a network.
_REMOTE = ("vnc", "spice")


def _complete(item: Desired) -> Desired:
    """A new display that is reached through a network is so from the host alone, at a port that libvirt chooses."""
    if item["type"] not in _REMOTE or item.get("socket") or item.get("listen_network"):
        return item
    usual = {"listen": "127.0.0.1"} if "port" in item else {"listen": "127.0.0.1", "autoport": True}
    return dict(usual, **item)


_CHANNELS = Items(
    "channels",
    "channel",
    (
        Prop(
            "name",
            "@name",
            choice("main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir"),
            required=True,
        ),
        Prop("mode", "@mode", choice("any", "secure", "insecure"), required=True),
    ),
    identity=(("name",),),
)

GRAPHICS = Items(
    "graphics",
    "devices/graphics",
    (
        Prop("type", "@type", choice("vnc", "spice", "sdl", "dbus", "egl-headless"), required=True),
        Prop("listen", "@listen", Type({"type": "str"}), clears=_but("address"), first=_say_twice),
        Prop("listen_network", "listen[@type='network']/@network", STR, clears=(*_but("network"), *_OF_ADDRESS)),
        Prop("socket", "listen[@type='socket']/@socket", PATH, clears=(*_but("socket"), *_OF_ADDRESS)),
        Prop("autoport", "@autoport", YES_NO, absent=False),
        Prop("port", "@port", INT),
        Prop("tls_port", "@tlsPort", INT),
        Prop("websocket", "@websocket", INT),
        Prop("keymap", "@keymap", Type({"type": "str", "no_log": False})),
        Prop("password", "@passwd", SECRET, LIVE),
        Prop("valid_to", "@passwdValidTo", STR, LIVE),
        Prop("connected", "@connected", choice("fail", "disconnect", "keep"), LIVE),
        Prop("share_policy", "@sharePolicy", choice("allow-exclusive", "force-shared", "ignore")),
        Prop("power_control", "@powerControl", YES_NO),
        Prop("default_mode", "@defaultMode", choice("any", "secure", "insecure")),
        _CHANNELS,
        Prop(
            "image_compression",
            "image/@compression",
            choice("auto_glz", "auto_lz", "quic", "glz", "lz", "off"),
        ),
        Prop("jpeg_compression", "jpeg/@compression", choice("auto", "never", "always")),
        Prop("zlib_compression", "zlib/@compression", choice("auto", "never", "always")),
        Prop("playback_compression", "playback/@compression", ON_OFF),
        Prop("streaming_mode", "streaming/@mode", choice("filter", "all", "off")),
        Prop("clipboard", "clipboard/@copypaste", YES_NO),
        Prop("mouse_mode", "mouse/@mode", MOUSE_MODE),
        Prop("file_transfer", "filetransfer/@enable", YES_NO),
        Prop("gl", "gl/@enable", YES_NO),
        Prop("rendernode", "gl/@rendernode", PATH),
    ),
    identity=(("type",),),
    complete=_complete,
)

VIDEOS = Items(
    "videos",
    "devices/video",
    (
        Prop(
            "model",
            "model/@type",
            choice("virtio", "vga", "qxl", "bochs", "cirrus", "vmvga", "ramfb", "none"),
            required=True,
        ),
        Prop("primary", "model/@primary", YES_NO),
        Prop("heads", "model/@heads", number(1)),
        Prop("vram", "model/@vram", number(1)),
        Prop("ram", "model/@ram", number(1)),
        Prop("vgamem", "model/@vgamem", number(1)),
        Prop("vram64", "model/@vram64", number(1)),
        Prop("acceleration.accel2d", "model/acceleration/@accel2d", YES_NO),
        Prop("acceleration.accel3d", "model/acceleration/@accel3d", YES_NO),
        Prop("acceleration.rendernode", "model/acceleration/@rendernode", PATH),
        Prop("resolution.x", "model/resolution/@x", number(1)),
        Prop("resolution.y", "model/resolution/@y", number(1)),
        Prop("driver", "driver/@name", choice("qemu", "vhostuser")),
        Prop("vgaconf", "driver/@vgaconf", choice("io", "on", "off")),
        *virtio_options(),
        ALIAS,
    ),
    identity=(("alias",), ("model",)),
)
