# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule between options is made of, and the one place that applies rules. Pure."""

from __future__ import annotations

import typing as t

from ...errors import InvalidOption
from ...xml.table import Desired


class Rule(t.NamedTuple):
    """``broken`` is true of an item that must not be, or a text for ``{0}`` in ``what``.

    ``at`` is the option to name, empty: the item.
    """

    broken: t.Callable[[Desired], t.Any]
    at: str
    what: str
    remedy: str


def check(rules: t.Iterable[Rule], item: Desired, where: t.Callable[..., str], *of: t.Any) -> None:
    """Apply ``rules`` to the options of ``item``. ``where`` makes an option's path of its name and of ``of``.

    :raises InvalidOption: of the first that is broken.
    """
    for rule in rules:
        broken = rule.broken(item)
        if broken:
            raise InvalidOption(rule.what.format(broken), where=where(rule.at, *of), remedy=rule.remedy)


def starts(item: Desired, prefix: str) -> bool:
    return any(option.startswith(prefix) and value is not None for option, value in item.items())


def needs(option: str, prefix: str) -> Rule:
    """An option without which the others below ``prefix`` say nothing."""
    return Rule(
        lambda item: starts(item, prefix + ".") and item.get(option) is None,
        prefix,
        f"{option} is missing",
        f"Declare it, or leave out {prefix}",
    )


def exactly_one(item: Desired, *options: str) -> bool:
    return sum(item.get(option) is not None for option in options) == 1


def is_false(option: str) -> Rule:
    """An option that only says something where it is true."""
    return Rule(
        lambda item: item.get(option) is False,
        option,
        "false says nothing of what it is connected to",
        "Leave it out, and declare what it is connected to",
    )


def only_with(option: str, other: str) -> Rule:
    """An option that means nothing without the other."""
    return Rule(
        lambda item: item.get(option) is not None and item.get(other) is None,
        option,
        f"this is for what has {other}",
        f"Leave it out, or declare {other}",
    )
