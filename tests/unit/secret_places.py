# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option that can have a secret, by the argument specs and the tables: a new one is there without a word."""

from __future__ import annotations

import typing as t

CANARY = "c4nary-9f31"


def places(kind: t.Any) -> list[str]:
    """The paths of a kind's secret options: ``graphics.password``."""
    return sorted({*_no_log(kind.argument_spec()), *kind.secret_options()})


def _no_log(spec: t.Mapping[str, t.Any], around: str = "") -> t.Iterator[str]:
    for name, option in spec.items():
        if option.get("no_log"):
            yield around + name
        yield from _no_log(option.get("options") or {}, f"{around}{name}.")


def options_with_a_canary(kind: t.Any, path: str, value: t.Any = CANARY) -> dict[str, t.Any]:
    """The secret option and those around it, with what these cannot do without."""
    return _planted(kind.argument_spec(), path.split("."), value)


def _planted(spec: t.Mapping[str, t.Any], path: list[str], value: t.Any) -> dict[str, t.Any]:
    option = spec[path[0]]
    if path[1:]:
        inner: t.Any = _planted(option["options"], path[1:], value)
        needed = {name: one for name, one in option["options"].items() if one.get("required")}
        inner = {**{name: one.get("choices", ["needed"])[0] for name, one in needed.items()}, **inner}
    else:
        inner = value
    return {path[0]: [inner] if option.get("type") == "list" and not isinstance(inner, list) else inner}


def options_with_canaries(kind: t.Any, word: t.Callable[[str], t.Any]) -> dict[str, t.Any]:
    """All secret options at once; ``word`` makes the value of a path."""
    merged: t.Any = {}
    for path in places(kind):
        merged = _together(merged, options_with_a_canary(kind, path, word(path)))
    return t.cast(dict[str, t.Any], merged)


def _together(one: t.Any, other: t.Any) -> t.Any:
    if isinstance(one, dict) and isinstance(other, dict):
        both = {name: _together(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **both}
    if isinstance(one, list) and isinstance(other, list):
        return [_together(one[0], other[0])]
    return other
