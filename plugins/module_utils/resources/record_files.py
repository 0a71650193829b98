# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection remembers beside libvirt's state, because libvirt has no place for it: small JSON files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import typing as t

from ..content.files import explained
from ..content.scratch import scratch
from ..paths import NAME


def folder() -> str:
    """Root's is libvirt's own; others have one each."""
    if os.geteuid() == 0:
        return f"/var/lib/libvirt/{NAME}"
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(home, NAME)


def work() -> str:
    """The working directory beside the records: for what no pool's directory has to take."""
    return os.path.join(folder(), "work")


def read(plural: str, key: str) -> t.Optional[t.Dict[str, t.Any]]:
    """What is remembered of the object ``key`` of a kind, or ``None``."""
    return _read(_file(plural, key))


def every(plural: str) -> t.List[t.Dict[str, t.Any]]:
    """What is remembered of all objects of a kind, each with the ``file`` that it stands in."""
    there = os.path.join(folder(), plural)
    try:
        names = sorted(os.listdir(there))
    except OSError:  # nothing has been remembered yet
        return []
    found = [(path, _read(path)) for path in (os.path.join(there, name) for name in names)]
    return [dict(data, file=path) for path, data in found if data is not None]


def write(plural: str, key: str, data: t.Mapping[str, t.Any]) -> None:
    """Remember ``data``, for this user's eyes only. :raises FleetError: it cannot be written."""
    file = _file(plural, key)
    with scratch(work()) as mine, explained(file):
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        new = os.path.join(mine, "record")
        with open(new, "x", encoding="utf-8", opener=_private) as stream:
            json.dump(data, stream, indent=2, sort_keys=True)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, file)


def forget(plural: str, key: str) -> None:
    """Remove the record, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_file(plural, key))


def _file(plural: str, key: str) -> str:
    return os.path.join(folder(), plural, hashlib.sha256(key.encode()).hexdigest() + ".json")


def _read(path: str) -> t.Optional[t.Dict[str, t.Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
    except (OSError, ValueError):  # no record, or not a valid one
        return None
    return data if isinstance(data, dict) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
