# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes volumes, empty or with content: whole and verified before they have their name, wherever that can be done.

In a directory of this machine that we may write to, an image is prepared in a hidden folder of that directory and then
linked to its name: it appears at once or not at all. Elsewhere libvirt takes it through a stream (``filling.py``), and
a volume whose stream breaks is deleted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from ...connection import find
from ...content import programs
from ...content import seed as seeds
from ...content.files import explained, write_all
from ...content.image import convert
from ...content.prepare import prepare
from ...content.scratch import scratch
from ...content.source import Source
from ...deps import etree, libvirt
from ...errors import Conflict, FleetError, NoSpace, Refused, join
from ...units import format_size
from ...xml import merge, parse
from ...xml import path as xmlpath
from ...xml import table as tables
from .. import record_files, unfinished
from ..base import Session
from ..host import beginning
from ..permissions import give
from ..storage import probe
from . import encrypted, incomplete, records
from .filling import fill
from .location import Location, located, looks_like
from .new import WORK_FOLDER, NewVolume
from .new_checks import refuse_smaller
from .seed import known
from .table import ENCRYPTION, FORMAT_OPTIONS, IDENTITIES, NOCOW, PERMISSIONS

#: The options that are in the XML of a new volume.
_AT_CREATION = (*FORMAT_OPTIONS, NOCOW, *PERMISSIONS, *ENCRYPTION)


@dataclasses.dataclass(frozen=True)
class _Ready:
    """A whole image at ``path``; ``record`` says where it is from."""

    path: str
    virtual_size: int
    record: t.Optional[records.Record] = None


def create(session: Session, new: NewVolume) -> None:
    """Make the volume. :raises FleetError: it could not be made, and nothing is left of it."""
    pool = session.connection.storagePoolLookupByName(new.pool)
    linked = _can_link(session, new)
    if new.backing_of is not None and new.backing is None:
        new = dataclasses.replace(new, backing=located(session, new.backing_of, join(new.where, "backing")))
    if new.copy_of is not None and new.copied is None:
        new = dataclasses.replace(new, copied=located(session, new.copy_of, join(new.where, "source.volume")))
    if find(pool.storageVolLookupByName, new.name) is not None:
        refresh(session, new.pool)  # libvirt lists it though its file has gone
    if new.source is None and new.seed is None and (new.copied is None or not linked):
        _create_by_libvirt(session, pool, new)
        return
    with _content(new, linked) as ready:
        if linked:
            _link(ready, new)
        else:
            _check_room(session, pool, new, ready.path)
            _upload(session, pool, new, ready)
    if linked:
        _appeared(session, new)


def is_incomplete(session: Session, new: NewVolume) -> bool:
    """Whether what is there under the name of the new volume is an incomplete volume."""
    record = incomplete.recorded(unfinished.steps(session.uri), new.pool, new.name)
    if record is None and new.source is None and new.seed is None:
        return False
    there = beginning(session.connection, new.pool, new.name)
    return incomplete.begins_incomplete(there, record, new.directory, session.local)


def refresh(session: Session, pool: str) -> None:
    """Have libvirt look again what is in the pool."""
    with session.pool_lock(pool).exclusive():
        session.connection.storagePoolLookupByName(pool).refresh(0)


def rewrite_seed(session: Session, new: NewVolume) -> None:
    """Put the new seed in the place of the old one. A running guest keeps the old one until it is started anew."""
    pool = session.connection.storagePoolLookupByName(new.pool)
    linked = _can_link(session, new)
    with _content(new, linked) as ready:
        if linked:
            with explained(new.path):
                os.replace(ready.path, new.path)
        else:
            _check_room(session, pool, new, ready.path)
            pool.storageVolLookupByName(new.name).delete(0)
            _upload(session, pool, new, ready)
    if linked:
        _appeared(session, new)


def renew_seed(session: Session, new: NewVolume) -> None:
    """The same, unless it is there with this content. :raises Refused: what is there is no seed of this collection."""
    there = known(beginning(session.connection, new.pool, new.name), new.pool, new.name, new.where)
    if there != seeds.fingerprint(t.cast(seeds.SeedData, new.seed)):
        rewrite_seed(session, new)


def _appeared(session: Session, new: NewVolume) -> None:
    incomplete.end(session, new.pool, new.name)
    session.stale.add(new.pool)


def _can_link(session: Session, new: NewVolume) -> bool:
    return session.local and new.directory and os.access(os.path.dirname(new.path), os.W_OK | os.X_OK)


@contextlib.contextmanager
def _content(new: NewVolume, linked: bool) -> t.Iterator[_Ready]:
    """The content as a private file, of the wanted format and size."""
    folder = os.path.join(os.path.dirname(new.path), WORK_FOLDER) if linked else record_files.work()
    with contextlib.ExitStack() as stack:
        if new.seed is not None:
            mine = stack.enter_context(scratch(folder))
            yield _seed(new.seed, mine, stack, linked)
        elif new.copied is not None:
            mine = stack.enter_context(scratch(folder))
            yield _resized(_copy(new, new.copied, mine), new)
        else:
            yield _resized(_fetch(new, folder, stack), new)


def _seed(data: seeds.SeedData, folder: str, stack: contextlib.ExitStack, linked: bool) -> _Ready:
    """In a file of ``folder`` only when that is what gets the volume's name."""
    content = seeds.build_iso(data, folder)
    path = os.path.join(folder, "seed")
    with explained(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(path, flags, 0o600) if linked else os.memfd_create("seed")
        stack.callback(os.close, descriptor)
        write_all(descriptor, content)
    return _Ready(path if linked else f"/proc/self/fd/{descriptor}", len(content))


def _copy(new: NewVolume, copied: Location, folder: str) -> _Ready:
    path = os.path.join(folder, "copy")
    with _below(new, "source"):
        convert(copied.path, copied.format, path, new.format, new.image_options)
        record = records.Record("/".join(t.cast(t.Tuple[str, str], new.copy_of)), format=new.format)
        return _Ready(path, _virtual_size(path, new.format), record)


def _fetch(new: NewVolume, folder: str, stack: contextlib.ExitStack) -> _Ready:
    source = t.cast(Source, new.source)
    with _below(new, "source"):
        prepared = stack.enter_context(prepare(source, new.format, folder, new.image_options))
        path = prepared.path
        if not path.startswith(os.path.join(folder, "")):  # the user's own file stays as it is
            path = os.path.join(stack.enter_context(scratch(folder)), "copy")
            convert(prepared.path, prepared.format, path, new.format, new.image_options)
        return _Ready(path, prepared.virtual_size, records.Record(str(source), str(prepared.checksum), new.format))


def _resized(ready: _Ready, new: NewVolume) -> _Ready:
    """:raises Refused: the declared capacity is smaller than the content."""
    if new.capacity is None or new.capacity == ready.virtual_size:
        return ready
    refuse_smaller(new.capacity, ready.virtual_size, new.where)
    how = [] if new.preallocation == "off" else ["--preallocation=" + new.preallocation]
    programs.run("qemu-img", "resize", *how, "-f", new.format, ready.path, str(new.capacity))
    return dataclasses.replace(ready, virtual_size=new.capacity)


def _virtual_size(path: str, image_format: str) -> int:
    return os.path.getsize(path) if image_format == "raw" else probe(path).capacity


def _link(ready: _Ready, new: NewVolume) -> None:
    """Give the file its name, unless something has it already. Its record is there before."""
    with explained(ready.path), open(ready.path, "rb+") as file:
        os.fchmod(file.fileno(), 0o600)
        give(file.fileno(), new.values)
        os.fsync(file.fileno())
    if ready.record is not None:
        records.write(new.pool, new.name, ready.path, new.path, ready.record)
    try:
        with explained(new.path):
            os.link(ready.path, new.path)
    except FleetError as exc:
        records.forget(new.pool, new.name)
        if isinstance(exc.__cause__, FileExistsError):
            raise Conflict("a file of this name appeared during this run", where=new.path, remedy="Run again") from exc
        raise


def _check_room(session: Session, pool: t.Any, new: NewVolume, path: str) -> None:
    """Before a stream is begun: when the disk fills up during one, the daemon of libvirt 11.3 crashes.

    :raises NoSpace: the pool has less room than the content needs.
    """
    refresh(session, new.pool)
    needed, available = os.path.getsize(path), pool.info()[3]
    if needed > available:
        raise NoSpace(
            f"no space left in pool '{new.pool}': {format_size(available)} available, {format_size(needed)} needed",
            where=new.where or None,
            remedy="Free some space in it, or choose another pool",
        )


def _upload(session: Session, pool: t.Any, new: NewVolume, ready: _Ready) -> None:
    """A file has nothing in it until the content comes, so that it cannot be taken for anything else."""
    empty, size = new, max(new.capacity or 0, ready.virtual_size)
    if new.directory:
        options = [entry.option for entry in FORMAT_OPTIONS]
        values = {option: value for option, value in new.values.items() if option not in options}
        empty, size = dataclasses.replace(new, format="raw", values=values, preallocation="off"), 0
    with incomplete.made(session, new.pool, new.name, incomplete.FILLED) as made:
        with session.pool_lock(new.pool).shared():
            made.append(pool.createXML(_xml(empty, size), 0))

        def record() -> None:
            if ready.record is not None and session.local:
                records.write(new.pool, new.name, new.path, made[0].key(), ready.record)

        fill(session, made[0], ready.path, new, record)
    if new.directory:
        refresh(session, new.pool)  # libvirt looks again by itself, but not at once


def _create_by_libvirt(session: Session, pool: t.Any, new: NewVolume) -> None:
    """An empty volume, a linked clone, or a copy that libvirt makes; libvirt removes what it could not finish."""
    if new.copy_of is None:
        flags = libvirt.VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA if new.preallocation != "off" else 0
        xml = _xml(new, new.capacity)

        def make() -> t.Any:
            with session.pool_lock(new.pool).shared():
                return pool.createXML(xml, flags if new.format == "qcow2" else 0)

        if new.format != "raw" or not new.directory or not session.local:
            encrypted.make(make, join(new.where, "encryption"))
            return
        with incomplete.made(session, new.pool, new.name, incomplete.EMPTY) as made:
            made.append(encrypted.make(make, join(new.where, "encryption")))
            _record_raw(made[0], new.pool, new.name)
        return
    source = session.connection.storagePoolLookupByName(new.copy_of[0]).storageVolLookupByName(new.copy_of[1])
    if new.copied is not None and new.copied.path != source.path():  # an overlay of it
        source = session.connection.storageVolLookupByPath(new.copied.path)
    if new.copied is not None and looks_like(source) != new.copied.format:
        raise Refused(
            f"libvirt, which would make the copy, takes '{new.copied.path}' for a {looks_like(source)} image; it is "
            f"{new.copied.format}",
            where=join(new.where, "source.volume"),
            remedy="Run the module on the host itself, as a user who can write to the pool's directory",
        )
    size = max(new.capacity or 0, source.info()[1])
    of = "/".join(new.copy_of)
    with incomplete.made(session, new.pool, new.name, incomplete.COPIED, of) as made:
        with session.pool_lock(new.pool).shared(), session.pool_lock(new.copy_of[0]).shared():
            made.append(pool.createXMLFrom(_xml(new, size), source, 0))
        if made[0].info()[1] < size:  # libvirt makes a copy of an image as large as that
            made[0].resize(size, 0)
        incomplete.remember(session, new.pool, new.name, made[0], of)


def finish(session: Session, pool: str, name: str) -> None:
    """What a run had left to do that has made the volume."""
    record = incomplete.recorded(unfinished.steps(session.uri), pool, name) or {}
    there = find(session.connection.storagePoolLookupByName(pool).storageVolLookupByName, name)
    if there is not None and record.get("source"):
        incomplete.remember(session, pool, name, there, record["source"])
    elif record.get("how") == incomplete.EMPTY and there is not None and looks_like(there) == "raw":
        _record_raw(there, pool, name)
    incomplete.end(session, pool, name)


def _record_raw(volume: t.Any, pool: str, name: str) -> None:
    """That it was made raw and empty: its guest can make it look like something else."""
    if os.path.exists(volume.path()):  # as far as this user can see
        records.write(pool, name, volume.path(), volume.key(), records.Record(None, format="raw"))


def _xml(new: NewVolume, capacity: t.Optional[int]) -> str:
    root = xmlpath.element("volume")
    etree.SubElement(root, "name").text = new.name
    if capacity is not None:
        etree.SubElement(root, "capacity", unit="bytes").text = str(capacity)
    if new.preallocation == "falloc" and capacity is not None:
        etree.SubElement(root, "allocation", unit="bytes").text = str(capacity)
    elif new.sparse:
        etree.SubElement(root, "allocation").text = "0"
    etree.SubElement(etree.SubElement(root, "target"), "format", type=new.format)
    tables.patch(_AT_CREATION, root, dict(new.values, **new.format_options))
    if new.backing is not None:
        backing = etree.SubElement(root, "backingStore")
        etree.SubElement(backing, "path").text = new.backing.path
        etree.SubElement(backing, "format", type=new.backing.format)
    if new.xml:
        merge.merge(root, merge.partial(new.xml, "volume", new.name, new.where), IDENTITIES)
    return parse.to_text(root)


@contextlib.contextmanager
def _below(new: NewVolume, option: str) -> t.Iterator[None]:
    """Errors within it are about this option."""
    try:
        yield
    except FleetError as exc:
        raise exc.below(join(new.where, option)) from exc.__cause__
