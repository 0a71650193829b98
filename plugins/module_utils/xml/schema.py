# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks a definition against libvirt's own RelaxNG schemas, where the host has them."""

from __future__ import annotations

import copy
import functools
import os
import typing as t

from ..deps import Element, etree
from ..errors import InvalidXml
from . import parse, secrets
from . import path as xmlpath
from .types import HIDDEN

#: Where every distribution that we know installs them (package libvirt0 on Debian, libvirt-libs on Fedora).
FOLDER = "/usr/share/libvirt/schemas"

_RELAXNG = "http://relaxng.org/ns/structure/1.0"

#: How many attributes of an element are validated together.
_AT_A_TIME = 6


@functools.cache
def _names(kind: str) -> t.Set[str]:
    """The names of all elements, or attributes, that libvirt has; but for those that are passwords."""
    schemas = [etree.parse(os.path.join(FOLDER, file)) for file in os.listdir(FOLDER) if file.endswith(".rng")]
    named = (one.get("name") for schema in schemas for one in schema.iterfind(f".//{{{_RELAXNG}}}{kind}"))
    return set(filter(None, named)) - {name for place in secrets.SECURE for name in place}


@functools.cache
def _schema(file: str) -> t.Optional[etree.RelaxNG]:
    path = os.path.join(FOLDER, file)
    return etree.RelaxNG(etree.parse(path)) if os.path.exists(path) else None


def known(file: str) -> bool:
    """Whether the host has the schema, so that :func:`check` does."""
    return _schema(file) is not None


def check(root: Element, before: t.Optional[str], file: str, stated: t.Optional[str], where: str) -> None:
    """Validate ``root`` with the schema ``file`` (``domain.rng``).

    libvirt drops unknown elements without a word, so they are refused here. ``before`` is the definition that ``root``
    was made from: when the schema does not even allow that, it says nothing about our change.

    :raises InvalidXml: naming the element or attribute that is not allowed.
    """
    schema = _schema(file)
    if schema is None or _validates(schema, root):
        return
    if before is not None and not _validates(schema, parse.parse(before)):
        return
    place = where if not stated else (f"{where}.xml" if where else "xml")
    raise InvalidXml(
        f"libvirt's schema does not allow {_offender(root, schema)}",
        where=place or None,
        remedy="Correct or remove it; https://libvirt.org/format.html describes what is allowed",
    )


def _validates(schema: etree.RelaxNG, root: Element) -> bool:
    """Whether the document is valid.

    libxml2 takes twice as long for each optional attribute of an element; a ``driver`` may have twenty, which would be
    hours. They do not depend on each other, so that a few at a time say the same.
    """
    many = max((len(element.attrib) for element in root.iter("driver")), default=0)
    for first in range(0, many, _AT_A_TIME) if many > _AT_A_TIME else ():
        trial = copy.deepcopy(root)
        for element in trial.iter("driver"):
            for name in set(element.attrib) - {"name", "type", *element.keys()[first : first + _AT_A_TIME]}:
                del element.attrib[name]
        if not schema.validate(trial):
            return False
    return many > _AT_A_TIME or bool(schema.validate(root))


def _offender(root: Element, schema: etree.RelaxNG) -> str:
    """The deepest attribute or element whose removal makes the document valid.

    libxml2 itself only says that the root element failed to validate.
    """
    trial = secrets.hidden(root)
    for element in trial.iter():
        for attribute in list(element.attrib):
            value = element.attrib.pop(attribute)
            valid = _validates(schema, trial)
            element.set(attribute, value)
            if valid:
                return f"{attribute}='{_shown('attribute', attribute, value)}' in {_path(element)}"
    for element in sorted(trial.iterdescendants(), key=lambda item: -len(list(item.iterancestors()))):
        parent, path = xmlpath.around(element), _path(element)
        index = parent.index(element)
        parent.remove(element)
        valid = _validates(schema, trial)
        parent.insert(index, element)
        if valid:
            text = _shown("element", etree.QName(element).localname, (element.text or "").strip())
            stated = element.attrib.items()
            said = [f"{name}='{_shown('attribute', name, value)}'" for name, value in stated]
            tag = " ".join([_name(element), *said])
            holding = f" with the text '{text}'" if text else ""
            return f"<{tag}>{holding} at {path}"
    error = schema.error_log.last_error
    return f"this combination ({error.message})" if error is not None else "this combination"


def _shown(kind: str, name: str, value: str) -> str:
    """What an attribute or an element says; there may be a password in one that libvirt does not have."""
    return value if not value or name in _names(kind) else HIDDEN


def _name(element: Element) -> str:
    """As it is written: with its prefix."""
    name = element.tag.rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name


def _path(element: Element) -> str:
    return element.getroottree().getpath(element).strip("/")
