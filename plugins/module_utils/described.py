# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that are there as the options that declare them: what an info module returns with ``as: spec``."""

from __future__ import annotations

import contextlib
import typing as t

from .errors import FleetError, Refused
from .resources.base import Kind, Want, World
from .resources.defined import DefinedKind
from .resources.host import Host
from .resources.spec import draft, verify
from .runner import Runner, filled


def described(
    runner: Runner, kind: Kind, states: t.Sequence[t.Any]
) -> t.Tuple[t.List[t.Dict[str, t.Any]], t.List[str]]:
    """Objects as the options that declare them, which plan nothing, and what had to be left out."""
    return (_defined if isinstance(kind, DefinedKind) else _plain)(runner, kind, states)  # type: ignore[arg-type]


def _plain(runner: Runner, kind: Kind, states: t.Sequence[t.Any]) -> t.Tuple[t.List[t.Dict[str, t.Any]], t.List[str]]:
    """Of objects that have no definition."""
    spec, specs, warnings = kind.argument_spec(), [], []

    def want(options: t.Mapping[str, t.Any]) -> Want:
        return kind.want(filled(spec, options), "")

    @contextlib.contextmanager
    def left_out(state: t.Any) -> t.Iterator[None]:
        try:
            yield
        except FleetError as exc:
            warnings.append(f"{kind.noun} '{'/'.join(state.key)}' cannot be declared as it is: {exc}")

    world = runner.read([want({"pool": state.pool, "name": state.name}) for state in states])
    said: t.Dict[t.Any, t.Tuple[t.Dict[str, t.Any], t.List[str], Want]] = {}
    without: t.Dict[str, t.List[str]] = {}
    for state in states:
        with left_out(state):
            options, lost = kind.spec_of(state, world)
            said[state.key] = options, lost, want(options)
    world = runner.read([wanted for _options, _lost, wanted in said.values()])
    for state in (state for state in states if state.key in said):
        with left_out(state):
            options, lost, wanted = said[state.key]
            for reference in (one for one in wanted.references if one.lasting):
                world.check_reference(reference)
            changes = [change.option for action in kind.plan(wanted, world).actions for change in action.changes]
            if changes:
                raise Refused(f"that would change {', '.join(changes)}")
            specs.append(options)
            for what in lost:
                without.setdefault(what, []).append(f"'{'/'.join(state.key)}'")
    for what, names in without.items():  # in one warning, as it may be so of all that there are
        each = "a" if len(names) == 1 else "each"
        warnings.append(f"{kind.noun} {', '.join(names)}: {each} new one made of this would be without {what}")
    return specs, warnings


def _defined(
    runner: Runner, kind: DefinedKind, states: t.Sequence[t.Any]
) -> t.Tuple[t.List[t.Dict[str, t.Any]], t.List[str]]:
    host = World(
        {kind.noun: {state.key: state for state in states}},
        {},
        Host(runner.session.connection, runner.session.uri),
        runner.session.local,
    )
    specs, warnings = [], []
    for state in states:
        try:
            if not state.persistent:
                raise Refused("it is transient", remedy="Define it first")
            if not kind.is_brought(state, host):
                specs.append(draft(kind, state, host))
        except FleetError as exc:
            warnings.append(f"{kind.noun} '{state.name}' cannot be declared as it is: {exc}")
    world = runner.read([spec.want for spec in specs])
    returned = []
    for spec in specs:
        try:
            verify(spec, world)
        except FleetError as exc:
            warnings.append(f"{kind.noun} '{spec.state.name}' cannot be declared as it is: {exc}")
            continue
        returned.append(spec.options)
        if spec.unsaid:
            why = "runs with other values than its definition" if spec.state.active else "has what cannot be declared"
            left_out = ", ".join(spec.unsaid)
            warnings.append(f"{kind.noun} '{spec.state.name}' {why}, and these are left out: {left_out}")
        if spec.lost:
            lost = ", ".join(spec.lost)
            warnings.append(f"{kind.noun} '{spec.state.name}': a new one made of this would be without {lost}")
        if spec.refused:
            warnings.append(f"{kind.noun} '{spec.state.name}': a new one made of this would be refused: {spec.refused}")
    return returned, warnings
