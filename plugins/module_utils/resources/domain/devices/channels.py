# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's serial ports, consoles and channels. Pure.

https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices
"""

from __future__ import annotations

import typing as t

from ....xml import path as xmlpath
from ....xml.table import Items, Prop, Table
from ....xml.types import INT, PATH, STR, choice
from .common import Device

#: Character devices that need no peer on the host.
_CHARDEV_TYPES = ("pty", "file", "null")


def _chardev_members() -> Table:
    return (
        Prop("type", "@type", choice(*_CHARDEV_TYPES), new="pty"),
        Prop("port", "target/@port", INT),
        Prop("target_type", "target/@type", STR),
        # pty: libvirt fills in which one at run time.
        Prop("path", "source/@path", PATH),
        Prop("log", "log/@file", PATH),
        Prop("alias", "alias/@name", STR),
    )


def _not_an_echo(element: t.Any) -> bool:
    """libvirt repeats the first serial port as a console; that is no device of its own."""
    return xmlpath.get_text(element, "target/@type") not in (None, "serial")


SERIALS = Items("serials", "devices/serial", _chardev_members(), identity=(("alias",), ("port",), ("path",), ("type",)))
CONSOLES = Items(
    "consoles",
    "devices/console",
    _chardev_members(),
    identity=(("alias",), ("port",), ("path",), ("type",)),
    select=_not_an_echo,
    complete=lambda item: dict({"target_type": "virtio"}, **item),
)

_AGENT = Device(
    spec={"type": "bool"},
    parse=bool,
    template="<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    known_by=("target/@name", "org.qemu.guest_agent.0"),
)
AGENT = Prop("agent", "devices/channel", _AGENT, new=True)
