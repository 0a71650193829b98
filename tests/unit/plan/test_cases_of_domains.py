# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner with domains, case by case: see case_files.py for what stands in a case file."""

from __future__ import annotations

import pytest

from .checks import check_end, check_plan, leading_somewhere, name_of, of_kinds

PATHS = of_kinds("domain")


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_the_plan_is_the_expected_one(path):
    check_plan(path)


@pytest.mark.parametrize("path", leading_somewhere(PATHS), ids=name_of)
def test_the_planned_state_needs_no_further_actions(path):
    check_end(path)
