# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that neither XML nor libvirt can have: no option of any kind takes one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS

#: What every object of the kind needs besides.
NEEDED: dict[str, dict[str, t.Any]] = {
    "secret": {"usage": "volume", "name": "/a"},
    "volume": {"name": "v", "pool": "p"},
    "snapshot": {"name": "s", "domain": "d"},
}
#: They are documents of their own, and may have any text or say themselves what is wrong with it.
DOCUMENTS = ("xml", "value", "value_base64")


def texts(spec: t.Mapping[str, t.Any], around: str = "") -> t.Iterator[str]:
    """The paths of the options that are texts; ``[]`` stands for the items of a list."""
    for name, option in spec.items():
        kind, inner = option.get("type"), option.get("options")
        if inner:
            yield from texts(inner, f"{around}{name}{'[]' if kind == 'list' else ''}.")
        elif (option.get("elements") if kind == "list" else kind) in ("str", "path") and "choices" not in option:
            yield f"{around}{name}{'[]' if kind == 'list' else ''}"


def stated(spec: t.Mapping[str, t.Any], path: str, text: str) -> dict[str, t.Any]:
    """Options with ``text`` at the path, and what has to be beside it."""
    name, _dot, rest = path.partition(".")
    option = spec[name.removesuffix("[]")]
    value: t.Any = stated(option["options"], rest, text) if rest else text
    needed = {one: _some(given) for one, given in spec.items() if given.get("required") and one != name}
    return {**needed, name.removesuffix("[]"): [value] if name.endswith("[]") else value}


def _some(option: t.Mapping[str, t.Any]) -> t.Any:
    return option["choices"][0] if "choices" in option else 1 if option["type"] == "int" else "x"


def complete(spec: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: options.get(name, option.get("default")) for name, option in spec.items()}


@pytest.mark.parametrize("bad", ["\0", "\x1b", "\ud800", "\uffff"], ids=ascii)
@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.noun)
def test_no_text_may_have_what_xml_cannot_have(kind, bad):
    spec = kind.argument_spec()
    taken = []
    for path in texts(spec):
        if path in DOCUMENTS:
            continue
        needed = NEEDED.get(kind.noun, {"name": "x"})
        options = complete(spec, {**needed, **stated(spec, path, f"a{bad}b")})
        try:
            kind.want(options, "")
        except FleetError as refused:
            where = path.replace("[]", "[0]")
            errors = [refused, *refused.also]
            found = [error for error in errors if (error.where or "").startswith(where.removesuffix("[0]"))]
            taken += [] if found and all(isinstance(one, InvalidOption) for one in found) else [f"{path}: {refused}"]
        except Exception as broken:  # a traceback is what a user would get
            taken.append(f"{path}: {broken!r}")
        else:
            taken.append(path)
    assert not taken
