# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checksums: what the user may write, what checksum files look like, and what a file really has."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import posixpath
import re
import typing as t

from ..errors import ChecksumMismatch, InvalidOption, SourceError
from .fetch import TIMEOUT, opened
from .files import CHUNK, explained, open_regular
from .url import check_url, shown_url

#: Algorithm: number of hexadecimal digits. Weaker ones protect from nobody.
ALGORITHMS = {"sha256": 64, "sha384": 96, "sha512": 128}
#: Bytes; the largest checksum files of distributions have some hundred kilobytes.
_LONGEST_FILE = 8 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Checksum:
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
    raise InvalidOption(
        f"'{rest}' is not {ALGORITHMS[algorithm]} hexadecimal digits, a URL or an absolute path",
        where,
        f"Copy the whole {algorithm}, or give the URL of a checksum file",
    )


def find_digest(text: str, algorithm: str, name: str) -> str:
    """The digest of ``name`` in the text of a checksum file. Pure.

    Known are GNU's format (``<digits>  name``, ``<digits> *name``), BSD's and OpenSSL's (``SHA256 (name) = <digits>``),
    each among comments and signatures, and a file that is nothing but the digits.

    :raises SourceError: it is not there (close names are said), or there twice with different digests.
    """
    digits = f"([0-9a-fA-F]{{{ALGORITHMS[algorithm]}}})"
    if re.fullmatch(digits, text.strip()):
        return text.strip().lower()
    gnu = re.findall(rf"^\\?{digits}[ \t]+\*?(\S.*?)\s*$", text, re.MULTILINE)
    bsd = re.findall(rf"^SHA(?:2-)?{algorithm[3:]} ?\((.+)\) ?= ?{digits}\s*$", text, re.MULTILINE | re.IGNORECASE)
    known: t.Dict[str, t.Set[str]] = {}
    for digest, path in gnu + [(digest, path) for path, digest in bsd]:
        known.setdefault(posixpath.basename(path), set()).add(digest.lower())
    found = known.get(name, set())
    if len(found) == 1:
        return found.pop()
    if found:
        raise SourceError(
            f"the checksum file has several {algorithm} of '{name}'", remedy="Write the digits themselves"
        )
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    raise SourceError(
        f"the checksum file has no {algorithm} of '{name}'",
        remedy=f"Did you mean {' or '.join(near)}?" if near else "Give the checksum file of this very file",
    )


def resolve(checksum: t.Union[Checksum, ChecksumFile], name: str, timeout: float = TIMEOUT) -> Checksum:
    """The checksum of the file ``name``: the given one, or the one that the checksum file has.

    :raises SourceError: the checksum file cannot be read, or does not have it.
    """
    if isinstance(checksum, Checksum):
        return checksum
    if checksum.location.startswith("/"):
        with open_regular(checksum.location, "checksum") as file, explained(checksum.location, "checksum"):
            content = file.read(_LONGEST_FILE + 1)
        shown = checksum.location
    else:
        with opened(checksum.location, timeout=timeout, where="checksum") as answer:
            content = answer.read(_LONGEST_FILE + 1)
        shown = shown_url(checksum.location)
    if len(content) > _LONGEST_FILE:
        raise SourceError(f"{shown} is too long for a checksum file", "checksum", "Check which file it is")
    try:
        return Checksum(checksum.algorithm, find_digest(content.decode("utf-8", "replace"), checksum.algorithm, name))
    except SourceError as exc:
        raise SourceError(f"{shown}: {exc.what}", "checksum", exc.remedy) from exc


def file_checksum(path: str, algorithm: str = "sha256") -> Checksum:
    """What the file really has. :raises SourceError: it cannot be read."""
    digest = hashlib.new(algorithm)
    with open_regular(path, "path") as file, explained(path, "path"):
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return Checksum(algorithm, digest.hexdigest())


def verify(expected: Checksum, got: Checksum, shown: str) -> None:
    """:raises ChecksumMismatch: they differ; ``shown`` is the source as the user may see it."""
    if got != expected:
        raise ChecksumMismatch(
            f"{shown} has {got}, expected {expected.digest}",
            "checksum",
            "Take the checksum from the publisher again; if it is right, the content is damaged or not the publisher's",
        )
