# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on snapshots."""

from __future__ import annotations

import contextlib
import os
import time

from ...connection import find
from ...content.files import explained
from ...deps import libvirt
from ...xml import parse
from ...xml import path as xmlpath
from .. import unfinished
from ..base import Executors, Session
from . import overlays, records
from .operations import Create, Delete, Finish, Revert

EXECUTORS = Executors()


@EXECUTORS(Create)
def _create(session: Session, name: str, create: Create) -> None:
    """That it is ours is recorded before, with the time of that: by hand nobody makes another within seconds."""
    domain, snapshot = session.connection.lookupByName(create.domain), name.partition("/")[2]
    unfinished.end(session.uri, records.REMOVAL, name)  # of another of this name
    records.write(session.uri, domain, snapshot, asked=int(time.time()))
    try:
        made = domain.snapshotCreateXML(create.xml, create.flags)
    except libvirt.libvirtError:
        with contextlib.suppress(libvirt.libvirtError):  # it does not say: it may be going on with what broke off
            if find(domain.snapshotLookupByName, snapshot) is None:
                records.forget(session.uri, domain.UUIDString(), snapshot)
        raise
    created = int(xmlpath.the_text(parse.parse(made.getXMLDesc()), "creationTime"))
    records.write(session.uri, domain, snapshot, created=created)


@EXECUTORS(Delete)
def _delete(session: Session, name: str, gone: Delete) -> None:
    """libvirt merges what was written since into the image below, and returns when that is done."""
    domain = session.connection.lookupByName(gone.domain)
    snapshot = domain.snapshotLookupByName(gone.snapshot)
    data = {"domain": gone.domain, "snapshot": gone.snapshot, "memory_file": gone.memory_file}
    with unfinished.taken(session.uri, records.REMOVAL, name, **data):
        snapshot.delete()
        _forget(session, gone)


@EXECUTORS(Finish)
def _finish(session: Session, name: str, finish: Finish) -> None:
    """It has gone; what belongs to it may not."""
    _forget(session, finish)
    unfinished.end(session.uri, records.REMOVAL, name)


def _forget(session: Session, gone: Delete) -> None:
    file = gone.memory_file
    if file and session.local:  # 9.0 leaves it behind
        with explained(file), contextlib.suppress(FileNotFoundError):
            os.unlink(file)
    uuid = session.connection.lookupByName(gone.domain).UUIDString()
    records.forget(session.uri, uuid, gone.snapshot)


@EXECUTORS(Revert)
def _revert(session: Session, name: str, revert: Revert) -> None:
    domain = session.connection.lookupByName(revert.domain)
    snapshot = domain.snapshotLookupByName(revert.snapshot)
    if revert.overlays is None:
        domain.revertToSnapshot(snapshot, revert.flags)
    else:
        if domain.isActive():  # as was asked for, and what it has written goes anyway
            domain.destroy()
        for overlay in revert.overlays:
            overlays.empty(overlay)
    session.done.add(("snapshot", (domain.name(), snapshot.getName())))
