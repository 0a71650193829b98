# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains: what is declared resolved to what libvirt is told, and what has to be done for it. Pure but for reading."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ...content.seed import DOCUMENTS
from ...deps import etree
from ...diff import RESTART, Change
from ...errors import InvalidOption, Refused
from ...plan import Action, Operation, Pending, Plan
from ...xml import parse
from ...xml import table as tables
from .. import operations
from ..base import Reference, Session, Want, World
from ..declared import DECLARED
from ..defined import DefinedKind, DefinedState
from ..rule import check
from ..secret import references as secrets
from ..shared.ports import fill_trunk
from ..spec import AS
from . import cloud_init, interrupted, removal, seed
from . import live as domain_live
from .bases import check_bases
from .devices import rules as device_rules
from .devices.disks import SEEDS
from .devices.memory import count_memory, memory_of_devices
from .devices.overlays import on_overlays
from .devices.resolve import awaited, check_images, identified, resolved_disks, volume_reference
from .operations import Define, Destroy, Reset, Restart, Resume, Save, ShutDown, Start, Suspend, Undefine, WakeUp
from .rules import RULES
from .skeleton import new_values, skeleton
from .state import Domains, DomainState
from .table import TABLE
from .tables import MACHINE
from .tables.order import put_in_order
from .tables.tuning import spell_out_iothreads

if t.TYPE_CHECKING:
    from ..execution import Executors

#: libvirt knows this one by its UUID only.
TPM_SECRET = "tpm.encryption.secret"
CEILINGS = tuple(prop for prop in TABLE if prop.option in ("memory_max", "vcpus_max"))


class Domain(DefinedKind):
    """``kvm.fleet.domain``."""

    noun, plural = "domain", "domains"
    root_tag, schema_file = "domain", "domain.rng"
    table = TABLE
    rules = RULES
    states = ("running", "stopped", "paused", "saved", "present", "absent")
    options = {
        "autostart": {"type": "bool"},
        "restart": {"type": "str", "choices": ["never", "if_required"], "default": "never"},
        "shutdown_timeout": {"type": "int", "default": 120},
        "force": {"type": "bool", "default": False},
        "remove_volumes": {"type": "bool", "default": False},
        "xml": {"type": "str"},
        TPM_SECRET + ".usage": {"type": "str"},
        "cloud_init.pool": {"type": "str"},
        **{"cloud_init." + name: {"type": "raw"} for name in DOCUMENTS},
        "wait.for": {
            "type": "list",
            "elements": "str",
            "choices": ["ip", "agent", "ssh", "cloud_init"],
            "required": True,
        },
        "wait.timeout": {"type": "int", "default": 300},
    }

    info_options = dict(DefinedKind.info_options, **AS, **DECLARED)
    told_to_writers = True
    confidential = ("xml", *("cloud_init." + name for name in DOCUMENTS))

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        if want.absent:
            return want
        if cloud_init.wants_seed(want):
            want.values["disks"] = want.values.get("disks", []) + [cloud_init.seed_disk(want)]
        cloud_init.check(want)
        usage = tables.lookup(params, TPM_SECRET + ".usage")
        if usage is not None:
            want.values[TPM_SECRET + ".usage"] = usage
        check(want, self.rules)
        references = [*secrets.reference(want, TPM_SECRET, "vtpm")]
        for position, disk in enumerate(want.values.get("disks", ())):
            if disk.get("volume"):
                at = want.at(f"disks[{position}].")
                references.append(Reference("pool", disk["pool"], at + "pool"))
                references.append(volume_reference(want, position))
            prefix = f"disks[{position}]."
            references += secrets.reference(want, "auth.secret", disk.get("auth.type", ""), disk, prefix)
            references += secrets.reference(want, "encryption.secret", "volume", disk, prefix)
        for position, interface in enumerate(want.values.get("interfaces", ())):
            fill_trunk(interface)
            if interface.get("network"):
                at = want.at(f"interfaces[{position}].network")
                references.append(Reference("network", interface["network"], at))
            if interface.get("filterref.filter"):
                at = want.at(f"interfaces[{position}].filterref.filter")
                references.append(Reference("nwfilter", interface["filterref.filter"], at))
        return dataclasses.replace(want, references=tuple(references))

    def named(self, want: Want) -> t.AbstractSet[str]:
        """A path may be that of any volume."""
        return frozenset() if want.params.get("xml") or _has_path(want.values) else frozenset(["volume"])

    def exchanged(self, actions: t.Sequence[Action]) -> t.Tuple[t.AbstractSet[t.Any], t.AbstractSet[t.Any]]:
        for define in (action.operation for action in actions):
            if isinstance(define, Define):
                before, after = _held(define.before), _held(define.xml)
                return before - after, after - before
        return super().exchanged(actions)

    def implied(self, want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any]]]:
        return cloud_init.seed_params(want)

    def generated(self, world: World) -> t.Tuple[str, ...]:
        return (*super().generated(world), f"os/type/@arch[.='{world.host.arch}']")

    def declared_state(self, state: DefinedState) -> str:
        there = t.cast(DomainState, state)
        if not there.active:
            return "saved" if there.saved else "stopped"
        return there.power if there.power in ("running", "paused") else "present"

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        names = {domain.name() for domain in session.connection.listAllDomains()}
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Mapping[t.Any, DomainState]:
        return Domains(session, sorted(keys))

    def skeleton(self, want: Want, world: World) -> t.Any:
        return skeleton(want, world)

    def new_values(self, want: Want, world: World) -> tables.Desired:
        return new_values(want, world)

    def resolved(self, want: Want, world: World, root: t.Any) -> tables.Desired:
        values = dict(want.values)
        if TPM_SECRET + ".usage" in values:
            values[TPM_SECRET + ".uuid"] = secrets.uuid_of(world, ("vtpm", values.pop(TPM_SECRET + ".usage")))
        if device_rules.boots_by_device(values):
            values["boot"] = []  # libvirt takes either
        if values.get("firmware") == "efi" and "loader.path" in values:
            del values["firmware"]  # it tells libvirt to choose an image
            values.setdefault("loader.type", "pflash")
        for option in ("serials", "consoles"):
            values.update(
                {option: [dict({"type": "pty"}, **one) for one in values[option]]} if option in values else {}
            )
        state: t.Optional[DomainState] = world.state(self.noun, want.key)
        if values.get("type") == "auto":
            del values["type"]
        definition = None if state is None else state.root
        disks = resolved_disks(want, world, definition) if "disks" in values else []
        if disks:
            values["disks"] = disks if definition is None else on_overlays(want, world, disks, definition)
        values = identified(values, definition)
        if disks and definition is not None and root is not None:
            for disk, known in zip(disks, values["disks"]):
                disk.update({"target": known["target"]} if "target" in known else {})
            values["disks"] = on_overlays(want, world, disks, root)  # what runs may be on others than what is defined
        return values

    def plan_definition(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.List[Action]:
        actions = super().plan_definition(want, world, state)
        definition = None if state is None else state.root
        for position, action in enumerate(actions):
            define = t.cast(operations.Define, action.operation)
            volumes = awaited(want, definition, parse.parse(define.xml))
            actions[position] = dataclasses.replace(action, operation=Define(define.xml, define.before, volumes))
        return actions

    def patch(self, want: Want, root: t.Any, values: tables.Desired) -> t.List[Change]:
        """A ceiling that is not declared is raised with what has to fit below it, and never lowered."""
        values = dict(values)
        if root.get("id"):
            values.pop("clock.adjustment", None)  # the guest sets its clock
        if "iothread_ids" in values:
            values.setdefault("iothreads", len(values["iothread_ids"]))
            spell_out_iothreads(root)
        if "cpu.numa" in values and "memory_devices" not in values:
            values["memory_max"] = sum(cell["memory"] for cell in values["cpu.numa"])
        there = tables.read(CEILINGS, root)
        for ceiling, now in (("memory_max", "memory"), ("vcpus_max", "vcpus")):
            if now in values and ceiling not in values and values[now] > there.get(ceiling, 0):
                values[ceiling] = values[now]
        modules = memory_of_devices(root)
        seeds = cloud_init.seeds_left(want, values)
        changes: t.List[Change] = []
        if seeds is not None and SEEDS.elements(root):
            changes = tables.patch((SEEDS,), root, {SEEDS.option: seeds})
        changes += super().patch(want, root, values)
        count_memory(root, memory_of_devices(root) - modules, values)
        if changes:
            put_in_order(root)
        return changes

    def check(self, want: Want, root: t.Any) -> None:
        check(want, self.rules, tables.read(MACHINE, root))

    def plan(self, want: Want, world: World) -> Plan:
        warnings: t.Tuple[str, ...] = ()
        state: t.Optional[DomainState] = world.state(self.noun, want.key)
        if not want.absent:
            device_rules.check_macs(want, world)
            if state is None:
                _check_new(want)
                if want.values.get("type", "auto") == "auto" and world.host.domain_type == "qemu":
                    warnings = ("This host has no KVM: new domains are emulated, many times slower",)
        plan = super().plan(want, world) + Plan(warnings=warnings)
        if want.absent:
            actions, told = removal.remove_volumes(want, world) if plan.actions else ([], ())
            steps = interrupted.recorded((*plan.actions, *actions)) if plan.actions else interrupted.rest(want, world)
            return Plan(tuple(steps), plan.pending, (*plan.warnings, *told))
        if state is not None:
            if plan.actions:
                cloud_init.check_targets(want, state.root)
            plan += Plan(tuple(seed.plan_removal(want, world, state, plan)))
        return plan + Plan(warnings=check_bases(want, world, state, plan.actions))

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        actions = self._plan_off(want, t.cast(DomainState, state))
        if state.persistent:
            undefine = Undefine(removal.keeps_nvram(want, world, state.root))
            actions.append(Action(self.noun, want.name, undefine))
        return actions

    def plan_activity(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        there = t.cast(t.Optional[DomainState], state)
        active = there is not None and there.active
        if active and want.state == "stopped":
            return Plan(tuple(self._plan_off(want, t.cast(DomainState, there))))
        if want.state == "saved" and not active and not (there and there.saved):
            raise Refused(
                f"'{want.name}' does not run: there is no state to save",
                where=want.at("state"),
                remedy="Start it first, or declare stopped",
            )
        if not active and want.state not in ("running", "paused"):
            return Plan()
        start = Action(self.noun, want.name, Start(want.state == "paused"))
        starting = Plan(() if active else (start,))
        if there is None or there.running is None:
            check_images(want, world)
            return starting
        return starting + self._plan_running(want, world, there, there.running)

    def _plan_running(self, want: Want, world: World, state: DomainState, running: str) -> Plan:
        """What of the declared reaches the domain as it runs, or will when its saved state is resumed."""
        live = parse.parse(running)
        changes = self.live_changes(want, world, copy.deepcopy(live))
        warnings: t.Tuple[str, ...] = ()
        if domain_live.waits_for_balloon(live, state.root, want.values.get("memory")):
            warnings = (f"Domain '{want.name}' has not given up memory: it boots, or has no balloon driver",)
        actions, later = domain_live.split(live, changes, want.name)
        power = self._plan_power(want, state) if state.active else []
        if later and want.state == "running" and want.params["restart"] == "if_required":
            actions, brought = domain_live.with_restart(actions, later)
            restart = Action(self.noun, want.name, Restart(*self._patience(want)), tuple(brought), RESTART)
            return Plan((*actions, *power, restart), warnings=warnings)  # who sleeps cannot shut down
        pending = (Pending(self.noun, want.name, tuple(later)),) if later else ()
        return Plan((*actions, *power), pending, warnings)

    def live_changes(self, want: Want, world: World, running: t.Any) -> t.List[Change]:
        """But for memory that the guest has been told to give up, and will once it has a driver for that."""
        definition = world.state(self.noun, want.key).root
        waits = domain_live.waits_for_balloon(running, definition, want.values.get("memory"))
        changes = super().live_changes(want, world, running)
        return [change for change in changes if not (waits and change.option == "memory")]

    def _plan_power(self, want: Want, state: DomainState) -> t.List[Action]:
        """From one kind of activity to another, for a domain that runs and is to stay."""
        if want.state == "saved":
            return [Action(self.noun, want.name, Save())]
        if want.state == "paused" and state.power == "running":
            return [Action(self.noun, want.name, Suspend())]
        if want.state == "running":
            ways: t.Mapping[str, Operation] = {"paused": Resume(), "pmsuspended": WakeUp(), "crashed": Reset()}
            return [Action(self.noun, want.name, ways[state.power])] if state.power in ways else []
        return []

    def _plan_off(self, want: Want, state: DomainState) -> t.List[Action]:
        """A guest that sleeps has to wake up to shut down; one that has crashed cannot."""
        if not state.active:
            return []
        if state.power == "crashed":
            return [Action(self.noun, want.name, Destroy())]
        awake: t.Mapping[str, Operation] = {"paused": Resume(), "pmsuspended": WakeUp()}
        wake = [Action(self.noun, want.name, awake[state.power])] if state.power in awake else []
        return [*wake, Action(self.noun, want.name, ShutDown(*self._patience(want)))]

    @staticmethod
    def _patience(want: Want) -> t.Tuple[int, bool, str]:
        return want.params["shutdown_timeout"], want.params["force"], want.where

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def wait(self, session: Session, want: Want) -> None:
        wait = want.params.get("wait")
        if wait and want.state == "running":
            from ...guest import wait_for

            wait_for(session.connection, want.name, wait["for"], wait["timeout"], want.at("wait"))

    def inspect(self, state: DefinedState) -> t.Dict[str, t.Any]:
        from .drift import drift

        both = state.live is not None and state.persistent
        return {"drift": drift(state.definition, t.cast(str, state.live)) if both else []}

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


def _check_new(want: Want) -> None:
    """:raises InvalidOption: what a new domain cannot do without is missing."""
    declared = "memory" in want.values or "memory_max" in want.values
    if not declared and "<memory" not in (want.params.get("xml") or ""):
        raise InvalidOption(
            f"domain '{want.name}' does not exist yet and has no memory",
            where=want.at("memory"),
            remedy="Declare its memory, such as 2GiB",
        )
