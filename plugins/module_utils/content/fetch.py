# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opening URLs: proxies, logins and redirects, and errors that say what to do without showing a secret."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from ..errors import SourceError
from .url import shown_url, split_login

#: Seconds within which a server has to answer.
TIMEOUT = 30.0

#: Answers after which the same request may succeed. 416 is among them because its cause, a part that no longer fits,
#: is removed before the next attempt.
_TRANSIENT = (408, 416, 425, 429, 500, 502, 503, 504)
_STATUS_REMEDIES = {
    401: "Put user and password into the URL, https://user:password@host/",
    403: "Check that this host may read the file",
    404: "Check the URL",
    407: "Put user and password into the proxy's URL in the environment of the host",
    410: "Check the URL",
}


class Interrupted(SourceError):
    """A failure that may be gone at the next attempt. ``status`` is the HTTP status, where there was one."""

    status: t.Optional[int] = None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects, but never from https to something that anybody on the way can change."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"it leads from https to {shown_url(newurl)}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextlib.contextmanager
def opened(
    url: str, headers: t.Optional[t.Mapping[str, str]] = None, timeout: float = TIMEOUT, where: str = "url"
) -> t.Iterator[t.Any]:
    """The server's answer, to be read within the context; proxies come from the environment.

    Errors of the network within the context are raised as errors about the URL.

    :raises Interrupted: time-out, broken connection, or a status that may be gone at the next attempt.
    :raises SourceError: every other reason.
    """
    bare, login = split_login(url)
    try:
        request = urllib.request.Request(bare, headers={"User-Agent": "kvm.fleet", **(headers or {})})
        with _opener(bare, login).open(request, timeout=timeout) as answer:
            yield answer
    except (OSError, http.client.HTTPException, ValueError) as exc:
        # "from None": urllib's exceptions carry the whole URL, and a traceback would show it.
        raise _as_source_error(exc, url, timeout, where) from None


def _opener(bare: str, login: t.Optional[t.Tuple[str, str]]) -> urllib.request.OpenerDirector:
    """urllib's default opener also knows ftp: and data:, so this one is put together from what is wanted."""
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    if login:
        # Bound to the URL's own server: a redirect to another one must not carry the password along.
        origin = urllib.parse.urlunsplit(urllib.parse.urlsplit(bare)._replace(path="/", query=""))
        passwords.add_password(None, origin, *login, is_authenticated=True)
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.FileHandler(),
        urllib.request.HTTPBasicAuthHandler(passwords),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _as_source_error(exc: Exception, url: str, timeout: float, where: str) -> SourceError:
    shown = shown_url(url)
    if isinstance(exc, urllib.error.HTTPError):
        exc.close()
        remedy = _STATUS_REMEDIES.get(exc.code, "Try again later, or use another mirror")
        what = f"{shown} answers {exc.code} {http.client.responses.get(exc.code, '')}".rstrip()
        if exc.code not in _TRANSIENT:
            return SourceError(what, where, remedy)
        error = Interrupted(what, where, remedy)
        error.status = exc.code
        return error
    reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(reason, str):
        return SourceError(f"{shown} cannot be fetched: {reason}", where, "Check the URL, or use another mirror")
    if isinstance(reason, socket.timeout):
        what = f"{shown} has not answered for {timeout:g} seconds"
        return Interrupted(what, where, "Check the network and the proxy settings of the host")
    if isinstance(reason, ssl.SSLCertVerificationError):
        what = f"the certificate of {shown} is not trusted: {reason.verify_message}"
        return SourceError(what, where, "Install the certificate's authority on the host, or use another mirror")
    if isinstance(reason, socket.gaierror):
        kind = Interrupted if reason.errno == socket.EAI_AGAIN else SourceError
        return kind(f"the host of {shown} cannot be resolved", where, "Check the name, and DNS on the host")
    if isinstance(reason, ConnectionRefusedError):
        return SourceError(f"{shown}: connection refused", where, "Check host and port, and that its server runs")
    if isinstance(reason, OSError) and not isinstance(reason, http.client.HTTPException):
        return Interrupted(f"{shown}: {reason.strerror or reason}", where, "Check the network of the host")
    if not isinstance(reason, http.client.HTTPException):  # a login scheme that urllib does not know, for one
        return SourceError(f"{shown} cannot be fetched ({type(reason).__name__})", where, "Use another mirror")
    # Only the name of an http.client exception: its text may quote the URL or whatever the server sent.
    return Interrupted(f"{shown} does not answer in HTTP ({type(reason).__name__})", where, "Check host and port")
