# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Existing objects as the options that declare them: every definition that the planner's cases bring along."""

from __future__ import annotations

import typing as t

import pytest

from ..plan import case_files as cases
from .specs import ROOTS, check_comes_out


def brought_along() -> t.Iterator[t.Any]:
    for noun in ROOTS:
        for path in cases.OF_KIND[noun]:
            given = cases.read(path).get("current")
            if given and "xml" in given and given.get("persistent", True):
                yield pytest.param(noun, given, id=f"{noun}/{path.stem}")


@pytest.mark.parametrize(("noun", "given"), list(brought_along()))
def test_declaring_a_spec_gives_the_same_object(noun, given):
    check_comes_out(noun, given)
