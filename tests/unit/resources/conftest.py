# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has pytest say what the assertions of modules that are no tests saw."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(f"{__package__}.properties", f"{__package__}.specs")
