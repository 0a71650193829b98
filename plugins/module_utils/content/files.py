# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the host: what their errors mean, and how they are read and written."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import typing as t

from ..errors import AccessDenied, FleetError, NoSpace, SourceError

#: Bytes read and written at a time.
CHUNK = 1024 * 1024

_DENIED = (AccessDenied, "'{0}' may not be read or written", "Run with become, or check its permissions")
_FULL = (NoSpace, "no space left for '{0}'", "Free some space in its file system, or choose another directory")
_CAUSES: t.Dict[int, t.Tuple[t.Type[FleetError], str, str]] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _DENIED,
    errno.ENOENT: (SourceError, "'{0}' does not exist", "Check the path on the host, not on the controller"),
    errno.ENOTDIR: (SourceError, "a part of '{0}' is a file, not a directory", "Check the path"),
}


@contextlib.contextmanager
def explained(path: str, where: t.Optional[str] = None) -> t.Iterator[None]:
    """Within it every ``OSError`` is an error about ``path`` that says what to do.

    :raises NoSpace: the file system or the quota is full.
    :raises AccessDenied: no permission, or a read-only file system.
    :raises SourceError: anything else.
    """
    try:
        yield
    except OSError as exc:
        unknown = (SourceError, "'{0}': " + (exc.strerror or type(exc).__name__), "Check the path and its disk")
        kind, what, remedy = _CAUSES.get(exc.errno or 0, unknown)
        raise kind(what.format(path), where, remedy) from exc


def check_room(folder: str, needed: int) -> None:
    """Find out before writing whether ``needed`` bytes fit into the file system of ``folder``.

    A full file system pauses every guest that has a disk in it, so do not start what cannot end well.

    :raises NoSpace: they do not fit.
    """
    with explained(folder):
        free = shutil.disk_usage(folder).free
    if needed > free:
        what = f"'{folder}' has {free} bytes free and {needed} are needed"
        raise NoSpace(what, remedy="Free some space in its file system, or choose another directory")


def open_regular(path: str, where: t.Optional[str] = None) -> t.BinaryIO:
    """The file, open for reading. :raises SourceError: it is not there, or a device, pipe or directory."""
    with explained(path, where):
        # Without O_NONBLOCK the open of a pipe waits for a writer that may never come.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise SourceError(f"'{path}' is not a regular file", where, "Give the path of a file")
    return os.fdopen(descriptor, "rb")


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it: a write to an almost full disk is a short one before it is an error."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
