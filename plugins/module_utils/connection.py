# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection to libvirt: opened with clear errors, looked up by exact error code, closed."""

from __future__ import annotations

import contextlib
import typing as t

from .deps import libvirt
from .errors import AccessDenied, Conflict, ConnectionFailed, FleetError, LibvirtFailed, NoSpace


def is_local(uri: str) -> bool:
    """True when the daemon behind ``uri`` shares the file system with this process (``qemu:///system``, not ssh)."""
    scheme, _sep, rest = uri.partition("://")
    transport = scheme.partition("+")[2]
    return scheme.partition("+")[0] != "test" and transport in ("", "unix") and rest.startswith("/")


@contextlib.contextmanager
def open_connection(uri: str, readonly: bool = False) -> t.Iterator[t.Any]:
    """A ``virConnect``, closed at the end. libvirt's own messages on stderr are silenced: we raise instead.

    :raises AccessDenied: the socket is there and may not be opened.
    :raises ConnectionFailed: nobody listens, or the URI is not one.
    """
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    try:
        connection = libvirt.openReadOnly(uri) if readonly else libvirt.open(uri)
    except libvirt.libvirtError as exc:
        raise connection_error(exc, uri) from exc
    try:
        yield connection
    finally:
        connection.close()


def connection_error(exc: t.Any, uri: str) -> FleetError:
    """Why ``uri`` could not be opened, in our words."""
    code, message = exc.get_error_code(), exc.get_error_message() or ""
    system_errno = exc.get_int1() if code == libvirt.VIR_ERR_SYSTEM_ERROR else 0
    if system_errno in (1, 13) or code in (libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_ERR_AUTH_UNAVAILABLE):
        return AccessDenied(
            f"no permission to open libvirt at {uri} ({message})",
            where="uri",
            remedy="Use become: true, or put the user into the group libvirt",
        )
    if code == libvirt.VIR_ERR_NO_CONNECT or code == libvirt.VIR_ERR_INVALID_ARG:
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
            f"{message}; it changed while this run was at work",
            where=where,
            remedy="Run again: the next run starts from what is there then",
        )
    return LibvirtFailed(f"libvirt refuses: {message}", where=where)
