# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to hold for a planner case. The test files beside this one each take the cases of some kinds."""

from __future__ import annotations

import copy
import dataclasses
import json
import pathlib
import textwrap
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError

from . import case_files as cases
from .carried import SECRETS
from .settled import settle


def of_kinds(*nouns: str) -> list[pathlib.Path]:
    """The cases of some kinds."""
    return [path for noun in nouns for path in cases.OF_KIND[noun]]


def leading_somewhere(paths: t.Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Those that are planned without an error, for an object that is to be there."""
    found = [(path, cases.read(path)) for path in paths]
    return [path for path, case in found if "error" not in case and case["declared"].get("state") != "absent"]


def name_of(path: pathlib.Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def check_plan(path: pathlib.Path) -> None:
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
    carries = said.pop("carries", "")
    written = "".join(f"{name}: |\n{textwrap.indent(text, '  ')}" for name, text in said.items())
    assert said == {name: text for name, text in case.expected.items() if name != "carries"}, f"it is\n{written}"
    assert carries == case.expected.get("carries", carries)
    assert not any(secret in carries for secret in SECRETS)
    assert before == ([want.values for want in case.wants], [want.params for want in case.wants]), "planning is pure"
    public = json.dumps([one.public() for one in (*plan.actions, *plan.pending)]) + repr(plan)
    assert not any(secret in public for secret in SECRETS)


def check_end(path: pathlib.Path) -> None:
    """As far as it can be told without libvirt: the new definition satisfies the declaration, also when it runs."""
    case = cases.load(path)
    settle(case, case.plan().actions)
    needed = case.kind.plan(case.want, case.world)
    assert cases.said(dataclasses.replace(needed, warnings=()), case.want) == {}
