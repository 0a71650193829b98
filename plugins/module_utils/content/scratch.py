# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Working directories: what a run needs only while it is running, and what a killed one has left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
import typing as t

from ..errors import Refused
from .files import explained

#: Seconds for which the beginning of an interrupted download is kept.
KEEP_PARTS = 7 * 24 * 3600
PART_SUFFIX = ".part"
_SCRATCH_PREFIX = ".scratch-"


@contextlib.contextmanager
def scratch(workdir: str) -> t.Iterator[str]:
    """A private directory below ``workdir``, which is made when it is missing. Both are gone at the end, the latter if
    nothing else is in it.

    What a killed run left there (scratch directories that nobody holds, old parts of downloads) is removed first.

    :raises Refused: others may write to ``workdir``, and so could exchange content after it was verified.
    """
    # The lock on workdir keeps a sweep from taking a directory between its birth and its own lock.
    with explained(workdir), _made(workdir):
        _remove(_left(workdir))
        folder = tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=workdir)
        lock = _locked(folder)
    try:
        yield folder
    finally:
        # All of it under the lock: another run would take what is half gone for left by a killed one.
        with _alone_in(workdir):
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def is_left(workdir: str) -> bool:
    """Whether a run that was killed has left something in ``workdir``, or an empty ``workdir``. Only looks."""
    lock = _looked_into(workdir)
    if lock is None:
        return False
    try:
        return bool(_left(workdir)) or not os.listdir(workdir)
    finally:
        os.close(lock)


def sweep(workdir: str) -> None:
    """Remove what a run that was killed has left in ``workdir``, and that itself when nothing else is in it.

    :raises AccessDenied: it cannot be removed.
    """
    with _alone_in(workdir) as alone, explained(workdir):
        if alone:
            _remove(_left(workdir))


@contextlib.contextmanager
def _made(workdir: str) -> t.Iterator[None]:
    """``workdir``, made when it is missing, and locked: another run that empties it may be about to remove it.

    :raises Refused: others may write to it.
    """
    while True:
        with contextlib.suppress(FileNotFoundError):
            os.makedirs(workdir, mode=0o700, exist_ok=True)
            lock = _locked(workdir)
            if _is_still(lock, workdir):
                break
            os.close(lock)
    try:
        if not _is_private(lock):
            raise Refused(
                f"the working directory '{workdir}' is writable by other users",
                remedy="Use a directory of its own with mode 0700",
            )
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def _alone_in(workdir: str) -> t.Iterator[bool]:
    """Lock ``workdir`` and remove it at the end if nothing else is in it. ``False``: it is not this user's alone."""
    lock = _looked_into(workdir)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            with contextlib.suppress(OSError):  # the beginning of a download waits in it for the next run
                os.rmdir(workdir)
            os.close(lock)


def _looked_into(workdir: str) -> t.Optional[int]:
    """A lock on ``workdir``; ``None``: it is not there, or not this user's alone."""
    try:
        lock = _locked(workdir)
    except OSError:
        return None
    if _is_still(lock, workdir) and _is_private(lock):
        return lock
    os.close(lock)
    return None


def _locked(folder: str) -> int:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _is_still(lock: int, folder: str) -> bool:
    """Whether the directory is at its path yet: another run that had the lock before may have removed it."""
    try:
        return os.path.samestat(os.fstat(lock), os.stat(folder))
    except FileNotFoundError:
        return False


def _is_private(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    return not status.st_mode & 0o022 and status.st_uid == os.geteuid()


def _left(workdir: str) -> t.List[str]:
    """What is in a locked ``workdir`` and nobody needs any more."""
    with os.scandir(workdir) as entries:
        return [entry.path for entry in entries if _is_abandoned(entry)]


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(_SCRATCH_PREFIX) and entry.is_dir(follow_symlinks=False):
        return not _is_held(entry.path)
    if PART_SUFFIX not in entry.name:
        return False
    with contextlib.suppress(FileNotFoundError):  # a download that is complete by now
        return entry.stat(follow_symlinks=False).st_mtime < time.time() - KEEP_PARTS
    return False


def _is_held(folder: str) -> bool:
    """Whether its run is still running."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)


def _remove(paths: t.Iterable[str]) -> None:
    for path in paths:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)
