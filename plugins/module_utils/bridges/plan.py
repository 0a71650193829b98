# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is declared, recorded and there to the files and commands of a change. Pure."""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t

from ..errors import InvalidOption, Refused
from .facts import Host, Link
from .model import Bridge, check_together, from_record
from .stacks import Command, Layout, Stack, created, ordered

#: What we have made of the host, and of what: the only memory that the collection has of bridges which a run does not
#: mention, and of the files that are its own.
RECORD = "/var/lib/kvm-fleet/bridges.json"


@dataclasses.dataclass(frozen=True)
class Condition:
    """What has to be true before a change counts as applied: in words (what is missing), and as a shell test."""

    missing: str
    test: str


@dataclasses.dataclass(frozen=True)
class Change:
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


def plan(bridges: t.Sequence[Bridge], absent: t.Sequence[str], host: Host, name: str, stack: Stack) -> Change:
    """The change that makes ``bridges`` be there and ``absent`` not, with the network stack ``stack``.

    Bridges that neither names stay as they are recorded.

    :raises FleetError: the declaration contradicts itself or the host, or would cut the host off by design.
    """
    record = json.loads(host.files.get(RECORD) or "{}")
    before = {key: from_record(values) for key, values in record.get("bridges", {}).items()}
    _check_stack(record, name)
    _check_absent(absent, before, host)
    kept = {key: bridge for key, bridge in before.items() if key not in absent}
    after = dict(kept, **{bridge.name: _resolve(bridge, before.get(bridge.name), host) for bridge in bridges})
    named = {bridge.name for bridge in bridges}
    check_together([*(bridge for key, bridge in kept.items() if key not in named), *bridges])
    ours = created(before)
    for bridge in bridges:
        _check(bridge, after, ours, host, stack)
    _check_links(after, before)

    layout = Layout(tuple(after[key] for key in ordered(after)), _network_files(record, after, host), host)
    texts = stack.files(layout) if after else {}
    files: t.Dict[str, t.Optional[str]] = {path: None for path in record.get("files", ()) if path not in texts}
    files.update(texts)
    if before or after:
        files[RECORD] = _record(name, after, layout.network_files, sorted(texts)) if after else None
    files = {path: text for path, text in sorted(files.items()) if host.files.get(path) != text}

    drifted = {bridge.name for bridge in bridges if bridge.name in before and _has_drifted(bridge, host)}
    gone = set(before) - set(after)
    altered = {key for key in after if after[key] != before.get(key)} | drifted
    if not altered and not gone:
        # A file of ours that somebody edited: everything it belongs to is configured again.
        altered = set(after) if files else set()
    vanished = created({key: after[key] for key in drifted}) & ours - set(host.links)
    first, then = stack.commands(before, after, altered)
    return Change(
        before=before,
        after=after,
        files=files,
        former={path: host.files.get(path) for path in files},
        modes={path: stack.mode(path) if path != RECORD else 0o600 for path in files},
        commands=(first, [*(stack.recreate if vanished else ()), *then]),
        undo=stack.commands(after, before, altered),
        conditions=[one for key in ordered(after) if key in altered for one in _conditions(after[key])]
        + [
            Condition(f"{device} is still there", f"! test -e /sys/class/net/{device}")
            for device in sorted(ours - created(after))
        ],
    )


def _check_stack(record: t.Mapping[str, t.Any], name: str) -> None:
    if record and record["stack"] != name:
        raise Refused(
            f"the bridges of this host were made with {record['stack']}, and now it is {name}",
            where="stack",
            remedy=f"Remove them first, with state absent and stack {record['stack']}",
        )


def _check_absent(absent: t.Sequence[str], before: t.Mapping[str, Bridge], host: Host) -> None:
    for name in absent:
        where = f"bridges[{name}].state"
        if name not in before:
            if name in host.links:
                raise Refused(
                    f"{name} was not made by this collection",
                    where=where,
                    remedy="Remove it where it was configured",
                )
            continue
        own = before[name].devices
        others = sorted(link.name for link in host.links.values() if link.master == name and link.name not in own)
        if others:
            raise Refused(
                f"{name} carries {', '.join(others)} besides its ports: guests use it",
                where=where,
                remedy="Move these guests to another bridge, or stop them, first",
            )


def _resolve(bridge: Bridge, former: t.Optional[Bridge], host: Host) -> Bridge:
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


def _check(bridge: Bridge, after: t.Mapping[str, Bridge], ours: t.Set[str], host: Host, stack: Stack) -> None:
    def refuse(option: str, what: str, remedy: str) -> t.NoReturn:
        raise Refused(what, where=f"bridges[{bridge.name}].{option}", remedy=remedy)

    if bridge.name in host.links and bridge.name not in ours:
        refuse(
            "name",
            f"there is a device {bridge.name} that this collection did not make",
            "Choose another name, or remove it where it was configured",
        )
    for option, device in [("ports", port) for port in bridge.ports] + (
        [("vlan.link", bridge.vlan.link)] if bridge.vlan else []
    ):
        if option == "vlan.link" and device in after:
            continue
        link = host.links.get(device)
        if link is None:
            raise InvalidOption(
                f"this host has no network device {device}",
                where=f"bridges[{bridge.name}].{option}",
                remedy=f"It has {', '.join(sorted(one for one in host.links if _usable(host.links[one])))}",
            )
        if device in ours or not _usable(link) or link.kind not in stack.kinds:
            refuse(
                option,
                f"{device} is a device of the kind {link.kind or 'unknown'}",
                "Name a network card; this network stack takes no other kind here",
            )
        if option == "ports" and link.master and link.master not in ours:
            refuse(option, f"{device} belongs to {link.master}", "Take it out of there first")
    taken = sorted(set(bridge.ports) & host.management())
    if taken and not bridge.has_address:
        addresses = ", ".join(host.links[taken[0]].addresses) or "default route"
        refuse(
            "ports",
            f"the host itself is reached through {taken[0]} ({addresses}), and the bridge has no address to take over",
            "Give the bridge dhcp4 or addresses, with the gateway",
        )


def _usable(link: Link) -> bool:
    return link.can_be_port


def _check_links(after: t.Mapping[str, Bridge], before: t.Mapping[str, Bridge]) -> None:
    """No VLAN on a bridge that goes, or that hangs on itself."""
    for name, bridge in after.items():
        link = bridge.vlan.link if bridge.vlan else ""
        if link in before and link not in after:
            raise Refused(
                f"{name} is on a VLAN of it",
                where=f"bridges[{link}].state",
                remedy="Remove that as well, or give it another link",
            )
        seen = {name}
        vlan = after[name].vlan
        while vlan and vlan.link in after:
            if vlan.link in seen:
                raise InvalidOption(
                    f"{name} would hang on itself",
                    where=f"bridges[{name}].vlan.link",
                    remedy="Name a network card, or a bridge that is not above this one",
                )
            seen.add(vlan.link)
            vlan = after[vlan.link].vlan


def _network_files(record: t.Mapping[str, t.Any], after: t.Mapping[str, Bridge], host: Host) -> t.Dict[str, str]:
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


def _has_drifted(bridge: Bridge, host: Host) -> bool:
    masters = [host.links[device].master if device in host.links else None for device in bridge.devices]
    return bridge.name not in host.links or any(master != bridge.name for master in masters)


def _conditions(bridge: Bridge) -> t.Iterator[Condition]:
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
