# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that do not fit an argument spec, said better than Ansible does: which one, and what was meant. Pure.

Ansible names neither the option that should be a dictionary nor one that is like the unknown one.
"""

from __future__ import annotations

import typing as t

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
        place = "{0}.{1}".format(where, name) if where else str(name)
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
    inner = option.get("options")
    if option.get("type") == "list":
        if isinstance(value, dict):
            return InvalidOption("it is a dictionary, not a list", where=place, remedy="Begin each item with '- '")
        for position, item in enumerate(value if isinstance(value, list) else ()):
            element = {"type": option.get("elements"), "options": inner}
            found = _of_option(element, item, "{0}[{1}]".format(place, position))
            if found is not None:
                return found
        return None
    if option.get("type") != "dict":
        return None
    if isinstance(value, (list, int, float)) or (isinstance(value, str) and not ("=" in value or "{" in value)):
        remedy = "Write what it has, such as {0}".format(", ".join(sorted(inner)[:5])) if inner else None
        return InvalidOption("'{0}' is not a dictionary".format(value), where=place, remedy=remedy)
    return misfit(inner, value, place) if inner and isinstance(value, dict) else None


def _alike(name: str, spec: Spec) -> str:
    import difflib  # which takes time, and a run without mistakes does without

    near = difflib.get_close_matches(name, spec, n=2, cutoff=0.65)
    if _SYNONYMS.get(name) in spec:
        near = [_SYNONYMS[name]]
    if near:
        return "Perhaps it is {0}".format(" or ".join(near))
    return "Options here are {0}".format(", ".join(sorted(spec)))
