# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered of snapshots: which ones the collection made, and the removals that have begun."""

from __future__ import annotations

import typing as t

from .. import record_files

#: How many seconds after it was asked for a snapshot is made at the latest; its own time is the host's.
SOON = 5
#: What is recorded as begun: the removal of a snapshot.
REMOVAL = "removal of a snapshot"

_PLURAL = "snapshots"


def write(uri: str, domain: t.Any, name: str, **when: int) -> None:
    """Remember of one of the ``domain`` (a ``virDomain``) that it was ``asked`` for, or ``created``, at a time in
    seconds."""
    data = dict({"domain": domain.name(), "name": name}, **when)
    record_files.write(_PLURAL, _key(uri, domain.UUIDString(), name), data)


def forget(uri: str, uuid: str, name: str) -> None:
    """Remove the record of one of the domain with that UUID, if there is one."""
    record_files.forget(_PLURAL, _key(uri, uuid, name))


def of(uri: str, uuid: str, domain: str) -> t.List[str]:
    """The names of all that are remembered of a domain."""
    names = (str(data.get("name")) for data in record_files.every(_PLURAL) if data.get("domain") == domain)
    return [name for name in names if record_files.read(_PLURAL, _key(uri, uuid, name)) is not None]


def is_ours(uri: str, uuid: str, name: str, created: int) -> bool:
    """Whether the snapshot that was made at that time is remembered; its run may have ended before it knew it."""
    data = record_files.read(_PLURAL, _key(uri, uuid, name))
    if data is None:
        return False
    return data.get("created") == created or 0 <= created - int(data.get("asked", created + 1)) <= SOON


def _key(uri: str, uuid: str, name: str) -> str:
    return f"{uri} {uuid} {name}"
