# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a URL may be, and the parts of it that may be shown. Pure."""

from __future__ import annotations

import posixpath
import re
import typing as t
import urllib.parse

from ..errors import InvalidOption

SCHEMES = ("http", "https", "file")


def check_url(url: str, where: str = "url") -> str:
    """The URL as it is, when it is one that can be fetched.

    :raises InvalidOption: another scheme, no host, a port that is no number, blanks, or no file name at its end.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        fetchable = parts.scheme in SCHEMES and (parts.scheme == "file" or parts.hostname) and parts.port != 0
    except ValueError:
        fetchable = False
    # urllib drops tabs and line feeds silently, and http.client quotes the whole URL when it meets a blank.
    if not fetchable or not all("!" <= char <= "~" for char in url):
        raise InvalidOption(
            f"'{shown_url(url)}' cannot be fetched",
            where,
            "Write https://host/path, http://host/path or file:///path, with blanks and the like as %20",
        )
    if not base_name(url):
        raise InvalidOption(f"'{shown_url(url)}' does not end with a file name", where, "Give the URL of one file")
    return url


def base_name(url: str) -> str:
    """``https://host/images/debian%2B12.qcow2?x=y`` is ``debian+12.qcow2``."""
    return posixpath.basename(urllib.parse.unquote(urllib.parse.urlsplit(url).path))


def shown_url(url: str) -> str:
    """The URL without what may be secret: user and password, the value of the query (signed links), the fragment.

    Where a login may end is not known when its password has a slash in it, and then nothing of it is shown.
    """
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        return "…" if "@" in url else url.partition("?")[0]
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in rest[len(authority) :]:
        return scheme + "://…"
    path, query, _rest = rest[len(authority) :].partition("#")[0].partition("?")
    return scheme + "://" + authority.rpartition("@")[2] + path + ("?…" if query else "")


def split_login(url: str) -> t.Tuple[str, t.Optional[t.Tuple[str, str]]]:
    """``https://user:pass@host/x`` as ``("https://host/x", ("user", "pass"))``; the login is None without one."""
    parts = urllib.parse.urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    bare = urllib.parse.urlunsplit(parts._replace(netloc=host, fragment=""))
    if not at:
        return bare, None
    user, _colon, password = login.partition(":")
    return bare, (urllib.parse.unquote(user), urllib.parse.unquote(password))
