# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a snapshot, before its domain is looked at. Pure."""

from __future__ import annotations

import typing as t

from ...rule import Rule, Values, Violation, unique
from .table import DISKS, EXTERNAL, INTERNAL


def _half_a_series(snapshot: Values) -> t.List[Violation]:
    missing = [option for option in ("keep", "keep_prefix") if option not in snapshot]
    return [Violation(missing[0])] if len(missing) == 1 else []


def _of_another_series(snapshot: Values) -> t.List[Violation]:
    prefix = snapshot.get("keep_prefix")
    if prefix is None or (prefix and snapshot["name"].startswith(prefix)):
        return []
    return [Violation("", (snapshot["name"], prefix))]


def _made(broken: t.Callable[[Values], t.Any], at: str, what: str, remedy: str) -> Rule:
    """A rule of a snapshot that is to be made."""
    return Rule(lambda snapshot: snapshot["state"] == "present" and broken(snapshot), at, what, remedy)


def _in_the_disks(option: str) -> Rule:
    return _made(
        lambda snapshot: snapshot["mode"] == INTERNAL and option in snapshot,
        option,
        "an internal snapshot is of all disks, and in them",
        "Use mode external",
    )


def _quiesces_nothing(snapshot: Values) -> t.Any:
    return snapshot["quiesce"] and (snapshot["mode"] == INTERNAL or snapshot.get("memory"))


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
    unique("disks", DISKS.identity[0]),
    _in_the_disks("disks"),
    _in_the_disks("memory_file"),
    _made(
        _quiesces_nothing,
        "quiesce",
        "file systems are quiesced for disks without memory only",
        "Use mode external without memory, or remove quiesce",
    ),
    _made(
        lambda snapshot: snapshot["mode"] == EXTERNAL and snapshot.get("memory") and "memory_file" not in snapshot,
        "memory_file",
        "the file for the memory is missing",
        "Name a new file",
    ),
    _made(
        lambda snapshot: snapshot["mode"] == EXTERNAL and not snapshot.get("memory") and "memory_file" in snapshot,
        "memory_file",
        "the snapshot does not include the memory",
        "Add memory: true",
    ),
)
