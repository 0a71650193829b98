# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planner cases as data: `cases/<kind>/<case>.yml`.

declared:  the module's options; `name` may be left out where `current` has one
current:   the object as it is; left out: there is none
  recorded:  the name of a definition in ../xml/recorded, or `xml:` a definition
  active:    whether it runs (default false); what runs is recorded too, else the definition
  edit, edit_definition, edit_live:  {place: text} to change in both or one of them first; null removes the place
  autostart, persistent, power, saved:  the state's own flags; what is saved is what ran
  value:     a secret's, which of a private one is only remembered
  pool, listed, content:  a volume's pool (default: data), whether libvirt lists it (default: true), and its record
             {source, checksum, format}; or it is {pool, path, format}, a file that libvirt does not list
also:      the rest of the document, as kvm.fleet.converge takes it
there:     other objects as they are: {noun: [like current]}; a snapshot is {domain, xml, current, ours}. What the
           runner would not read for the document is not there for planning either
schema:    newer: the host's libvirt is newer than this one, and its schema allows all of it
host:      {arch, domain_type, pool_types} (default: an x86_64 host without KVM, with pools in directories only);
           {filter_users: {filter: [[kind, name]]}}; {libvirt_version, files: [paths that are there],
           images: {path: {format, capacity, backing, parts (other files with its content), encrypted, written (when),
           unseen, link (a path), bytes (how large the file is)}}, gone: [paths where nothing is]}; with `made: {}`
           every directory is there;
           {disks: [{domain, source, live, writes}]};
           {interfaces: [{domain, device, network, bridge}] of domains that run, volume_paths: {pool: [path]}};
           {links: {directory: what it is a link to}, commits: [[domain, target]]} of disks that are merged;
           {permissions: {path: {mode, owner, group}}, seeds: {path: {user_data: …}}, volume_groups: [name]};
           {unfinished: [{step, name, …}], marked: [paths of half volumes], pools_down: [name]};
           {devices: [network devices] (default: all but those that libvirt makes), routes: {device: subnet}, lacks:
           [programs, `virtual functions of` a device], memory_for_one: bytes, free: bytes in each directory, read_only:
           [directories],
           contents: {path of a file that is there: {format, virtual_size}, or null where it is packed},
           guest_types: [[arch, type]], machine: {vcpus, modes, models}};
           `remote: true`: it is another machine than the one that the modules run on. All that is named is there; a
           host without a pool has `data`, in libvirt's own directory
plan:      what is expected, in the words of --diff: verbs, and below them what they change
carries:   what is expected to reach the executing side: verbs, and below them all that they are given (carried.py)
pending:   what is expected to wait for a restart
warnings:  what the user is expected to be told
error:     or a part of the expected message
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pathlib
import typing as t
from unittest import mock

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE, describe_change
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind, Session, Want, World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import DefinedState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.kind import DomainState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.secret import records as fingerprints
from ansible_collections.kvm.fleet.plugins.module_utils.resources.secret.kind import SecretState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.snapshot.state import SnapshotState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.storage import Image
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.records import Record
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import VolumeState, state_of_file
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Runner, wants_of
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse, schema
from ansible_collections.kvm.fleet.plugins.module_utils.xml import path as xmlpath

from . import carried
from .host_facts import HostFacts

HERE = pathlib.Path(__file__).parent
RECORDED = HERE.parent / "xml" / "recorded"
BY_NOUN = {kind.noun: kind for kind in ALL_KINDS}
PATHS = sorted(HERE.glob("cases/*/*.yml"))
#: The cases by the noun of the kind that they are about.
OF_KIND = {kind.noun: [path for path in PATHS if path.parent.name == kind.noun] for kind in ALL_KINDS}
#: Kinds of which the runner reads what is declared or referred to, and nothing else.
READ_ONE_BY_ONE = ("network", "nwfilter", "pool", "volume")


@dataclasses.dataclass
class Case:
    """One file: the document and the world that it makes, and what is expected of them."""

    kind: Kind
    wants: list[Want]
    world: World
    expected: dict[str, str]
    newer: bool

    @property
    def want(self) -> Want:
        return self.wants[0]

    def plan(self) -> Plan:
        """What the runner plans for the whole document."""
        kinds = KINDS if self.kind in KINDS else ALL_KINDS
        with mock.patch.object(schema, "check") if self.newer else contextlib.nullcontext():
            return Runner(Session(None, "qemu:///system"), kinds).plan(self.wants, self.world)


@functools.cache
def read(path: pathlib.Path) -> dict[str, t.Any]:
    """What stands in a case file, for all who ask: nobody changes it."""
    return yaml.load(path.read_bytes(), yaml.CSafeLoader)


@functools.cache
def load(path: pathlib.Path) -> Case:
    """The same: planning changes nothing of it."""
    data = read(path)
    kind = BY_NOUN[path.parent.name]
    current = data.get("current")
    state = state_of(kind.noun, current) if current else None
    named = {"name": state.name} if state and kind.noun != "secret" else {}
    if kind.noun == "volume":
        named["pool"] = state.pool if state else "data"
    declared = dict(named, **data["declared"])
    document = {kind.plural: [validated(kind, declared)]}
    for plural, elements in (data.get("also") or {}).items():
        (other,) = [one for one in ALL_KINDS if one.plural == plural]
        document.setdefault(plural, []).extend(validated(other, element) for element in elements)
    wants = wants_of(ALL_KINDS, document, alone="also" not in data)
    wants.sort(key=lambda want: want.kind != kind.noun)  # the one that the case is about first
    states: dict[str, dict[t.Any, t.Any]] = {one.noun: {} for one in ALL_KINDS}
    if state:
        states[kind.noun][key_of(kind.noun, state)] = state
    for noun, others in (data.get("there") or {}).items():
        for other_state in (state_of(noun, other) for other in others):
            states[noun][key_of(noun, other_state)] = other_state
    wanted: dict[str, dict[t.Any, Want]] = {one.noun: {} for one in ALL_KINDS}
    for want in wants:
        wanted[want.kind][want.key] = want
    everything = {noun: tuple(states[noun].values()) for noun in states}
    for noun in READ_ONE_BY_ONE:
        looked_at = {*wanted[noun], *(one.key for want in wants for one in want.references if one.kind == noun)}
        states[noun] = {key: one for key, one in states[noun].items() if key in looked_at}
    host = HostFacts.of(everything, **(data.get("host") or {}))
    expected = {name: data[name] for name in ("plan", "carries", "pending", "warnings") if name in data}
    world = World(states, wanted, t.cast(t.Any, host), not host.remote)
    return Case(kind, wants, world, expected, "schema" in data)


@functools.cache
def _validator(kind: Kind) -> ArgumentSpecValidator:
    return ArgumentSpecValidator(kind.argument_spec())


def validated(kind: Kind, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options as Ansible hands them to the module."""
    result = _validator(kind).validate(options)
    assert not result.error_messages, result.error_messages
    return result.validated_parameters


def key_of(noun: str, state: t.Any) -> t.Any:
    return {
        "volume": lambda: (state.pool, state.name),
        "secret": lambda: state.key,
        "snapshot": lambda: (state.domain, state.name),
    }.get(noun, lambda: state.name)()


def secret_state(definition: str, value: bytes | None) -> SecretState:
    """A secret that has this value, as far as it can be told."""
    root = parse.parse(definition)
    if root.find("uuid") is None:
        xmlpath.set_text(root, "uuid", "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999")
    state = SecretState(root.findtext("uuid"), parse.to_text(root), None, True, False)
    if state.private:
        return dataclasses.replace(state, known=value and fingerprints.fingerprint(value))
    return dataclasses.replace(state, value=value, empty=value is None)


def volume_state(
    pool: str = "data",
    path: str = "",
    format: str = "",
    recorded: str = "",
    xml: str = "",
    edit: t.Mapping[str, str | None] | None = None,
    listed: bool = True,
    content: t.Mapping[str, str] | None = None,
) -> VolumeState:
    if path:
        return state_of_file(pool, pathlib.PurePath(path).name, path, Image(format, 1, None))
    xml = edited(xml or (RECORDED / "volume" / f"{recorded}.xml").read_text(), dict(edit or {}))
    return VolumeState(pool, parse.parse(xml).findtext("name"), xml, listed, Record(**content) if content else None)


def state_of(noun: str, given: dict[str, t.Any]) -> t.Any:
    if noun == "volume":
        return volume_state(**given)
    if noun == "snapshot":
        name = parse.parse(given["xml"]).findtext("name")
        return SnapshotState(given["domain"], name, given["xml"], given.get("current", False), given.get("ours", False))
    if noun == "secret":
        return secret_state(given["xml"], given["value"].encode() if "value" in given else None)
    recorded = RECORDED / f"{given.get('recorded')}.xml"
    definition = given.get("xml") or recorded.read_text()
    live_path = recorded.with_suffix(".live.xml")
    live = live_path.read_text() if live_path.exists() else definition
    edits = given.get("edit") or {}
    definition = edited(definition, {**edits, **(given.get("edit_definition") or {})})
    live = edited(live, {**edits, **(given.get("edit_live") or {})})
    active = given.get("active", False)
    common = {
        "name": parse.parse(definition).findtext("name") or parse.parse(definition).get("name"),
        "definition": definition,
        "live": live if active else None,
        "persistent": given.get("persistent", True),
        "autostart": given.get("autostart", False),
    }
    if noun != "domain":
        return DefinedState(**common)
    power = given.get("power", "running" if active else "shut off")
    return DomainState(**common, power=power, saved=live if given.get("saved") else None)


def edited(xml: str, edits: dict[str, str | None]) -> str:
    if not edits:  # as libvirt wrote it, to the last quote
        return xml
    root = parse.parse(xml)
    for place, text in edits.items():
        xmlpath.set_text(root, place, text)
    return parse.to_text(root)


def said(plan: Plan, want: Want) -> dict[str, str]:
    """A plan in the words of a case file."""
    lines: list[str] = []
    for action in plan.actions:
        lines += [_title(action, want), *("  " + describe_change(change.public()) for change in action.changes)]
    waiting = []
    for pending in plan.pending:
        about = "" if _is(pending, want) else f"{pending.kind} {pending.name}: "
        waiting += [about + describe_change(change.public()) for change in pending.changes]
    carries = [
        line
        for action in plan.actions
        for line in (
            _title(action, want),
            *("  " + one for one in carried.lines(action.kind, action.operation)),
        )
    ]
    told = {"plan": lines, "carries": carries, "pending": waiting, "warnings": plan.warnings}
    return {name: "\n".join(text) + "\n" for name, text in told.items() if text}


def _title(action: Action, want: Want) -> str:
    about = "" if _is(action, want) else f" {action.kind} {action.name}"
    return action.verb + about + (f" ({action.apply})" if action.apply != LIVE else "")


def _is(one: t.Any, want: Want) -> bool:
    return (one.kind, one.name) == (want.kind, want.name)
