# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the trials on a private host (tests/private_host.sh), and their sum."""

from __future__ import annotations

import socket

import libvirt
import pytest

from ..functional.module_runner import ModuleRunner
from .host import Host
from .runs import Runs, import_all
from .trial import Tally

TALLIES: dict[str, Tally] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-moment", action="store_true", help="kill at each moment, not at the worst and some others"
    )


def pytest_configure() -> None:
    if socket.gethostname() != "private-host":
        pytest.exit("Faults are for a private host: tests/private_host.sh pytest tests/faults", 2)
    libvirt.registerErrorHandler(lambda _context, _error: None, None)


@pytest.fixture(scope="session")
def host() -> Host:
    import_all()
    return Host()


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """``runs("pool", name="data", …)`` runs a module of the collection, ``runs.killed`` until it is killed."""
    folder = tmp_path_factory.mktemp("ansible-tmp")
    folder.chmod(0o777)
    return Runs(ModuleRunner(folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not TALLIES:
        return
    terminalreporter.section("killed")
    total = Tally()
    for name, tally in TALLIES.items():
        terminalreporter.write_line(f"{name:42} {tally.tried:4} {tally.survived:4} {tally.clean:4}")
        total = Tally(total.tried + tally.tried, total.survived + tally.survived, total.clean + tally.clean)
    terminalreporter.write_line(f"{total.tried} moments tried, {total.survived} survived, {total.clean} left clean")
