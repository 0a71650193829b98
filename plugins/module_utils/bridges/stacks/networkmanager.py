# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkManager: a profile of this collection for each device, preferred to whatever else a port has. Pure."""

from __future__ import annotations

import typing as t
import uuid

from ...paths import HEADER, NAME
from ..model import Bridge
from . import Bridges, Command, Layout, Stack, attempt, clearing, created, ordered, ports, properties, run

FOLDER = "/etc/NetworkManager/system-connections/"

#: NetworkManager brings up the profile of the highest one that fits a device; 0 is the default, 999 the end.
_PRIORITY = 900


def mode(_path: str) -> int:
    return 0o600  # it ignores files that others may read


def files(layout: Layout) -> t.Dict[str, str]:
    texts = {}
    for bridge in layout.bridges:
        texts[_path(bridge.name)] = _bridge(bridge)
        for port in bridge.ports:
            profile = _profile(port, "ethernet", master=bridge.name, **{"slave-type": "bridge"})
            texts[_path(port)] = HEADER + profile + _mtu(bridge)
        if bridge.vlan:
            profile = _profile(bridge.vlan.device, "vlan", master=bridge.name, **{"slave-type": "bridge"})
            vlan = _section("vlan", id=bridge.vlan.id, parent=bridge.vlan.link)
            texts[_path(bridge.vlan.device)] = HEADER + profile + vlan + _mtu(bridge)
    return texts


def commands(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.Tuple[t.List[Command], t.List[Command]]:
    """A bridge that stays takes its new addresses as it is: to bring it up anew would take it down first, and throw
    guests out.
    """
    then = [run("nmcli", "connection", "reload")]
    then += [attempt("nmcli", "device", "delete", name) for name in sorted(created(before) - created(after))]
    for name in ordered(after):
        if name not in altered | (set(after) - set(before)):
            continue
        bridge = after[name]
        if name in before:
            then.append(attempt("nmcli", "device", "reapply", name))
        else:
            then.append(run("nmcli", "--wait", "0", "connection", "up", "uuid", _uuid(name)))
        then += [run("nmcli", "--wait", "60", "connection", "up", "uuid", _uuid(device)) for device in bridge.devices]
    then += properties(before, after)
    # Its own former profile is the best that is left for a port.
    then += [
        attempt("nmcli", "--wait", "0", "device", "connect", card) for card in sorted(ports(before) - ports(after))
    ]
    return clearing(before, after), then


def _bridge(bridge: Bridge) -> str:
    own = {4: [one for one in bridge.addresses if ":" not in one], 6: [one for one in bridge.addresses if ":" in one]}
    text = HEADER + _profile(bridge.name, "bridge") + _mtu(bridge)
    text += _section("bridge", stp="true" if bridge.stp else "false", **{"mac-address": bridge.mac})
    for version, automatic in ((4, bridge.dhcp4), (6, bridge.has_address and not own[6])):
        servers = [one for one in bridge.nameservers if (":" in one) == (version == 6)]
        values: t.Dict[str, t.Any] = {"method": "auto" if automatic else "manual" if own[version] else "disabled"}
        for number, one in enumerate(own[version], start=1):
            gateway = "," + str(bridge.gateway) if one == bridge.behind else ""
            values[f"address{number}"] = one + gateway
        values.update(dns=";".join(servers) + ";" if servers else None)
        text += _section(f"ipv{version}", **values)
    return text


def _profile(device: str, kind: str, **more: str) -> str:
    preferred = {"autoconnect-priority": _PRIORITY}
    name = {"interface-name": device}
    return _section("connection", id=f"{NAME}-{device}", uuid=_uuid(device), type=kind, **name, **preferred, **more)


def _mtu(bridge: Bridge) -> str:
    return _section("ethernet", mtu=bridge.mtu)


def _section(name: str, **values: t.Any) -> str:
    lines = [f"{key}={value}" for key, value in values.items() if value is not None]
    return "\n".join(["", f"[{name}]", *lines, ""]) if lines else ""


def _path(device: str) -> str:
    return f"{FOLDER}{NAME}-{device}.nmconnection"


def _uuid(device: str) -> str:
    """The same at all times, so that a profile that is written again is the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{device}.bridges.{NAME}"))


STACK = Stack(("", "veth"), files, mode, commands, ())
