# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that do not fit an argument spec, said better than Ansible does: which one, and what was meant. Pure.

Ansible names neither the option that should be a dictionary nor one that is like the unknown one. And it makes a text
of whatever is given for one: a guest called ``on`` would be called ``True``.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.validation import check_type_dict

from .errors import InvalidOption, together
from .xml.types import refuse_unwritable

Spec = t.Mapping[str, t.Any]

#: Options that are names, which are texts even where they look like numbers; some by what they are in. What is not here
#: may well be a number: a size, a serial number, a title, a port.
_NAMES = (
    *("alias", "backing", "backing_pool", "bridge", "channel", "dev", "direct", "domain", "filter"),
    *("group_name", "host", "hostdev", "hostnames", "id", "initiator", "keep_prefix", "keymap"),
    *("listen_network", "machine", "mdev", "name", "network", "network.group", "network.snapshot"),
    *("parent", "partition", "path", "persistent", "pf", "pool", "portgroup", "renamed_from"),
    *("server_name", "target", "target_dev", "tls_hostname", "url", "usage", "usb.product", "usb.vendor"),
    *("user", "username", "uuid", "vhost_scsi", "volume", "zone"),
)
_QUOTE = "Quote it: YAML reads 0777 as 511 and on as true"
_NUMBERS = ("int", "float")
#: By type what a value has to be that is neither a list nor a dictionary, and what to do about true and false.
_SCALARS: t.Mapping[t.Any, t.Tuple[str, str]] = {
    **dict.fromkeys(("str", "path"), ("a text", "Quote it: YAML takes yes, no, on and off for true and false")),
    **dict.fromkeys(_NUMBERS, ("a number", "Write a number")),
}

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
    """All that :func:`misfits` finds as one error; ``None``: there is nothing."""
    found = list(misfits(spec, params, where))
    return together(found) if found else None


def misfits(spec: Spec, params: t.Any, where: str = "") -> t.Iterator[InvalidOption]:
    """The options that are none, and those whose value is of a kind that Ansible takes and makes something else of."""
    for name, value in params.items():
        place = f"{where}.{name}" if where else str(name)
        option = spec.get(name)
        if str(name).startswith("_ansible") or value is None:
            continue
        if option is None:
            yield InvalidOption("there is no such option", where=place, remedy=_alike(str(name), spec))
        else:
            around = where.rpartition(".")[2].partition("[")[0]
            named = name in _NAMES or f"{around}.{name}" in _NAMES
            yield from _of_option(option, value, place, named or bool(option.get("no_log")))


def _of_option(option: Spec, value: t.Any, place: str, exact: bool) -> t.Iterator[InvalidOption]:
    """``value`` is never repeated: whole documents end up where something else belongs, with the passwords in them.

    ``exact``: what YAML makes a number of is not what was meant.
    """
    wanted, inner = option.get("type", "str"), option.get("options")
    if wanted == "list":
        if isinstance(value, dict) or (option.get("elements") == "dict" and not isinstance(value, list)):
            what = f"it is {_kind_of(value)}, not a list"
            yield InvalidOption(what, where=place, remedy="Begin each item with '- '")
            return
        element = {"type": option.get("elements"), "options": inner, "choices": option.get("choices")}
        for position, item in enumerate(value if isinstance(value, list) else ()):
            if item is None:  # Ansible makes a text of it where it can
                yield InvalidOption("there is nothing behind the dash", f"{place}[{position}]", "Remove it")
            else:
                yield from _of_option(element, item, f"{place}[{position}]", exact)
    elif wanted in _SCALARS:
        what, remedy = _SCALARS[wanted]
        if (exact or wanted == "path") and wanted not in _NUMBERS and isinstance(value, (int, float)):
            yield InvalidOption(f"it is {_kind_of(value)}, not {what}", where=place, remedy=_QUOTE)
            return
        flag = isinstance(value, bool) and not option.get("choices")  # Ansible finds 'on' among them
        # Python reads the digits of all scripts.
        strange = wanted in _NUMBERS and isinstance(value, str) and not value.isascii()
        if flag or strange or isinstance(value, (list, dict)):
            yield InvalidOption(f"it is {_kind_of(value)}, not {what}", where=place, remedy=flag and remedy or None)
        elif isinstance(value, str) and not option.get("no_log"):  # what is secret may be any text
            try:
                refuse_unwritable(value.replace("\r", ""))  # lines may end in it
            except InvalidOption as exc:
                yield exc.below(place)
    elif wanted == "dict":
        read = _read(value, inner) if isinstance(value, str) else value
        if isinstance(read, dict):
            yield from misfits(inner, read, place) if inner else ()
            return
        hint = f"Write what it has, such as {', '.join(sorted(inner)[:5])}" if inner else None
        yield InvalidOption(f"it is {_kind_of(value)}, not a dictionary", where=place, remedy=hint)


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
