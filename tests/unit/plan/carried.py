# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action carries to the side that executes it, as text that a case file can have: with no secret in it.

A definition is told as what it changes of the one before, or whole when there was none. A secret is told by its
fingerprint, so that another one is seen.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import typing as t

import libvirt
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.content import seed as seeds
from ansible_collections.kvm.fleet.plugins.module_utils.content.checksum import Checksum
from ansible_collections.kvm.fleet.plugins.module_utils.diff import plain
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Operation
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse, secrets

#: All secrets that a case may declare.
SECRETS = ("s3cr3t-!", "new-pass")

#: What the flags of an action are called, by its kind and verb.
FLAGS = {
    ("pool", "build"): "VIR_STORAGE_POOL_BUILD_",
    ("pool", "restart"): "VIR_STORAGE_POOL_BUILD_",
    ("snapshot", "create"): "VIR_DOMAIN_SNAPSHOT_CREATE_",
    ("snapshot", "revert"): "VIR_DOMAIN_SNAPSHOT_REVERT_",
}


def lines(kind: str, operation: Operation) -> list[str]:
    """The fields of an operation on an object of the kind, a line or more for each that it does not do without."""
    told = {
        field.name: getattr(operation, field.name)
        for field in (dataclasses.fields(operation) if dataclasses.is_dataclass(operation) else ())
        if field.name != "verb" and getattr(operation, field.name) != _default(field)
    }
    found = []
    if "before" in told:
        before, after = (_xml(text) if text else [] for text in (told.pop("before"), told.pop("xml")))
        found = _changed(before, after) if before else after
    for name, value in told.items():
        if name == "flags" and value is not None:
            value = _flags(FLAGS[(kind, operation.verb)], value)
        if value != "":
            found += _named(name, value)
    return [hidden(line) for line in found]


def _default(field: dataclasses.Field[t.Any]) -> t.Any:
    """Equal to no value if it has none."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def hidden(text: str) -> str:
    """With the fingerprints of the secrets in the place of them."""
    for secret in SECRETS:
        text = text.replace(secret, _fingerprint(secret.encode()))
    return text


def _fingerprint(secret: bytes) -> str:
    return f"(hidden, {hashlib.sha256(secret).hexdigest()[:8]})"


def _named(name: str, value: t.Any) -> list[str]:
    if isinstance(value, str) and value.startswith("<"):
        return [f"{name}:", *("  " + line for line in _xml(value))]
    if isinstance(value, etree._Element):
        return _named(name, parse.to_text(value))
    if isinstance(value, bytes):
        return [f"{name}: {_fingerprint(value)}"]
    if isinstance(value, seeds.SeedData):
        return [f"{name}: (hidden, {seeds.fingerprint(value)[:8]})"]
    if isinstance(value, Checksum):
        return [f"{name}: {value}"]
    if dataclasses.is_dataclass(value):
        return _named(name, {one.name: getattr(value, one.name) for one in dataclasses.fields(value)})
    if hasattr(value, "_asdict"):
        return _named(name, value._asdict())
    if isinstance(value, dict):
        inner = [line for key, one in value.items() if one not in (None, "", {}, ()) for line in _named(key, one)]
        return [f"{name}:", *("  " + line for line in inner)]
    if isinstance(value, (list, tuple)) and any(isinstance(one, (tuple, list, dict)) for one in value):
        return [f"{name}:", *(line for one in value for line in _item(one))]
    return [f"{name}: {plain(value)}"]


def _item(value: t.Any) -> list[str]:
    """One of several: what it is in words, then its XML if it has some."""
    if hasattr(value, "_asdict") or isinstance(value, dict):
        return ["  " + plain(dict(value) if isinstance(value, dict) else value._asdict())]
    several = value if isinstance(value, (list, tuple)) else [value]
    xml = [one for one in several if isinstance(one, str) and one.startswith("<")]
    words = " ".join(plain(one) for one in several if one not in xml)
    return ["  " + words.replace("\n", "\\n"), *("    " + line for text in xml for line in _xml(text))]


def _xml(text: str) -> list[str]:
    root = parse.parse(text)
    for element, attribute in secrets.found(root, secrets.SECURE):
        assert secrets.at(element, attribute) in SECRETS, "a case declares other secrets than those that it could show"
    return parse.to_text(root).splitlines()


def _changed(before: list[str], after: list[str]) -> list[str]:
    """The lines that go and come."""
    compared = difflib.unified_diff(before, after, n=0, lineterm="")
    return [line[0] + " " + line[1:].strip() for line in list(compared)[2:] if not line.startswith("@@")]


def _flags(prefix: str, value: int) -> str:
    names = {name[len(prefix) :]: getattr(libvirt, name) for name in dir(libvirt) if name.startswith(prefix)}
    found = [name for name, flag in names.items() if flag & value or flag == value == 0]
    return " | ".join(found) or "0"
