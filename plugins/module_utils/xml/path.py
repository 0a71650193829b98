# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places in an XML document: ``memory``, ``os/type/@machine``, ``devices/channel/target[@name='x']``. Pure."""

from __future__ import annotations

import copy
import functools
import re
import typing as t

from ..deps import Element, etree
from ..errors import InvalidXml

_STEP = re.compile(r"^(?P<tag>[^\[\]@]+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?$")

#: libvirt's own namespaces, by the prefix that a path says (https://libvirt.org/drvqemu.html#pass-through-of-arbitrary-qemu-commands
#: and the like).
NAMESPACES = {
    "qemu": "http://libvirt.org/schemas/domain/qemu/1.0",
    "dnsmasq": "http://libvirt.org/schemas/network/dnsmasq/1.0",
    "fs": "http://libvirt.org/schemas/storagepool/fs/1.0",
    "rbd": "http://libvirt.org/schemas/storagepool/rbd/1.0",
}

#: A tag, and the attribute (``None``: none) that has to have the value.
Step = t.Tuple[str, t.Optional[str], str]


@functools.cache
def split(path: str) -> t.Tuple[t.Tuple[Step, ...], t.Optional[str]]:
    """``a/b[@c='d']/@e`` as its steps ``(tag, attribute, value)`` and the attribute at its end, if any.

    A tag with one of the prefixes of :data:`NAMESPACES` is in that namespace. ``.`` is the element itself.
    """
    parts = path.split("/") if path != "." else [""]
    attribute = parts.pop()[1:] if parts[-1].startswith("@") else None
    steps = []
    for part in filter(None, parts):
        match = _STEP.match(part)
        if match is None:
            raise ValueError(f"not a path: {path}")
        steps.append((qualified(match.group("tag")), match.group("attribute"), match.group("value") or ""))
    return tuple(steps), attribute


def qualified(tag: str) -> str:
    """``fs:option`` as lxml calls it."""
    prefix, colon, name = tag.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}" if colon else tag


def element(tag: str, **attributes: str) -> Element:
    """A new element with a (qualified) ``tag``, and the usual prefix where it is in a namespace of libvirt's."""
    prefixes = {prefix: uri for prefix, uri in NAMESPACES.items() if tag.startswith("{" + uri + "}")}
    return t.cast(Element, etree.Element(tag, attributes, nsmap=prefixes or None))


def empty_like(one: Element) -> Element:
    """A new element with the tag of another, and the prefixes that are known there."""
    return one.makeelement(one.tag, nsmap=one.nsmap)


def _children(parent: Element, step: Step) -> t.Iterator[Element]:
    tag, attribute, value = step
    for child in parent.iterchildren(tag):
        if attribute is None or child.get(attribute) == value:
            yield child


def find(root: Element, steps: t.Tuple[Step, ...]) -> t.Optional[Element]:
    """The first element at ``steps`` below ``root``, or ``None``."""
    for tag, attribute, value in steps:
        alike = root.iterchildren(tag)
        found = next((one for one in alike if one.get(attribute) == value) if attribute else alike, None)
        if found is None:
            return None
        root = found
    return root


def the(root: Element, path: str) -> Element:
    """The element at ``path``, which is always there.

    :raises InvalidXml: it is not.
    """
    found = find(root, split(path)[0])
    if found is None:
        raise InvalidXml(f"<{root.tag}> has no {path}")
    return found


def find_all(root: Element, path: str) -> t.List[Element]:
    """Every element at ``path``; only its last step may match several."""
    steps, _attribute = split(path)
    parent = find(root, steps[:-1])
    return [] if parent is None else list(_children(parent, steps[-1]))


def make(root: Element, steps: t.Tuple[Step, ...]) -> Element:
    """The first element at ``steps``, made where it is missing."""
    for step in steps:
        child = next(_children(root, step), None)
        if child is None:
            child = element(step[0])
            root.append(child)
            if step[1] is not None:
                child.set(step[1], step[2])
        root = child
    return root


def append(root: Element, path: str, new: Element) -> None:
    """Put the element ``new`` at ``path``, behind its like."""
    steps, _attribute = split(path)
    append_child(make(root, steps[:-1]), new)


def append_child(parent: Element, new: Element) -> None:
    """Put the element ``new`` below ``parent``, behind its like."""
    alike = list(parent.iterchildren(new.tag))
    if alike:
        alike[-1].addnext(new)
    else:
        parent.append(new)


def get_text(root: Element, path: str) -> t.Optional[str]:
    """The text or attribute at ``path``, or ``None`` when there is no such place."""
    steps, attribute = split(path)
    found = find(root, steps)
    if found is None:
        return None
    return found.get(attribute) if attribute else (found.text or "")


def the_text(root: Element, path: str) -> str:
    """The text or attribute at ``path``, which is always there.

    :raises InvalidXml: it is not.
    """
    text = get_text(root, path)
    if text is None:
        raise InvalidXml(f"<{root.tag}> has no {path}")
    return text


def set_text(root: Element, path: str, text: t.Optional[str]) -> t.Optional[Element]:
    """Write the text or attribute at ``path`` and return its element; ``None`` removes the place."""
    steps, attribute = split(path)
    if text is None:
        remove(root, path)
        return None
    made = make(root, steps)
    if attribute:
        made.set(attribute, text)
    else:
        made.text = text
    return made


def around(inner: Element) -> Element:
    """The element that another one is in.

    :raises InvalidXml: it is in none.
    """
    parent = inner.getparent()
    if parent is None:
        raise InvalidXml(f"<{inner.tag}> is in no element")
    return parent


def detach(inner: Element) -> Element:
    """Take an element out of the one that it is in, and return that."""
    parent = around(inner)
    parent.remove(inner)
    return parent


def remove_all(root: Element, path: str) -> None:
    """Remove every element at ``path``, or the attribute."""
    while get_text(root, path) is not None:
        remove(root, path)


def remove(root: Element, path: str) -> None:
    """Remove the attribute or element at ``path``, and the elements around it that this leaves empty."""
    steps, attribute = split(path)
    found = find(root, steps)
    if found is None:
        return
    if attribute:
        found.attrib.pop(attribute, None)
        if len(found) or found.attrib or found.text:
            return
    elif not steps:
        found.text = None
    while found is not root:
        parent = detach(found)
        if parent is root or len(parent) or parent.attrib or parent.text:
            return
        found = parent


def without(root: Element, xpaths: t.Iterable[str]) -> Element:
    """A copy of a document without what is at these places."""
    stripped = copy.deepcopy(root)
    for xpath in xpaths:
        for found in stripped.xpath(xpath):
            if hasattr(found, "attrname"):  # lxml's string that knows where it is from
                found.getparent().attrib.pop(found.attrname)
            else:
                detach(found)
    return stripped
