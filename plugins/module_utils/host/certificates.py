# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.509 with the program openssl: keys, requests, certificates and a private authority. Secrets stay out of argv."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import ipaddress
import os
import re
import secrets
import tempfile
import typing as t

from ..content.programs import run
from ..errors import InvalidOption, MissingReference, Refused, SourceError

#: What openssl calls the purposes that we know, in extensions to be and in those that it shows.
PURPOSES = {
    "server": ("serverAuth", "TLS Web Server Authentication"),
    "client": ("clientAuth", "TLS Web Client Authentication"),
}

_DAY = 24 * 60 * 60
_AUTHORITY_DAYS = 3650
#: What can stand in a subject and in openssl's configuration without meaning anything there.
_COMMON_NAME = re.compile(r"[A-Za-z0-9_.@:+-](?:[ A-Za-z0-9_.@:+-]{0,62}[A-Za-z0-9_.@:+-])?\Z")
_DNS_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\Z")

_EXTENSIONS = """
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = {purposes}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""

_AUTHORITY = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = {name}
[extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a certificate shall say. :raises InvalidOption: that cannot be said in one."""

    common_name: str
    names: t.FrozenSet[str]
    purposes: t.FrozenSet[str]

    @classmethod
    def of(cls, common_name: str, names: t.Iterable[str], purposes: t.Iterable[str]) -> Demand:
        if not _COMMON_NAME.match(common_name):
            raise InvalidOption(
                f"{common_name!r} cannot be a certificate's common name",
                where="common_name",
                remedy="Use at most 64 letters, digits, spaces and any of '_.@:+-'",
            )
        return cls(common_name, frozenset(_typed_name(name) for name in names), frozenset(purposes))


@dataclasses.dataclass(frozen=True)
class Certificate:
    """What a certificate says. ``ends`` is as openssl writes it: ``Nov 26 14:49:56 2027 GMT``."""

    demand: Demand
    public_key: bytes
    ends: str


def _typed_name(name: str) -> str:
    """``DNS:host1`` or ``IP:10.0.0.1``, as openssl's configuration has it."""
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        if _DNS_NAME.match(name):
            return "DNS:" + name.lower()
    raise InvalidOption(f"{name!r} is neither a DNS name nor an IP address", where="names")


def read_certificate(pem: bytes) -> Certificate:
    """:raises SourceError: it is not one."""
    what = ["-subject", "-nameopt", "multiline,utf8,-esc_msb", "-enddate", "-ext", "subjectAltName,extendedKeyUsage"]
    text = run("openssl", "x509", "-noout", *what, data=pem).decode("utf-8", "replace")
    common_name = re.search(r"^\s*commonName\s*= (.*)$", text, re.MULTILINE)
    ends = re.search(r"^notAfter=(.*)$", text, re.MULTILINE)
    names = [_typed_name(name) for name in re.findall(r"(?:DNS:|IP Address:)([^,\s]+)", text)]
    purposes = [purpose for purpose, (_term, shown) in PURPOSES.items() if shown in text]
    return Certificate(
        Demand(common_name.group(1) if common_name else "", frozenset(names), frozenset(purposes)),
        run("openssl", "x509", "-noout", "-pubkey", data=pem),
        ends.group(1) if ends else "",
    )


def ends_within(pem: bytes, days: int) -> bool:
    """Whether the certificate will have ended in so many days."""
    try:
        run("openssl", "x509", "-noout", "-checkend", str(days * _DAY), data=pem)
    except SourceError:
        return True
    return False


def is_signed_by(pem: bytes, authority: bytes) -> bool:
    """Whether the certificate is the authority's; that one of them is out of date is not its business."""
    with _file(authority) as ca:
        try:
            run("openssl", "verify", "-no_check_time", "-CAfile", ca, data=pem)
        except SourceError:
            return False
    return True


def new_key() -> bytes:
    return run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


def public_key(key: str) -> bytes:
    """That of the private key in the file. :raises SourceError: it is none, or wants a passphrase."""
    return run("openssl", "pkey", "-in", key, "-passin", "pass:", "-pubout")


def new_request(key: str, common_name: str) -> bytes:
    return run("openssl", "req", "-new", "-key", key, "-passin", "pass:", "-subj", "/CN=" + common_name)


def make_authority(folder: str, name: str) -> bool:
    """Make a private authority unless it is there. Returns whether it was made. Several processes may ask at once."""
    if not _COMMON_NAME.match(name):
        raise InvalidOption(f"{name!r} cannot be an authority's name", where="authority_name")
    os.makedirs(os.path.join(folder, "private"), mode=0o700, exist_ok=True)
    certificate, key = authority_files(folder)
    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(certificate):
            return False
        if os.path.exists(key):
            raise Refused(
                f"there is a key, {key}, and no certificate, {certificate}",
                where="authority",
                remedy="Restore the certificate, or remove the key to begin with another authority",
            )
        _write_private(key, new_key())
        with _file(_AUTHORITY.format(name=name).encode()) as config:
            pem = run("openssl", "req", "-x509", "-key", key, "-config", config, "-days", str(_AUTHORITY_DAYS))
        _write_private(certificate, pem)
        os.chmod(certificate, 0o644)
    return True


def authority_files(folder: str) -> t.Tuple[str, str]:
    """The authority's certificate and its key."""
    return os.path.join(folder, "cacert.pem"), os.path.join(folder, "private", "cakey.pem")


def sign(folder: str, request: bytes, demand: Demand, days: int) -> bytes:
    """A certificate that says what is demanded, whatever the request says: of that it takes the key alone.

    :raises MissingReference: the authority's key is elsewhere.
    :raises Refused: the request is not for this common name.
    """
    certificate, key = authority_files(folder)
    if not os.path.exists(key):
        raise MissingReference(
            f"the authority has no key {key} to sign with",
            where="authority",
            remedy="Run this where the key is, or have the request signed there and give certificate",
        )
    # Also makes sure that the requester has the private key.
    shown = run("openssl", "req", "-verify", "-noout", "-subject", "-nameopt", "RFC2253", data=request).decode()
    if "subject=CN=" + demand.common_name.replace("+", "\\+") != shown.strip():
        raise Refused("the host asked for another certificate: " + shown.strip(), where="common_name")
    extensions = _EXTENSIONS.format(purposes=", ".join(PURPOSES[purpose][0] for purpose in sorted(demand.purposes)))
    if demand.names:
        extensions += f"subjectAltName = {', '.join(sorted(demand.names))}\n"
    serial = "0x" + secrets.token_hex(16)
    with _file(extensions.encode()) as config:
        issue = ["-req", "-CA", certificate, "-CAkey", key, "-extfile", config, "-set_serial", serial, "-sha256"]
        return run("openssl", "x509", *issue, "-days", str(days), data=request)


@contextlib.contextmanager
def _file(content: bytes) -> t.Iterator[str]:
    """A temporary file for what openssl reads from files alone; nothing secret."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.name


def _write_private(path: str, content: bytes) -> None:
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.rename(path + ".new", path)
