# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between options: each is broken in a planner's case, and all mistakes are told at once."""

from __future__ import annotations

import typing as t
from unittest import mock

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import (
    FleetError,
    InvalidOption,
    MissingReference,
    together,
)
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import Contradiction
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.rule import Rule, Violation, broken, of
from ansible_collections.kvm.fleet.plugins.module_utils.runner import wants_of

from . import case_files as cases


class Broken(t.NamedTuple):
    """The rules that the cases with an error break, and all that is wrong in them."""

    rules: set[tuple[str, str]]
    errors: list[FleetError]


def words(rule: Rule) -> tuple[str, str]:
    """What a rule says, wherever it is applied: those of a concept that several kinds have are broken once."""
    return rule.at, rule.what


@pytest.fixture(scope="module")
def mistakes() -> Broken:
    found = Broken(set(), [])
    errors = Rule.errors

    def watched(rule: Rule, outcome: t.Any) -> list[t.Any]:
        found.rules.add(words(rule))
        return errors(rule, outcome)

    with mock.patch.object(Rule, "errors", watched):
        for path in (path for paths in cases.OF_KIND.values() for path in paths):
            if "error" in cases.read(path):
                with pytest.raises(FleetError) as mistake:
                    cases.load(path).plan()
                found.errors.extend([mistake.value, *mistake.value.also])
    return found


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.noun)
def test_every_rule_is_broken_in_a_case(mistakes, kind):
    unbroken = [rule for rule in kind.rules if words(rule) not in mistakes.rules]
    rules = "; ".join(f"{'.'.join((*rule.of, rule.at))}: {rule.what}" for rule in unbroken)
    assert not unbroken, f"in no case of cases/{kind.noun}: {rules}"


def test_a_mistake_says_which_option_of_the_object_is_to_blame(mistakes):
    """As a table calls it, or a group of them; the place in the message leads there or further."""
    known = {"name", *(option for kind in ALL_KINDS for option in (*kind.options, *(one.option for one in kind.table)))}
    found = [error for error in mistakes.errors if error.option and not isinstance(error, Contradiction)]
    for error in found:
        assert error.option in error.where
        assert any(option == error.option or option.startswith(error.option + ".") for option in known), str(error)
    assert {type(error) for error in found} == {InvalidOption, MissingReference}
    in_lists = {error.option for error in found if f"{error.option}[" in error.where}
    assert in_lists >= {"disks", "interfaces", "ips", "filterrefs", "clock.timers", "cputune.vcpupin"}


EVEN = Rule(lambda item: item["number"] % 2 and str(item["number"]), "number", "{0} is odd", "Use {0}0")


def test_a_rule_of_items_names_each_item_that_breaks_it():
    values = {"groups": [{"items": [{"number": 2}, {"number": 3}]}, {"items": [{"number": 5}]}, {}]}
    assert [str(error) for error in broken(of(("groups", "items"), (EVEN,)), values)] == [
        "groups[0].items[1].number: 3 is odd. Use 30.",
        "groups[1].items[0].number: 5 is odd. Use 50.",
    ]


def test_a_rule_can_report_several_places_with_different_messages():
    rule = Rule(lambda values: [Violation(one, (one.upper(),)) for one in values], "at", "{0} is there", "Remove {0}")
    assert [str(error) for error in broken((rule,), {"a": 1, "b": 2})] == [
        "at.a: A is there. Remove A.",
        "at.b: B is there. Remove B.",
    ]


def test_all_mistakes_of_a_document_are_reported_at_once():
    document = {
        "networks": [{"name": "a/b"}, {"name": "lan", "mtu": 9000000}],
        "domains": [
            {"name": "web1", "vcpus": 2, "vcpus_max": 1},
            {"name": "web2", "memory": "8", "disks": [{"file": "a"}, {"file": "/a", "serial": "a\nb"}]},
        ],
    }
    complete = {
        kind.plural: [cases.validated(kind, element) for element in document.get(kind.plural, [])] for kind in KINDS
    }
    with pytest.raises(FleetError) as told:
        wants_of(KINDS, complete)
    assert str(told.value) == (
        "networks[a/b].name: 'a/b' cannot be a name. Leave slashes and line breaks out of it. "
        "Also: networks[lan].mtu: 9000000 is out of range. Use 1 to 65535. "
        "Also: domains[web1].vcpus: vcpus is more than vcpus_max. Raise vcpus_max, which is the maximum. "
        "Also: domains[web2].memory: 8 bytes of memory are too little for any guest. Write the unit: 8MiB. "
        "Also: domains[web2].disks[0].file: 'a' is not an absolute path. Start it with /. "
        "Also: domains[web2].disks[1].serial: a line break is not accepted here. Write it in one line."
    )


def test_a_mistake_in_many_places_is_reported_a_few_times():
    values = {"items": [{"number": 2 * number + 1} for number in range(1000)]}
    told = str(together(broken(of("items", (EVEN,)), values)))
    assert told.startswith("items[0].number: 1 is odd. Use 10. Also: items[1].number")
    assert told.endswith("Also: items[20].number: 41 is odd. Use 410. And 979 more.")


def test_a_value_that_cannot_be_read_says_which_option_of_the_object_is_to_blame():
    """In a list it is the outermost one."""
    kind = next(kind for kind in KINDS if kind.noun == "network")
    ips = [{"address": "10.0.0.1", "prefix": 24, "dhcp": {"hosts": [{"mac": "x", "ip": "10.0.0.2"}]}}]
    for option, options in (("ips", {"ips": ips}), ("mac", {"mac": "x"})):
        with pytest.raises(InvalidOption) as refused:
            kind.want(cases.validated(kind, {"name": "lan", **options}), "")
        assert refused.value.option == option and refused.value.where.startswith(option)
