# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes: capacity, content, clones and seeds. What a volume holds is never replaced and never made smaller."""

from __future__ import annotations

import dataclasses
import graphlib
import typing as t

from ...connection import find
from ...deps import libvirt
from ...diff import LIVE, Change
from ...errors import InvalidOption, Mistakes, Refused
from ...plan import Action, Operation, Plan
from ...rule import HOST, NEW, check
from ...units import format_size
from ...xml import table as tables
from ..base import Executors, Key, Kind, Session, Want, World
from ..domain.after import RUNS, SAVED
from ..images import Link
from ..operations import Finish
from ..spec import AS
from . import copies, host_rules, incomplete, new_checks, options, origin, overlays, seed, users
from .host_rules import InPool
from .location import PoolAfter, as_used, new_format, pool_after, volume_location, volume_state, volume_there
from .new import WORK_FOLDER, NewVolume
from .operations import Create, Delete, FindOrCreate, LetGo, Refresh, Resize, Upload
from .rules import ORIGINS, RULES
from .seed_data import OPTIONS as SEED_OPTIONS
from .seed_data import seed_data
from .spec import spec_of
from .state import VolumeState, read_volumes
from .table import CAPACITY, FORMAT_OPTIONS, TABLE

#: What to do where a domain still has a volume that it is declared not to have any more.
_WAITS = {
    RUNS: "Restart it first, or declare restart: if_required for it",
    SAVED: "Start it first",
}


class Volume(Kind):
    """``kvm.fleet.volume``."""

    noun, plural = "volume", "volumes"
    table = TABLE
    rules = (*RULES, *host_rules.RULES)
    options = dict(
        {
            "pool": {"type": "str", "required": True},
            "backing": {"type": "str"},
            "backing_pool": {"type": "str"},
            "preallocation": {"type": "str", "choices": ["off", "metadata", "falloc"]},
            "xml": {"type": "str"},
        },
        **{"source." + name: {"type": "str"} for name in ("url", "path", "checksum", "pool", "volume")},
        **{"seed." + name: spec for name, spec in SEED_OPTIONS.items()},
    )
    confidential = ("xml", *("seed." + name for name in SEED_OPTIONS))
    info_options = {"pool": {"type": "str"}, "name": {"type": "str"}, **AS}

    def key(self, params: t.Mapping[str, t.Any]) -> Key:
        return (params["pool"], params["name"])

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        check(self.rules, self._options_of(want), where=where)
        origin.check(want)
        return dataclasses.replace(want, references=tuple(origin.references(want)))

    def _options_of(self, want: Want) -> tables.Desired:
        return want.with_options((*ORIGINS, *self.options))

    def arrange(self, wants: t.List[Want]) -> t.List[Want]:
        """Each behind the volume that it is based on or copied from. :raises InvalidOption: they go in a circle."""
        by_key = {want.key: want for want in wants}
        needs = {
            want.key: [reference.key for reference in want.references if reference.key in by_key] for want in wants
        }
        try:
            return [by_key[key] for key in graphlib.TopologicalSorter(needs).static_order()]
        except graphlib.CycleError as exc:
            raise InvalidOption(
                f"volumes are based on each other in a circle: {' → '.join('/'.join(key) for key in exc.args[1])}",
                where=self.plural,
                remedy="Let one of them have no backing and no source",
            ) from exc

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        if params["pool"] and params["name"]:
            return {(params["pool"], params["name"])}
        return {
            (pool.name(), volume.name())
            for pool in session.connection.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE)
            if params["pool"] in (None, pool.name())
            for volume in pool.listAllVolumes()
            if params["name"] in (None, volume.name()) and volume.name() != WORK_FOLDER
        }

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, VolumeState]:
        names: t.Dict[str, t.List[str]] = {}
        for pool_name, name in sorted(keys):
            names.setdefault(pool_name, []).append(name)
        states = {}
        for pool_name, wanted in names.items():
            pool = find(session.connection.storagePoolLookupByName, pool_name)
            if pool is not None:
                states.update({(pool_name, state.name): state for state in read_volumes(session, pool, wanted)})
        return states

    def plan(self, want: Want, world: World) -> Plan:
        pool = pool_after(world, want.key[0])
        if pool is None:  # only possible for one that shall be absent: references have been checked
            return Plan()
        there = volume_there(world, pool, want.key[1])
        state = there if want.absent else volume_state(world, pool, want.key[1])
        unknown = there is None and pool.unseen
        warnings: t.Tuple[str, ...] = ()
        if not want.absent and want.params.get("backing"):
            volume_location(world, origin.backing(want))  # for its errors: it has to be there all the time
        if want.absent:
            actions = self._plan_absent(want, world, pool, state)
            warnings = _warn_of_parts(want, world, state) if state is not None else ()
        elif want.params.get("seed"):
            data = seed_data(want.params["seed"], want.key[1], want.at("seed"))
            actions = seed.plan_seed(world, pool.name, want.key[1], data, want.where)
            warnings = seed.warn_of_same_instance(world, state, data, actions)
        elif unknown and pool.type.found:
            if not pool.active:
                raise _not_active(want, pool)
            actions = []  # it is there, or verifying will find that it is not
        elif state is None:
            actions = [] if there is None else [self._plan_anew(want, world, there)]
            actions.append(self._plan_new(want, world, pool, FindOrCreate if unknown else Create))
        else:
            if want.values.get("format", state.format) != state.format:
                state = as_used(world, state)
            origin.refuse_other_kinds(want, world, state)
            warnings = origin.refuse_other_content(want, world, state)
            check(self.rules, InPool(self._options_of(want), pool, state.format, is_new=False), HOST, want.where)
            options.refuse_another(want, state)
            options.check_xml(want, state)
            growth = self._plan_capacity(want, world, pool, state)
            actions, warnings = [*growth.actions], (*warnings, *growth.warnings)
            actions += options.plan_permissions(want, world, pool, state)
        if there is not None and not there.listed and pool.active and not pool.started:
            actions = [Action(self.noun, want.name, Refresh())] + actions
        if actions and not pool.active:
            raise _not_active(want, pool)
        if any(not isinstance(action.operation, Refresh) for action in actions):
            new_checks.check_place(want, world, pool)
        return Plan((*actions, *self._plan_finish(want, world, actions)), warnings=warnings)

    def _plan_anew(self, want: Want, world: World, there: VolumeState) -> Action:
        """Half of a volume goes before it is made anew.

        :raises Refused: a guest runs with it; or it may be whole by now, and somebody has used it.
        """
        place = users.place(world, there)
        directory = there.type == "file"
        incomplete.refuse_used(world.host, world.images, there.key, place, there.path, directory, want.where)
        running = users.running(world, place)
        if running:
            raise Refused(
                f"an interrupted run has left its content incomplete, and domain {', '.join(running)} runs with it",
                where=want.where or f"volume {want.name}",
                remedy="Stop the domain first",
            )
        return Action(self.noun, want.name, Delete(), (Change("content", "incomplete", None, LIVE),))

    def _plan_finish(self, want: Want, world: World, actions: t.Sequence[Action]) -> t.List[Action]:
        """A run that ended early had done all but to say that it was done."""
        begun = incomplete.recorded(world.host.unfinished, *t.cast(t.Tuple[str, str], want.key)) is not None
        making = any(isinstance(action.operation, (Delete, Create, FindOrCreate, Upload)) for action in actions)
        return [Action(self.noun, want.name, Finish())] if begun and not making else []

    def _plan_absent(self, want: Want, world: World, pool: PoolAfter, state: t.Optional[VolumeState]) -> t.List[Action]:
        if state is None:
            if pool.active or (pool.type.directory and world.local):
                return []
            raise Refused(
                f"what is in pool '{pool.name}' is not known while it is not active",
                where=want.at("pool"),
                remedy="Start the pool first",
            )
        place = users.place(world, state)
        above = overlays.of_those_that_go(world, place)
        ignored = {place, *(link.place for link in above)}
        needed_by = sorted({user for one in ignored for user in users.users(world, one, ignored, at_the_end=True)})
        if needed_by:
            remedies = [remedy for why, remedy in _WAITS.items() if any(user.endswith(why) for user in needed_by)]
            raise Refused(
                f"volume '{want.name}' is needed by {', '.join(needed_by)}",
                where=want.at("name"),
                remedy=remedies[0] if remedies else "Remove those first, or in the same document",
            )
        keys = tuple(_volume_of(want, world, link) for link in above)
        changes = tuple(Change("overlay", "/".join(key), None, LIVE) for key in keys)
        domains = tuple(sorted(users.domains_with(world, place)))
        let_go = LetGo(domains, users.disk_on(world, state), want.at("name")) if domains else None
        return [Action(self.noun, want.name, Delete(keys, let_go), changes)]

    def _plan_new(
        self, want: Want, world: World, pool: PoolAfter, create: t.Callable[[NewVolume], Operation]
    ) -> Action:
        if pool.type.found:
            raise Refused(
                f"there is no volume '{want.key[1]}', and in pool '{pool.name}' none can be made",
                where=want.at("name"),
                remedy="Correct the name, or make it where the storage is",
            )
        image_format = new_format(want.values, want.params, pool)
        self._check_new(want, world, pool, image_format)
        backing, copy_of = origin.backing_key(want), origin.copied_key(want)
        new = NewVolume(
            pool=pool.name,
            name=want.key[1],
            path=pool.path(want.key[1]),
            format=image_format,
            directory=pool.type.directory,
            sparse=pool.type.sparse,
            where=want.where,
            capacity=_rounded(want, pool),
            backing_of=backing,
            backing=copies.base(want, world) if backing else None,
            source=origin.source(want),
            copy_of=copy_of,
            copied=copies.original(want, world) if copy_of else None,
            values=want.values,
            preallocation=want.params.get("preallocation") or "off",
            xml=want.params.get("xml"),
        )
        new_checks.check_new(want, world, pool, new)
        return Action(self.noun, want.name, create(new), tuple(options.changes_of_new(want, new)))

    def _check_new(self, want: Want, world: World, pool: PoolAfter, image_format: str) -> None:
        """:raises FleetError: it cannot be made as it is declared."""
        declared, in_xml = self._options_of(want), options.said_in_xml(want)
        mistakes = Mistakes()
        with mistakes:
            check(self.rules, {**in_xml, **declared}, NEW, want.where)
        with mistakes:
            check(self.rules, InPool(declared, pool, image_format, is_new=True), HOST, want.where)
        with mistakes:
            options.check_xml(want, None)
        for reference in options.references(want):
            with mistakes:
                world.check_reference(reference)
        mistakes.raise_all()

    def _plan_capacity(self, want: Want, world: World, pool: PoolAfter, state: VolumeState) -> Plan:
        """What grows is what is written to: an overlay, where one is above the volume."""
        wanted = _rounded(want, pool)
        above = None if wanted is None else overlays.declared_top(world, want.key)
        now = _capacity(world, state, above)
        if wanted is None or wanted == now:
            return Plan()
        state = as_used(world, state)
        if above is None:
            above = overlays.top(world, want.key, users.place(world, state))
            now = _capacity(world, state, above)
        if wanted == now:
            return Plan()
        incomplete.check_complete(world, state.path, want.where)
        if wanted < now:
            raise Refused(
                f"{CAPACITY.show(wanted)} is below the current {CAPACITY.show(now)}, and a volume is never made "
                "smaller",
                where=want.at("capacity"),
                remedy=f"Declare at least {format_size(now)}; less needs a new volume under another name",
            )
        options.refuse_meanwhile(want, world, users.place(world, state) if above is None else above.link.place)
        warnings = options.refuse_growth(want, world, state) if above is None else ()
        if above is None:
            new_checks.check_growth(want, world, pool, wanted - now)
        change = Change("capacity", CAPACITY.show(now), CAPACITY.show(wanted), LIVE)
        resize = Resize(wanted, None if above is None else above.link)
        return Plan((Action(self.noun, want.name, resize, (change,)),), warnings=warnings)

    def spec_of(self, state: VolumeState, world: World) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
        return spec_of(as_used(world, state), world)

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def finish(self, session: Session) -> None:
        if session.stale:
            from .content import refresh

            for pool in sorted(session.stale):
                refresh(session, pool)

    def show(self, state: VolumeState) -> t.Dict[str, t.Any]:
        allocation = state.root.findtext("allocation")
        shown = {
            **self.brief(state),
            "type": state.type,
            "allocation_bytes": int(allocation) if allocation else None,
            "backing": state.backing,
            "source": state.content.source if state.content else None,
            "checksum": state.content.checksum if state.content else None,
        }
        unsaid = [entry.option for entry in FORMAT_OPTIONS] if state.format != "qcow2" else []
        values = {option: value for option, value in state.values.items() if option not in unsaid}
        return dict(shown, encrypted=state.encrypted, **tables.show(self.table, values))

    def brief(self, state: VolumeState) -> t.Dict[str, t.Any]:
        return {
            "pool": state.pool,
            "name": state.name,
            "path": state.path,
            "capacity_bytes": state.values["capacity"],
        }


def _not_active(want: Want, pool: PoolAfter) -> Refused:
    return Refused(f"pool '{pool.name}' is not active", where=want.at("pool"), remedy="Declare it with state active")


def _rounded(want: Want, pool: PoolAfter) -> t.Optional[int]:
    capacity = want.values.get("capacity")
    return None if capacity is None else -(-capacity // pool.type.step) * pool.type.step


def _capacity(world: World, state: VolumeState, above: t.Optional[overlays.Top]) -> int:
    """What a guest sees of it, in bytes."""
    seen = world.images.capacity(above.link) if above is not None else None
    return state.values["capacity"] if seen is None else seen


def _warn_of_parts(want: Want, world: World, state: VolumeState) -> t.Tuple[str, ...]:
    """Of other files with content of a volume that goes, which are nobody's then."""
    place = users.place(world, state)
    told = []
    for link in world.images.below(state.path).links[:1]:
        for part in link.parts:
            volumes = world.images.volumes_of(part)
            if any(users.gone(world, "volume", key) for key in volumes) or users.users(world, part.place, {place}):
                continue
            name = "/".join((*volumes, (part.name,))[0])
            told.append(f"'{name}', which has content of volume '{want.name}', stays")
    return tuple(told)


def _volume_of(want: Want, world: World, link: Link) -> t.Tuple[str, str]:
    """:raises Refused: an overlay is in no pool, and what is in none is not removed."""
    for key in world.images.volumes_of(link)[:1]:
        if world.images.is_active(key[0]):
            return key
    raise Refused(
        f"it is below '{link.name}', which is in no active pool and so would stay",
        where=want.at("name"),
        remedy="Remove that file first",
    )
