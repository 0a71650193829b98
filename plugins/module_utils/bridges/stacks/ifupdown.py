# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ifupdown: a file in /etc/network/interfaces.d, which /etc/network/interfaces has to read. Pure."""

from __future__ import annotations

import re
import typing as t

from ...paths import HEADER, NAME
from ...rule import HOST, Rule
from ..model import Bridge
from . import Bridges, Command, Layout, Stack, attempt, clearing, ordered, ports, properties, run

MAIN = "/etc/network/interfaces"
PATH = f"/etc/network/interfaces.d/{NAME}"

#: Stanzas of the same interface add up, so a port's own cannot be taken back. But ifupdown can be configured to use
#: another one in its place, by a program that it asks; ours answers with the line that stands beside its name.
CHOICE = f"/etc/network/{NAME}-choice"

_LOGICAL = f"{NAME}-port"


def mode(path: str) -> int:
    return 0o755 if path == CHOICE else 0o644


def files(layout: Layout) -> t.Dict[str, str]:
    cards = [port for bridge in layout.bridges for port in bridge.ports]
    stanzas = [f"mapping {card}\n    script {CHOICE}\n    map {_LOGICAL}\n" for card in sorted(cards)]
    if cards:
        stanzas.append(f"iface {_LOGICAL} inet manual\n")
    stanzas += [_stanzas(bridge) for bridge in layout.bridges]
    texts = {PATH: HEADER + "\n" + "\n".join(stanzas)}
    if cards:
        texts[CHOICE] = "#!/bin/sh\n" + HEADER + "exec head -n 1\n"
    return texts


def commands(before: Bridges, after: Bridges, altered: t.Set[str]) -> t.Tuple[t.List[Command], t.List[Command]]:
    """What goes down goes with the files that it came up with."""
    changed = altered | (set(before) ^ set(after))
    down = [name for name in reversed(ordered(before)) if name in changed]
    old = {name: before[name] for name in down}
    new = {name: after[name] for name in ordered(after) if name in changed}
    taken = sorted(ports(new) - ports(old))
    released = sorted(ports(old) - ports(new))
    first = [attempt("ifdown", "--force", name) for name in [*down, *taken]]
    first += [attempt("ip", "address", "flush", "dev", card, "scope", "global") for card in taken]
    then = [*properties(before, after), *(run("ifup", "--force", name) for name in new)]
    return first + clearing(before, after), then + [attempt("ifup", "--force", card) for card in released]


def _stanzas(bridge: Bridge) -> str:
    """ip(8) makes the bridge, so that no package is needed for it. It stays when the interface goes down: guests are
    plugged into it.
    """
    up = ["ip link show dev $IFACE >/dev/null 2>&1 || ip link add name $IFACE type bridge"]
    up += [f"ip link set dev $IFACE type bridge stp_state {int(bridge.stp)}"]
    up += [f"ip link set dev $IFACE address {bridge.mac}"] if bridge.mac else []
    if bridge.vlan:
        device, link = bridge.vlan.device, bridge.vlan.link
        up.append(f"ip link set dev {link} up")
        up.append(
            f"ip link show dev {device} >/dev/null 2>&1"
            f" || ip link add link {link} name {device} type vlan id {bridge.vlan.id}"
        )
    up += [f"ip link set dev {device} master $IFACE up" for device in bridge.devices]
    if bridge.mtu:
        up += [f"ip link set dev {device} mtu {bridge.mtu}" for device in (*bridge.devices, "$IFACE")]
    # Without its own address the host is not in the bridge's network, not even by IPv6.
    up += [] if bridge.has_address else ["ip link set dev $IFACE addrgenmode none up"]

    methods = ["inet dhcp"] if bridge.dhcp4 else []
    methods += ["inet6 static" if ":" in address else "inet static" for address in bridge.addresses]
    options: t.List[t.List[str]] = [[] for _method in methods]
    for lines, address in zip(options[len(methods) - len(bridge.addresses) :], bridge.addresses):
        lines.append(f"address {address}")
        if address == bridge.behind:
            lines.append(f"gateway {bridge.gateway}")
    if options and bridge.nameservers:
        options[-1].append(f"dns-nameservers {' '.join(bridge.nameservers)}")
    if not methods or not methods[0].startswith("inet "):
        methods.insert(0, "inet manual")
        options.insert(0, [])
    options[0] = [f"pre-up {line}" for line in up] + options[0]
    return f"auto {bridge.name}\n" + "".join(
        f"iface {bridge.name} {method}\n" + "".join(f"    {line}\n" for line in lines)
        for method, lines in zip(methods, options)
    )


_READS = re.compile(r"^\s*source(-directory)?\s+\S*interfaces\.d\b", re.M)

RULES = (
    Rule(
        lambda every: every.situation.after and not _READS.search(every.situation.host.files.get(MAIN) or ""),
        "stack",
        f"{MAIN} does not read the files in {MAIN}.d",
        f"Add the line 'source {MAIN}.d/*' to it",
        HOST,
    ),
)

STACK = Stack(("", "veth", "dummy", "bond", "vlan"), files, mode, commands, (), RULES)
