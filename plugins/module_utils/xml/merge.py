# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merges a partial document into a definition: only what it states is managed. Pure.

Elements that libvirt repeats are matched by what identifies them, never by position; all others are there once.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import typing as t

from .. import units
from ..deps import Element
from ..diff import RESTART, Change
from ..errors import FleetError, InvalidXml
from . import ignored, parse, secrets
from . import path as xmlpath
from .identities import Identities
from .quantities import AttributeSizeType
from .types import SizeType, Type


def partial(text: str, root_tag: str, name: str, where: str) -> Element:
    """The user's ``xml`` as an element, without elements that libvirt returns and does not accept.

    :raises InvalidXml: malformed, about another kind of object, or about another name.
    """
    place = f"{where}.xml" if where else "xml"
    root = parse.parse(text, place)
    if root.tag != root_tag:
        raise InvalidXml(f"the root element is <{root.tag}>", where=place, remedy=f"Make it <{root_tag}>")
    stated = root.findtext("name") or root.get("name")  # of a network filter it is an attribute
    if stated is not None and stated != name:
        raise InvalidXml(
            f"the XML is about '{stated}', the option name says '{name}'",
            where=place,
            remedy="Remove the name from the XML, or make the two equal",
        )
    return xmlpath.without(root, ignored.IGNORED.get(root_tag, ()))


def merge(root: Element, stated: Element, identities: Identities) -> t.List[Change]:
    """Bring ``root`` to what ``stated`` says, in place; ``identities`` identify what may stand there several times.

    Options of the changes read ``xml:features/kvm/hidden/@state``.
    """
    changes: t.List[Change] = []
    sized = has_size(stated, identities)
    for attribute, value in stated.attrib.items():
        before = root.get(attribute)
        of = identities.type_at(stated, attribute)
        if (attribute == "unit" and sized) or same_attribute(root, stated, attribute, of):
            continue
        root.set(attribute, value)
        if isinstance(of, AttributeSizeType):
            root.set("unit", stated.get("unit", "KiB"))
        changes.append(_change(f"xml:@{attribute}", root, attribute, before, value))
    text = (stated.text or "").strip()
    if text and not same_text(root, stated, identities.type_at(stated, None)):
        before = root.text
        root.text = stated.text
        unit = stated.get("unit")
        if unit:
            root.set("unit", unit)
        changes.append(_change("xml:", root, None, before, text))
    for child, found in counterparts(root, stated, identities):
        if found is None:
            added = copy.deepcopy(child)
            xmlpath.append_child(root, added)
            text = parse.to_text(secrets.hidden(added)).strip()
            changes.append(Change("xml:" + label(child, identities), None, text, RESTART))
            continue
        for change in merge(found, child, identities):
            rest = change.option[len("xml:") :]
            path = f"{label(child, identities)}/{rest}" if rest else label(child, identities)
            changes.append(dataclasses.replace(change, option="xml:" + path))
    return changes


def _change(
    option: str, element: Element, attribute: t.Optional[str], before: t.Optional[str], after: t.Optional[str]
) -> Change:
    was, becomes = (secrets.shown(element, attribute, text) for text in (before, after))
    return Change(option, was, becomes, RESTART)


def counterparts(
    root: Element, stated: Element, identities: Identities
) -> t.List[t.Tuple[Element, t.Optional[Element]]]:
    """The elements of ``stated``, each with the one below ``root`` that it is, or ``None``.

    Those that say with certainty which one they are go first, so that the others find one of what is left.
    """
    taken: t.List[Element] = []
    found: t.Dict[int, t.Optional[Element]] = {}
    children = [child for child in stated if isinstance(child.tag, str)]
    order: t.Sequence[int] = range(len(children))
    if len({child.tag for child in children}) < len(children):
        order = sorted(order, key=lambda index: identities.strength(root, children[index]))
    for index in order:
        one = found[index] = counterpart(root, children[index], taken, identities)
        if one is not None:
            taken.append(one)
    return [(child, found[index]) for index, child in enumerate(children)]


def counterpart(root: Element, child: Element, taken: t.List[Element], identities: Identities) -> t.Optional[Element]:
    """The element below ``root`` that ``child`` is, but for those that are ``taken``; ``None``: there is none."""
    free = [element for element in root.iterchildren(child.tag) if element not in taken]
    if not identities.can_repeat(root, child.tag):
        return free[0] if free else None
    stated, found = identities.find(root, child, free, same_value)
    return found if stated else next((element for element in free if contains(element, child, identities)), None)


def contains(element: Element, stated: Element, identities: Identities) -> bool:
    """True when ``element`` says everything that ``stated`` says."""
    return not merge(copy.deepcopy(element), stated, identities)


def label(element: Element, identities: Identities) -> str:
    """An element as a path says it: with what distinguishes it from its siblings."""
    tag = element.tag.rpartition("}")[2]
    if element.prefix:
        tag = f"{element.prefix}:{tag}"
    name = identities.name(element)
    return f"{tag}[{','.join(name[0])}]" if name else tag


def same_attribute(one: Element, other: Element, attribute: str, of: t.Optional[Type]) -> bool:
    """Whether two elements say the same in an attribute; ``False`` where one of them says nothing of it."""
    value, wanted = one.get(attribute, ignored.DEFAULTS.get((one.tag, attribute))), other.get(attribute)
    if value is None or wanted is None:
        return False
    if isinstance(of, AttributeSizeType):
        return _same_size([(value, one.get("unit")), (wanted, other.get("unit"))])
    return same_value(value, wanted, of)


def has_size(element: Element, identities: Identities) -> bool:
    """Whether its attribute ``unit`` is that of a size. That of a drive's address is a number by itself."""
    sizes = (isinstance(identities.type_at(element, name), AttributeSizeType) for name in element.attrib)
    return bool((element.text or "").strip()) or any(sizes)


_MAC = re.compile(r"(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}$")


def same_value(one: str, other: str, of: t.Optional[Type] = None) -> bool:
    """Equal as text; as numbers however written, for libvirt rewrites ``4`` to ``0x04``; or for the type ``of`` the
    option that says it: the case of a MAC address, a set of CPUs in other words, the alias of a machine type."""
    if _MAC.match(one) and _MAC.match(other):
        return [int(part, 16) for part in one.split(":")] == [int(part, 16) for part in other.split(":")]
    try:
        return one == other or int(one, 0) == int(other, 0) or _same_for(one, other, of)
    except ValueError:
        return _same_for(one, other, of)


def _same_for(one: str, other: str, of: t.Optional[Type]) -> bool:
    if of is None or of.spec["type"] not in ("str", "path", "raw") or "choices" in of.spec:
        return False
    try:
        return of.same(of.load(one), of.load(other))
    except (ValueError, KeyError, FleetError):
        return False  # not valid, which libvirt reports


def same_text(one: Element, other: Element, of: t.Optional[Type] = None) -> bool:
    """Equal text; for scaled integers, equal sizes."""
    text, wanted = ((element.text or "").strip() for element in (one, other))
    if one.get("unit") is None and other.get("unit") is None:
        return text == wanted or bool(text) and _same_for(text, wanted, of)  # a title may look like a number
    usual = of.default_unit if isinstance(of, SizeType) else "KiB"
    return _same_size([(text, one.get("unit")), (wanted, other.get("unit"))], usual)


def _same_size(sizes: t.Sequence[t.Tuple[str, t.Optional[str]]], usual: str = "KiB") -> bool:
    """Whether two numbers with units, the usual one where there is none, are the same size."""
    try:
        return len({units.parse_size(text, unit or usual) for text, unit in sizes}) == 1
    except FleetError:
        return sizes[0] == sizes[1]
