# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a source to a local, verified image in the wanted format."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from .checksum import Checksum, file_checksum, verify
from .checksum_file import resolve
from .download import download
from .image import convert, describe, probe
from .scratch import scratch
from .source import Source
from .unpack import packed_as, unpack


@dataclasses.dataclass(frozen=True)
class Prepared:
    """An image that is ready to be uploaded: all ``os.path.getsize(path)`` bytes of it.

    ``virtual_size`` is what a guest will see, in bytes. ``checksum`` is that of the source as it was published
    (compressed, in its own format): with the algorithm that was asked for, sha256 where none was.
    """

    path: str
    format: str
    virtual_size: int
    checksum: Checksum


@contextlib.contextmanager
def prepare(
    source: Source, want_format: t.Optional[str], workdir: str, options: t.Sequence[str] = ()
) -> t.Iterator[Prepared]:
    """The content of ``source`` as an image in ``want_format`` (a qemu format; None: in its own), within the context.

    With ``options`` of that format it is converted even if it has the format already.

    It is in ``workdir`` (made when missing, private to this user, with room for the image twice) and gone at the end,
    except for the part of an interrupted download. A file of the host that is ready as it is stays where it is.

    :raises SourceError, ChecksumMismatch: the content cannot be had, is something else, or is not one whole image.
    :raises NoSpace, MissingDependency, Conflict, AccessDenied, Refused: as the functions that this one is made of.
    """
    asked = resolve(source.checksum, source.name) if source.checksum else None
    with scratch(workdir) as folder:
        if source.url and asked:
            path, checksum = os.path.join(folder, "download"), asked
            download(source.url, asked, workdir, path)
        else:
            path = str(source.path)
            checksum = file_checksum(path, asked.algorithm if asked else "sha256")
            verify(asked or checksum, checksum, path)

        kind = packed_as(path)
        if kind:
            path = _replace(path, folder, "unpacked", lambda old, new: unpack(old, kind, new))
        image = probe(path)
        if want_format and (want_format != image.format or options):
            path = _replace(
                path, folder, "converted", lambda old, new: convert(old, image.format, new, want_format, options)
            )
            size = describe(path, "-f", want_format)["virtual-size"]  # what a guest has written looks like anything
            image = dataclasses.replace(image, format=want_format, virtual_size=size)
        yield Prepared(path, image.format, image.virtual_size, checksum)


def _replace(path: str, folder: str, name: str, make: t.Callable[[str, str], None]) -> str:
    """Make the next file from the last one, and remove that at once when it is ours: images are large."""
    new = os.path.join(folder, name)
    make(path, new)
    if os.path.dirname(path) == folder:
        os.unlink(path)
    return new
