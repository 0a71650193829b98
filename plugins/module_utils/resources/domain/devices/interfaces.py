# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's network interfaces (https://libvirt.org/formatdomain.html#network-interfaces). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.table import Items, Prop
from ....xml.types import INT, MAC, STR, Type, choice


@dataclasses.dataclass(frozen=True)
class _Connection(Type):
    """What an interface is connected to. ``kind`` is the type of interface that has it.

    A running domain shows beside the network what that came to: an interface of type ``bridge`` or ``direct`` that
    names a network is still connected to the network.
    """

    kind: str = ""

    def read(self, root: t.Any, path: str) -> t.Optional[str]:
        kind = "network" if xmlpath.get_text(root, "source/@network") else root.get("type")
        return super().read(root, path) if kind == self.kind else None

    def write(self, root: t.Any, path: str, value: str) -> None:
        root.set("type", self.kind)
        super().write(root, path, value)


#: What an interface's other source leaves behind.
_NO_SOURCE = {"source/@" + name: None for name in ("network", "portgroup", "portid", "bridge", "dev", "mode")}

INTERFACES = Items(
    "interfaces",
    "devices/interface",
    (
        Prop("mac", "mac/@address", MAC),
        Prop(
            "network",
            "source/@network",
            _Connection(spec=STR.spec, parse=STR.parse, kind="network"),
            LIVE,
            holds=_NO_SOURCE,
        ),
        Prop(
            "bridge",
            "source/@bridge",
            _Connection(spec=STR.spec, parse=STR.parse, kind="bridge"),
            LIVE,
            holds=_NO_SOURCE,
        ),
        Prop("direct", "source/@dev", _Connection(spec=STR.spec, parse=STR.parse, kind="direct"), holds=_NO_SOURCE),
        Prop(
            "direct_mode",
            "source/@mode",
            _Connection(spec=choice("vepa", "bridge", "private", "passthrough").spec, kind="direct"),
        ),
        Prop("model", "model/@type", STR, new="virtio"),
        Prop("queues", "driver/@queues", INT),
        Prop("mtu", "mtu/@size", INT),
        Prop("link", "link/@state", choice("up", "down"), LIVE, absent="up"),
        Prop("boot_order", "boot/@order", INT),
        Prop("alias", "alias/@name", STR),
    ),
    identity=(("mac",), ("alias",), ("network", "bridge", "direct")),
    apply=LIVE,
)
