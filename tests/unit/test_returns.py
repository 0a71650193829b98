# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several modules say alike of what they return is written from one place."""

from __future__ import annotations

import importlib.util
import pathlib
import typing as t

import pytest

ROOT = pathlib.Path(__file__).parents[2]
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/*.py"))

#: As many lines in a row are not alike by chance.
CHANCE = 9


@pytest.fixture(scope="module")
def tool() -> t.Any:
    spec = importlib.util.spec_from_file_location("returns", ROOT / "tools" / "returns.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("module", MODULES)
def test_the_parts_of_a_module_are_what_their_sources_say(tool, module):
    assert (ROOT / f"plugins/modules/{module}.py").read_text() == tool.written(module), (
        "run `make docs`, or python tools/returns.py, and commit what that writes"
    )


def test_a_part_takes_over_what_its_source_has_become(tool, monkeypatch):
    before = tool.written("pool")
    monkeypatch.setitem(tool.TEXTS, "diff", "description: Something else.\n")
    lines = tool.written("pool").split("\n")
    first = lines.index("  # From tools/returns.py: diff")
    assert lines[first : first + 3] == [
        "  # From tools/returns.py: diff",
        "  description: Something else.",
        "  # Up to here.",
    ]
    assert (
        tool.written("pool") != before
        and tool.written("volume_info") == (ROOT / "plugins/modules/volume_info.py").read_text()
    )


def test_no_two_modules_say_the_same_in_their_own_words(tool):
    rows: dict[tuple[str, ...], set[str]] = {}
    for module in MODULES:
        returned = tool.RETURN.search((ROOT / f"plugins/modules/{module}.py").read_text())
        lines = [line.strip() for line in tool.PART.sub("", returned[0]).split("\n")]
        for start in range(len(lines) - CHANCE):
            rows.setdefault(tuple(lines[start : start + CHANCE]), set()).add(module)
    assert {row: sorted(modules) for row, modules in rows.items() if len(modules) > 1} == {}
