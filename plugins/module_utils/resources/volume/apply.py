# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on volumes."""

from __future__ import annotations

import typing as t

from ...connection import find
from ...content import programs
from ...deps import libvirt
from ...errors import Refused, join
from ...xml import parse
from ..base import Executors, Session
from ..domain import left
from ..host import Host
from ..images import Images, target_of, writes
from ..operations import Finish, SetPermissions
from ..permissions import set_permissions
from . import content, incomplete
from .delete import delete
from .location import Location, locate, looks_like
from .operations import Create, Delete, FindOrCreate, LetGo, Refresh, Resize, Upload

EXECUTORS = Executors()
EXECUTORS(SetPermissions)(set_permissions)


@EXECUTORS(Create)
def _create(session: Session, _name: str, create: Create) -> None:
    content.create(session, create.new)


@EXECUTORS(FindOrCreate)
def _find_or_create(session: Session, _name: str, create: FindOrCreate) -> None:
    new = create.new
    there = locate(session, new.pool, new.name)
    if there is not None and content.is_incomplete(session, new):
        host = Host(session.connection, session.uri)
        images, key = Images(host), (new.pool, new.name)
        incomplete.refuse_used(host, images, key, images.place_of(*key), there.path, new.directory, new.where)
        delete(session, new.pool, new.name)
        there = None
    if there is None:
        content.create(session, new)
    elif new.seed is not None:
        content.renew_seed(session, new)
    elif there.format != new.format:
        raise Refused(
            f"it is there as {there.format}, not {new.format}",
            where=join(new.where, "format"),
            remedy="Declare what is there, or make a new volume under another name",
        )
    elif new.capacity is not None:
        volume = _found(session, new.pool, new.name)
        if volume.info()[1] < new.capacity:
            _resize_to(session, volume, there, new.capacity)
    content.finish(session, new.pool, new.name)


@EXECUTORS(Upload)
def _upload(session: Session, _name: str, upload: Upload) -> None:
    content.rewrite_seed(session, upload.new)


@EXECUTORS(Refresh)
def _refresh(session: Session, name: str, _refresh: Refresh) -> None:
    content.refresh(session, name.split("/")[0])


@EXECUTORS(Resize)
def _resize(session: Session, name: str, resize: Resize) -> None:
    overlay = resize.overlay
    if overlay is None:
        pool, volume_name = name.split("/")
        volume, there = _found(session, pool, volume_name), t.cast(Location, locate(session, pool, volume_name))
    else:
        volume = find(session.connection.storageVolLookupByPath, overlay.name)
        there = Location(overlay.name, overlay.format or "qcow2", {"file": overlay.name})
    _resize_to(session, volume, there, resize.bytes)


@EXECUTORS(Delete)
def _delete(session: Session, name: str, gone: Delete) -> None:
    pool, volume_name = name.split("/")
    if gone.let_go is not None:
        _check(session, gone.let_go)
    keys = (*gone.overlays, (pool, volume_name))
    for key in keys:
        delete(session, *key)
    left.strike(session, [left.name_of(key) for key in keys])


def _check(session: Session, let_go: LetGo) -> None:
    """:raises Refused: a guest was asked to, and has not."""
    images = Images(Host(session.connection, session.uri))
    place = images.place_of_disk(let_go.disk)
    having = images.domains_with(place) if place is not None else frozenset()
    for domain in let_go.domains:
        if domain in having:
            raise Refused(
                f"domain {domain} has not let go of it",
                where=let_go.where,
                remedy="Restart that domain, or declare restart: if_required for it",
            )


@EXECUTORS(Finish)
def _finish(session: Session, name: str, _finish: Finish) -> None:
    content.finish(session, *name.split("/"))


def _found(session: Session, pool: str, name: str) -> t.Any:
    return session.connection.storagePoolLookupByName(pool).storageVolLookupByName(name)


def _resize_to(session: Session, volume: t.Any, there: Location, size: int) -> None:
    """Through the domain that runs with it, so that its guest sees it; else on the volume, or the file of an overlay
    that is none (``None``), or that libvirt takes for something else."""
    images = Images(Host(session.connection, session.uri))
    place = images.place_of_disk(there.disk)
    used = [
        (domain, target_of(disk))
        for domain in session.connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
        for disk in parse.parse(find(domain.XMLDesc, 0) or "<gone/>").iterfind("devices/disk")
        if writes(disk) and images.is_written(disk, place)
    ]
    for domain, target in used:
        domain.blockResize(target, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
    if used:
        return
    if volume is not None and looks_like(volume) == there.format:
        volume.resize(size, 0)
    else:
        programs.run("qemu-img", "resize", "-f", there.format, there.path, str(size))
