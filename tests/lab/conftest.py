# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``fleet(10)``: namespace hosts for a test. They end with the test session, however that ends."""

from __future__ import annotations

import socket
import typing as t

import pytest

from .namespace_hosts import Lab


def pytest_configure() -> None:
    if socket.gethostname() != "private-host":
        pytest.exit("These tests look at all that runs on a host: run them on a private one with `make test-lab`", 2)


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Callable[[int], Lab]]:
    """``fleet(n)`` starts a new lab of ``n`` hosts."""
    labs: list[Lab] = []

    def start(count: int) -> Lab:
        labs.append(Lab(tmp_path_factory.mktemp("fleet") / "lab"))
        labs[-1].start(count)
        return labs[-1]

    yield start
    for lab in labs:
        lab.stop()
