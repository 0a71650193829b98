# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several rooms of tests have in common."""

from __future__ import annotations

import pathlib

import pytest

pytest.register_assert_rewrite(f"{__package__}.checks")

from .loop import Loop  # noqa: E402


@pytest.fixture
def loop(tmp_path: pathlib.Path) -> Loop:
    return Loop(tmp_path)
