# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a kind, applied to an object. What a rule is, and how they are made: ``rule.py``."""

from __future__ import annotations

import typing as t

from ..errors import together
from ..rule import DECLARED, Rule, Values, broken
from ..xml.table import lookup

if t.TYPE_CHECKING:
    from .base import Want


def stated(want: Want, options: t.Iterable[str]) -> Values:
    """What is declared, with those of ``options`` that no table has."""
    further = {option: lookup(want.params, option) for option in options}
    return {**{option: value for option, value in further.items() if value is not None}, **want.values}


def check(want: Want, rules: t.Tuple[Rule, ...], values: t.Any, scope: str = DECLARED) -> None:
    """Apply the rules of a scope to what they look at.

    :raises InvalidOption: the first mistake, with the others.
    """
    errors = broken(rules, values, scope)
    if errors:
        raise together([error.below(want.where) for error in errors])
