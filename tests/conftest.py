# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: a skipped test is a failing run, and `--shard 1/2` takes a half of the tests."""

from __future__ import annotations

import pytest

NOT_REALLY_RUN = ("skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="I/N", help="run only the I-th of N equal parts of the tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    shard = config.getoption("--shard")
    if not shard:
        return
    number, count = (int(part) for part in shard.split("/"))
    # Every count-th test: the tests of a file take about equally long, the files do not.
    mine = items[number - 1 :: count]
    config.hook.pytest_deselected(items=[item for item in items if item not in mine])
    items[:] = mine


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}  # the processes that xdist starts have none
    if session.exitstatus == pytest.ExitCode.OK and any(stats.get(outcome) for outcome in NOT_REALLY_RUN):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
