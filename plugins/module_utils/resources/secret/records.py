# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fingerprints of the values of private secrets, which libvirt keeps to itself: whether a value is the declared one.

A record belongs to one value: when another is set behind our back, and that can be seen, the record says nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import os
import typing as t

from .. import record_files

_PLURAL = "secrets"
#: A passphrase may be a weak one, and the record may find its way into a backup. About 50 ms each.
_ROUNDS = 100_000


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """What is remembered of a value."""

    salt: str
    digest: str

    def fits(self, value: bytes) -> bool:
        """Whether it was taken of ``value``."""
        return hmac.compare_digest(self.digest, _digest(self.salt, value))


def fingerprint(value: bytes) -> Fingerprint:
    """A new one, with a salt of its own."""
    salt = os.urandom(16).hex()
    return Fingerprint(salt, _digest(salt, value))


def read(uri: str, local: bool, uuid: str) -> t.Optional[Fingerprint]:
    """The fingerprint of the value that a secret has, or ``None`` when none is known."""
    data = record_files.read(_PLURAL, _key(uri, uuid))
    if data is None or data.get("identity") != _identity(local, uuid):
        return None
    return Fingerprint(str(data.get("salt")), str(data.get("digest")))


def write(uri: str, local: bool, uuid: str, value: bytes) -> None:
    """Remember the value that has just been set. :raises FleetError: it cannot be written."""
    data = dict(dataclasses.asdict(fingerprint(value)), uri=uri, uuid=uuid, identity=_identity(local, uuid))
    record_files.write(_PLURAL, _key(uri, uuid), data)


def forget(uri: str, uuid: str) -> None:
    """Remove the record, if there is one."""
    record_files.forget(_PLURAL, _key(uri, uuid))


def _key(uri: str, uuid: str) -> str:
    return f"{uri} {uuid}"


def _digest(salt: str, value: bytes) -> str:
    return hashlib.pbkdf2_hmac("sha256", value, bytes.fromhex(salt), _ROUNDS).hex()


def _identity(local: bool, uuid: str) -> str:
    """Which file libvirt keeps the value in: it writes a new one whenever a value is set.

    Empty where that is not seen, or there is none (an ephemeral secret, which goes with its value when libvirt stops).
    """
    if not local:
        return ""
    try:
        found = os.stat(_kept(uuid, ".base64"))
    except OSError:
        return ""
    return f"{found.st_ino}:{found.st_mtime_ns}"


def is_empty(local: bool, uuid: str) -> bool:
    """Whether libvirt surely has no value: where it keeps the definition, it would keep one."""
    return local and os.path.exists(_kept(uuid, ".xml")) and not os.path.exists(_kept(uuid, ".base64"))


def _kept(uuid: str, suffix: str) -> str:
    """libvirt's own file of a secret."""
    own = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join("/etc" if os.geteuid() == 0 else own, "libvirt", "secrets", uuid + suffix)
