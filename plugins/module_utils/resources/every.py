# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind, also what is done and not kept: a host's document that said "reverted" would revert for ever."""

from __future__ import annotations

from . import KINDS
from .snapshot.kind import Snapshot

SNAPSHOT = Snapshot()

ALL_KINDS = (*KINDS, SNAPSHOT)
