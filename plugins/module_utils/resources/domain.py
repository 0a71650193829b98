# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains: what is declared resolved to what libvirt is told, and what has to be done for it. Pure but for reading."""

from __future__ import annotations

import dataclasses
import typing as t

from ..deps import libvirt
from ..diff import LIVE, RESTART, Change
from ..errors import InvalidOption, Refused
from ..guest import wait_for
from ..plan import Action, Pending, Plan
from ..xml import parse
from ..xml import table as tables
from . import domain_live, domain_rules
from .base import Reference, Session, Want, World
from .cloud_init import seed_disk, seed_params
from .defined import DefinedKind, DefinedState
from .domain_apply import Executor
from .domain_devices import identified, resolved_disks
from .domain_skeleton import new_values, skeleton
from .domain_table import TABLE

CEILINGS = tuple(prop for prop in TABLE if prop.option in ("memory_max", "vcpus_max"))

#: libvirt's domain states by number (virDomainState), in the words of ``virsh``.
POWER = ("no state", "running", "running", "paused", "in shutdown", "shut off", "crashed", "pmsuspended")


@dataclasses.dataclass(frozen=True)
class DomainState(DefinedState):
    """A domain as it is now. ``power`` is one of :data:`POWER`; ``saved``: a start would resume a saved state."""

    power: str = "shut off"
    saved: bool = False


class Domain(DefinedKind):
    """``kvm.fleet.domain``."""

    noun, plural = "domain", "domains"
    root_tag, schema_file = "domain", "domain.rng"
    table = TABLE
    states = ("running", "stopped", "paused", "saved", "present", "absent")
    options = {
        "autostart": {"type": "bool"},
        "restart": {"type": "str", "choices": ["never", "if_required"], "default": "never"},
        "shutdown_timeout": {"type": "int", "default": 120},
        "force": {"type": "bool", "default": False},
        "remove_volumes": {"type": "bool", "default": False},
        "xml": {"type": "str"},
        "cloud_init.pool": {"type": "str"},
        "cloud_init.user_data": {"type": "raw"},
        "cloud_init.meta_data": {"type": "dict"},
        "cloud_init.network_config": {"type": "dict"},
        "cloud_init.vendor_data": {"type": "raw"},
        "wait.for": {
            "type": "list",
            "elements": "str",
            "choices": ["ip", "agent", "ssh", "cloud_init"],
            "required": True,
        },
        "wait.timeout": {"type": "int", "default": 300},
    }

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        if want.absent:
            return want
        if params.get("cloud_init"):
            want.values["disks"] = want.values.get("disks", []) + [seed_disk(want)]
        domain_rules.check(want)
        references = []
        for position, disk in enumerate(want.values.get("disks", ())):
            if disk.get("volume"):
                at = want.at("disks[{0}].".format(position))
                references.append(Reference("pool", disk["pool"], at + "pool"))
                references.append(Reference("volume", (disk["pool"], disk["volume"]), at + "volume"))
        for position, interface in enumerate(want.values.get("interfaces", ())):
            if interface.get("network"):
                at = want.at("interfaces[{0}].network".format(position))
                references.append(Reference("network", interface["network"], at))
        return dataclasses.replace(want, references=tuple(references))

    def implied(self, want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any]]]:
        return seed_params(want)

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        names = {domain.name() for domain in session.connection.listAllDomains()}
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, DomainState]:
        """All domains, whatever ``keys``: rules such as unique MAC addresses look at the others too."""
        listed = session.connection.listAllDomains
        flags = {
            name: {domain.name() for domain in listed(getattr(libvirt, "VIR_CONNECT_LIST_DOMAINS_" + name.upper()))}
            for name in ("active", "persistent", "autostart", "managedsave")
        }
        secure = 0 if session.readonly else libvirt.VIR_DOMAIN_XML_SECURE
        states = {}
        for domain in listed():
            name = domain.name()
            active = name in flags["active"]
            live = domain.XMLDesc(secure) if active else None
            persistent = name in flags["persistent"]
            states[name] = DomainState(
                name=name,
                definition=domain.XMLDesc(secure | libvirt.VIR_DOMAIN_XML_INACTIVE) if persistent else live or "",
                live=live,
                persistent=persistent,
                autostart=name in flags["autostart"],
                power=POWER[domain.state()[0]] if active else "shut off",
                saved=name in flags["managedsave"],
            )
        return states

    def skeleton(self, want: Want, world: World) -> t.Any:
        return skeleton(want, world)

    def new_values(self, want: Want, world: World) -> tables.Desired:
        return new_values(want, world)

    def resolved(self, want: Want, world: World) -> tables.Desired:
        values = dict(want.values)
        state: t.Optional[DomainState] = world.state(self.noun, want.key)
        if values.get("type") == "auto":
            del values["type"]
        if "disks" in values:
            values["disks"] = resolved_disks(values["disks"], want, world)
        return identified(values, parse.parse(state.definition)) if state is not None else identified(values, None)

    def patch(self, want: Want, root: t.Any, values: tables.Desired) -> t.List[Change]:
        """A ceiling that is not declared is raised with what has to fit below it, and never lowered."""
        values = dict(values)
        there = tables.read(CEILINGS, root)
        for ceiling, now in (("memory_max", "memory"), ("vcpus_max", "vcpus")):
            if now in values and ceiling not in values and values[now] > there.get(ceiling, 0):
                values[ceiling] = values[now]
        return super().patch(want, root, values)

    def plan(self, want: Want, world: World) -> Plan:
        if not want.absent:
            domain_rules.check_macs(want, world)
            if world.state(self.noun, want.key) is None:
                _check_new(want)
        return super().plan(want, world)

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        actions = self._plan_off(want, t.cast(DomainState, state))
        if state.persistent:
            actions.append(Action(self.noun, want.name, "undefine"))
        if want.params["remove_volumes"]:
            actions += self._plan_volumes(want, world, state)
        return actions

    def _plan_volumes(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        """Read-write disks that no other domain has in its definition; never an image that is only read."""
        others = [
            other.definition + (other.live or "")
            for name, other in world.current[self.noun].items()
            if name != want.key
        ]
        changes, paths = [], []
        for disk in tables.read(TABLE, parse.parse(state.definition)).get("disks", ()):
            path = disk.get("file") or disk.get("block")
            own = path and disk["device"] == "disk" and not disk["readonly"] and not disk["shareable"]
            if own and not any("'{0}'".format(path) in text for text in others):
                changes.append(Change("disks[{0}]".format(disk["target"]), path, None, LIVE))
                paths.append(path)
        if not paths:
            return []
        return [Action(self.noun, want.name, "remove_volumes", tuple(changes), LIVE, {"paths": paths})]

    def plan_activity(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        if state is None or state.live is None:
            return self._plan_start(want, t.cast(t.Optional[DomainState], state), world)
        running = t.cast(DomainState, state)
        if want.state == "stopped":
            return Plan(tuple(self._plan_off(want, running)))
        live = parse.parse(state.live)
        patched = parse.parse(state.live)
        changes = self.patch(want, patched, self.resolved(want, world))
        actions, later = domain_live.split(live, changes, want.name)
        if later and want.state == "running" and want.params["restart"] == "if_required":
            payload = dict(self._patience(want), paused=False)
            return Plan((*actions, Action(self.noun, want.name, "restart", tuple(later), RESTART, payload)))
        pending = (Pending(self.noun, want.name, tuple(later)),) if later else ()
        return Plan((*actions, *self._plan_power(want, running)), pending)

    def _plan_start(self, want: Want, state: t.Optional[DomainState], world: World) -> Plan:
        saved = state is not None and state.saved
        if want.state == "saved" and not saved:
            raise Refused(
                "'{0}' does not run: there is no state to save".format(want.name),
                where=want.at("state"),
                remedy="Start it first, or declare stopped",
            )
        pending: t.Tuple[Pending, ...] = ()
        if want.state in ("running", "paused"):
            payload = {"paused": want.state == "paused"}
            return Plan((Action(self.noun, want.name, "start", (), LIVE, payload),), pending)
        return Plan((), pending)

    def _plan_power(self, want: Want, state: DomainState) -> t.List[Action]:
        """From one kind of activity to another, for a domain that runs and is to stay."""
        if want.state == "saved":
            return [Action(self.noun, want.name, "save")]
        if want.state == "paused" and state.power == "running":
            return [Action(self.noun, want.name, "suspend")]
        if want.state == "running":
            verbs = {"paused": "resume", "pmsuspended": "wakeup", "crashed": "reset"}
            return [Action(self.noun, want.name, verbs[state.power])] if state.power in verbs else []
        return []

    def _plan_off(self, want: Want, state: DomainState) -> t.List[Action]:
        if not state.active:
            return []
        resume = [Action(self.noun, want.name, "resume")] if state.power == "paused" else []
        return resume + [Action(self.noun, want.name, "shutdown", (), LIVE, self._patience(want))]

    @staticmethod
    def _patience(want: Want) -> t.Dict[str, t.Any]:
        return {"timeout": want.params["shutdown_timeout"], "force": want.params["force"], "where": want.where}

    def apply(self, session: Session, action: Action) -> t.Optional[Pending]:
        return Executor(session, action).run()

    def wait(self, session: Session, want: Want) -> None:
        wait = want.params.get("wait")
        if wait and want.state == "running":
            wait_for(session.connection, want.name, wait["for"], wait["timeout"], want.at("wait"))

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        state = t.cast(DomainState, state)
        root = parse.parse(state.definition)
        shown = {
            "name": state.name,
            "uuid": root.findtext("uuid"),
            "state": state.power,
            "saved": state.saved,
            "persistent": state.persistent,
            "autostart": state.autostart,
        }
        return dict(tables.show(self.table, tables.read(self.table, root)), **shown)


def _check_new(want: Want) -> None:
    """:raises InvalidOption: what a new domain cannot do without is missing."""
    if "memory" not in want.values and "<memory" not in (want.params.get("xml") or ""):
        raise InvalidOption(
            "domain '{0}' does not exist yet and has no memory".format(want.name),
            where=want.at("memory"),
            remedy="Declare its memory, such as 2GiB",
        )
