# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netplan with systemd-networkd behind it: one file of this collection, which netplan merges with the others. Pure."""

from __future__ import annotations

import json
import re
import typing as t

from ...paths import HEADER, NAME
from ..model import Bridge
from . import Bridges, Command, Layout, Stack, clearing, networkd, run

PATH = f"/etc/netplan/90-{NAME}.yaml"

#: Where netplan puts what it makes of its files for networkd.
NETPLAN_OUTPUT = "/run/systemd/network/"

_PREFIX = "10-netplan-"


def mode(path: str) -> int:
    return 0o600 if path == PATH else 0o644


def files(layout: Layout) -> t.Dict[str, str]:
    """Later files add to earlier ones: netplan replaces a scalar, and appends to a list. So a port's own dhcp4 can be
    taken back, but not its addresses, routes and name servers: such a port gets a file of the same name as the one that
    netplan generates, which is then the one that networkd reads.
    """
    tree: t.Dict[str, t.Any] = {"version": 2}
    texts = {}
    for bridge in layout.bridges:
        for port in bridge.ports:
            definition = {"dhcp4": False, "dhcp6": False, "accept-ra": False, "optional": True}
            tree.setdefault("ethernets", {})[_id(port, layout)] = dict(definition, **_mtu(bridge))
            generated = layout.host.files.get(NETPLAN_OUTPUT + _generated(port, layout), "")
            if re.search(r"^(Address|Gateway|DNS|Domains|Destination)=", generated, re.M):
                texts[networkd.FOLDER + _generated(port, layout)] = networkd.plugged(port, bridge, layout)
        if bridge.vlan:
            if bridge.vlan.link not in layout.names:
                carrier = {} if _is_defined(bridge.vlan.link, layout) else {"optional": True}
                tree.setdefault("ethernets", {}).setdefault(_id(bridge.vlan.link, layout), carrier)
            tree.setdefault("vlans", {})[bridge.vlan.device] = {
                "id": bridge.vlan.id,
                "link": _id(bridge.vlan.link, layout),
                "link-local": [],
                "optional": True,
                **_mtu(bridge),
            }
        tree.setdefault("bridges", {})[bridge.name] = _bridge(bridge, layout)
        identity = networkd.identity(bridge) if bridge.dhcp4 else ""
        if "IAID" in identity:  # netplan has no word for it
            texts[networkd.FOLDER + _PREFIX + bridge.name + f".network.d/{NAME}.conf"] = HEADER + identity
    texts[PATH] = HEADER + _yaml({"network": tree})
    return texts


def commands(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.Tuple[t.List[Command], t.List[Command]]:
    apply = [run("netplan", "apply"), run("networkctl", "reload")]
    return clearing(before, after), apply + networkd.reconfigure(before, after, altered)


def _bridge(bridge: Bridge, layout: Layout) -> t.Dict[str, t.Any]:
    definition: t.Dict[str, t.Any] = {
        "interfaces": [_id(device, layout) for device in bridge.devices],
        "dhcp4": bridge.dhcp4,
        "parameters": {"stp": bridge.stp},
        **_mtu(bridge),
    }
    if bridge.mac:
        definition["macaddress"] = bridge.mac
    if bridge.dhcp4 and (bridge.client_id or "").startswith("01"):
        definition["dhcp-identifier"] = "mac"
    if bridge.addresses:
        definition["addresses"] = list(bridge.addresses)
    if bridge.gateway:
        everywhere = "::/0" if ":" in bridge.gateway else "0.0.0.0/0"
        definition["routes"] = [{"to": everywhere, "via": bridge.gateway}]
    if bridge.nameservers:
        definition["nameservers"] = {"addresses": list(bridge.nameservers)}
    if not bridge.has_address:
        definition.update({"link-local": [], "accept-ra": False})
    if not (bridge.has_address and bridge.devices):
        definition["optional"] = True
    return definition


def _mtu(bridge: Bridge) -> t.Dict[str, int]:
    return {"mtu": bridge.mtu} if bridge.mtu else {}


def _id(device: str, layout: Layout) -> str:
    """What netplan calls the device: a card that is matched by its address may have another name there."""
    return layout.network_files[device][len(_PREFIX) : -len(".network")] if _is_defined(device, layout) else device


def _is_defined(device: str, layout: Layout) -> bool:
    """Whether somebody else's definition is in force for it."""
    return layout.network_files.get(device, "").startswith(_PREFIX)


def _generated(device: str, layout: Layout) -> str:
    return f"{_PREFIX}{_id(device, layout)}.network"


def _yaml(value: t.Mapping[str, t.Any], indent: str = "") -> str:
    """Mappings as YAML's blocks, what is in them as JSON, which is YAML too."""
    text = ""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            text += f"{indent}{_key(key)}:\n{_yaml(item, indent + '  ')}"
        else:
            text += f"{indent}{_key(key)}: {json.dumps(item)}\n"
    return text


def _key(key: str) -> str:
    return key if re.match(r"^[a-z][a-z0-9-]*$", key) else json.dumps(key)


STACK = Stack(("", "veth"), files, mode, commands, networkd.RECREATE)
