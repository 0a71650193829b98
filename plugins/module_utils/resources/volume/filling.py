# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fills a volume through a stream, in an order that shows at any time whether all of it is there.

The first block of the volume is a mark as long as something is missing. The content follows behind it and is read back;
its own first block takes the place of the mark at the very end.
"""

from __future__ import annotations

import errno
import hashlib
import os
import typing as t

from ...content.files import CHUNK, explained
from ...deps import libvirt
from ...errors import NoSpace
from ..base import Session
from .incomplete import BLOCK, MARK
from .new import NewVolume


def fill(session: Session, volume: t.Any, path: str, new: NewVolume, before_last: t.Callable[[], None]) -> None:
    """Fill ``volume`` (a ``virStorageVol``) with the file at ``path``; ``before_last`` is called when only the first
    block is missing.

    :raises NoSpace: what is there is not what was sent.
    """
    filling = _Filling(session, volume, new)
    with explained(path), open(path, "rb", buffering=0) as file:
        length = os.fstat(file.fileno()).st_size
        first = file.read(BLOCK)
        if length > BLOCK:
            filling.send(MARK, 0)
            filling.send_rest(file, length)
            filling.check(file, BLOCK, length - BLOCK)
        before_last()
        filling.send(first, 0)
        filling.check(file, 0, len(first))


class _Filling:
    def __init__(self, session: Session, volume: t.Any, new: NewVolume) -> None:
        self._connection, self._volume, self._new = session.connection, volume, new

    def send(self, content: bytes, at: int) -> None:
        stream = self._connection.newStream(0)
        self._volume.upload(stream, at, len(content), 0)
        rest = memoryview(content)

        def read(_stream: t.Any, count: int, _opaque: t.Any) -> bytes:
            nonlocal rest
            part, rest = rest[:count], rest[count:]
            return bytes(part)

        stream.sendAll(read, None)
        stream.finish()

    def send_rest(self, file: t.BinaryIO, length: int) -> None:
        """All behind the first block. Holes stay holes in a file; a device would keep what was in them."""
        stream = self._connection.newStream(0)
        file.seek(BLOCK)
        if self._new.directory and self._new.preallocation != "falloc":
            self._volume.upload(stream, BLOCK, length - BLOCK, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
            stream.sparseSendAll(_read, _section, _skip, file)
        else:
            self._volume.upload(stream, BLOCK, length - BLOCK, 0)
            stream.sendAll(_read, file)
        stream.finish()

    def check(self, file: t.BinaryIO, at: int, length: int) -> None:
        """Read it back: a daemon that runs out of room late in a stream may still call it finished.

        :raises NoSpace: what is there is not what was sent.
        """
        there, sent = hashlib.sha256(), hashlib.sha256()
        stream = self._connection.newStream(0)
        self._volume.download(stream, at, length, 0)
        stream.recvAll(lambda _stream, data, _opaque: there.update(data), None)
        stream.finish()
        file.seek(at)
        for start in range(0, length, CHUNK):
            sent.update(file.read(min(CHUNK, length - start)))
        if there.digest() != sent.digest():
            raise NoSpace(
                "the content did not arrive completely: most likely there is no space left",
                where=self._new.where or None,
                remedy=f"Check the free space in pool '{self._new.pool}', and at its host's log",
            )


def _read(_stream: t.Any, count: int, file: t.Any) -> bytes:
    return file.read(min(count, CHUNK))


def _section(_stream: t.Any, file: t.Any) -> t.Tuple[bool, int]:
    """Whether data comes next in the file, or a hole, and how long it is; no data of no length is the end."""
    here = file.tell()
    try:
        data = os.lseek(file.fileno(), here, os.SEEK_DATA)
        end = os.lseek(file.fileno(), here, os.SEEK_HOLE) if data == here else data
    except OSError as exc:
        if exc.errno != errno.ENXIO:
            raise
        data, end = -1, os.fstat(file.fileno()).st_size  # a hole at the end, or the end
    file.seek(here)
    return data == here, end - here


def _skip(_stream: t.Any, length: int, file: t.Any) -> int:
    return file.seek(length, os.SEEK_CUR)
