# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SASL's users: their database, a record beside it that shows whether a password is the one in there, and the plan."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import typing as t

from ..content.programs import run
from ..diff import Change
from ..errors import NotKept
from ..host_loop import HostAction, HostPlan, Params, Values
from ..paths import NAME
from ..rule import Rule
from ..xml.types import HIDDEN, nothing_to_keep
from .emulator import read_text

_ROUNDS = 100000

#: What saslpasswd2 would take for something else.
RULES = (
    Rule(
        lambda params: not re.match(r"\w[\w.+-]*\Z", params["name"]) and repr(params["name"]),
        "name",
        "{0} is not a user name of letters, digits and '._+-'",
        "Begin it with a letter, a digit or '_'",
    ),
    Rule(
        lambda params: params["state"] == "present" and not re.match(r".+\Z", params.get("password", "")),
        "password",
        "a password of one line is needed",
        "Declare one, or state: absent",
    ),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """Whether the user is in the database, and with the declared password."""

    known: bool
    same: bool


@dataclasses.dataclass(frozen=True)
class SetPassword(HostAction):
    """Adds the user, or gives it another password."""

    password: str = dataclasses.field(default="", compare=False, repr=False)

    def do(self, host: Database) -> Values:
        host.set(self.name, self.password)
        return {}


@dataclasses.dataclass(frozen=True)
class RemoveUser(HostAction):
    """The user can log in no more."""

    def do(self, host: Database) -> Values:
        host.remove(self.name)
        return {}

    def not_kept(self) -> NotKept:
        return NotKept(
            f"the user {self.name} still exists, in another realm than this host's name",
            where="name",
            remedy="Remove it with saslpasswd2 -d -u REALM",
        )


def read_user(database: Database, params: Params) -> Found:
    """What the database has of the user."""
    name, password = params["name"], params["password"] or ""
    known = database.has(name)
    return Found(known, known and (password == HIDDEN or database.has_password(name, password)))


def plan_user(found: Found, params: Params) -> HostPlan:
    """The user and its password as declared. :raises InvalidOption: a password is to be kept that is not there."""
    name, password = params["name"], params["password"]
    if params["state"] == "absent":
        return HostPlan((RemoveUser(kind="user", name=name, verb="delete"),) if found.known else ())
    if found.same:
        return HostPlan()
    if password == HIDDEN:
        raise nothing_to_keep("password")
    verb = "update" if found.known else "create"
    change = Change("password", HIDDEN if found.known else None, HIDDEN)
    return HostPlan((SetPassword(kind="user", name=name, verb=verb, changes=(change,), password=password),))


class Database:
    """Users by name, of this host's realm: SASL knows ``alice@host`` and takes the host's name by itself.

    The record counts as long as the database is the file that we left, and the host has the same name.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.record = f"{path}.{NAME}"

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
        hashes = self._hashes()
        old = os.umask(0o077)
        try:
            run("saslpasswd2", "-p", "-c", "-a", "libvirt", "-f", self.path, name, data=password.encode() + b"\n")
        finally:
            os.umask(old)
        os.chmod(self.path, 0o600)  # a database that was there before
        salt = secrets.token_hex(16)
        self._remember({**hashes, name: (salt, _digest(salt, password))})

    def remove(self, name: str) -> None:
        hashes = self._hashes()
        run("saslpasswd2", "-d", "-a", "libvirt", "-f", self.path, name)
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
