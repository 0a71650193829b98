# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the content of a volume came from: remembered beside libvirt's state, since volumes have no metadata.

A record belongs to one file (or logical volume): when that is replaced behind our back, the record says nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import stat
import tempfile
import typing as t

from ...content.files import explained


@dataclasses.dataclass(frozen=True)
class Record:
    """``source`` is fit to be shown; ``checksum`` is ``sha256:…`` of it as it was published, if it has one."""

    source: str
    checksum: t.Optional[str] = None


def folder() -> str:
    """Root's is libvirt's own; others have one each."""
    if os.geteuid() == 0:
        return "/var/lib/libvirt/kvm.fleet"
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(home, "kvm.fleet")


def read(pool: str, name: str, path: str, key: str) -> t.Optional[Record]:
    """The record of a volume, or ``None`` when there is none, or none of the volume that is there now."""
    try:
        with open(_file(pool, name), encoding="utf-8") as file:
            told = json.load(file)
        if told["identity"] == _identity(path, key):
            return Record(told["source"], told["checksum"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no record, or not one of ours
    return None


def write(pool: str, name: str, path: str, key: str, record: Record) -> None:
    """Remember ``record``. :raises FleetError: it cannot be written."""
    file = _file(pool, name)
    told = dict(dataclasses.asdict(record), pool=pool, name=name, identity=_identity(path, key))
    with explained(file):
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        descriptor, new = tempfile.mkstemp(dir=os.path.dirname(file))
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(told, stream, indent=2, sort_keys=True)
        os.replace(new, file)


def forget(pool: str, name: str) -> None:
    """Remove the record, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_file(pool, name))


def _file(pool: str, name: str) -> str:
    digest = hashlib.sha256("{0}/{1}".format(pool, name).encode()).hexdigest()
    return os.path.join(folder(), "volumes", digest + ".json")


def _identity(path: str, key: str) -> str:
    """libvirt's key of a file is its path: the inode tells one file there from the next."""
    found = os.stat(path)
    return "{0}:{1}".format(key, found.st_ino) if stat.S_ISREG(found.st_mode) else key
