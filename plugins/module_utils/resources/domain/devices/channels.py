# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's serial and parallel ports, consoles and channels. Pure.

https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices
"""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....xml import path as xmlpath
from ....xml.table import Desired, Items, Prop, Table
from ....xml.types import ON_OFF, PATH, STR, YES_NO, choice, number
from ...shared.seclabels import of_source
from .common import ALIAS, MOUSE_MODE, DevicePresence

#: Where a character device leads to on the host.
_TYPES = ("pty", "file", "null", "unix", "tcp", "udp", "dev", "pipe", "stdio", "spicevmc", "spiceport", "qemu-vdagent")
AGENT_NAME = "org.qemu.guest_agent.0"


def source_members(types: t.Sequence[str], new: t.Optional[str] = None) -> Table:
    """What all character devices say of their end on the host."""
    return (
        # Another type leaves nothing of the old one's source.
        Prop("type", "@type", choice(*types), new=new, clears=("source", "protocol")),
        # pty: libvirt fills in which one at run time.
        Prop("path", "source/@path", PATH),
        Prop("append", "source/@append", ON_OFF),
        Prop("mode", "source/@mode", choice("connect", "bind")),
        Prop("host", "source/@host", STR),
        Prop("service", "source/@service", STR),
        Prop("channel", "source/@channel", STR),
        of_source(),
        Prop("tls", "source/@tls", YES_NO),
        Prop("reconnect", "source/reconnect/@timeout", number(1), holds={"source/reconnect/@enabled": "yes"}),
        Prop("protocol", "protocol/@type", choice("raw", "telnet", "telnets", "tls")),
        Prop("log", "log/@file", PATH),
        Prop("log_append", "log/@append", ON_OFF),
    )


def _port_members() -> Table:
    return (
        *source_members(_TYPES, new="pty"),
        Prop("port", "target/@port", number(0)),
        Prop("target_type", "target/@type", STR),
        Prop("target_model", "target/model/@name", STR),
        ALIAS,
    )


_IDENTITY = (("alias",), ("port",), ("path",), ("type", "host", "service"))


def _not_an_echo(element: Element) -> bool:
    """libvirt repeats the first serial port as a console; that is no device of its own."""
    return xmlpath.get_text(element, "target/@type") not in (None, "serial")


SERIALS = Items("serials", "devices/serial", _port_members(), identity=_IDENTITY)
PARALLELS = Items("parallels", "devices/parallel", _port_members(), identity=_IDENTITY, implied={"type": "pty"})
CONSOLES = Items(
    "consoles",
    "devices/console",
    _port_members(),
    identity=(("alias",), ("target_type", "port"), ("path",), ("type", "host", "service")),
    label=lambda item: next((str(item[one]) for one in ("alias", "port", "path", "type") if one in item), None),
    select=_not_an_echo,
    complete=lambda item: dict({"target_type": "virtio"}, **item),
)

#: What channels of these types are called in the guest.
_NAMES = {"spicevmc": "com.redhat.spice.0", "qemu-vdagent": "com.redhat.spice.0"}


def _complete_channel(item: Desired) -> Desired:
    known = {"name": _NAMES[item["type"]]} if item.get("type") in _NAMES else {}
    return dict({"target_type": "virtio", **known}, **item)


def _nameless(item: t.Mapping[str, t.Any], there: t.Mapping[str, t.Any]) -> bool:
    """What says no more than its type is not one that has a name; but libvirt names some types itself."""
    said = any(item.get(option) for option in ("alias", "name", "path", "host", "service"))
    return not said and item.get("type") not in _NAMES and bool(there.get("name"))


CHANNELS = Items(
    "channels",
    "devices/channel",
    (
        *source_members(_TYPES, new="unix"),
        Prop("name", "target/@name", STR),
        Prop("target_type", "target/@type", choice("virtio", "xen")),
        Prop("clipboard", "source/clipboard/@copypaste", YES_NO),
        Prop("mouse_mode", "source/mouse/@mode", MOUSE_MODE),
        ALIAS,
    ),
    identity=(("alias",), ("name",), ("type", "path")),
    select=lambda element: xmlpath.get_text(element, "target/@name") != AGENT_NAME,
    complete=_complete_channel,
    apart=_nameless,
    apart_by=("host", "service"),
)

_AGENT = DevicePresence(
    spec={"type": "bool"},
    parse=bool,
    template=f"<channel type='unix'><target type='virtio' name='{AGENT_NAME}'/></channel>",
    known_by=("target/@name", AGENT_NAME),
)
AGENT = Prop("agent", "devices/channel", _AGENT, new=True)
