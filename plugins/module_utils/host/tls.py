# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's TLS certificate: what is there of it, whether a new one is due, and what asks for it and installs it."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import typing as t

from ..errors import InvalidOption
from ..fleet_module import FleetModule
from ..host_loop import HostAction, HostPlan, Params, Values
from ..rule import Rule, Violation
from . import certificates
from .certificates import Certificate, Demand

#: Options of the module; those of ``authority`` are the controller's part.
OPTIONS: t.Dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "key": {"type": "path", "required": True, "no_log": False},
    "authority_path": {"type": "path", "required": True},
    "common_name": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "default": []},
    "purposes": {"type": "list", "elements": "str", "choices": ["server", "client"], "default": ["server"]},
    "renew_before": {"type": "int", "default": 30},
    "valid_for": {"type": "int", "default": 365},
    "authority": {"type": "path"},
    "authority_name": {"type": "str", "default": "kvm.fleet"},
    "certificate": {"type": "str"},
    "authority_certificate": {"type": "str"},
}


_PATHS = ("path", "key", "authority_path")

RULES = (
    Rule(
        lambda params: [Violation(one, (params[one],)) for one in _PATHS if not params.get(one, "/").startswith("/")],
        "",
        "'{0}' is not an absolute path",
        "Start it with /",
    ),
)


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a certificate says, and openssl of it: whether it ends too soon, and is the declared authority's."""

    certificate: Certificate
    ends: bool
    of_authority: bool


@dataclasses.dataclass(frozen=True)
class Found:
    """What the host has, as far as it has it: a certificate, a key (by its public part) and an authority (in PEM).

    ``given`` is the declared certificate, where it is another one than the host's.
    """

    installed: t.Optional[Seen]
    given: t.Optional[Seen]
    key: t.Optional[bytes]
    authority: bytes


@dataclasses.dataclass(frozen=True)
class MakeKey(HostAction):
    """Makes the private key, readable for root alone."""

    def do(self, host: FleetModule) -> Values:
        _write(host, self.name, certificates.new_key(), private=True)
        return {}


@dataclasses.dataclass(frozen=True)
class Ask(HostAction):
    """Makes a request that somebody else has to sign, so that it is done when the certificate is given."""

    verified: t.ClassVar[bool] = False
    key: str = ""
    common_name: str = ""
    reasons: t.Tuple[str, ...] = ()

    def do(self, host: FleetModule) -> Values:
        return {"request": certificates.new_request(self.key, self.common_name).decode()}

    def detail(self) -> str:
        return "".join(f"    because it {reason}\n" for reason in self.reasons)


@dataclasses.dataclass(frozen=True)
class Install(HostAction):
    """Puts a certificate in place, readable for all."""

    pem: bytes = dataclasses.field(default=b"", repr=False)

    def do(self, host: FleetModule) -> Values:
        _write(host, self.name, self.pem)
        return {}


def read_certificates(_module: t.Any, params: Params) -> Found:
    """What the host has. :raises SourceError: something else is in the place of a certificate or key."""
    authority = (params["authority_certificate"] or "").encode()
    installed, given = _content(params["path"]), (params["certificate"] or "").encode()
    return Found(
        _seen(installed, authority, params["renew_before"]) if installed else None,
        _seen(given, authority, 0) if given not in (b"", installed) else None,
        certificates.public_key(params["key"]) if os.path.exists(params["key"]) else None,
        _content(params["authority_path"]),
    )


def plan_certificate(found: Found, params: Params) -> HostPlan:
    """A new certificate where one is due. Pure.

    :raises InvalidOption: the given one is not what is declared.
    """
    demand = Demand.of(params["common_name"], params["names"], params["purposes"])
    reasons = faults(found.installed, demand, found.key)
    actions: t.List[HostAction] = []
    if reasons and found.given is None:
        if found.key is None:
            actions.append(MakeKey(kind="key", name=params["key"], verb="create"))
        asked = Ask(
            kind="certificate",
            name=params["path"],
            verb="request",
            key=params["key"],
            common_name=demand.common_name,
            reasons=tuple(reasons),
        )
        actions.append(asked)
    else:
        authority = (params["authority_certificate"] or "").encode()
        if authority not in (b"", found.authority):
            actions.append(_install(params["authority_path"], authority))
        if reasons:
            refused = faults(found.given, demand, found.key)
            if refused:
                raise InvalidOption(f"the certificate {' and '.join(refused)}", where="certificate")
            actions.append(_install(params["path"], params["certificate"].encode()))
    ends = found.installed.certificate.ends if found.installed else None
    return HostPlan(tuple(actions), values={"reasons": reasons, "request": None, "ends": ends})


def _install(path: str, pem: bytes) -> Install:
    return Install(kind="certificate", name=path, verb="install", pem=pem)


def result(first: HostPlan, last: HostPlan) -> Values:
    """Why a certificate was due, and when the one that is there now ends."""
    return {**first.values, "ends": last.values["ends"]}


def faults(seen: t.Optional[Seen], demand: Demand, key: t.Optional[bytes]) -> t.List[str]:
    """What keeps a certificate from being what is wanted."""
    if seen is None:
        return ["is missing"]
    found = seen.certificate
    checks = (
        ("has a key that is missing", key is None),
        ("is for another key", key is not None and found.public_key != key),
        (f"ends on {found.ends}", seen.ends),
        ("is of another authority", not seen.of_authority),
        (f"is for {found.demand.common_name}", found.demand.common_name != demand.common_name),
        ("has other names", found.demand.names != demand.names),
        ("has other purposes", found.demand.purposes != demand.purposes),
    )
    return [text for text, applies in checks if applies]


def _seen(pem: bytes, authority: bytes, days: int) -> Seen:
    of_authority = not authority or certificates.is_signed_by(pem, authority)
    return Seen(certificates.read_certificate(pem), certificates.ends_within(pem, days), of_authority)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _write(module: FleetModule, path: str, content: bytes, private: bool = False) -> None:
    """Put a file in place as a whole. Its directories are made, that of a private key for root alone."""
    os.makedirs(os.path.dirname(os.path.dirname(path)), mode=0o755, exist_ok=True)
    os.makedirs(os.path.dirname(path), mode=0o700 if private else 0o755, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o600 if private else 0o644)
    module.atomic_move(name, path)
    os.chmod(path, 0o600 if private else 0o644)
