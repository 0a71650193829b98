# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several rooms of tests have in common."""

from __future__ import annotations

import pathlib

import pytest

from .loop import Loop


@pytest.fixture
def loop(tmp_path: pathlib.Path) -> Loop:
    return Loop(tmp_path)
