# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner, case by case: see case_files.py for what stands in a case file."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError

from . import case_files as cases
from .carried import SECRETS
from .settled import settle

NAMES = [f"{path.parent.name}/{path.stem}" for path in cases.PATHS]


@pytest.mark.parametrize("path", cases.PATHS, ids=NAMES)
def test_the_plan_is_the_expected_one(path):
    if "error" in (expected := cases.read(path)):
        with pytest.raises(FleetError) as failed:
            cases.load(path).plan()
        assert expected["error"] in str(failed.value)
        assert not any(secret in str(failed.value) for secret in SECRETS)
        return
    case = cases.load(path)
    before = copy.deepcopy([want.values for want in case.wants]), copy.deepcopy([want.params for want in case.wants])
    plan = case.plan()
    said = cases.said(plan, case.want)
    assert said.get("plan") == case.expected.get("plan")
    assert {**case.expected, "carries": None} == {**said, "carries": None}
    if "carries" in case.expected:
        assert said["carries"] == case.expected["carries"]
    assert not any(secret in said.get("carries", "") for secret in SECRETS)
    assert before == ([want.values for want in case.wants], [want.params for want in case.wants]), "planning is pure"
    public = json.dumps([one.public() for one in (*plan.actions, *plan.pending)]) + repr(plan)
    assert not any(secret in public for secret in SECRETS)


@pytest.mark.parametrize("path", cases.PATHS, ids=NAMES)
def test_what_a_plan_leads_to_needs_nothing_more(path):
    """As far as it can be told without libvirt: the new definition satisfies the declaration, also when it runs."""
    if "error" in cases.read(path):
        return
    case = cases.load(path)
    if case.want.absent:
        return
    settle(case, case.plan().actions)
    needed = case.kind.plan(case.want, case.world)
    assert cases.said(dataclasses.replace(needed, warnings=()), case.want) == {}
