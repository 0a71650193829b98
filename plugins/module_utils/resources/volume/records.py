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
import typing as t

from ...content.files import explained
from .. import file_identity, record_files

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
    with contextlib.suppress(KeyError):  # it is not one of our records
        if data is not None and _is_of(data["identity"], path, key):
            return Record(data["source"], data["checksum"], data.get("format"))
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


def _identity(path: str, key: str) -> str:
    """libvirt's key of a file is its path, which others have in turn. :raises OSError: it cannot be seen."""
    os.stat(path)
    file = file_identity.of(path)
    return f"{key}:{file}" if file else key


def _is_of(identity: str, path: str, key: str) -> bool:
    """Whether that is what is there; a volume that has gone is none."""
    file = identity[len(key) + 1 :]
    return identity in (key, f"{key}:{file}") and os.path.exists(path) and file_identity.is_of(file, path)
