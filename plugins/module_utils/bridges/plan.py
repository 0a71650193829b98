# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is declared, recorded and there to the files and commands of a change. Pure."""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t

from .. import paths
from ..errors import FleetError, together
from ..rule import DECLARED, HOST, broken
from .facts import NetworkFacts
from .model import Bridge, from_record
from .rules import ABSENT, PRESENT, TOGETHER, AllBridges, BridgeItem, Situation
from .stacks import Command, Layout, Stack, created, ordered

#: What we have made of the host, and of what: the only memory that the collection has of bridges which a run does not
#: mention, and of the files that are its own.
RECORD = f"{paths.STATE}/bridges.json"


@dataclasses.dataclass(frozen=True)
class Condition:
    """What has to be true before a change counts as applied: in words (what is missing), and as a shell test."""

    missing: str
    test: str


@dataclasses.dataclass(frozen=True)
class Exchange:
    """``files`` has the new text of every file that changes (``None``: it goes), ``former`` what it is now."""

    before: t.Mapping[str, Bridge]
    after: t.Mapping[str, Bridge]
    files: t.Mapping[str, t.Optional[str]]
    former: t.Mapping[str, t.Optional[str]]
    modes: t.Mapping[str, int]
    commands: t.Tuple[t.List[Command], t.List[Command]] = ([], [])
    undo: t.Tuple[t.List[Command], t.List[Command]] = ([], [])
    conditions: t.Sequence[Condition] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.conditions)


def plan(bridges: t.Sequence[Bridge], absent: t.Sequence[str], host: NetworkFacts, name: str, stack: Stack) -> Exchange:
    """The exchange that makes ``bridges`` be there and ``absent`` not, with the network stack ``stack``.

    Bridges that neither names stay as they are recorded.

    :raises FleetError: the declaration contradicts itself or the host, or would cut the host off by design.
    """
    record = json.loads(host.files.get(RECORD) or "{}")
    before = {key: from_record(values) for key, values in record.get("bridges", {}).items()}
    kept = {key: bridge for key, bridge in before.items() if key not in absent}
    after = dict(kept, **{bridge.name: _resolve(bridge, before.get(bridge.name), host) for bridge in bridges})
    situation = Situation(tuple(bridges), tuple(absent), before, after, host, name, stack, record.get("stack"))
    check(situation)
    files = _files(situation, record)
    drifted = {bridge.name for bridge in bridges if bridge.name in before and _has_drifted(bridge, host)}
    altered = {key for key in after if after[key] != before.get(key)} | drifted
    if not altered and not set(before) - set(after):
        # A file of this collection was edited: everything it belongs to is configured again.
        altered = set(after) if files else set()
    vanished = created({key: after[key] for key in drifted}) & situation.ours - set(host.links)
    first, then = stack.commands(before, after, altered)
    return Exchange(
        before=before,
        after=after,
        files=files,
        former={path: host.files.get(path) for path in files},
        modes={path: stack.mode(path) if path != RECORD else 0o600 for path in files},
        commands=(first, [*(stack.recreate if vanished else ()), *then]),
        undo=stack.commands(after, before, altered),
        conditions=[*_conditions(after, altered), *_gone(situation.ours - created(after))],
    )


def check(situation: Situation) -> None:
    """Apply the rules, those for what is declared by itself before those for the host.

    :raises FleetError: all mistakes of the one or the other.
    """
    items = [
        *((BridgeItem(bridge, situation), PRESENT) for bridge in situation.present),
        *((BridgeItem(Bridge(name), situation), ABSENT) for name in situation.absent),
    ]
    for scope in (DECLARED, HOST):
        errors: t.List[FleetError] = list(broken((*TOGETHER, *situation.stack.rules), AllBridges(situation), scope))
        for item, rules in items:
            errors += [error.below(f"bridges[{item.bridge.name}]") for error in broken(rules, item, scope)]
        if errors:
            raise together(errors)


def _resolve(bridge: Bridge, former: t.Optional[Bridge], host: NetworkFacts) -> Bridge:
    """The bridge with the MAC address of its first port, so that the DHCP server knows it again."""
    if not bridge.ports or bridge.ports[0] not in host.links:
        return bridge
    port = host.links[bridge.ports[0]]
    mac = bridge.mac or port.mac or None
    client_id = port.client_id or None
    if former and former.ports[:1] == bridge.ports[:1] and former.dhcp4:
        client_id = former.client_id
    takes_over = bridge.dhcp4 and mac == port.mac
    return dataclasses.replace(bridge, mac=mac, client_id=client_id if takes_over else None)


def _files(situation: Situation, record: t.Mapping[str, t.Any]) -> t.Dict[str, t.Optional[str]]:
    """Every file of this collection that differs from the declaration, with its new text; ``None``: it is removed."""
    after, host = situation.after, situation.host
    layout = Layout(tuple(after[key] for key in ordered(after)), _network_files(record, after, host), host)
    texts = situation.stack.files(layout) if after else {}
    files: t.Dict[str, t.Optional[str]] = {path: None for path in record.get("files", ()) if path not in texts}
    files.update(texts)
    if situation.before or after:
        made = _record(situation.stack_name, after, layout.network_files, sorted(texts))
        files[RECORD] = made if after else None
    return {path: text for path, text in sorted(files.items()) if host.files.get(path) != text}


def _network_files(
    record: t.Mapping[str, t.Any], after: t.Mapping[str, Bridge], host: NetworkFacts
) -> t.Dict[str, str]:
    """For each network card that is used: the name of the file networkd configured it with before we came."""
    files = {}
    for bridge in after.values():
        for device in (*bridge.ports, *([bridge.vlan.link] if bridge.vlan else [])):
            if device not in host.links or device in after:
                continue
            recorded = record.get("network_files", {}).get(device)
            files[device] = recorded if recorded is not None else os.path.basename(host.links[device].network_file)
    return files


def _record(name: str, after: t.Mapping[str, Bridge], network_files: t.Mapping[str, str], own: t.List[str]) -> str:
    bridges = {key: bridge.recorded() for key, bridge in after.items()}
    content = {"stack": name, "bridges": bridges, "network_files": network_files, "files": own}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _has_drifted(bridge: Bridge, host: NetworkFacts) -> bool:
    masters = [host.links[device].master if device in host.links else None for device in bridge.devices]
    return bridge.name not in host.links or any(master != bridge.name for master in masters)


def _conditions(after: t.Mapping[str, Bridge], altered: t.Set[str]) -> t.Iterator[Condition]:
    """What has to come about for the bridges that are configured anew."""
    for name in (name for name in ordered(after) if name in altered):
        yield from _conditions_of(after[name])


def _gone(devices: t.Iterable[str]) -> t.Iterator[Condition]:
    for device in sorted(devices):
        yield Condition(f"{device} is still there", f"! test -e /sys/class/net/{device}")


def _conditions_of(bridge: Bridge) -> t.Iterator[Condition]:
    name = bridge.name
    yield Condition(f"there is no {name}", f"test -d /sys/class/net/{name}/bridge")
    for device in bridge.devices:
        yield Condition(f"{device} is not in {name}", f"test -e /sys/class/net/{name}/brif/{device}")
        yield Condition(
            f"{device} still has an address of its own",
            f"! ip -4 -oneline address show dev {device} | grep -q inet",
        )
    for address in bridge.addresses:
        yield Condition(
            f"{name} has no address {address}",
            f"ip -oneline address show dev {name} | grep -qF ' {address} '",
        )
    if bridge.dhcp4:
        yield Condition(
            f"no DHCP server has given {name} an address",
            f"ip -4 -oneline address show dev {name} | grep -q ' dynamic '",
        )
