# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection to libvirt: opened with clear errors, watched, looked up by exact error code, closed."""

from __future__ import annotations

import contextlib
import functools
import re
import threading
import time
import typing as t

from .deps import libvirt
from .errors import (
    AccessDenied,
    Conflict,
    ConnectionFailed,
    FleetError,
    InvalidOption,
    LibvirtFailed,
    NoSpace,
    TimedOut,
)
from .xml.types import HIDDEN

#: Seconds without a sign of life from the daemon after which it counts as gone.
TIMEOUT = 60
#: Options of every module that opens one.
OPTIONS: t.Mapping[str, t.Any] = {
    "uri": {"type": "str", "default": "qemu:///system"},
    "timeout": {"type": "int", "default": TIMEOUT},
}
#: How often it may miss its turn to say that it is there.
_MISSED = 5
#: Seconds of a run in which nobody looks.
_UNWATCHED = 2


def shown(uri: str) -> str:
    """A URI as it may be shown: without the password of a login."""
    return re.sub("(//[^:/?#@]*):.*@", rf"\1:{HIDDEN}@", uri)


def is_local(uri: str) -> bool:
    """True when the daemon behind ``uri`` shares the file system with this process (``qemu:///system``, not ssh)."""
    scheme, _sep, rest = uri.partition("://")
    transport = scheme.partition("+")[2]
    return scheme.partition("+")[0] != "test" and transport in ("", "unix") and rest.startswith("/")


@contextlib.contextmanager
def open_connection(uri: str, readonly: bool = False, timeout: int = TIMEOUT) -> t.Iterator[t.Any]:
    """A ``virConnect``, closed at the end. libvirt's own messages on stderr are silenced: we raise instead.

    A call may take as long as it needs, but the daemon has to give a sign of life every ``timeout`` seconds (0: never).
    Else all calls end with an error that :func:`explain` knows.

    :raises AccessDenied: the socket is there and may not be opened.
    :raises ConnectionFailed: nobody listens, or the URI is not one.
    :raises TimedOut: somebody listens, and does not answer.
    :raises InvalidOption: ``timeout`` is no time.
    """
    if timeout < 0:
        raise InvalidOption(f"{timeout} is no time", where="timeout", remedy="Declare seconds, or 0 to wait for ever")
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    if timeout:
        _watch()
    connection = _opened(libvirt.openReadOnly if readonly else libvirt.open, uri, timeout)
    try:
        with contextlib.suppress(libvirt.libvirtError):  # a driver without a daemon
            missed = max(1, min(_MISSED, timeout - 1))  # none: libvirt would not even ask, and end each longer call
            connection.setKeepAlive(max(1, timeout // (missed + 1)), missed)
        yield connection
    finally:
        with contextlib.suppress(libvirt.libvirtError):  # the daemon has gone
            connection.close()


@functools.cache
def _watch() -> None:
    """Let libvirt look at its connections for as long as this process lives.

    It makes each call a little slower (80 µs), and so begins when the run takes longer than most do.
    """
    libvirt.virEventRegisterDefaultImpl()

    def look() -> None:
        time.sleep(_UNWATCHED)
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=look, name="libvirt", daemon=True).start()


def _opened(call: t.Callable[[str], t.Any], uri: str, timeout: int) -> t.Any:
    """What ``call(uri)`` returns. Nothing but time ends a call to a daemon that has never answered yet."""
    answer: t.Dict[str, t.Any] = {}

    def ask() -> None:
        try:
            answer["connection"] = call(uri)
        except libvirt.libvirtError as exc:
            answer["error"] = exc

    asking = threading.Thread(target=ask, name="open", daemon=True)
    asking.start()
    asking.join(timeout or None)
    if not answer:
        raise TimedOut(
            f"libvirt has not answered at {shown(uri)} for {timeout} seconds",
            where="uri",
            remedy="Look at the daemon on the host (journalctl -u libvirtd), or declare a longer timeout",
        )
    if "error" in answer:
        raise connection_error(answer["error"], uri) from answer["error"]
    return answer["connection"]


def connection_error(exc: t.Any, uri: str) -> FleetError:
    """Why ``uri`` could not be opened, in our words."""
    code, message = exc.get_error_code(), (exc.get_error_message() or "").replace(uri, shown(uri))
    uri = shown(uri)
    system_errno = exc.get_int1() if code == libvirt.VIR_ERR_SYSTEM_ERROR else 0
    if system_errno in (1, 13) or code in (libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_ERR_AUTH_UNAVAILABLE):
        return AccessDenied(
            f"no permission to open libvirt at {uri} ({message})",
            where="uri",
            remedy="Use become: true, or put the user into the group libvirt",
        )
    wrong_path = code == libvirt.VIR_ERR_INTERNAL_ERROR and exc.get_error_domain() == libvirt.VIR_FROM_NONE
    if code in (libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_ARG) or wrong_path:
        return ConnectionFailed(
            f"libvirt has no driver for '{uri}' ({message})",
            where="uri",
            remedy="Use a libvirt URI such as qemu:///system",
        )
    return ConnectionFailed(
        f"libvirt does not answer at {uri} ({message})",
        where="uri",
        remedy="Start libvirtd (or virtqemud, virtnetworkd and virtstoraged) on the host; "
        "the role kvm.fleet.kvm_host does it",
    )


def find(lookup: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    """What ``lookup(*args)`` returns, or ``None`` when there is no such object. Any other error passes."""
    absent = (
        libvirt.VIR_ERR_NO_DOMAIN,
        libvirt.VIR_ERR_NO_NETWORK,
        libvirt.VIR_ERR_NO_STORAGE_POOL,
        libvirt.VIR_ERR_NO_STORAGE_VOL,
        libvirt.VIR_ERR_NO_SECRET,
        libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT,
        libvirt.VIR_ERR_NO_NWFILTER,
    )
    try:
        return lookup(*args)
    except libvirt.libvirtError as exc:
        if exc.get_error_code() in absent:
            return None
        raise


def explain(exc: t.Any, where: str) -> FleetError:
    """A libvirtError of a mutating call as one of our errors, about the object ``where`` (``domain web1``)."""
    code, message = exc.get_error_code(), (exc.get_error_message() or str(exc)).strip()
    if exc.get_error_domain() == libvirt.VIR_FROM_RPC:
        return ConnectionFailed(
            f"the connection to libvirt broke off ({message})",
            where=where,
            remedy="Look at the daemon on the host (journalctl -u libvirtd), then run again: the next run goes on from "
            "what is there",
        )
    if "No space left on device" in message or (
        code == libvirt.VIR_ERR_SYSTEM_ERROR and exc.get_int1() == 28
    ):  # libvirt passes ENOSPC of its helpers (qemu-img) on as text only
        return NoSpace(message, where=where, remedy="Free some room there, or use another pool")
    changed_under_us = (
        libvirt.VIR_ERR_NO_DOMAIN,
        libvirt.VIR_ERR_NO_NETWORK,
        libvirt.VIR_ERR_NO_STORAGE_POOL,
        libvirt.VIR_ERR_NO_STORAGE_VOL,
        libvirt.VIR_ERR_NO_SECRET,
        libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT,
        libvirt.VIR_ERR_NO_NWFILTER,
        libvirt.VIR_ERR_STORAGE_VOL_EXIST,
        libvirt.VIR_ERR_DOM_EXIST,
        libvirt.VIR_ERR_NETWORK_EXIST,
    )
    if code in changed_under_us:
        return Conflict(
            f"{message}; it changed during this run",
            where=where,
            remedy="Run again: the next run starts from what is there then",
        )
    return LibvirtFailed(f"libvirt refuses: {message}", where=where)
