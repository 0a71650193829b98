# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes, plans and errors as text and as plain data."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE, RESTART, Change, describe_change
from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Pending, Plan, render
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.operations import Update

from .loop import Does

MEMORY = Change("memory", "1GiB", "2GiB", LIVE)
DISK = Change("disks[vdb]", None, {"file": "/srv/a", "readonly": False}, LIVE, "add", "disks", object())


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("1GiB", "2GiB", "option: 1GiB → 2GiB"),
        (None, 0, "option: (none) → 0"),
        (True, False, "option: true → false"),
        ([], ["a", 1], "option: [] → [a, 1]"),
        ({"a": {"b": None}}, None, "option: {a: {b: (none)}} → (none)"),
        ("", ("x",), "option:  → [x]"),
    ],
)
def test_a_change_is_described_in_one_line(before, after, text):
    assert describe_change(Change("option", before, after).public()) == text


def test_operation_of_an_action_is_not_in_the_result():
    action = Action("domain", "web1", Update("<disk/>"), (DISK,))
    assert action.public() == {
        "kind": "domain",
        "name": "web1",
        "verb": "update",
        "apply": "live",
        "fields": [{"option": "disks[vdb]", "before": None, "after": {"file": "/srv/a", "readonly": False}}],
    }
    assert "<disk/>" not in repr(action)
    assert str(action) == "update domain web1"


def test_the_diff_has_a_paragraph_for_each_object_and_each_change_once():
    actions = [
        Action("domain", "web1", Does("define"), (MEMORY, DISK)),
        Action("network", "lan", Does("start")),
        Action("domain", "web1", Does("set_memory"), (MEMORY,)),
    ]
    assert render([action.public() for action in actions]) == (
        "domain web1\n  define\n    memory: 1GiB → 2GiB\n    disks[vdb]: (none) → {file: /srv/a, readonly: false}\n"
        "  set_memory: memory\n"
        "network lan\n  start\n"
    )
    assert render([]) == ""


def test_the_diff_marks_what_waits_for_a_restart():
    done = (("define", (MEMORY, DISK)), ("attach", (DISK,)))
    actions = [Action("domain", "web1", Does(verb), changes) for verb, changes in done]
    waiting = Pending("domain", "web1", (MEMORY, DISK)).public()  # the guest did not let go of the disk: it was tried
    assert render([action.public() for action in actions], [waiting]) == (
        "domain web1\n  define\n    memory: 1GiB → 2GiB  (waits for a restart)\n"
        "    disks[vdb]: (none) → {file: /srv/a, readonly: false}\n  attach: disks[vdb]\n"
    )


def test_plans_add_up_and_warn_once():
    one = Plan((Action("domain", "a", Does("start")),), (), ("slow",))
    two = Plan((Action("domain", "b", Does("start")),), (Pending("domain", "b", (MEMORY,)),), ("slow", "old"))
    both = one + two
    assert [action.name for action in both.actions] == ["a", "b"]
    assert both.warnings == ("slow", "old")
    assert both.pending[0].public() == {
        "kind": "domain",
        "name": "b",
        "fields": [{"option": "memory", "before": "1GiB", "after": "2GiB"}],
    }


def test_changes_are_compared_without_their_xml_elements():
    assert Change("a", 1, 2, LIVE, element=object()) == Change("a", 1, 2, LIVE, element=object())
    assert Change("a", 1, 2, LIVE) != Change("a", 1, 2, RESTART)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FleetError("no room"), "no room."),
        (FleetError("no room", "pool data"), "pool data: no room."),
        (FleetError("no room", "pool data", "Make some"), "pool data: no room. Make some."),
        (FleetError("no room", None, "Make some"), "no room. Make some."),
    ],
)
def test_an_error_has_message_place_and_remedy(error, text):
    assert str(error) == text
    assert error.args == (text,)


@pytest.mark.parametrize(
    ("where", "place"), [(None, "disks[0]"), ("", "disks[0]"), ("target", "disks[0].target"), ("[1]", "disks[0][1]")]
)
def test_an_error_gets_the_path_of_its_parents(where, place):
    error = InvalidOption("no", where).below("disks[0]")
    assert str(error) == f"{place}: no."
    assert error.args == (str(error),)
    assert str(error.below("domains[web1]")) == f"domains[web1].{place}: no."
