# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database of SASL's users, and a record beside it that tells whether a password is the one in there."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import typing as t

from ..content.programs import run
from ..errors import NotKept
from .emulator import read_text

_ROUNDS = 100000


class Database:
    """Users by name, of this host's realm: SASL knows ``alice@host`` and takes the host's name by itself.

    The record counts as long as the database is the file that we left, and the host has the same name.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.record = path + ".kvm.fleet"

    def has(self, name: str) -> bool:
        if not os.path.exists(self.path):
            return False
        listed = run("sasldblistusers2", "-f", self.path).decode("utf-8", "replace")
        return re.search(f"^{re.escape(name)}@.*: userPassword$", listed, re.MULTILINE) is not None

    def has_password(self, name: str, password: str) -> bool:
        """Whether it is this one. A user whom somebody else set has none that we know of."""
        salt, digest = self._hashes().get(name, ("", ""))
        return hmac.compare_digest(digest, _digest(salt, password))

    def set(self, name: str, password: str) -> None:
        """:raises NotKept: saslpasswd2 was content, and the user is not there."""
        hashes = self._hashes()
        old = os.umask(0o077)
        try:
            run("saslpasswd2", "-p", "-c", "-a", "libvirt", "-f", self.path, name, data=password.encode() + b"\n")
        finally:
            os.umask(old)
        os.chmod(self.path, 0o600)  # a database that was there before
        if not self.has(name):
            raise NotKept(f"saslpasswd2 did not keep the user {name}", where="name")
        salt = secrets.token_hex(16)
        self._remember({**hashes, name: (salt, _digest(salt, password))})

    def remove(self, name: str) -> None:
        """:raises NotKept: the user is still there, being of another realm."""
        hashes = self._hashes()
        run("saslpasswd2", "-d", "-a", "libvirt", "-f", self.path, name)
        if self.has(name):
            raise NotKept(
                f"the user {name} is there still, of another realm than this host's name",
                where="name",
                remedy="Remove it with saslpasswd2 -d -u REALM",
            )
        self._remember({user: value for user, value in hashes.items() if user != name})

    def _state(self) -> t.List[t.Any]:
        node = os.stat(self.path)
        return [node.st_ino, node.st_size, node.st_mtime_ns, socket.gethostname()]

    def _hashes(self) -> t.Dict[str, t.Tuple[str, str]]:
        text = read_text(self.record)
        record = json.loads(text) if text and os.path.exists(self.path) else {}
        return record["users"] if record and record["database"] == self._state() else {}

    def _remember(self, hashes: t.Dict[str, t.Tuple[str, str]]) -> None:
        content = json.dumps({"database": self._state(), "users": hashes})
        with open(os.open(self.record + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
        os.rename(self.record + ".new", self.record)


def _digest(salt: str, password: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()
