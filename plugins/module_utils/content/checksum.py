# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checksums: what the user may write, and what a file really has."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import typing as t

from ..errors import ChecksumMismatch, InvalidOption
from .files import CHUNK, explained, open_regular
from .url import check_url

#: Algorithm: number of hexadecimal digits. Weaker ones protect from nobody.
ALGORITHMS = {"sha256": 64, "sha384": 96, "sha512": 128}
#: The digests of files that this process has read, by the algorithm and what of a file nobody can set at will.
_KNOWN: t.Dict[t.Tuple[t.Any, ...], str] = {}


class Checksum(t.NamedTuple):
    """``digest`` is in lower-case hexadecimal digits."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.digest}"


@dataclasses.dataclass(frozen=True)
class ChecksumFile:
    """A file that lists checksums of this algorithm: a URL, or an absolute path on the host."""

    algorithm: str
    location: str = dataclasses.field(repr=False)  # a URL may have a password in it


def parse_checksum(text: str, where: str = "checksum") -> t.Union[Checksum, ChecksumFile]:
    """``sha256:<digits>``, ``sha256:https://host/SHA256SUMS`` or ``sha256:/path/SHA256SUMS``. Pure.

    :raises InvalidOption: another algorithm, a wrong number of digits, or neither digits nor URL nor path.
    """
    algorithm, colon, rest = text.strip().partition(":")
    algorithm = algorithm.lower()
    if not colon or algorithm not in ALGORITHMS:
        raise InvalidOption(
            f"the checksum does not start with {', '.join(f'{name}:' for name in ALGORITHMS)}",
            where,
            "Write sha256:<digits>, or sha256:<URL of a SHA256SUMS file>",
        )
    if "://" in rest:
        return ChecksumFile(algorithm, check_url(rest, where))
    if rest.startswith("/"):
        return ChecksumFile(algorithm, rest)
    if len(rest) == ALGORITHMS[algorithm] and re.fullmatch("[0-9a-fA-F]+", rest):
        return Checksum(algorithm, rest.lower())
    raise InvalidOption(  # what it is after all may be a URL with a login in it
        f"what follows {algorithm}: is not {ALGORITHMS[algorithm]} hexadecimal digits, a URL or an absolute path",
        where,
        f"Copy the whole {algorithm}, or give the URL of a checksum file",
    )


def file_checksum(path: str, algorithm: str = "sha256") -> Checksum:
    """What the file really has. As long as nobody touches the file, it is read once.

    :raises SourceError: it cannot be read.
    """
    with open_regular(path, "path") as file, explained(path, "path"):
        status = os.fstat(file.fileno())
        key = (algorithm, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if key not in _KNOWN:
            digest = hashlib.new(algorithm)
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
            _KNOWN[key] = digest.hexdigest()
    return Checksum(algorithm, _KNOWN[key])


def verify(expected: Checksum, got: Checksum, shown: str) -> None:
    """:raises ChecksumMismatch: they differ; ``shown`` is the source as the user may see it."""
    if got != expected:
        raise ChecksumMismatch(
            f"{shown} has {got}, expected {expected.digest}",
            "checksum",
            "Take the checksum from the publisher again; if it is right, the content is damaged or not the publisher's",
        )
