# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a snapshot, before its domain is looked at. Pure."""

from __future__ import annotations

import typing as t

from ...rule import Rule, Values, Violation


def _half_a_series(snapshot: Values) -> t.List[Violation]:
    missing = [option for option in ("keep", "keep_prefix") if option not in snapshot]
    return [Violation(missing[0])] if len(missing) == 1 else []


def _of_another_series(snapshot: Values) -> t.List[Violation]:
    prefix = snapshot.get("keep_prefix")
    if prefix is None or (prefix and snapshot["name"].startswith(prefix)):
        return []
    return [Violation("", (snapshot["name"], prefix))]


RULES: t.Tuple[Rule, ...] = (
    Rule(_half_a_series, "", "keep and keep_prefix are required together", "Declare both or neither"),
    Rule(
        lambda snapshot: snapshot.get("keep", 1) < 1 and str(snapshot["keep"]),
        "keep",
        "{0} cannot be kept",
        "Keep at least 1",
    ),
    Rule(
        _of_another_series,
        "keep_prefix",
        "'{0}' does not begin with '{1}'",
        "Use the prefix of the names of this series",
    ),
)
