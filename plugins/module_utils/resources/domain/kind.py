# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains: what is declared resolved to libvirt's XML, and what has to be done for it. Pure but for reading."""

from __future__ import annotations

import dataclasses
import typing as t

from ...connection import find
from ...content.seed import DOCUMENTS
from ...deps import etree
from ...plan import Action, Plan
from ...rule import check
from ...xml import parse
from ...xml import table as tables
from ..base import Executors, Session, Want, World
from ..coming import Coming
from ..declared import DECLARED
from ..defined import DefinedKind
from ..definition import DefinedState
from ..shared.ports import fill_trunk
from ..spec import AS
from . import cloud_init, host_rules, removal, seed
from .activity import DomainActivity
from .addresses import Addresses
from .definition import DomainDefinition
from .devices.memory import MEMORY_DEVICES
from .devices.resolve import doubts
from .image_checks import check_bases, check_images_complete
from .operations import Define
from .references import TPM_SECRET, references
from .rename import renamed
from .rules import RULES
from .skeleton import stated
from .state import Domains, DomainState
from .table import TABLE
from .tables import MACHINE


class Domain(DefinedKind):
    """``kvm.fleet.domain``."""

    noun, plural = "domain", "domains"
    table = TABLE
    rules = (*RULES, *host_rules.RULES)
    definition = DomainDefinition("domain", TABLE, "domain", "domain.rng", RULES, (*MACHINE, MEMORY_DEVICES))
    activity = DomainActivity(definition)
    states = ("running", "stopped", "paused", "saved", "present", "absent")
    options = {
        "autostart": {"type": "bool"},
        "restart": {"type": "str", "choices": ["never", "if_required"]},
        "renamed_from": {"type": "str"},
        "shutdown_timeout": {"type": "int", "default": 120},
        "force": {"type": "bool", "default": False},
        "remove_volumes": {"type": "bool", "default": False},
        "xml": {"type": "str"},
        TPM_SECRET + ".usage": {"type": "str"},
        "cloud_init.pool": {"type": "str"},
        "cloud_init.instance_id": {"type": "str", "choices": ["name", "content"]},
        **{"cloud_init." + name: {"type": "raw"} for name in DOCUMENTS},
        "wait.for": {
            "type": "list",
            "elements": "str",
            "choices": ["ip", "agent", "ssh", "cloud_init"],
            "required": True,
        },
        "wait.timeout": {"type": "int", "default": 300},
    }

    info_options = dict(DefinedKind.info_options, agent={"type": "bool", "default": False}, **AS, **DECLARED)
    restart_once = "if_required"
    needs_write_access = True
    confidential = ("xml", *("cloud_init." + name for name in DOCUMENTS))

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        if want.absent:
            return want
        usage = tables.lookup(params, TPM_SECRET + ".usage")
        if usage is not None:
            want.values[TPM_SECRET + ".usage"] = usage
        check(self.rules, want.with_options(("name", "cloud_init")), where=where)
        if cloud_init.wants_seed(want):
            want.values["disks"] = [*want.values["disks"], cloud_init.seed_disk(want)]
        for interface in want.values.get("interfaces", ()):
            fill_trunk(interface)
        return dataclasses.replace(want, references=tuple(references(want)))

    def named(self, want: Want) -> t.AbstractSet[str]:
        """A path may be that of any volume."""
        return frozenset() if want.params.get("xml") or _has_path(want.values) else frozenset(["volume"])

    def exchanged(self, actions: t.Sequence[Action]) -> t.Tuple[t.AbstractSet[t.Any], t.AbstractSet[t.Any]]:
        for define in (action.operation for action in actions):
            if isinstance(define, Define):
                before, after = _held(define.before), _held(define.xml)
                return before - after, after - before
        return super().exchanged(actions)

    def implied(self, want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any], str]]:
        return cloud_init.seed_params(want)

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        names = {domain.name() for domain in session.connection.listAllDomains()}
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Mapping[t.Any, DomainState]:
        return Domains(session, sorted(keys))

    def plan(self, want: Want, world: World) -> Plan:
        warnings: t.Tuple[str, ...] = ()
        world, renames, seeds = renamed(want, world)
        state: t.Optional[DomainState] = world.state(self.noun, want.key)
        if not want.absent and state is None:
            chosen = want.values.get("type", "auto") == "auto" and stated(want, "@type") is None
            if chosen and world.host.domain_type == "qemu":
                warnings = ("This host has no KVM: new domains are emulated, many times slower",)
        plan = super().plan(want, world) + Plan(warnings=warnings)
        if want.absent:
            return removal.with_what_goes(want, world, plan)
        if state is not None:
            plan += seed.plan_removal(want, world, state, plan) + Plan(warnings=tuple(doubts(want, world, state)))
        check_images_complete(want, world, state, plan.actions)
        after = host_rules.taken_from(Coming(want, world, state, plan.actions))
        if after:
            later = (dataclasses.replace(action, after=(*action.after, *after)) for action in plan.actions)
            plan = Plan(tuple(later), plan.pending, plan.warnings)
        plan = Plan(tuple(renames)) + plan + seeds
        return plan + Plan(warnings=check_bases(want, world, state, plan.actions))

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def wait(self, session: Session, want: Want) -> t.Dict[str, t.Any]:
        wait = want.params.get("wait")
        if not wait or want.state != "running":
            return {}
        from ...guest import wait_for

        wait_for(session.connection, want.name, wait["for"], wait["timeout"], want.at("wait"))
        text = find(session.connection.lookupByName(want.name).XMLDesc, 0)
        known = Addresses(session.connection, session.connection, session.local)
        return {"addresses": known.of(want.name, parse.parse(text)) if text else []}

    def inspector(self, session: Session, agents: t.Any) -> t.Callable[[t.Any], t.Dict[str, t.Any]]:
        from .drift import drift

        addresses = Addresses(session.connection, agents, session.local)

        def inspect(state: DomainState) -> t.Dict[str, t.Any]:
            both, live = state.live is not None and state.persistent, state.live_root
            return {
                "drift": drift(state.definition, t.cast(str, state.live)) if both else [],
                "addresses": addresses.of(state.name, live) if live is not None else [],
            }

        return inspect

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        return dict(tables.show(self.table, tables.read(self.table, state.root)), **self.brief(state))

    def brief(self, state: DefinedState) -> t.Dict[str, t.Any]:
        state = t.cast(DomainState, state)
        return {
            "name": state.name,
            "uuid": state.root.findtext("uuid"),
            "state": state.power,
            "saved": state.saved is not None,
            "persistent": state.persistent,
            "autostart": state.autostart,
        }


def _has_path(value: t.Any) -> bool:
    if isinstance(value, (list, dict)):
        return any(_has_path(one) for one in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.startswith("/")


def _held(definition: t.Optional[str]) -> t.Set[str]:
    """The disks and host devices of a definition that no other running domain can have, as their XML."""
    devices = parse.parse(definition).iterfind("devices/*") if definition else ()
    return {
        etree.tostring(source, encoding="unicode")
        for device in devices
        if device.tag in ("disk", "hostdev") and device.find("readonly") is None and device.find("shareable") is None
        for source in device.iterfind("source")
    }
