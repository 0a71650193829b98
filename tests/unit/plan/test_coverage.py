# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every property of every table and every verb of every kind is in a planner case; those that are not are named."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables

from . import case_files as cases
from . import test_cases, test_cases_of_domains, test_cases_of_storage


def properties(table: tables.Table, prefix: str = "") -> t.Iterator[str]:
    """Dotted names, those of a list's items below the list's."""
    for entry in table:
        if isinstance(entry, tables.Items):
            yield from properties(entry.members, f"{prefix}{entry.option}.")
        else:
            yield prefix + entry.option


def declared(value: t.Any, prefix: str = "") -> t.Iterator[str]:
    """The same names of what a case declares."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield prefix + key
            yield from declared(item, f"{prefix}{key}.")
    elif isinstance(value, list):
        for item in value:
            yield from declared(item, prefix)


def in_cases(kind: Kind) -> set[str]:
    found: set[str] = set()
    for path in cases.PATHS:
        case = cases.read(path)
        if path.parent.name == kind.noun and "error" not in case:
            found.update(declared(case["declared"]))
        for element in (case.get("also") or {}).get(kind.plural, ()):
            found.update(declared(element))
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_every_property_is_in_a_case(kind: Kind) -> None:
    missing = set(properties(kind.table)) - in_cases(kind)
    assert not missing, f"in no case in cases/{kind.noun}: {', '.join(sorted(missing))}"


def verbs(kind: Kind) -> set[str]:
    """All that the executing side does with objects of a kind."""
    return {operation.verb for operation in kind.executors().by_class}


def carried(kind: Kind) -> set[str]:
    """The verbs of a kind in cases that say what they carry: ``define``, or ``define pool data`` in one of volumes."""
    found = set()
    for path in cases.PATHS:
        for line in cases.read(path).get("carries", "").splitlines():
            verb, *about = line.removesuffix(" (restart)").split(" ")
            if verb and (about[0] if about else path.parent.name) == kind.noun:
                found.add(verb)
    return found


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.noun)
def test_every_verb_is_in_a_case_that_says_what_it_carries(kind: Kind) -> None:
    missing = verbs(kind) - carried(kind)
    assert not missing, f"in no case with carries: {', '.join(sorted(missing))}"
    assert not carried(kind) - verbs(kind)


def test_every_planner_case_is_collected_by_a_test() -> None:
    assert {path.parent.name for path in cases.PATHS} == {kind.noun for kind in ALL_KINDS}
    taken = [*test_cases.PATHS, *test_cases_of_domains.PATHS, *test_cases_of_storage.PATHS]
    assert sorted(taken) == cases.PATHS
