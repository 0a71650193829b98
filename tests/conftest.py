# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: a skipped test is a failing run, and `--shard 1/3` takes a third of the test files."""

from __future__ import annotations

from collections import Counter

import pytest

from . import shards

NOT_REALLY_RUN = ("skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="I/N", help="run only the I-th of N parts of the test files")
    parser.addoption("--record", action="store_true", help="write down what each file took, for the next run's shards")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    shard = config.getoption("--shard")
    if not shard:
        return
    number, count = (int(part) for part in shard.split("/"))
    files = {_file(item.nodeid) for item in items}
    mine = set(shards.pack(files, shards.recorded(), count)[number - 1])
    config.hook.pytest_deselected(items=[item for item in items if _file(item.nodeid) not in mine])
    items[:] = [item for item in items if _file(item.nodeid) in mine]


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}  # the processes that xdist starts have none
    if session.exitstatus == pytest.ExitCode.OK and any(stats.get(outcome) for outcome in NOT_REALLY_RUN):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.config.getoption("--record"):
        taken: Counter[str] = Counter()
        for report in [one for reports in stats.values() for one in reports if isinstance(one, pytest.TestReport)]:
            taken[_file(report.nodeid)] += report.duration  # type: ignore[assignment]
        shards.record(taken)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
