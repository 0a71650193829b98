# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: a skipped test is a failing run, and `--shard 1/2` takes a half of the test files."""

from __future__ import annotations

from collections import Counter

import pytest

NOT_REALLY_RUN = ("skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="I/N", help="run only the I-th of N equal parts of the test files")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    shard = config.getoption("--shard")
    if not shard:
        return
    number, count = (int(part) for part in shard.split("/"))
    loads = dict.fromkeys(range(1, count + 1), 0)
    mine = set()
    # The largest file first, each to the part that has least to do. Whole files, for their fixtures' sake.
    for path, tests in sorted(Counter(item.path for item in items).items(), key=lambda one: (-one[1], one[0])):
        least = min(loads, key=lambda part: (loads[part], part))
        loads[least] += tests
        if least == number:
            mine.add(path)
    config.hook.pytest_deselected(items=[item for item in items if item.path not in mine])
    items[:] = [item for item in items if item.path in mine]


def pytest_sessionfinish(session: pytest.Session) -> None:
    stats = session.config.pluginmanager.get_plugin("terminalreporter").stats
    if session.exitstatus == pytest.ExitCode.OK and any(stats.get(outcome) for outcome in NOT_REALLY_RUN):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    # A part without a file: there are fewer files than parts.
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.getoption("--shard"):
        session.exitstatus = pytest.ExitCode.OK
