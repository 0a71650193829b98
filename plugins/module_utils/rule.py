# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between options, as data, and the one place that applies them. Pure.

A rule is about an object, or about each item of one of its lists. Its scope says what it looks at: what is declared;
the same of a new object, by options or in ``xml``; all of the definition to come, of which only the declared part is
ever to blame; or what is declared and the host that it is for. What is broken is collected, so that all mistakes are
reported at once.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .errors import InvalidOption, join, together

#: The scopes.
DECLARED, NEW, DEFINITION, HOST = "declared", "new", "definition", "host"

Values = t.Mapping[str, t.Any]


class RuleValues(t.Dict[str, t.Any]):
    """Options as they will be; ``declared`` are those that the user says."""

    def __init__(self, values: Values, declared: Values) -> None:
        super().__init__(values)
        self.declared = declared


class Violation(t.NamedTuple):
    """One place where a rule is broken: its path below that of the rule, and the words of the rule's text.

    ``option`` is the list of the object that the path leads into, where the rule does not say it.
    """

    at: str = ""
    words: t.Tuple[t.Any, ...] = ()
    option: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """``broken`` says whether the rule is broken; it may return the text for ``{0}`` or a list of :class:`Violation`.

    ``at`` is the option to name (empty: the item, or the object), ``of`` the lists, outermost first, whose items the
    rule is about. ``what`` says what is wrong, ``remedy`` what to do about it. ``about`` are groups of options of the
    object; where none of them is declared, the rule need not be looked at: most objects declare a few of hundreds.
    ``in_xml``: it is about a value that is as wrong where ``xml`` brings it.
    """

    broken: t.Callable[[t.Any], t.Any]
    at: str
    what: str
    remedy: str
    scope: str = DECLARED
    of: t.Tuple[str, ...] = ()
    about: t.Tuple[str, ...] = ()
    in_xml: bool = False

    def errors(self, outcome: t.Any) -> t.List[InvalidOption]:
        """What ``broken`` has found, as errors."""
        return [
            InvalidOption(
                self.what.format(*found.words),
                join(self.at, found.at),
                self.remedy.format(*found.words),
                next(filter(None, (*self.of, self.at, found.option, found.at)), None),
            )
            for found in (outcome if isinstance(outcome, list) else [Violation("", (outcome,))])
        ]


def of(lists: t.Union[str, t.Tuple[str, ...]], rules: t.Iterable[Rule]) -> t.Tuple[Rule, ...]:
    """The rules of items as rules of the object that has the list."""
    path = (lists,) if isinstance(lists, str) else lists
    return tuple(dataclasses.replace(rule, of=path + rule.of, about=()) for rule in rules)


def broken(rules: t.Tuple[Rule, ...], values: t.Any, scope: str = DECLARED) -> t.List[InvalidOption]:
    """Every mistake in ``values`` (for the host: whatever its rules look at), with the path below the object."""
    said = {option.partition(".")[0] for option in (values.declared if isinstance(values, RuleValues) else values)}
    errors: t.List[InvalidOption] = []
    for lists, alike in _grouped(rules, scope).items():
        for path, item in _items(values, lists):
            for rule in alike:
                if rule.about and said.isdisjoint(rule.about):
                    continue
                outcome = rule.broken(item)
                if outcome:
                    errors += [error.below(path) for error in rule.errors(outcome)]
    return errors


def check(rules: t.Tuple[Rule, ...], values: t.Any, scope: str = DECLARED, where: str = "") -> None:
    """:raises InvalidOption: the first mistake, with the others, below ``where``."""
    errors = broken(rules, values, scope)
    if errors:
        raise together([error.below(where) for error in errors])


@functools.cache
def _grouped(rules: t.Tuple[Rule, ...], scope: str) -> t.Dict[t.Tuple[str, ...], t.List[Rule]]:
    """The rules of a scope by what they are of: most objects have few of the lists."""
    groups: t.Dict[t.Tuple[str, ...], t.List[Rule]] = {}
    for rule in rules:
        if rule.scope == scope:
            groups.setdefault(rule.of, []).append(rule)
    return groups


def _items(values: Values, lists: t.Tuple[str, ...], path: str = "") -> t.Iterator[t.Tuple[str, Values]]:
    if not lists:
        yield path, values
        return
    for position, item in enumerate(values.get(lists[0]) or ()):
        yield from _items(item, lists[1:], join(path, f"{lists[0]}[{position}]"))


def _group(option: str) -> t.Tuple[str, ...]:
    return (option.partition(".")[0],)


def starts(item: Values, prefix: str) -> bool:
    """Whether anything below ``prefix`` is stated."""
    return any(option.startswith(prefix) and value is not None for option, value in item.items())


def exactly_one(item: Values, *options: str) -> bool:
    """Whether one of ``options`` is stated, and no other."""
    return sum(item.get(option) is not None for option in options) == 1


def says(value: t.Any) -> bool:
    """Whether an option has a value that asks for something."""
    return value not in (None, False, "", [], 0)


def needs(option: str, prefix: str) -> Rule:
    """An option without which the others below ``prefix`` say nothing."""
    return Rule(
        lambda item: starts(item, prefix + ".") and item.get(option) is None,
        prefix,
        f"{option} is missing",
        f"Declare it, or leave out {prefix}",
    )


def is_false(option: str) -> Rule:
    """An option that only says something where it is true."""
    return Rule(
        lambda item: item.get(option) is False,
        option,
        "false does not declare a source",
        "Leave it out, and declare a source",
    )


def only_with(option: str, other: str) -> Rule:
    """An option that means nothing without the other."""
    return Rule(
        lambda item: item.get(option) is not None and item.get(other) is None,
        option,
        f"this needs {other}",
        f"Leave it out, or declare {other}",
    )


def not_with_false(option: str, other: str) -> Rule:
    """An option that is a part of what ``other`` switches off."""
    return Rule(
        lambda item: says(item.get(option)) and item.get(other) is False,
        option,
        f"this needs {other} to be true",
        f"Declare {other}: true",
        about=_group(option),
    )


def requires(option: str, other: str, *allowed: t.Any, where: t.Optional[Values] = None) -> Rule:
    """An option that, where it is declared and says something, needs ``other`` to be one of ``allowed``.

    :arg where: only where the definition says this.
    """
    condition = where or {}
    words = " or ".join("true" if one is True else str(one) for one in allowed)
    return Rule(
        lambda will: (
            says(will.declared.get(option))
            and will.get(other) not in allowed
            and all(will.get(name) == value for name, value in condition.items())
        ),
        option,
        f"this needs {other} to be {words}",
        f"Declare {other}: {words}",
        DEFINITION,
        about=_group(option),
    )


def unique(option: str, keys: t.Sequence[str], what: str = "", absent: t.Optional[Values] = None) -> Rule:
    """No two items of the list ``option`` agree in all of ``keys``. What is not said is as in ``absent``."""
    default = absent or {}

    def twice(item: Values) -> t.List[Violation]:
        seen: t.List[t.Any] = []
        found = []
        for position, one in enumerate(item.get(option) or ()):
            key = [one.get(name, default.get(name)) for name in keys]
            if key in seen and any(one.get(name) is not None for name in keys):
                found.append(Violation(f"[{position}]", (f"[{seen.index(key)}]", key[0])))
            seen.append(key)
        return found

    same = " and ".join(filter(None, (", ".join(keys[:-1]), keys[-1])))
    return Rule(twice, option, what or f"it has the same {same} as {{0}}", "Merge the two", about=_group(option))
