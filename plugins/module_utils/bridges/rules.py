# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for bridges: by themselves, with each other, and on the host that they are declared for. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..rule import HOST, Rule, Violation
from .facts import NetworkFacts
from .model import Bridge
from .stacks import Stack, created

#: The kernel's limit (IFNAMSIZ), and what every network stack takes for a name.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,14}")


@dataclasses.dataclass(frozen=True)
class Situation:
    """The declared bridges (``present``, ``absent``), those that were made ``before``, and the ``host``.

    ``after`` are those that shall be there: all that are declared, and of the others those that are there now.
    ``stack`` is the network stack that is called ``stack_name``; ``made_with``: the one that they were made with.
    """

    present: t.Tuple[Bridge, ...]
    absent: t.Tuple[str, ...]
    before: t.Mapping[str, Bridge]
    after: t.Mapping[str, Bridge]
    host: NetworkFacts
    stack_name: str
    stack: Stack
    made_with: t.Optional[str]

    @property
    def ours(self) -> t.Set[str]:
        """The devices that are there because of bridges made before."""
        return created(self.before)

    def usable(self, device: str) -> bool:
        """Whether a device of the host can be plugged into a bridge, or carry a VLAN."""
        link = self.host.links[device]
        return device not in self.ours and link.can_be_port and link.kind in self.stack.kinds


class BridgeItem(t.Dict[str, t.Any]):
    """The options of one declared bridge, with what the rules of the scope ``host`` look at besides."""

    def __init__(self, bridge: Bridge, situation: Situation) -> None:
        super().__init__(bridge.options())
        self.bridge = bridge
        self.situation = situation
        self.host = situation.host

    @property
    def links(self) -> t.List[str]:
        """The device that carries its VLAN, unless it is a bridge of this collection."""
        vlan = self.bridge.vlan
        return [vlan.link] if vlan and vlan.link not in self.situation.after else []

    def missing(self, devices: t.Iterable[str]) -> t.List[Violation]:
        there = ", ".join(sorted(name for name, link in self.host.links.items() if link.can_be_port))
        return [Violation("", (device, there)) for device in devices if device not in self.host.links]

    def unusable(self, devices: t.Iterable[str]) -> t.List[Violation]:
        links = self.host.links
        return [
            Violation("", (device, links[device].kind or "unknown"))
            for device in devices
            if device in links and not self.situation.usable(device)
        ]

    def somebody_elses(self) -> str:
        """Its own name, if a device has it that is not ours."""
        name = self.bridge.name
        return name if name in self.host.links and name not in self.situation.ours else ""

    def taken(self) -> t.List[Violation]:
        """Ports that belong to something that is not ours."""
        masters = {port: self.host.links[port].master for port in self.bridge.ports if port in self.host.links}
        return [
            Violation("", (port, master))
            for port, master in masters.items()
            if master and master not in self.situation.ours
        ]

    def cut_off(self) -> t.List[Violation]:
        """The ports that the host is reached through, when it would be reached no more."""
        if self.bridge.has_address:
            return []
        ports = sorted(set(self.bridge.ports) & self.host.management())
        return [
            Violation("", (port, ", ".join(self.host.links[port].addresses) or "default route")) for port in ports[:1]
        ]

    def unknown(self) -> str:
        """Its own name, if a device has it that is no bridge made before."""
        name = self.bridge.name
        return name if name in self.host.links and name not in self.situation.before else ""

    def users(self) -> t.List[Violation]:
        """What is plugged into it besides its ports."""
        name = self.bridge.name
        if name not in self.situation.before:
            return []
        own = self.situation.before[name].devices
        others = [link.name for link in self.host.links.values() if link.master == name and link.name not in own]
        return [Violation("", (name, ", ".join(sorted(others))))] if others else []

    def vlans_on_it(self) -> t.List[Violation]:
        """The bridges that are on a VLAN of it and stay."""
        if self.bridge.name not in self.situation.before:
            return []
        vlans = {name: one.vlan for name, one in self.situation.after.items() if one.vlan}
        return [Violation("", (name,)) for name, vlan in vlans.items() if vlan.link == self.bridge.name]


class AllBridges(t.Dict[str, t.Any]):
    """All bridges: those that are not declared first, as they are there already."""

    def __init__(self, situation: Situation) -> None:
        super().__init__(bridges=situation.present, stack=situation.stack_name)
        self.situation = situation
        named = {bridge.name for bridge in situation.present}
        kept = [one for name, one in situation.before.items() if name in situation.after and name not in named]
        self.bridges = (*kept, *situation.present)

    def of_another_stack(self) -> t.List[Violation]:
        stacks = (self.situation.made_with, self.situation.stack_name)
        return [Violation("", stacks)] if stacks[0] not in (None, stacks[1]) else []

    def twice(self) -> t.List[Violation]:
        names = [bridge.name for bridge in self.bridges]
        return [Violation(f"[{name}]") for name in sorted(set(names)) if names.count(name) > 1]

    def shared(self) -> t.List[Violation]:
        """Ports, VLANs and addresses that a second bridge claims."""
        owners: t.Dict[str, t.Tuple[str, str]] = {}
        found = []
        for bridge in {bridge.name: bridge for bridge in self.bridges}.values():
            claims = [("ports", port) for port in bridge.ports]
            claims += [("vlan", bridge.vlan.device)] if bridge.vlan else []
            claims += [("addresses", address.partition("/")[0]) for address in bridge.addresses]
            for option, thing in claims:
                if thing in owners:
                    found.append(Violation(f"[{bridge.name}].{option}", (thing, *owners[thing])))
                owners.setdefault(thing, (option, bridge.name))
        return found

    def circles(self) -> t.List[Violation]:
        """One bridge of each circle in which each is on a VLAN of the next."""
        after, found = self.situation.after, []
        seen: t.Set[str] = set()
        for name in after:
            way = [name]
            while (vlan := after[way[-1]].vlan) and vlan.link in after and vlan.link not in way:
                way.append(vlan.link)
            if vlan and vlan.link == name and not seen.intersection(way):
                found.append(Violation(f"[{name}].vlan.link", (name,)))
                seen.update(way)
        return found


def _of_devices(option: str, devices: t.Callable[[BridgeItem], t.Sequence[str]]) -> t.Tuple[Rule, Rule]:
    """What has to hold for devices of the host that an option names."""
    return (
        Rule(
            lambda item: item.missing(devices(item)),
            option,
            "this host has no network device {0}",
            "It has {1}",
            HOST,
        ),
        Rule(
            lambda item: item.unusable(devices(item)),
            option,
            "{0} is a device of the kind {1}",
            "Name a network card; this network stack takes no other kind here",
            HOST,
        ),
    )


#: A bridge that shall be there.
PRESENT = (
    Rule(
        lambda item: not _NAME.fullmatch(item.bridge.name) and item.bridge.name,
        "name",
        "'{0}' is not a name for a network device",
        "Use at most 15 letters, digits, dots, hyphens and underscores, with a letter first",
    ),
    Rule(
        lambda item: item.bridge.vlan and not 1 <= item.bridge.vlan.id <= 4094 and str(item.bridge.vlan.id),
        "vlan.id",
        "{0} is not a VLAN number",
        "VLANs are numbered 1 to 4094",
    ),
    Rule(
        lambda item: item.bridge.mtu is not None and not 576 <= item.bridge.mtu <= 65535 and str(item.bridge.mtu),
        "mtu",
        "{0} is not an MTU",
        "Give 576 to 65535 bytes",
    ),
    Rule(
        lambda item: item.bridge.gateway if not item.bridge.behind else "",
        "gateway",
        "{0} is in none of the networks of addresses",
        "Give the bridge an address of the gateway's network, with the right prefix length",
    ),
    Rule(
        lambda item: item.somebody_elses(),
        "name",
        "there is a device {0} that this collection did not make",
        "Choose another name, or remove it where it was configured",
        HOST,
    ),
    *_of_devices("ports", lambda item: item.bridge.ports),
    *_of_devices("vlan.link", lambda item: item.links),
    Rule(lambda item: item.taken(), "ports", "{0} belongs to {1}", "Remove it from there first", HOST),
    Rule(
        lambda item: item.cut_off(),
        "ports",
        "the host itself is reached through {0} ({1}), and the bridge has no address to take over",
        "Give the bridge dhcp4 or addresses, with the gateway",
        HOST,
    ),
)

#: A bridge that goes.
ABSENT = (
    Rule(
        lambda item: item.unknown(),
        "state",
        "{0} was not made by this collection",
        "Remove it where it was configured",
        HOST,
    ),
    Rule(
        lambda item: item.users(),
        "state",
        "{0} carries {1} besides its ports: guests use it",
        "Move these guests to another bridge, or stop them, first",
        HOST,
    ),
    Rule(
        lambda item: item.vlans_on_it(),
        "state",
        "{0} is on a VLAN of it",
        "Remove that as well, or give it another link",
        HOST,
    ),
)

#: All bridges of the host.
TOGETHER = (
    Rule(
        lambda every: every.of_another_stack(),
        "stack",
        "the bridges of this host were made with {0}, and now it is {1}",
        "Remove them first, with state absent and stack {0}",
        HOST,
    ),
    Rule(
        lambda every: every.twice(),
        "bridges",
        "there are two bridges of this name",
        "Give each its own name",
    ),
    Rule(
        lambda every: every.shared(),
        "bridges",
        "{0} is used by {1} of '{2}' already",
        "A port, a VLAN of a device and an address belong to one bridge",
        HOST,
    ),
    Rule(
        lambda every: every.circles(),
        "bridges",
        "{0} would be on a VLAN of itself",
        "Name a network card, or a bridge that is not above this one",
        HOST,
    ),
)
