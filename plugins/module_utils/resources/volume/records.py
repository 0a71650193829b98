# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume was made of, and as: remembered beside libvirt's state, since volumes have no metadata.

A record belongs to one file (or logical volume): when that is replaced behind our back, the record says nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import typing as t

from ...content.files import explained
from .. import record_files

_PLURAL = "volumes"


@dataclasses.dataclass(frozen=True)
class Record:
    """``source`` is fit to be shown (``None``: it was made empty); ``checksum`` is ``sha256:…`` of it as it was
    published, if it has one.

    ``format`` is what the volume was made as. Its guest can make a raw one look like any other.
    """

    source: t.Optional[str]
    checksum: t.Optional[str] = None
    format: t.Optional[str] = None


def read(pool: str, name: str, path: str, key: str) -> t.Optional[Record]:
    """The record of a volume, or ``None`` when there is none, or none of the volume that is there now."""
    data = record_files.read(_PLURAL, f"{pool}/{name}")
    try:
        if data is not None and data["identity"] == _identity(path, key):
            return Record(data["source"], data["checksum"], data.get("format"))
    except (OSError, KeyError):
        pass  # the volume has gone, or it is not one of our records
    return None


def write(pool: str, name: str, path: str, key: str, record: Record) -> None:
    """Remember ``record`` of the file at ``path``, also one that will have the volume's name only later.

    :raises FleetError: it cannot be written.
    """
    with explained(path):
        data = dict(dataclasses.asdict(record), pool=pool, name=name, identity=_identity(path, key))
    record_files.write(_PLURAL, f"{pool}/{name}", data)


def forget(pool: str, name: str) -> None:
    """Remove the record, if there is one."""
    record_files.forget(_PLURAL, f"{pool}/{name}")


@contextlib.contextmanager
def forgotten(pool: str, name: str) -> t.Iterator[None]:
    """The record is removed, and there again if what is done within fails."""
    key = f"{pool}/{name}"
    data = record_files.read(_PLURAL, key)
    forget(pool, name)
    try:
        yield
    except BaseException:
        if data is not None:
            record_files.write(_PLURAL, key, data)
        raise


def inode(path: str) -> str:
    """What identifies a file among those that have its name in turn; empty for a device, or if it cannot be seen."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return str(found.st_ino) if stat.S_ISREG(found.st_mode) else ""


def _identity(path: str, key: str) -> str:
    """libvirt's key of a file is its path: the inode distinguishes one file there from the next."""
    found = os.stat(path)
    return f"{key}:{found.st_ino}" if stat.S_ISREG(found.st_mode) else key
