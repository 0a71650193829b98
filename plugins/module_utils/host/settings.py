# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of libvirt's daemons as they are declared: what they may be, what differs, and whom a change concerns."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tempfile
import typing as t

from ..diff import Change, describe_change
from ..errors import AccessDenied, Conflict, InvalidOption
from ..xml.types import HIDDEN, nothing_to_keep
from .daemons import readers_of, started
from .emulator import read_text
from .hidden import SECRETS
from .libvirt_conf import Value, parse, patch, render, samples, types_of

#: libvirt's packages describe their files for Augeas; where such a description has another name than the file.
LENSES = {
    "libxl": "libvirtd_libxl",
    "lxc": "libvirtd_lxc",
    "network": "libvirtd_network",
    "nwfilter": "libvirtd_nwfilter",
    "qemu": "libvirtd_qemu",
    "qemu-lockd": "libvirt_lockd",
    "qemu-sanlock": "libvirt_sanlock",
}
LENS_FOLDER = "usr/share/augeas/lenses"

#: The types of a description's entries.
_TYPES = {"str": {"str"}, "int": {"int"}, "bool": {"bool"}, "str_array": {"list"}, "limits": {"int", "str"}}
_ENTRY = re.compile(r'\b([a-z_]+)_entry\s+"([A-Za-z0-9_]+)"')
_WORDS = {
    "bool": "true or false (1 or 0)",
    "int": "a number",
    "list": "a list of strings",
    "str": "a string (in quotes, if it looks like a number)",
}

#: A file that is this much younger than a daemon has surely not been read by it: times of starts are whole seconds.
_MARGIN = 2.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a file is to become: ``text`` as it is, ``wanted`` as declared; ``changes`` may be shown."""

    path: str
    text: str
    wanted: str
    changes: t.Tuple[Change, ...]
    restart: t.Tuple[str, ...]

    def public(self) -> t.Dict[str, t.Any]:
        """As the module returns it, the same in check and in real mode."""
        lines = ["  " + describe_change(change.public()) for change in self.changes]
        return {
            "changed": bool(self.changes),
            "changes": [change.public() for change in self.changes],
            "diff": {"prepared": "\n".join([self.path] + lines) + "\n" if lines else ""},
            "path": self.path,
            "restart": list(self.restart),
        }


def plan_settings(name: str, settings: t.Mapping[str, t.Any], folder: str, root: str = "/") -> Outcome:
    """What the settings make of ``folder/name.conf``. Changes nothing.

    :raises InvalidOption: a name or a type that libvirt does not know, a file that it cannot read or does not have.
    """
    path = os.path.join(folder, name + ".conf")
    if not re.fullmatch(r"[a-z][a-z-]*", name):
        raise InvalidOption(f"'{name}' is not the name of a file", "file", "Name it without '.conf': qemu")
    text = _read(path)
    lens = _lens(name, root)
    if text is None and not lens and settings:
        raise InvalidOption(f"libvirt has no file {path} on this host", "file", _there_are(folder))
    text = text or ""
    now = {statement.name: statement.value for statement in reversed(parse(text, path))}
    known = _known(text, lens, now)
    wanted: t.Dict[str, t.Optional[Value]] = {}
    for key in settings:
        try:
            kept = key in SECRETS and settings[key] == HIDDEN
            wanted[key] = _kept(key, now) if kept else _value(name, key, settings[key], known)
        except InvalidOption as exc:
            raise exc.below("settings") from None
    result = patch(text, path, wanted)
    expected = {key: value for key, value in {**now, **wanted}.items() if value is not None}
    if {statement.name: statement.value for statement in reversed(parse(result, path))} != expected:
        raise InvalidOption("libvirt would read other values than these from the file", path)
    changes = tuple(
        Change(key, _shown(key, now.get(key)), _shown(key, value))
        for key, value in sorted(wanted.items())
        if now.get(key) != value
    )
    return Outcome(path, text, result, changes, _to_restart(name, path, bool(changes), root))


def _kept(key: str, now: t.Mapping[str, Value]) -> Value:
    """The secret that is there. :raises InvalidOption: there is none."""
    if key not in now:
        raise nothing_to_keep(key)
    return now[key]


def _value(name: str, key: str, value: t.Any, known: t.Mapping[str, t.Set[str]]) -> t.Optional[Value]:
    """A declared value as it stands in the file; ``None`` for a setting that is to be taken out."""
    if known and key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        raise InvalidOption(
            f"{name}.conf has no such setting here",
            key,
            f"The nearest is {near[0]}" if near else "The file itself shows those that it can have",
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key):
        raise InvalidOption("a setting cannot have this name", key)
    if value is None:
        return None
    types = known.get(key) or {"bool", "int", "list", "str"}
    if isinstance(value, str) and "str" not in types and re.fullmatch(r"-?[0-9]+", value):
        value = int(value)  # what comes out of a template is text
    if isinstance(value, bool):
        fits, value = types & {"bool", "int"}, int(value)
    elif isinstance(value, int):
        fits = types & ({"bool", "int"} if value in (0, 1) else {"int"})
    elif isinstance(value, str):
        fits = types & {"str"}
    else:
        strings = isinstance(value, list) and all(isinstance(item, str) for item in value)
        fits = types & ({"list"} if strings else set())
    if not fits:
        raise InvalidOption(f"the value has to be {' or '.join(_WORDS[one] for one in sorted(types))}", key)
    try:
        render(value)
    except InvalidOption as exc:
        raise exc.below(key) from None
    return t.cast(Value, value)


def _known(text: str, lens: str, now: t.Mapping[str, Value]) -> t.Dict[str, t.Set[str]]:
    """The settings that the file can have, with their types; empty when nothing on the host tells.

    libvirt itself ignores a name that it does not know.
    """
    described: t.Dict[str, t.Set[str]] = {}
    for entry, key in _ENTRY.findall(lens):
        described.setdefault(key, set()).update(_TYPES.get(entry, set()))
    shown = samples(text)
    if not described and not shown:
        return {}
    there = {key: types_of(value) for key, value in now.items()}
    return {**described, **there, **shown, **{key: types for key, types in described.items() if types}}


def _to_restart(name: str, path: str, changes: bool, root: str) -> t.Tuple[str, ...]:
    """The daemons that are at work with other settings than the file's: those that change now, and those that were
    changed since a daemon started, by hand or by a run that was cut short.
    """
    at_work = {daemon: started(root, daemon) for daemon in readers_of(name)}
    written = os.path.getmtime(path) if os.path.exists(path) else 0.0
    return tuple(
        daemon
        for daemon, since in sorted(at_work.items())
        if since is not None and (changes or written > since + _MARGIN)
    )


def _shown(key: str, value: t.Optional[Value]) -> t.Any:
    return HIDDEN if key in SECRETS and value is not None else value


def _read(path: str) -> t.Optional[str]:
    """The file's text, whatever its encoding and its line ends; ``None`` when there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise AccessDenied("this user may not read the file", path, "Run the module as root (become: true)") from None


def _there_are(folder: str) -> str:
    names = (
        sorted(entry[:-5] for entry in os.listdir(folder) if entry.endswith(".conf")) if os.path.isdir(folder) else []
    )
    return f"There are: {', '.join(names)}" if names else "Install libvirt first"


def _lens(name: str, root: str) -> str:
    return read_text(os.path.join(root, LENS_FOLDER, LENSES.get(name, name) + ".aug"))


def write_settings(module: t.Any, outcome: Outcome) -> t.Dict[str, str]:
    """Put the new text in the file's place in one step, with its owner and mode; ``module`` is an AnsibleModule."""
    if _read(outcome.path) not in (outcome.text, None):
        raise Conflict("somebody else has changed the file in the meantime", outcome.path, "Run it again")
    result = {}
    if os.path.exists(outcome.path):
        result["backup_file"] = module.backup_local(outcome.path)
    else:  # root's alone from the first moment; what takes its place has its mode
        os.close(os.open(outcome.path, os.O_CREAT | os.O_EXCL, 0o600))
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", errors="surrogateescape", newline="", dir=module.tmpdir, delete=False
    ) as file:
        file.write(outcome.wanted)
    module.atomic_move(file.name, outcome.path)
    return result
