# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered of snapshots: which ones the collection made, and the removals that have begun."""

from __future__ import annotations

import typing as t

from .. import record_files
from ..base import Session

#: How many seconds after it was asked for a snapshot is made at the latest; its own time is the host's.
SOON = 5
#: What is recorded as begun: the removal of a snapshot.
REMOVAL = "removal of a snapshot"

_PLURAL = "snapshots"


def write(session: Session, domain: t.Any, name: str, **when: int) -> None:
    """Remember that it was ``asked`` for, or ``created``, at a time in seconds."""
    record_files.write(_PLURAL, _key(session, domain, name), dict({"domain": domain.name(), "name": name}, **when))


def forget(session: Session, domain: t.Any, name: str) -> None:
    record_files.forget(_PLURAL, _key(session, domain, name))


def is_ours(session: Session, domain: t.Any, name: str, created: int) -> bool:
    """Whether the snapshot that was made at that time is remembered; its run may have ended before it knew it."""
    data = record_files.read(_PLURAL, _key(session, domain, name))
    if data is None:
        return False
    return data.get("created") == created or 0 <= created - int(data.get("asked", created + 1)) <= SOON


def _key(session: Session, domain: t.Any, name: str) -> str:
    return f"{session.uri} {domain.UUIDString()} {name}"
