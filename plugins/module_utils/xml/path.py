# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places in an XML document: ``memory``, ``os/type/@machine``, ``devices/channel/target[@name='x']``. Pure."""

from __future__ import annotations

import functools
import re
import typing as t

from ..deps import etree

_STEP = re.compile(r"^(?P<tag>[^\[\]@]+)(?:\[@(?P<attribute>\w+)='(?P<value>[^']*)'\])?$")

Step = t.Tuple[str, t.Optional[str], t.Optional[str]]


@functools.lru_cache(maxsize=None)
def split(path: str) -> t.Tuple[t.Tuple[Step, ...], t.Optional[str]]:
    """``a/b[@c='d']/@e`` as its steps ``(tag, attribute, value)`` and the attribute at its end, if any."""
    parts = path.split("/")
    attribute = parts.pop()[1:] if parts[-1].startswith("@") else None
    steps = []
    for part in parts:
        match = _STEP.match(part)
        if match is None:
            raise ValueError("not a path: {0}".format(path))
        steps.append((match.group("tag"), match.group("attribute"), match.group("value")))
    return tuple(steps), attribute


def _children(element: t.Any, step: Step) -> t.Iterator[t.Any]:
    tag, attribute, value = step
    for child in element.iterchildren(tag):
        if attribute is None or child.get(attribute) == value:
            yield child


def find(root: t.Any, steps: t.Tuple[Step, ...]) -> t.Optional[t.Any]:
    """The first element at ``steps`` below ``root``, or ``None``."""
    for step in steps:
        root = next(_children(root, step), None)
        if root is None:
            return None
    return root


def find_all(root: t.Any, path: str) -> t.List[t.Any]:
    """Every element at ``path``; only its last step may match several."""
    steps, _attribute = split(path)
    parent = find(root, steps[:-1])
    return [] if parent is None else list(_children(parent, steps[-1]))


def make(root: t.Any, steps: t.Tuple[Step, ...]) -> t.Any:
    """The first element at ``steps``, made where it is missing."""
    for step in steps:
        child = next(_children(root, step), None)
        if child is None:
            child = etree.SubElement(root, step[0])
            if step[1] is not None:
                child.set(step[1], step[2])
        root = child
    return root


def append(root: t.Any, path: str, element: t.Any) -> None:
    """Put ``element`` at ``path``, behind its like."""
    steps, _attribute = split(path)
    append_child(make(root, steps[:-1]), element)


def append_child(parent: t.Any, element: t.Any) -> None:
    """Put ``element`` below ``parent``, behind its like."""
    alike = list(parent.iterchildren(element.tag))
    if alike:
        alike[-1].addnext(element)
    else:
        parent.append(element)


def get_text(root: t.Any, path: str) -> t.Optional[str]:
    """The text or attribute at ``path``, or ``None`` when there is no such place."""
    steps, attribute = split(path)
    element = find(root, steps)
    if element is None:
        return None
    return element.get(attribute) if attribute else (element.text or "")


def set_text(root: t.Any, path: str, text: t.Optional[str]) -> t.Optional[t.Any]:
    """Write the text or attribute at ``path`` and return its element; ``None`` removes the place."""
    steps, attribute = split(path)
    if text is None:
        remove(root, path)
        return None
    element = make(root, steps)
    if attribute:
        element.set(attribute, text)
    else:
        element.text = text
    return element


def remove(root: t.Any, path: str) -> None:
    """Remove the attribute or element at ``path``, and the elements around it that this leaves empty."""
    steps, attribute = split(path)
    element = find(root, steps)
    if element is None:
        return
    if attribute:
        element.attrib.pop(attribute, None)
        if len(element) or element.attrib or element.text:
            return
    while element is not root:
        parent = element.getparent()
        parent.remove(element)
        if parent is root or len(parent) or parent.attrib or parent.text:
            return
        element = parent
