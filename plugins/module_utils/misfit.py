# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that do not fit an argument spec, said better than Ansible does: which one, and what was meant. Pure.

Ansible names neither the option that should be a dictionary nor one that is like the unknown one.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.validation import check_type_dict

from .errors import InvalidOption

Spec = t.Mapping[str, t.Any]

#: What options are called elsewhere.
_SYNONYMS = {
    "cpus": "vcpus",
    "path": "file",
    "size": "capacity",
    "nics": "interfaces",
    "networks": "interfaces",
    "ram": "memory",
    "source": "file",
    "uefi": "firmware",
}


def misfit(spec: Spec, params: t.Any, where: str = "") -> t.Optional[InvalidOption]:
    """The first option that is none, or is no dictionary or list where it has to be one; ``None``: there is none."""
    for name, value in params.items():
        place = f"{where}.{name}" if where else str(name)
        option = spec.get(name)
        if str(name).startswith("_ansible") or value is None:
            continue
        if option is None:
            return InvalidOption("there is no such option", where=place, remedy=_alike(str(name), spec))
        found = _of_option(option, value, place)
        if found is not None:
            return found
    return None


def _of_option(option: Spec, value: t.Any, place: str) -> t.Optional[InvalidOption]:
    """``value`` is never repeated: whole documents end up where something else belongs, with the passwords in them."""
    inner = option.get("options")
    if option.get("type") == "list":
        if isinstance(value, dict) or (option.get("elements") == "dict" and not isinstance(value, list)):
            what = f"it is {_kind_of(value)}, not a list"
            return InvalidOption(what, where=place, remedy="Begin each item with '- '")
        for position, item in enumerate(value if isinstance(value, list) else ()):
            element = {"type": option.get("elements"), "options": inner}
            found = _of_option(element, item, f"{place}[{position}]")
            if found is not None:
                return found
        return None
    if option.get("type") != "dict":
        return None
    read = _read(value, inner) if isinstance(value, str) else value
    if not isinstance(read, dict):
        remedy = f"Write what it has, such as {', '.join(sorted(inner)[:5])}" if inner else None
        return InvalidOption(f"it is {_kind_of(value)}, not a dictionary", where=place, remedy=remedy)
    return misfit(inner, read, place) if inner else None


def _kind_of(value: t.Any) -> str:
    """What a value is, said without it."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a dictionary"


def _read(text: str, inner: t.Optional[Spec]) -> t.Any:
    """The dictionary that Ansible makes of a text, JSON or ``key=value``; ``None`` where it is meant to be none.

    Ansible finds ``key=value`` in any text: what comes out has to be options.
    """
    try:
        read = check_type_dict(text)
    except (TypeError, ValueError):
        return None
    return read if text.startswith("{") or all(name in (inner or ()) for name in read) else None


def _alike(name: str, spec: Spec) -> str:
    import difflib  # which takes time, and a run without mistakes does without

    near = difflib.get_close_matches(name, spec, n=2, cutoff=0.65)
    if _SYNONYMS.get(name) in spec:
        near = [_SYNONYMS[name]]
    if near:
        return f"Perhaps it is {' or '.join(near)}"
    return f"Options here are {', '.join(sorted(spec))}"
