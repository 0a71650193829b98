# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule between the options of a device is made of. Pure."""

from __future__ import annotations

import typing as t

from ....xml.table import Desired


class Rule(t.NamedTuple):
    """``broken`` is true of an item that must not be, or a text for ``{0}`` in ``what``.

    ``at`` is the option to name, empty: the item.
    """

    broken: t.Callable[[Desired], t.Any]
    at: str
    what: str
    remedy: str


def starts(item: Desired, prefix: str) -> bool:
    return any(option.startswith(prefix) and value is not None for option, value in item.items())


def needs(option: str, prefix: str) -> Rule:
    """An option without which the others below ``prefix`` say nothing."""
    return Rule(
        lambda item: starts(item, prefix + ".") and item.get(option) is None,
        prefix,
        "{0} is missing".format(option),
        "Declare it, or leave out {0}".format(prefix),
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
        "this is for what has {0}".format(other),
        "Leave it out, or declare {0}".format(other),
    )
