# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which test files a shard runs: `--shard 1/3`. durations.json has what each took; `make durations` writes it."""

from __future__ import annotations

import fcntl
import json
import pathlib
import typing as t

RECORDED = pathlib.Path(__file__).with_name("durations.json")


def pack(files: t.Collection[str], seconds: t.Mapping[str, float], count: int) -> list[list[str]]:
    """The files in ``count`` shards that take about equally long: the longest first, each to the emptiest shard.

    A file stays whole, for its tests may share a host that takes long to make. One that is not recorded yet counts as
    an average one of those that are.
    """
    known = [seconds[file] for file in files if file in seconds]
    unknown = sum(known) / len(known) if known else 1.0
    shards: list[list[str]] = [[] for _number in range(count)]
    filled = [0.0] * count
    for file in sorted(files, key=lambda file: (-seconds.get(file, unknown), file)):
        emptiest = filled.index(min(filled))
        shards[emptiest].append(file)
        filled[emptiest] += seconds.get(file, unknown)
    return shards


def recorded() -> dict[str, float]:
    """Seconds by file."""
    return json.loads(RECORDED.read_text())


def record(seconds: t.Mapping[str, float]) -> None:
    """Write what files took; several may at the same time. Files that are gone are forgotten."""
    with RECORDED.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = {**json.load(file), **{name: round(taken, 1) for name, taken in seconds.items()}}
        file.seek(0)
        file.truncate()
        known = {name: known[name] for name in sorted(known) if (RECORDED.parents[1] / name).exists()}
        json.dump(known, file, indent=2)
        file.write("\n")
