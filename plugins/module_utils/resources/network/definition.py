# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a network. Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element, etree
from ...diff import Change
from ...xml import table as tables
from ..base import Want, World
from ..definition import Definition
from .forward import MODES, align
from .rules import RULES
from .table import TABLE


class NetworkDefinition(Definition):
    """What its ``forward`` says is put into the order that libvirt has it in."""

    def skeleton(self, want: Want, world: World) -> Element:
        """Where ``xml`` says how it forwards and not in which mode, it is through NAT."""
        root = super().skeleton(want, world)
        forward = self.stated(want).find("forward") if want.params.get("xml") else None
        if forward is not None and "forward.mode" not in want.values:
            etree.SubElement(root, "forward", mode=forward.get("mode", "nat"))
        return root

    def patch(self, want: Want, root: Element, values: tables.Desired) -> t.List[Change]:
        changes = super().patch(want, root, values)
        align(root)
        return changes


DEFINITION = NetworkDefinition("network", TABLE, "network", "network.rng", RULES)


def bridge_of(root: Element) -> t.Optional[str]:
    """The name of the bridge that a network, given as XML, has or is on."""
    bridge = root.find("bridge")
    return None if bridge is None else bridge.get("name")


def devices_of(root: t.Optional[Element]) -> t.Tuple[str, ...]:
    """The devices of the host that a network puts its guests on, each on one of them; none where libvirt makes it."""
    if root is None or has_own_bridge(root):
        return ()
    bridge = bridge_of(root)
    devices = (interface.get("dev") for interface in root.iterfind("forward/interface"))
    return (bridge,) if bridge else tuple(filter(None, devices))


def has_own_bridge(root: Element) -> bool:
    """Whether libvirt makes that bridge when the network starts."""
    forward = root.find("forward")
    return forward is None or MODES.get(forward.get("mode", "nat"), MODES["nat"]).own_bridge
