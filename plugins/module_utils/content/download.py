# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Downloads: streamed, hashed on the way, resumed after an interruption, visible only when verified."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
import typing as t

from ..errors import ChecksumMismatch, Conflict, NoSpace
from .checksum import Checksum, verify
from .fetch import TIMEOUT, Interrupted, opened
from .files import CHUNK, check_room, explained, write_all
from .scratch import PART_SUFFIX
from .url import shown_url

#: Attempts after the first one, each after twice the pause of the one before.
RETRIES = 3


def download(
    url: str, checksum: Checksum, folder: str, target: str, timeout: float = TIMEOUT, pause: float = 1.0
) -> None:
    """Fetch ``url`` into the file ``target``, which appears only when its content has the checksum.

    What arrived before an interruption stays in ``folder`` (in the file system of ``target``, writable by nobody
    else) as ``.<checksum>.part`` and is resumed by the next call for the same checksum, from whatever URL.
    ``timeout`` (of a silent server) and ``pause`` (before the first retry) are seconds.

    :raises SourceError: it cannot be had, or still ends early after some attempts.
    :raises ChecksumMismatch: it is there, and is something else.
    :raises NoSpace: it does not fit.
    :raises Conflict: another run is downloading it.
    """
    with _Part.held(folder, checksum) as part:
        try:
            _receive_all(url, part, timeout, pause)
            if part.joined and part.checksum != checksum:
                # The pieces do not fit: the published file changed in between, or the server sent another range.
                part.restart()
                _receive_all(url, part, timeout, pause)
            verify(checksum, part.checksum, shown_url(url))
        except (ChecksumMismatch, NoSpace):
            part.remove()
            raise
        part.publish(target)


def _receive_all(url: str, part: _Part, timeout: float, pause: float) -> None:
    for attempt in range(RETRIES + 1):
        try:
            return _receive(url, part, timeout)
        except Interrupted as exc:
            if exc.status == 416:  # the server's file is shorter than the part
                part.restart()
            if attempt == RETRIES:
                raise
        time.sleep(pause * 2**attempt)


def _receive(url: str, part: _Part, timeout: float) -> None:
    """One request for what is missing; a server that knows no ranges sends all of it (RFC 9110, 14.2)."""
    with opened(url, part.range_headers(), timeout) as answer:
        if answer.status == 206:
            part.joined = True  # whether it is the right range, the checksum shows
        else:
            part.restart(answer.headers)
        length = answer.headers.get("Content-Length")
        if length:
            check_room(part.folder, int(length))
        end = part.size + int(length) if length else None
        for chunk in iter(lambda: answer.read(CHUNK), b""):
            part.append(chunk)
    # http.client does not look at this when it is read in chunks.
    if end is not None and part.size < end:
        what = f"{shown_url(url)} ends early, after {part.size} of {end} bytes"
        raise Interrupted(what, "url", "Run again to resume it, or use another mirror")


class _Part:
    """The beginning of a file on its way, which one process at a time holds.

    Beside it, in ``.part.validator``, is what the server called that version of the file, for ``If-Range``.
    """

    def __init__(self, folder: str, path: str, descriptor: int, algorithm: str) -> None:
        self.folder = folder
        self.size = 0
        #: Whether its pieces come from more than one answer.
        self.joined = False
        self._path = path
        self._validator = path + ".validator"
        self._descriptor = descriptor
        self._hash = hashlib.new(algorithm)

    @classmethod
    @contextlib.contextmanager
    def held(cls, folder: str, checksum: Checksum) -> t.Iterator[_Part]:
        """The part of the file with this checksum, as far as it got. :raises Conflict: another process has it."""
        # The name says which content it is the beginning of; half of the digest is enough for that.
        path = os.path.join(folder, f".{checksum.algorithm}-{checksum.digest[:32]}{PART_SUFFIX}")
        with explained(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            with explained(path):
                if not _lock(descriptor, path):
                    raise Conflict(f"another run is downloading {checksum}", "url", "Run again when it has ended")
                part = cls(folder, path, descriptor, checksum.algorithm)
                for chunk in iter(lambda: os.read(descriptor, CHUNK), b""):
                    part._count(chunk)
            try:
                yield part
            finally:
                if not os.fstat(descriptor).st_size:  # an interruption may come between writing and counting
                    part.remove()
        finally:
            os.close(descriptor)

    @property
    def checksum(self) -> Checksum:
        """Of what is there so far."""
        return Checksum(self._hash.name, self._hash.hexdigest())

    def range_headers(self) -> t.Dict[str, str]:
        """The request headers for what is missing; If-Range makes a server send all of it when its file changed."""
        if not self.size:
            return {}
        headers = {"Range": f"bytes={self.size}-"}
        if os.path.exists(self._validator):
            with explained(self._validator), open(self._validator, encoding="latin-1") as file:
                headers["If-Range"] = file.read()
        return headers

    def append(self, chunk: bytes) -> None:
        with explained(self._path):
            write_all(self._descriptor, chunk)
        self._count(chunk)

    def restart(self, headers: t.Optional[t.Mapping[str, str]] = None) -> None:
        """Back to nothing; ``headers`` are those of the answer that is about to fill it."""
        tag = (headers or {}).get("ETag", "")
        # If-Range wants a strong validator (RFC 9110, 13.1.5); a weak tag may stand for several contents.
        validator = tag if tag.startswith('"') else (headers or {}).get("Last-Modified", "")
        with explained(self._path):
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.truncate(self._descriptor, 0)
            _unlink(self._validator)
            if validator:
                with open(self._validator, "w", encoding="latin-1") as file:
                    file.write(validator)
        self._hash = hashlib.new(self._hash.name)
        self.size = 0
        self.joined = False

    def publish(self, target: str) -> None:
        with explained(target):
            os.replace(self._path, target)
            _unlink(self._validator)

    def remove(self) -> None:
        _unlink(self._path)
        _unlink(self._validator)

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)


def _lock(descriptor: int, path: str) -> bool:
    """Whether the file is now ours, and still the one at ``path`` (its last holder may have published it)."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path))


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
