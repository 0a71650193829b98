# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a kind, applied to what is declared of an object. What a rule is, and how they are made: ``rule.py``."""

from __future__ import annotations

import typing as t

from ..errors import together
from ..rule import DECLARED, DEFINITION, Rule, RuleValues, Values, broken
from ..xml.table import lookup

if t.TYPE_CHECKING:
    from .base import Want


def check(
    want: Want, rules: t.Tuple[Rule, ...], definition: t.Optional[Values] = None, options: t.Iterable[str] = ()
) -> None:
    """Apply the rules for what is declared; or, with all values of the definition to come, those for that.

    :arg options: those that no table has and rules are about as well.
    :raises InvalidOption: the first mistake, with the others.
    """
    values: Values = want.values
    if options:
        further = {option: lookup(want.params, option) for option in options}
        values = {**{option: value for option, value in further.items() if value is not None}, **values}
    if definition is not None:
        values = RuleValues(definition, values)
    errors = broken(rules, values, DECLARED if definition is None else DEFINITION)
    if errors:
        raise together([error.below(want.where) for error in errors])
