# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where content comes from: a URL or a file on the host, with its checksum. Pure."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ..errors import InvalidOption
from .checksum import Checksum, ChecksumFile, parse_checksum
from .url import base_name, check_url, shown_url


@dataclasses.dataclass(frozen=True)
class Source:
    """Exactly one of ``url`` and ``path`` is given; with ``url`` there is always a checksum."""

    url: t.Optional[str] = dataclasses.field(default=None, repr=False)  # may have a password in it
    path: t.Optional[str] = None
    checksum: t.Union[Checksum, ChecksumFile, None] = None

    @property
    def name(self) -> str:
        """The name of the file as it was published, which checksum files know it by."""
        return base_name(self.url) if self.url else os.path.basename(self.path or "")

    def __str__(self) -> str:
        return shown_url(self.url) if self.url else str(self.path)


def parse_source(url: t.Optional[str] = None, path: t.Optional[str] = None, checksum: t.Optional[str] = None) -> Source:
    """One of the options ``url`` and ``path``, and ``checksum``, checked.

    :raises InvalidOption: a relative path, a URL without a checksum, or a value without meaning.
    """
    if path and not os.path.isabs(path):
        raise InvalidOption(f"'{path}' is not an absolute path", "path", "Start it with /")
    if url:
        check_url(url)
        if not checksum:
            raise InvalidOption(
                "a checksum is required with a url", "checksum", "Add sha256:<digits> or sha256:<URL of SHA256SUMS>"
            )
    return Source(url or None, path or None, parse_checksum(checksum) if checksum else None)
