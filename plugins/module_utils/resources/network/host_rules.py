# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host has already that a network would have: a bridge of its name, its addresses. Pure but for reading."""

from __future__ import annotations

import ipaddress
import typing as t

from ...deps import Element
from ...rule import Rule, Violation
from ...xml import path as xmlpath
from ..base import Want
from ..coming import Coming, on_host
from .definition import DEFINITION, bridge_of, has_own_bridge

_IPv4 = ipaddress.IPv4Network


class _Other(t.NamedTuple):
    """Another network as it will be; ``starts``: it does not run yet, and will."""

    name: str
    bridge: t.Optional[str]
    subnets: t.Set[_IPv4]
    starts: bool


def _subnets(root: Element) -> t.List[_IPv4]:
    """Those of its addresses and of its routes, whose device is its bridge."""
    found = []
    for element in (*root.iterfind("ip"), *root.iterfind("route")):
        address, mask = element.get("address"), element.get("prefix") or element.get("netmask")
        network = None if not address else ipaddress.ip_network(f"{address}/{mask}" if mask else address, strict=False)
        if isinstance(network, _IPv4):
            found.append(network)
    return found


def _before(coming: Coming) -> t.List[Want]:
    """The networks that are brought about before; what is to be absent goes last."""
    declared = coming.world.declared.get("network", {}).values()
    return [want for want in declared if not want.absent and coming.is_after(want)]


def _others(coming: Coming) -> t.Iterator[_Other]:
    """All other networks as they are when this one's turn comes."""
    declared = {want.name: want for want in _before(coming)}
    there = {network.name: network for network in coming.world.host.networks}
    for name in sorted({*declared, *there} - {coming.want.name}):
        want, network = declared.get(name), there.get(name)
        bridge = None if network is None else bridge_of(network.root)
        subnets = set() if network is None else set(_subnets(network.root))
        starts = False
        root = None if want is None else DEFINITION.root_after(want, coming.world)
        if want is not None and root is not None:
            bridge, subnets = bridge_of(root), set(_subnets(root))
            starts = want.state == "active" and not (network and network.active)
        yield _Other(name, bridge, subnets, starts)


def _bridge_of_another(coming: Coming) -> t.List[Violation]:
    bridge = bridge_of(coming.root)
    before = None if coming.state is None else bridge_of(coming.state.root)
    if not coming.is_defined or not bridge or bridge == before:
        return []
    return [coming.violation("bridge", other.name, bridge) for other in _others(coming) if other.bridge == bridge]


def _bridge_that_is_there(coming: Coming) -> t.List[Violation]:
    """What an active network has is its own, and it is left to libvirt to choose a name that is free."""
    runs = coming.state is not None and coming.state.active
    bridge = bridge_of(coming.root)
    if not coming.is_started or runs or not bridge or not has_own_bridge(coming.root):
        return []
    if any(other.bridge == bridge for other in _others(coming)) or not coming.world.host.has_device(bridge):
        return []
    return [coming.violation("bridge", bridge)]


def _subnet_in_use(coming: Coming) -> t.List[Violation]:
    """libvirt compares with the routes of the host when it starts a network, for equality and of IPv4."""
    if not coming.is_started:
        return []
    root = coming.root
    stopped = {want.name for want in _before(coming) if want.state == "inactive"}
    leaving = {bridge_of(network.root) for network in coming.world.host.networks if network.name in stopped}
    leaving.add(bridge_of(root))
    if coming.state is not None and coming.state.live_root is not None:
        leaving.add(bridge_of(coming.state.live_root))
    wanted = _subnets(root)
    found = [
        coming.violation("ips", network, f"device {device} of the host")
        for device, network in coming.world.host.routes
        if device not in leaving and network in wanted
    ]
    if not found:
        found = [
            coming.violation("ips", network, f"network {other.name}")
            for other in _others(coming)
            for network in wanted
            if other.starts and network in other.subnets
        ]
    return found[:1]


def _no_functions(coming: Coming) -> t.List[Violation]:
    """libvirt looks for them when it starts a network, and for the devices of all others when a guest starts."""
    root = coming.root
    functions = xmlpath.get_text(root, "forward/pf/@dev") if coming.is_started else None
    if not functions or coming.world.host.has_functions(functions):
        return []
    return [coming.violation("forward.pf", functions)]


RULES: t.Tuple[Rule, ...] = (
    on_host(
        _bridge_of_another,
        "network {0} has the bridge {1}",
        "Choose another name, or leave it out, and libvirt chooses one",
    ),
    on_host(
        _bridge_that_is_there,
        "the host has a device {0} already, and libvirt would make a bridge of this name",
        "Choose another name, or declare forward.mode: bridge to use the host's own",
    ),
    on_host(
        _no_functions,
        "the host has no device {0} with virtual functions",
        "Correct the name, or set them up first",
    ),
    on_host(_subnet_in_use, "{0} is the subnet of {1}", "Choose another one"),
)
