# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An existing object as the options that declare it, and the object that these make."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS, spec
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.defined import DefinedKind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import DefinedState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.pool.types import TYPES
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import VolumeState
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

from ..plan import case_files as cases
from ..plan.settled import filled_in

ROOTS = {kind.noun: kind.definition.root_tag for kind in KINDS if isinstance(kind, DefinedKind)}
SECRET = "s3cr3t-!"


def described(noun: str, state: DefinedState) -> spec.Spec:
    """The spec, with every network that the object refers to there."""
    facts_ = cases.HostFacts(pool_types=frozenset(TYPES), made={})
    host = World({noun: {state.key: state}}, {kind.noun: {} for kind in KINDS}, t.cast(t.Any, facts_))
    found = spec.draft(cases.BY_NOUN[noun], state, host)
    there = {reference.kind: {} for reference in found.want.references}
    for reference in found.want.references:
        volume = reference.kind == "volume"
        there[reference.kind][reference.key] = VolumeState(*reference.key, "<volume/>") if volume else state
    spec.verify(found, dataclasses.replace(host, current={**{one.noun: {} for one in KINDS}, **there, **host.current}))
    return found


def new(found: spec.Spec) -> DefinedState:
    """What declaring it makes on a host that has none of it."""
    world = dataclasses.replace(found.host, current={kind.noun: {} for kind in KINDS})
    root, _changes = found.kind.definition.created(found.want, world)
    return dataclasses.replace(found.state, definition=filled_in(parse.to_text(root)), live=None)


def facts(found: spec.Spec) -> tuple[t.Any, list[str]]:
    """Everything that is said but for activity; XML as what stands where, in any order."""
    options = {option: value for option, value in found.options.items() if option not in ("state", "autostart", "xml")}
    lines = []
    for element in parse.parse(found.xml).iter() if found.xml else ():
        around = [element, *element.iterancestors()]
        place = "/".join(one.tag + str(sorted(one.attrib.items())) for one in reversed(around))
        lines.append(f"{place} {(element.text or '').strip()}")
    return options, sorted(lines)


def check_comes_out(noun: str, given: dict[str, t.Any]) -> None:
    """What is there, declared as it is told, is what comes out."""
    found = described(noun, cases.state_of(noun, given))
    assert found.unsaid == []
    assert SECRET not in str(found.options)
    again = described(noun, new(found))
    assert facts(again) == facts(found)
