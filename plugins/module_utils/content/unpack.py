# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compressed files, known by their first bytes and unpacked in a stream into a sparse file."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import subprocess
import tempfile
import typing as t
import zlib

from ..errors import SourceError
from .files import CHUNK, explained, open_regular, write_all
from .programs import failure, start

_Opener = t.Callable[[t.BinaryIO], t.ContextManager[t.Any]]

#: Bytes that are not written when they are all zero: the block size of most file systems.
_HOLE = bytes(4096)


@contextlib.contextmanager
def _zstd(packed: t.BinaryIO) -> t.Iterator[t.BinaryIO]:
    """Through the program, as Python has no zstd before 3.14; from its standard input, as it passes over symlinks."""
    with tempfile.TemporaryFile() as messages:
        process = start("zstd", "-dcq", stdin=packed, stdout=subprocess.PIPE, stderr=messages)
        with process, t.cast(t.BinaryIO, process.stdout) as unpacked:
            yield unpacked
        if process.returncode:
            messages.seek(0)
            raise failure("zstd", messages.read())


#: Name: the first bytes, and what opens it. (The names end up in messages only.)
_KINDS: t.Dict[str, t.Tuple[bytes, _Opener]] = {
    "xz": (b"\xfd7zXZ\x00", lzma.open),
    "gz": (b"\x1f\x8b\x08", gzip.open),
    "bz2": (b"BZh", bz2.open),
    "zst": (b"\x28\xb5\x2f\xfd", _zstd),
}


UNPACKED = tuple(_KINDS)
#: How files begin that are packed, by what they are called; with kinds that are known and not unpacked.
MAGICS: t.Dict[str, bytes] = {
    **{kind: magic for kind, (magic, _opener) in _KINDS.items()},
    "lz4": b"\x04\x22\x4d\x18",
    "lzip": b"LZIP",
    "lzop": b"\x89LZO\0",
    "lzma": b"\x5d\0\0\x80\0",
    "Z": b"\x1f\x9d",
}


def packed_as(path: str) -> t.Optional[str]:
    """``xz``, ``gz``, ``bz2``, ``zst`` or None, by content and whatever its name. :raises SourceError: no such file."""
    with open_regular(path, "path") as file, explained(path, "path"):
        beginning = file.read(8)
    return next((kind for kind, (magic, _opener) in _KINDS.items() if beginning.startswith(magic)), None)


def unpack(path: str, kind: str, target: str) -> None:
    """Unpack ``path``, which is packed as ``kind``, into the new file ``target``, with holes where it is zero.

    :raises SourceError: the file is damaged or ends early.
    :raises NoSpace: it does not fit.
    :raises MissingDependency: it is zst, and the program is not installed.
    """
    opener = _KINDS[kind][1]
    with explained(target):
        unpacked = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open_regular(path, "path") as packed, opener(packed) as stream:
            for chunk in iter(lambda: stream.read(CHUNK), b""):
                with explained(target):
                    _write_sparsely(unpacked, chunk)
        with explained(target):
            os.truncate(unpacked, os.lseek(unpacked, 0, os.SEEK_CUR))  # a hole at the end
    # bz2 and gzip report damage as an OSError without a number.
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as exc:
        raise SourceError(
            f"the {kind} file is damaged or ends early: {exc}", remedy="Fetch it again, and check its checksum"
        ) from exc
    finally:
        os.close(unpacked)


def _write_sparsely(descriptor: int, chunk: bytes) -> None:
    for position in range(0, len(chunk), len(_HOLE)):
        block = chunk[position : position + len(_HOLE)]
        if block == _HOLE:
            os.lseek(descriptor, len(block), os.SEEK_CUR)
        else:
            write_all(descriptor, block)
