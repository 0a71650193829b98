# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checksum of a file as it is published in a file of checksums."""

from __future__ import annotations

import difflib
import posixpath
import re
import typing as t

from ..errors import SourceError
from .checksum import ALGORITHMS, Checksum, ChecksumFile
from .fetch import TIMEOUT, opened
from .files import explained, open_regular
from .url import shown_url

#: Bytes; the largest checksum files of distributions have some hundred kilobytes.
_LONGEST_FILE = 8 * 1024 * 1024


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
