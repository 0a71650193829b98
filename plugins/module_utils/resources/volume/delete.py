# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes volumes."""

from __future__ import annotations

from ...connection import find
from ..base import Session
from . import incomplete, records


def delete(session: Session, pool: str, name: str) -> None:
    """Delete a volume, also a file in a pool's directory that libvirt has not seen yet, and what is remembered of it:
    that first, for nobody would look for what is left of a volume that has gone.
    """
    there = session.connection.storagePoolLookupByName(pool)
    volume = find(there.storageVolLookupByName, name)
    if volume is None:
        with session.pool_lock(pool).exclusive():
            there.refresh(0)
        volume = find(there.storageVolLookupByName, name)
    with records.forgotten(pool, name):
        if volume is not None:  # else somebody else did
            volume.delete(0)
    incomplete.end(session, pool, name)
