# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's metadata: documents that applications keep in its definition, one for each namespace. Pure."""

from __future__ import annotations

import typing as t

from ....deps import Element, etree
from ....errors import FleetError, InvalidOption
from ....xml import parse
from ....xml.types import Type

#: The compared form: by namespace the document, in the canonical form of XML; empty: none.
Documents = t.Dict[str, str]


def _canonical(element: Element) -> str:
    return etree.tostring(element, method="c14n").decode()


def _parse(value: t.Any) -> Documents:
    documents: Documents = {}
    for uri, text in value.items():
        try:
            documents[uri] = _canonical(parse.parse(text, "")) if text else ""
        except FleetError as exc:
            raise exc.below(f"[{uri}]") from None
        if text and namespace(documents[uri]) != uri:
            raise InvalidOption(
                "the root element is not of this namespace",
                where=f"[{uri}]",
                remedy=f"Write xmlns='{uri}' into it",
            )
    return documents


def namespace(text: str) -> str:
    """The namespace of a document's root element, or an empty text."""
    return str(etree.QName(parse.again(text)).namespace or "")


class _Metadata(Type):
    """Only the namespaces that are stated are managed."""

    def read(self, root: Element, path: str) -> Documents:
        return {str(etree.QName(one).namespace or ""): _canonical(one) for one in root.iterfind(path + "/*")}

    def write(self, root: Element, path: str, value: Documents) -> None:
        parent = root.find(path)
        if parent is None:
            parent = etree.SubElement(root, path)
        for one in list(parent):
            if str(etree.QName(one).namespace or "") in value:
                parent.remove(one)
        for text in value.values():
            if text:
                parent.append(parse.again(text))
        if not len(parent):
            root.remove(parent)


def _shape(text: str) -> t.Any:
    """What a document says, whatever its prefixes are called: libvirt calls them by its own key."""
    return _shape_of(parse.again(text)) if text else None


def _shape_of(element: Element) -> t.Any:
    said = (element.text or "").strip()
    return element.tag, sorted(element.attrib.items()), said, [_shape_of(child) for child in element]


def _same(there: Documents, wanted: Documents) -> bool:
    """Whether every stated namespace is as stated."""
    return all(_shape(there.get(uri, "")) == _shape(text) for uri, text in wanted.items())


METADATA = _Metadata(
    {"type": "dict"},
    parse=_parse,
    same=_same,
    about=lambda there, wanted: {uri: there.get(uri, "") for uri in wanted},
    show=lambda documents: documents or None,
)
