# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of variables that are nearly those of options. Pure."""

from __future__ import annotations

import difflib
import typing as t

#: How much of two names has to be the same, as difflib counts: two wrong letters of twenty.
_ALIKE = 0.9


def misnamed(names: t.Iterable[str], known: t.AbstractSet[str]) -> list[tuple[str, str]]:
    """Those of ``names`` that are nearly one of ``known``, each with what was probably meant.

    A name that goes on where a known one ends, with an underscore or a digit, is one of the user's own; one that begins
    with an underscore is a role's.
    """
    first = {_letters(option)[:2] for option in known}
    found = []
    for name in sorted({str(name) for name in names} - known):
        if name.startswith("_") or _letters(name)[:2] not in first or any(_goes_on(name, option) for option in known):
            continue  # most variables, quickly
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
        if near:
            found.append((name, near[0]))
    return found


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _goes_on(name: str, option: str) -> bool:
    rest = name[len(option) :]
    return name.startswith(option) and (rest[:1] == "_" or rest[:1].isdigit())
