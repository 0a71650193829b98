# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads XML safely: what users and guests give us may be hostile."""

from __future__ import annotations

import functools
import typing as t

from ..deps import Element, etree
from ..errors import InvalidXml


@functools.cache
def _parser() -> etree.XMLParser[Element]:
    return etree.XMLParser(
        encoding="utf-8",  # that of the text here, whatever it declares for a file
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )


def parse(text: str, where: str = "xml") -> Element:
    """The root element of ``text``, without comments, processing instructions, and white space between elements.

    :raises InvalidXml: malformed, or with a document type declaration: libvirt needs none, and entities are how
        XML reads files and eats memory.
    """
    try:
        root = etree.fromstring(text.encode("utf-8"), _parser())
    except (etree.XMLSyntaxError, ValueError) as exc:
        reason = str(exc).split(" (<string>", maxsplit=1)[0]
        if "entit" in reason.lower():
            raise _declares_entities(where) from exc
        remedy = "Close every element and quote every attribute"
        if "amespace prefix" in reason:
            remedy = "Declare it, such as xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' for arguments of QEMU"
        raise InvalidXml(f"malformed XML: {reason}", where=where, remedy=remedy) from exc
    if root.getroottree().docinfo.doctype:
        raise _declares_entities(where)
    return root


def again(text: str) -> Element:
    """The root element of a text that is ours, or was parsed before: nothing of it is refused or left out."""
    return t.cast(Element, etree.fromstring(text))


def _declares_entities(where: str) -> InvalidXml:
    return InvalidXml(
        "a document type declaration or an entity is not accepted",
        where=where,
        remedy="Remove <!DOCTYPE …> and write the values out",
    )


def to_text(element: Element) -> str:
    """An element as indented XML."""
    return etree.tostring(element, pretty_print=True, encoding="unicode")
