# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shards have every file once, and take about equally long."""

from __future__ import annotations

import pytest

from .. import shards

SECONDS = {"a": 90.0, "b": 50.0, "c": 30.0, "d": 20.0, "e": 10.0}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_file_is_in_one_shard_whatever_the_order_of_collection(count):
    packed = shards.pack(["new", *SECONDS], SECONDS, count)
    assert sorted(file for shard in packed for file in shard) == ["a", "b", "c", "d", "e", "new"]
    assert packed == shards.pack([*reversed(SECONDS), "new"], SECONDS, count)


def test_shards_take_about_equally_long():
    assert [sum(SECONDS[file] for file in shard) for shard in shards.pack(SECONDS, SECONDS, 2)] == [100, 100]


def test_a_file_that_is_not_recorded_counts_as_an_average_one():
    assert shards.pack(["new", "a", "c"], SECONDS, 2) == [["a"], ["new", "c"]]  # 90, and 60 and 30 s
    assert shards.pack(["new", "d", "e"], SECONDS, 2) == [["d"], ["new", "e"]]  # 20, and 15 and 10 s


def test_durations_are_recorded_and_removed_files_dropped(tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    for name in ("a", "b"):
        (tmp_path / "tests" / name).touch()
    recorded = tmp_path / "tests/durations.json"
    recorded.write_text('{"tests/a": 1.0, "tests/gone": 2.0}')
    monkeypatch.setattr(shards, "RECORDED", recorded)
    shards.record({"tests/b": 3.14159})
    assert shards.recorded() == {"tests/a": 1.0, "tests/b": 3.1}
