# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: a skipped test is a failing run, and `--shard 1/3` takes a third of the test files."""

from __future__ import annotations

import pathlib
from collections import Counter

import pytest

from . import shards

#: The test files of this shard.
MINE = pytest.StashKey[set[pathlib.Path]]()

#: Seconds that pytest takes around each step of a test.
REPORTING = 0.0003

NOT_REALLY_RUN = ("skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="I/N", help="run only the I-th of N parts of the test files")
    parser.addoption("--record", action="store_true", help="write down what each file took, for the next run's shards")


def pytest_configure(config: pytest.Config) -> None:
    shard = config.getoption("--shard")
    if not shard:
        return
    number, count = (int(part) for part in shard.split("/"))
    root = config.rootpath
    folders = [config.invocation_params.dir / argument for argument in config.args]
    files = {path.relative_to(root).as_posix() for folder in folders for path in folder.rglob("test_*.py")}
    config.stash[MINE] = {root / name for name in shards.pack(files, shards.recorded(), count)[number - 1]}


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    """Those of other shards are not even imported."""
    mine = config.stash.get(MINE, None)
    return True if mine is not None and collection_path.is_file() and collection_path not in mine else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}
    if session.exitstatus == pytest.ExitCode.OK and any(stats.get(outcome) for outcome in NOT_REALLY_RUN):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.config.getoption("--record"):
        taken: Counter[str] = Counter()
        for report in [one for reports in stats.values() for one in reports if isinstance(one, pytest.TestReport)]:
            taken[_file(report.nodeid)] += report.duration + REPORTING  # type: ignore[assignment]
        shards.record(taken)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
