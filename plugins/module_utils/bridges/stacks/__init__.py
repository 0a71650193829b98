# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network stack module provides: its files for a set of bridges, and the commands that have it take them."""

from __future__ import annotations

import dataclasses
import typing as t

from ...rule import Rule
from ..facts import NetworkFacts
from ..model import Bridge

Bridges = t.Mapping[str, Bridge]


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a change. Those that only clear away may fail: what they are about may be gone already."""

    argv: t.Tuple[str, ...]
    may_fail: bool = False


@dataclasses.dataclass(frozen=True)
class Layout:
    """All bridges that shall be there, in an order in which they can be made, and what they are made on.

    ``network_files``: for each network card, the name of the file that networkd configured it with before we came.
    """

    bridges: t.Tuple[Bridge, ...]
    network_files: t.Mapping[str, str]
    host: NetworkFacts

    @property
    def names(self) -> t.Set[str]:
        return {bridge.name for bridge in self.bridges}

    def owner(self, device: str) -> t.Optional[Bridge]:
        """The bridge that the device is plugged into."""
        return next((bridge for bridge in self.bridges if device in bridge.devices), None)

    def vlans_on(self, device: str) -> t.List[str]:
        return [bridge.vlan.device for bridge in self.bridges if bridge.vlan and bridge.vlan.link == device]


@dataclasses.dataclass(frozen=True)
class Stack:
    """A network stack.

    ``kinds``: the kinds of device (in the words of ``ip``; empty is a network card) that can be a port or carry a VLAN.
    ``files``: the text of every file that the layout takes, by path; ``mode``: the permissions of one of them.
    ``commands``: those before the files are exchanged, and those after, from the bridges before and after and the names
    of those to configure anew. ``recreate``: what makes devices that somebody has deleted, before the latter.
    ``rules``: what has to hold on the host for it.
    """

    kinds: t.Tuple[str, ...]
    files: t.Callable[[Layout], t.Dict[str, str]]
    mode: t.Callable[[str], int]
    commands: t.Callable[[Bridges, Bridges, t.Set[str]], t.Tuple[t.List[Command], t.List[Command]]]
    recreate: t.Tuple[Command, ...]
    rules: t.Tuple[Rule, ...] = ()


def run(*argv: str) -> Command:
    return Command(argv)


def attempt(*argv: str) -> Command:
    return Command(argv, may_fail=True)


def created(bridges: Bridges) -> t.Set[str]:
    """The devices that are there because of the bridges: they themselves and their VLANs."""
    return set(bridges) | {bridge.vlan.device for bridge in bridges.values() if bridge.vlan}


def ordered(bridges: Bridges) -> t.List[str]:
    """By name, but a bridge before those whose VLAN is on it."""
    names: t.List[str] = []

    def visit(name: str) -> None:
        vlan = bridges[name].vlan
        if vlan and vlan.link in bridges:
            visit(vlan.link)
        if name not in names:
            names.append(name)

    for name in sorted(bridges):
        visit(name)
    return names


def ports(bridges: Bridges) -> t.Set[str]:
    return {port for bridge in bridges.values() for port in bridge.ports}


def below(bridges: Bridges) -> t.Set[str]:
    """The devices that they are made on: ports, and what carries their VLANs."""
    links = {bridge.vlan.link for bridge in bridges.values() if bridge.vlan}
    return ports(bridges) | (links - set(bridges))


def clearing(before: Bridges, after: Bridges) -> t.List[Command]:
    """Takes away devices that go, or come back as something else, and ports that leave. VLANs go before bridges."""
    vlans = {bridge.vlan.device: bridge.vlan for bridge in before.values() if bridge.vlan}
    stay = {bridge.vlan.device: bridge.vlan for bridge in after.values() if bridge.vlan}
    gone = sorted(device for device, vlan in vlans.items() if stay.get(device) != vlan) + sorted(
        set(before) - set(after)
    )
    leaving = sorted(
        port for name, bridge in before.items() if name in after for port in set(bridge.ports) - set(after[name].ports)
    )
    return [attempt("ip", "link", "set", "dev", port, "nomaster") for port in leaving] + [
        attempt("ip", "link", "delete", "dev", device) for device in gone
    ]


def properties(before: Bridges, after: Bridges) -> t.List[Command]:
    """Sets on a bridge that stays what no stack sets on a device that is there already: guests are plugged into it,
    so it must not be made anew.
    """
    commands = []
    for name in sorted(set(before) & set(after)):
        old, new = before[name], after[name]
        if new.mac and new.mac != old.mac:
            commands.append(run("ip", "link", "set", "dev", name, "address", new.mac))
        if new.stp != old.stp:
            commands.append(run("ip", "link", "set", "dev", name, "type", "bridge", "stp_state", str(int(new.stp))))
    return commands


def touched(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.List[str]:
    """The network cards below bridges that come, go or change: what has to be configured anew."""
    changed = altered | (set(before) ^ set(after))
    old = {name: bridge for name, bridge in before.items() if name in changed}
    new = {name: bridge for name, bridge in after.items() if name in changed}
    return sorted((below(old) | below(new)) - set(before) - set(after))
