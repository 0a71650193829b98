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

from ..diff import RESTART, Change
from ..errors import AccessDenied, Conflict, InvalidOption, Mistakes
from ..fleet_module import FleetModule
from ..host_loop import HostAction, HostPlan, Params, Values
from ..rule import Rule
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


RULES = (
    Rule(
        lambda params: not re.fullmatch(r"[a-z][a-z-]*", params["file"]) and params["file"],
        "file",
        "'{0}' is not the name of a file",
        "Name it without '.conf': qemu",
    ),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """``text`` of the file at ``path`` (``None``: there is none), ``written`` then (seconds since the epoch).

    ``lens`` describes its settings, if libvirt's packages have such a description; ``others`` are the files beside it.
    ``daemons``: the running ones that read it when they start, with the times at which they did.
    """

    path: str
    text: t.Optional[str]
    written: float
    lens: str
    others: t.Tuple[str, ...]
    daemons: t.Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class WriteSettings(HostAction):
    """Puts the text ``new`` in the place of ``old``, in one step, with its owner and mode."""

    old: str = dataclasses.field(default="", compare=False, repr=False)
    new: str = dataclasses.field(default="", compare=False, repr=False)

    def do(self, host: FleetModule) -> Values:
        """:raises Conflict: the text is another one by now."""
        path = self.name
        if (_read(path) or "") != self.old:
            raise Conflict("somebody else has changed the file in the meantime", path, "Run it again")
        result = {}
        if os.path.exists(path):
            result["backup_file"] = host.backup_local(path)
        else:  # root's alone from the first moment; what takes its place has its mode
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="surrogateescape", newline="", dir=host.tmpdir, delete=False
        ) as file:
            file.write(self.new)
        host.atomic_move(file.name, path)
        return result


def read_settings(_module: t.Any, params: Params, root: str = "/") -> Found:
    """What is there of the file, and who has read it. :raises AccessDenied: this user may not read it."""
    name: str = params["file"]
    folder: str = params["directory"]
    path = os.path.join(folder, name + ".conf")
    times = {daemon: started(root, daemon) for daemon in readers_of(name)}
    return Found(
        path,
        _read(path),
        os.path.getmtime(path) if os.path.exists(path) else 0.0,
        read_text(os.path.join(root, LENS_FOLDER, LENSES.get(name, name) + ".aug")),
        tuple(sorted(os.listdir(folder))) if os.path.isdir(folder) else (),
        {daemon: since for daemon, since in times.items() if since is not None},
    )


def plan_settings(found: Found, params: Params) -> HostPlan:
    """What the declared settings make of the file. Pure.

    :raises InvalidOption: a name or a type that libvirt does not know, a file that it cannot read or does not have.
    """
    name, path, settings = params["file"], found.path, params["settings"]
    if found.text is None and not found.lens and settings:
        raise InvalidOption(f"libvirt has no file {path} on this host", "file", _there_are(found.others))
    text = found.text or ""
    now = {statement.name: statement.value for statement in reversed(parse(text, path))}
    wanted = _wanted(name, settings, _known(text, found.lens, now), now)
    result = patch(text, path, wanted)
    expected = {key: value for key, value in {**now, **wanted}.items() if value is not None}
    if {statement.name: statement.value for statement in reversed(parse(result, path))} != expected:
        raise InvalidOption("libvirt would read other values than these from the file", path)
    changes = tuple(
        Change(key, _shown(key, now.get(key)), _shown(key, value))
        for key, value in sorted(wanted.items())
        if now.get(key) != value
    )
    write = WriteSettings(kind="file", name=path, verb="write", changes=changes, apply=RESTART, old=text, new=result)
    return HostPlan(
        (write,) if changes else (),
        values={"path": path, "restart": _to_restart(found, bool(changes))},
    )


def _wanted(
    name: str, settings: t.Mapping[str, t.Any], known: t.Mapping[str, t.Set[str]], now: t.Mapping[str, Value]
) -> t.Dict[str, t.Optional[Value]]:
    """The declared settings as they stand in the file. :raises InvalidOption: all those that cannot be."""
    wanted: t.Dict[str, t.Optional[Value]] = {}
    mistakes = Mistakes()
    for key, value in settings.items():
        with mistakes:
            try:
                kept = key in SECRETS and value == HIDDEN
                wanted[key] = _kept(key, now) if kept else _value(name, key, value, known)
            except InvalidOption as exc:
                raise exc.below("settings") from None
    mistakes.raise_all()
    return wanted


def _kept(key: str, now: t.Mapping[str, Value]) -> Value:
    """The secret that is there. :raises InvalidOption: there is none."""
    if key not in now:
        raise nothing_to_keep(key)
    return now[key]


def _value(name: str, key: str, value: t.Any, known: t.Mapping[str, t.Set[str]]) -> t.Optional[Value]:
    """A declared value as it stands in the file; ``None`` for a setting that is to be taken out."""
    _check_name(name, key, known)
    if value is None:
        return None
    types = known.get(key) or {"bool", "int", "list", "str"}
    if isinstance(value, str) and "str" not in types and re.fullmatch(r"-?[0-9]+", value):
        value = int(value)  # what comes out of a template is text
    if not types & _types_for(value):
        raise InvalidOption(f"the value has to be {' or '.join(_WORDS[one] for one in sorted(types))}", key)
    text = int(value) if isinstance(value, bool) else value
    try:
        render(text)
    except InvalidOption as exc:
        raise exc.below(key) from None
    return t.cast(Value, text)


def _check_name(name: str, key: str, known: t.Mapping[str, t.Set[str]]) -> None:
    if known and key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        raise InvalidOption(
            f"{name}.conf has no such setting here",
            key,
            f"The nearest is {near[0]}" if near else "The file itself shows those that it can have",
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key):
        raise InvalidOption("a setting cannot have this name", key)


def _types_for(value: t.Any) -> t.Set[str]:
    """The types of settings that a declared value can be one of."""
    if isinstance(value, int):  # a truth value, too
        return {"bool", "int"} if value in (0, 1) else {"int"}
    if isinstance(value, list):
        return {"list"} if all(isinstance(item, str) for item in value) else set()
    return {"str"} if isinstance(value, str) else set()


def _known(text: str, lens: str, now: t.Mapping[str, Value]) -> t.Dict[str, t.Set[str]]:
    """The settings that the file can have, with their types; empty when nothing on the host describes them.

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


def _to_restart(found: Found, changes: bool) -> t.List[str]:
    """The daemons that are running with other settings than the file's: those that change now, and those that were
    changed since a daemon started, by hand or by a run that was cut short.
    """
    return sorted(daemon for daemon, since in found.daemons.items() if changes or found.written > since + _MARGIN)


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


def _there_are(files: t.Iterable[str]) -> str:
    names = [file[:-5] for file in files if file.endswith(".conf")]
    return f"There are: {', '.join(names)}" if names else "Install libvirt first"
