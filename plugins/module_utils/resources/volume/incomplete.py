# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Incomplete volumes, which a run that was killed or failed has left: how they differ from whole ones.

Content that goes through a stream shows that itself (``filling.py``); it does so to everybody, also over a remote URI
from another machine. That a volume is being made is recorded besides, for the moment before the mark is in it, and for
copies, which libvirt makes alone and finishes when nobody waits for them.

What says of itself that it is not whole holds nothing of anybody's. What only a record says may have become whole and
been used since: the first run that finds it whole ends the record, whatever it is about, and what somebody has is not
made anew.
"""

from __future__ import annotations

import contextlib
import typing as t

from ...connection import find
from ...deps import libvirt
from ...errors import AccessDenied, FleetError, LibvirtFailed, Refused, SourceError
from .. import unfinished
from ..base import Session, World
from ..host import Host
from ..images import Images
from ..storage import Place
from . import records
from .state import VolumeState

#: What every driver writes at once.
BLOCK = 512
#: The first block of a volume whose content is on its way.
MARK = b"kvm.fleet: the content of this volume is not complete\n".ljust(BLOCK, b"\0")
#: LVM clears the beginning of a new logical volume (lvcreate(8), --zero).
_CLEARED = 4096
STEP = "volume"
FILLED, COPIED, EMPTY = "filled", "copied", "empty"


@contextlib.contextmanager
def made(session: Session, pool: str, name: str, how: str, source: t.Optional[str] = None) -> t.Iterator[t.List[t.Any]]:
    """Within it the volume is made. If that fails, what was put into the list (a ``virStorageVol``) is deleted. If
    nothing was, libvirt may be going on with a call that has broken off: that it is being made stays recorded.

    :arg how: FILLED, COPIED or EMPTY.
    :arg source: what is recorded of a copy once it is there (:func:`remember`).
    """
    volumes: t.List[t.Any] = []
    boot = unfinished.boot() if session.local else None
    more = {"source": source} if source else {}
    unfinished.begin(session.uri, STEP, _name(pool, name), how=how, boot=boot, **more)
    try:
        yield volumes
    except BaseException as exc:
        with contextlib.suppress(libvirt.libvirtError):
            for volume in volumes:
                find(volume.delete, 0)
                records.forget(pool, name)
            if volumes or not _is_being_made(session, pool, name, exc):
                end(session, pool, name)
        raise
    end(session, pool, name)


def _is_being_made(session: Session, pool: str, name: str, failed: BaseException) -> bool:
    """Whether libvirt has the volume after all.

    :raises libvirtError: libvirt does not say.
    """
    if isinstance(failed, libvirt.libvirtError) and failed.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST:
        return False  # it is somebody else's
    there = find(session.connection.storagePoolLookupByName, pool)
    return there is not None and find(there.storageVolLookupByName, name) is not None


def remember(session: Session, pool: str, name: str, volume: t.Any, source: str) -> None:
    """Record what a copy (a ``virStorageVol``) was made of; who may not look at it does without a record."""
    if session.local:
        with contextlib.suppress(AccessDenied, SourceError):
            records.write(pool, name, volume.path(), volume.key(), records.Record(source))


def end(session: Session, pool: str, name: str) -> None:
    """It is whole, or not there."""
    unfinished.end(session.uri, STEP, _name(pool, name))


def recorded(steps: unfinished.Steps, pool: str, name: str) -> t.Optional[t.Mapping[str, t.Any]]:
    """What is recorded of a volume that was being made; ``None``: nothing is."""
    return steps.get((STEP, _name(pool, name)))


def is_incomplete(world: World, state: VolumeState, directory: bool) -> bool:
    """Whether a volume that is there is only half of what it is declared to be. ``directory``: it is a file.

    :raises Refused: libvirt is still making it.
    """
    record = recorded(world.host.unfinished, *state.key)
    want = world.want("volume", (state.pool, state.name))
    source = want.params.get("source") or {} if want is not None and not want.absent else {}
    filled = source.get("url") or source.get("path") or (want is not None and want.params.get("seed"))
    if record is None and (state.content is not None or not filled):
        return False
    try:
        beginning = _beginning(world, state.key, state.path, state.listed, record)
    except LibvirtFailed as exc:
        code = t.cast(t.Any, exc.__cause__).get_error_code()
        if code == libvirt.VIR_ERR_NO_SUPPORT:  # what cannot be read cannot be filled either
            return False
        if code == libvirt.VIR_ERR_OPERATION_DENIED and _is_copied(record):  # only to be shown: the record says it all
            return begins_incomplete(b"", record, directory, world.local)
        if code == libvirt.VIR_ERR_OPERATION_INVALID:
            raise Refused(
                exc.what,
                where=f"volume {state.pool}/{state.name}",
                remedy="Run again when that is done: the run that started it was interrupted",
            ) from exc
        raise
    return begins_incomplete(beginning, record, directory, world.local)


def whole_by_now(world: World) -> t.Iterator[t.Tuple[str, str]]:
    """The volumes that are recorded as begun and are whole, but for those that the document is about: a run that ended
    early had done all but to say so, or libvirt has finished a copy."""
    for (step, name), record in world.host.unfinished.items():
        pool, _slash, volume = name.partition("/")
        if step == STEP and world.want("volume", (pool, volume)) is None and _is_whole(world, (pool, volume), record):
            yield pool, volume


def _is_whole(world: World, key: t.Tuple[str, str], record: t.Mapping[str, t.Any]) -> bool:
    """False also where nobody can see: what this run is about may be something else."""
    try:
        there = world.host.volumes(key[0]) if world.host.pool_runs(key[0]) else ()
        for root in (root for root in there if root.findtext("name") == key[1]):
            beginning = _beginning(world, key, root.findtext("target/path") or "", True, record)
            return not begins_incomplete(beginning, record, root.get("type", "file") == "file", world.local)
    except FleetError:
        pass
    return False


def _beginning(
    world: World,
    key: t.Tuple[str, str],
    path: str,
    listed: bool,
    record: t.Optional[t.Mapping[str, t.Any]],
) -> bytes:
    """The first bytes of a volume. libvirt is asked for those of a copy: it refuses as long as it is making it.

    :raises FleetError: they cannot be read, or not yet.
    """
    if listed and _is_copied(record):
        return world.host.beginning_by_libvirt(*key)
    return world.host.beginning(*key, listed, path)


def _is_copied(record: t.Optional[t.Mapping[str, t.Any]]) -> bool:
    return record is not None and record.get("how") == COPIED


def refuse_used(
    host: Host, images: Images, key: t.Tuple[str, str], place: t.Optional[Place], path: str, directory: bool, where: str
) -> None:
    """Before a volume that counts as incomplete is made anew.

    :raises Refused: that is only what is recorded, and somebody has it by now: then it may have been whole.
    """
    record = recorded(host.unfinished, *key)
    says_so = not _is_copied(record) and (directory or host.begins(path, MARK))  # a file that does not is empty
    if record is None or place is None or says_so:
        return
    having = ["domain " + name for name in sorted(images.domains_with(place))]
    having += ["snapshot " + "/".join(one) for one in sorted(images.snapshots_with(place))]
    having += [str(file) for file in images.files_on(place)]
    if having:
        raise Refused(
            f"an interrupted run began to make it, and {', '.join(having)} {'has' if len(having) == 1 else 'have'} it "
            "by now: whether its content is whole is not known",
            where=where or f"volume {'/'.join(key)}",
            remedy=f"If it is, remove the record '{record.get('file')}'; else delete the volume by hand, and it is "
            "created again",
        )


def check_complete(world: World, path: str, where: str) -> None:
    """Before an image is used, by whatever path. It says so itself, whatever is recorded of it here, or nothing; of a
    copy only the record does.

    :raises Refused: its content is still on its way, or the run that brought it was interrupted.
    """
    if path.startswith("/") and _is_half_copied(world, path):
        raise Refused(
            f"whether the content of '{path}' is complete is not known: the run that copied it was interrupted",
            where=where,
            remedy="Declare the volume as well: it is waited for, created anew, or said how to go on",
        )
    if path.startswith("/") and world.host.begins(path, MARK):
        raise Refused(
            f"the content of '{path}' is not complete: it is being created, or the run that created it was interrupted",
            where=where,
            remedy="Declare the volume with its content again, and it is created anew; or delete it",
        )


def _is_half_copied(world: World, path: str) -> bool:
    """Whether an image is a copy that is recorded as begun, and not known to be whole."""
    steps = world.host.unfinished.items()
    begun = {name.partition("/")[::2]: record for (step, name), record in steps if step == STEP and _is_copied(record)}
    place = world.host.place(path) if begun else None  # almost always there is none
    return any(world.images.place_of(*key) == place and not _is_whole(world, key, begun[key]) for key in begun)


def begins_incomplete(
    beginning: bytes, record: t.Optional[t.Mapping[str, t.Any]], directory: bool, local: bool
) -> bool:
    """Whether a volume that begins so is not whole.

    A volume that nothing is recorded of, and that is not marked, belongs to somebody and is taken as is. Only if there
    can be no records on this machine (a remote URI) a file without any content counts as not begun.
    """
    if beginning.startswith(MARK):
        return True
    if record is None:
        return not local and directory and not beginning
    if record.get("how") == COPIED:
        return record.get("boot") not in (
            None,
            unfinished.boot(),
        )  # libvirt goes on without us, but not without its host
    if record.get("how") == EMPTY:
        return False  # it is there, or it is not
    return not beginning if directory else not any(beginning[:_CLEARED])


def _name(pool: str, name: str) -> str:
    return f"{pool}/{name}"
