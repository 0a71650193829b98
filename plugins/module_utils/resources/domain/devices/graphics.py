# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's displays and graphics cards (https://libvirt.org/formatdomain.html#graphical-framebuffers). Pure."""

from __future__ import annotations

import typing as t

from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.table import Items, Prop
from ....xml.types import INT, SECRET, YES_NO, Type, choice


class _Listen(Type):
    """The address that a display listens on; libvirt says it twice."""

    def write(self, root: t.Any, path: str, value: str) -> None:
        xmlpath.set_text(root, path, value)
        xmlpath.set_text(root, "listen[@type='address']/@address", value)


GRAPHICS = Items(
    "graphics",
    "devices/graphics",
    (
        Prop("type", "@type", choice("vnc", "spice"), required=True),
        Prop("listen", "@listen", _Listen({"type": "str"}), new="127.0.0.1"),
        Prop("autoport", "@autoport", YES_NO, absent=False),
        Prop("port", "@port", INT),
        Prop("keymap", "@keymap", Type({"type": "str", "no_log": False})),
        Prop("password", "@passwd", SECRET, LIVE),
    ),
    identity=(("type",),),
    complete=lambda item: dict({} if "port" in item else {"autoport": True}, **item),
)

VIDEOS = Items(
    "videos",
    "devices/video",
    (
        Prop("model", "model/@type", choice("virtio", "vga", "qxl", "bochs", "cirrus", "ramfb", "none"), required=True),
        Prop("heads", "model/@heads", INT),
        Prop("vram", "model/@vram", INT),
    ),
    identity=(("model",),),
)
