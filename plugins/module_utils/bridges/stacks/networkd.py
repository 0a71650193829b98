# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd-networkd: files in /etc/systemd/network that sort before everybody else's. Pure."""

from __future__ import annotations

import typing as t

from ...paths import HEADER, NAME
from ..model import Bridge
from . import Bridges, Command, Layout, Stack, attempt, clearing, properties, run, touched

FOLDER = "/etc/systemd/network/"


def mode(_path: str) -> int:
    return 0o644


def files(layout: Layout) -> t.Dict[str, str]:
    """The first file whose [Match] fits wins, so a port's former one is superseded as long as ours is there."""
    texts = {}
    for bridge in layout.bridges:
        texts[_path(bridge.name, "netdev")] = _netdev(bridge)
        texts[_path(bridge.name, "network")] = _network(bridge, layout)
        for device in bridge.devices:
            texts[_path(device, "network")] = plugged(device, bridge, layout)
        if bridge.vlan:
            texts[_path(bridge.vlan.device, "netdev")] = (
                HEADER
                + section("NetDev", Name=bridge.vlan.device, Kind="vlan", **_mtu(bridge))
                + section("VLAN", Id=bridge.vlan.id)
            )
            carrier = bridge.vlan.link
            if carrier not in layout.names and not layout.owner(carrier):
                former = layout.network_files.get(carrier)
                texts.update([_carrier(carrier, former, layout.vlans_on(carrier))])
    return texts


def commands(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.Tuple[t.List[Command], t.List[Command]]:
    return clearing(before, after), [run("networkctl", "reload"), *reconfigure(before, after, altered)]


def reconfigure(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.List[Command]:
    """A reload alone leaves a device that failed in between as it is."""
    return [
        *properties(before, after),
        *(attempt("networkctl", "reconfigure", device) for device in touched(before, after, altered)),
    ]


def section(name: str, *pairs: t.Tuple[str, t.Any], **values: t.Any) -> str:
    lines = [f"{key}={value}" for key, value in [*values.items(), *pairs] if value is not None]
    return "\n".join(["", f"[{name}]", *lines, ""]) if lines else ""


def plugged(device: str, bridge: Bridge, layout: Layout) -> str:
    """A device that is nothing but a port of the bridge, and perhaps carries VLANs."""
    return (
        HEADER
        + section("Match", Name=device)
        + section("Link", RequiredForOnline="no", **_mtu(bridge, "MTUBytes"))
        + section(
            "Network",
            *[("VLAN", vlan) for vlan in layout.vlans_on(device)],
            Bridge=bridge.name,
            DHCP="no",
            LinkLocalAddressing="no",
            IPv6AcceptRA="no",
        )
    )


def identity(bridge: Bridge) -> str:
    """The DHCP client identifier that the port had: a server may know its lease by nothing else."""
    identifier = bridge.client_id or ""
    if identifier.startswith("01"):
        return section("DHCPv4", ClientIdentifier="mac")
    if identifier.startswith("ff") and len(identifier) > 10:
        return section("DHCPv4", ClientIdentifier="duid", IAID=int(identifier[2:10], 16))
    return ""


def _path(device: str, suffix: str) -> str:
    return f"{FOLDER}00-{NAME}-{device}.{suffix}"


def _mtu(bridge: Bridge, key: str = "MTUBytes") -> t.Dict[str, t.Any]:
    return {key: bridge.mtu}


def _netdev(bridge: Bridge) -> str:
    return (
        HEADER
        + section("NetDev", Name=bridge.name, Kind="bridge", MACAddress=bridge.mac, **_mtu(bridge))
        + section("Bridge", STP="yes" if bridge.stp else "no")
    )


def _network(bridge: Bridge, layout: Layout) -> str:
    pairs = [("Address", address) for address in bridge.addresses]
    pairs += [("Gateway", bridge.gateway)] if bridge.gateway else []
    pairs += [("DNS", server) for server in bridge.nameservers]
    pairs += [("VLAN", vlan) for vlan in layout.vlans_on(bridge.name)]
    # Without its own address the host is not in the bridge's network, not even by IPv6. Nobody waits at boot for a
    # bridge that has none, or that has nothing plugged in.
    network = {"DHCP": "ipv4" if bridge.dhcp4 else "no"}
    if not bridge.has_address:
        network.update(LinkLocalAddressing="no", IPv6AcceptRA="no")
    if not bridge.devices:
        network.update(ConfigureWithoutCarrier="yes")
    waited_for = bridge.has_address and bridge.devices
    return (
        HEADER
        + section("Match", Name=bridge.name)
        + section("Link", RequiredForOnline=None if waited_for else "no", **_mtu(bridge))
        + section("Network", *pairs, **network)
        + (identity(bridge) if bridge.dhcp4 else "")
    )


def _carrier(device: str, former: t.Optional[str], vlans: t.Sequence[str]) -> t.Tuple[str, str]:
    """A network card that carries a VLAN and keeps its own configuration, where it has one."""
    pairs = [("VLAN", vlan) for vlan in vlans]
    if former:
        return FOLDER + former + f".d/{NAME}.conf", HEADER + section("Network", *pairs)
    text = (
        HEADER
        + section("Match", Name=device)
        + section("Link", RequiredForOnline="no")
        + section("Network", *pairs, LinkLocalAddressing="no", IPv6AcceptRA="no")
    )
    return _path(device, "network"), text


#: It never makes a device a second time while it runs.
RECREATE = (run("systemctl", "restart", "systemd-networkd.service"),)

STACK = Stack(("", "veth", "dummy", "bond", "team", "vlan"), files, mode, commands, RECREATE)
