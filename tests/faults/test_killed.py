# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module is killed at any moment: the next run brings all to what it would have been, and leaves nothing else."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import TALLIES
from .scenarios import SCENARIOS
from .trial import Tally, Trials, chosen

#: Of these the clean-up is killed too.
AGAIN = (
    "content as another user",
    "seed renewed over a remote uri",
    "guest removed with its volumes",
    "volume removed with its guest on an overlay",
    "shared disk removed with its guests",
    "whole host",
)


@pytest.fixture
def every(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--every-moment"))


@pytest.fixture
def trials(host, runs, scenario, request) -> t.Iterator[Trials]:
    runs.as_user = scenario.as_user
    tally = TALLIES.setdefault(request.node.name.partition("[")[2].rstrip("]"), Tally())
    return Trials(scenario, host, runs, tally)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_run_after_a_killed_one_converges_and_leaves_nothing(trials, every):
    names, expected, wrong = trials.moments(), trials.host.seen(), {}
    assert trials.host.orphans(trials.scenario.as_user) == []
    for number in chosen(names, every):
        wrong[f"{number} of {len(names)}, {names[number - 1]}"] = trials.trial(expected, number)
    _assert_nothing(wrong)


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{one}, twice") for one in SCENARIOS if one.name in AGAIN])
def test_the_run_that_cleans_up_can_be_killed(trials, every):
    names, expected, wrong = trials.moments(), trials.host.seen(), {}
    for number in chosen(names, False):
        again = trials.moments(number)
        for second in chosen(again, every):
            moments = f"{names[number - 1]}, then {second} of {len(again)}, {again[second - 1]}"
            wrong[moments] = trials.trial(expected, number, second)
    _assert_nothing(wrong)


def _assert_nothing(wrong: dict[str, str]) -> None:
    said = [f"killed at {moment}: {what}" for moment, what in wrong.items() if what]
    assert not said, "\n".join(said)
