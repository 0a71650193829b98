# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a table of domains or networks calls live is changed by a test while it runs, or listed with a reason."""

from __future__ import annotations

import pathlib
import re

import pytest

from ...functional.live_changes import CHANGES, ELSEWHERE, IN_LAB, LIVE_OPTIONS, NOWHERE, claimed

FUNCTIONAL = pathlib.Path(__file__).parents[2] / "functional"


@pytest.mark.parametrize("noun", LIVE_OPTIONS)
def test_every_live_option_is_changed_live(noun: str) -> None:
    tested = set().union(*(claimed(change) for change in CHANGES.values() if change.noun == noun))
    missing = LIVE_OPTIONS[noun] - tested - {*ELSEWHERE[noun]} - IN_LAB[noun] - {*NOWHERE[noun]}
    assert not missing, f"called live and changed by no test: {', '.join(sorted(missing))}"


@pytest.mark.parametrize("noun", LIVE_OPTIONS)
def test_the_exceptions_name_only_options_without_a_live_change(noun: str) -> None:
    tested = set().union(*(claimed(change) for change in CHANGES.values() if change.noun == noun))
    assert {*NOWHERE[noun]} <= LIVE_OPTIONS[noun] - tested - {*ELSEWHERE[noun]} - IN_LAB[noun]
    assert {*ELSEWHERE[noun]} | IN_LAB[noun] <= LIVE_OPTIONS[noun]


@pytest.mark.parametrize("place", sorted({place for places in ELSEWHERE.values() for place in places.values()}))
def test_every_test_named_as_an_exception_exists(place: str) -> None:
    file, _colons, name = place.partition("::")
    assert re.search(rf"^def {name}\(", (FUNCTIONAL / file).read_text(), re.MULTILINE)
