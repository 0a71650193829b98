# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of domains: made, reverted to, merged away, and thinned out."""

from __future__ import annotations

import dataclasses
import typing as t

from ...connection import find
from ...deps import libvirt
from ...diff import LIVE, Change
from ...errors import MissingReference, Refused, join
from ...plan import Action, Plan
from ...rule import HOST, check
from ...xml import table as tables
from ..base import Executors, Key, Kind, Reference, Session, Want, World
from ..domain.kind import DomainState
from ..images import Chain, Link
from ..volume import users
from . import host_rules, overlays, records, request
from .operations import Delete, Finish, Revert
from .rules import RULES
from .state import SnapshotState, chain, disks_of
from .table import EXTERNAL, INTERNAL, TABLE

#: libvirt deletes external snapshots, merging them, since 9.0 (its release notes).
DELETES_EXTERNAL = 9_000_000
#: 9.0.0 does not find the image to merge into when the domain is off and the snapshot is not its latest.
DELETES_OLD_WHILE_OFF = 9_001_000


class Snapshot(Kind):
    """``kvm.fleet.snapshot``."""

    noun, plural = "snapshot", "snapshots"
    table = TABLE
    rules = (*RULES, *host_rules.RULES)
    states = ("present", "absent", "reverted")
    options = {
        "domain": {"type": "str", "required": True},
        "mode": {"type": "str", "choices": [INTERNAL, EXTERNAL], "default": INTERNAL},
        "memory": {"type": "bool"},
        "quiesce": {"type": "bool", "default": False},
        "keep": {"type": "int"},
        "keep_prefix": {"type": "str"},
        "force": {"type": "bool", "default": False},
    }
    info_options = {"domain": {"type": "str"}, "name": {"type": "str"}}

    def key(self, params: t.Mapping[str, t.Any]) -> Key:
        return (params["domain"], params["name"])

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        check(self.rules, want.with_options(("name", "state", *self.options)), where=where)
        reference = Reference("domain", params["domain"], join(where, "domain"))
        return dataclasses.replace(want, references=(reference,))

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        domains = [one.name() for one in session.connection.listAllDomains()]
        found = self._read_all(session, [one for one in domains if params["domain"] in (None, one)])
        return {key for key in found if params["name"] in (None, key[1])}

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, SnapshotState]:
        """All snapshots of the domains of ``keys``: they depend on each other, and some may have to go."""
        return self._read_all(session, {domain for domain, _name in keys})

    def _read_all(self, session: Session, domains: t.Iterable[str]) -> t.Dict[t.Any, SnapshotState]:
        states = {}
        for name in domains:
            domain = find(session.connection.lookupByName, name)
            for one in domain.listAllSnapshots() if domain is not None else ():
                text = find(one.getXMLDesc)
                if text is not None:
                    key = (name, one.getName())
                    state = SnapshotState(*key, text, bool(one.isCurrent()), reverted=(self.noun, key) in session.done)
                    ours = records.is_ours(session.uri, domain.UUIDString(), key[1], state.created)
                    states[key] = dataclasses.replace(state, ours=ours)
        return states

    def plan(self, want: Want, world: World) -> Plan:
        state: t.Optional[SnapshotState] = world.state(self.noun, want.key)
        domain: t.Optional[DomainState] = world.state("domain", want.key[0])
        if domain is None:
            return Plan()  # it is to be absent, and has gone with its domain
        finish = Plan(tuple(_finish(want, world)))
        if want.absent:
            return finish + Plan((_delete(want, state, domain, world),) if state is not None else ())
        if want.state == "reverted":
            return finish + Plan(() if state is not None and state.reverted else (_revert(want, state, domain, world),))
        others = _of(world, want.key[0])
        actions = [self._make(want, host_rules.OfDomain(want, domain, others, world))] if state is None else []
        return finish + Plan((*actions, *_prune(want, state, others, domain, world)))

    def _make(self, want: Want, new: host_rules.OfDomain) -> Action:
        """:raises InvalidOption: it cannot be made as it is declared."""
        check(self.rules, new, HOST, want.where)
        return request.create(want, new)

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def show(self, state: SnapshotState) -> t.Dict[str, t.Any]:
        return state.show()


def _finish(want: Want, world: World) -> t.Iterator[Action]:
    """What is left of snapshots of the domain whose removal a run has begun that ended early."""
    others = {one.name: tables.read(TABLE, one.root).get("memory_file") for one in _of(world, want.key[0])}
    for (step, name), data in world.host.unfinished.items():
        if step == records.REMOVAL and data["domain"] == want.key[0] and data["snapshot"] not in others:
            file = data["memory_file"] if data["memory_file"] not in others.values() else None
            yield Action("snapshot", name, Finish(data["domain"], data["snapshot"], file))


def _of(world: World, domain: str) -> t.List[SnapshotState]:
    """The snapshots of a domain, the oldest first."""
    found = [state for key, state in world.current["snapshot"].items() if key[0] == domain]
    return sorted(found, key=lambda state: (state.created, state.name))


def _prune(
    want: Want, state: t.Optional[SnapshotState], others: t.Sequence[SnapshotState], domain: DomainState, world: World
) -> t.Iterator[Action]:
    """Of the series the oldest above the number to keep: those that the collection made, and never the declared one."""
    keep, prefix = want.params["keep"], want.params["keep_prefix"]
    if keep is None:
        return
    series = [one for one in others if one.ours and one.name.startswith(prefix) and one is not state]
    for one in series[: max(0, len(series) + 1 - keep)]:
        yield _delete(want, one, domain, world, covered=state is None)


def _delete(want: Want, state: SnapshotState, domain: DomainState, world: World, covered: bool = False) -> Action:
    """Its removal. ``covered``: a new one will be made before. :raises Refused: libvirt cannot, or not without harm."""
    if state.external:
        _check_merge(want, state, domain, world, covered)
    memory_file = tables.read(TABLE, state.root).get("memory_file") if state.external else None
    changes = tuple(Change(f"disks[{target}]", file, None, LIVE) for target, file in state.overlays.items())
    delete = Delete(state.domain, state.name, memory_file)
    return Action("snapshot", f"{state.domain}/{state.name}", delete, changes)


def _check_merge(want: Want, state: SnapshotState, domain: DomainState, world: World, covered: bool) -> None:
    where = want.where or f"snapshot {state.domain}/{state.name}"
    if world.host.libvirt_version < DELETES_EXTERNAL:
        raise Refused(
            "this libvirt cannot merge external snapshots", where=where, remedy="It takes libvirt 9.0 or newer"
        )
    others = _of(world, state.domain)
    for other in others:
        related = other.name == state.parent or other.parent == state.name
        if related and not other.external:
            raise Refused(
                f"it is next to the internal snapshot '{other.name}', and libvirt does not merge across that",
                where=where,
                remedy="Make that absent first",
            )
    for target, overlay in state.overlays.items():
        found = chain(domain, target, world)
        position = found.position(world.host.place(overlay)) if overlay else None
        if position is None and domain.live is None and not world.local:
            continue  # nobody here can see it
        # After a revert to another snapshot libvirt would take the wrong image for the one to merge and remove.
        if position is None:
            raise Refused(
                f"disk {target} is not based on '{overlay}' any more, so that cannot be merged",
                where=where,
                remedy=f"Look at 'virsh domblklist {state.domain}'; remove the snapshot by hand",
            )
        if (position or covered) and domain.live is None and world.host.libvirt_version < DELETES_OLD_WHILE_OFF:
            raise Refused(
                "the domain is off, and this libvirt merges only its latest external snapshot then",
                where=where,
                remedy="Start the domain first, or make the later ones absent first",
            )
        _check_alone(world, found, found.links[position : position + 2], where)


def _check_alone(world: World, chain_of: Chain, links: t.Sequence[Link], where: str) -> None:
    """:raises Refused: images besides this chain are based on what will be written to, or removed."""
    for link in links:
        others = users.based_on(world, link, chain_of.places)
        if others:
            they_are = ", ".join(others) + (" is" if len(others) == 1 else " are")
            raise Refused(
                f"'{link.name}' would change, and {they_are} based on it",
                where=where,
                remedy="Remove what is based on it first, or make a copy of that on its own",
            )


def _revert(want: Want, state: t.Optional[SnapshotState], domain: DomainState, world: World) -> Action:
    """The way back. :raises MissingReference: there is none. :raises Refused: a guest would stop unasked."""
    if state is None:
        raise MissingReference(
            f"domain '{want.key[0]}' has no snapshot '{want.key[1]}'",
            where=want.at("name"),
            remedy=f"There are {', '.join(one.name for one in _of(world, want.key[0])) or 'none'}",
        )
    force = want.params["force"]
    after = {"shutoff": "shut off", "disk-snapshot": "shut off"}.get(state.power, state.power)
    if domain.active and after not in ("running", domain.power) and not force:
        raise Refused(
            f"'{domain.name}' is {domain.power}, and would be {after} after it",
            where=want.at("state"),
            remedy="Declare force: true if that is intended",
        )
    changes = (Change("power", domain.power, after, LIVE),) if after != domain.power else ()
    flags = libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE if force else 0
    for disk in disks_of(domain):
        found = chain(domain, disk.target, world)
        then = overlays.backing_of(state, disk.target) if state.external else None
        below = found.position(world.host.place(then)) if then else None
        # An external snapshot is below what goes; an internal one is in the image that is written to.
        links = found.links[:1] if not state.external else found.links[:below] if below else ()
        _check_alone(world, found, links, want.where or f"snapshot {want.name}")
    by_hand = state.external and world.host.libvirt_version < overlays.REVERTS_EXTERNAL
    emptied = overlays.to_empty(want, state, domain, world) if by_hand else None
    return Action("snapshot", want.name, Revert(state.domain, state.name, flags, emptied), changes)
