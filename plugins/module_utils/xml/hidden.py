# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are declared as :data:`HIDDEN`: what is there stays, and there has to be something. Pure.

In what is declared the present secret takes the place of ``(hidden)`` before anything is compared, so that all else
goes as if it had been declared. In ``xml`` it may stand for any value.
"""

from __future__ import annotations

import copy
import typing as t

from ..deps import Element
from . import merge, secrets
from . import table as tables
from .identities import Identities
from .types import HIDDEN, nothing_to_keep


def values(table: tables.Table, desired: tables.Desired, root: t.Optional[Element], where: str = "") -> tables.Desired:
    """Values in compared form, with the secrets of ``root`` (``None``: there is nothing) where they shall stay.

    :raises InvalidOption: with the option's path below ``where``.
    """
    kept: tables.Desired = {}
    for entry in tables.with_secrets(table):
        wanted = desired.get(entry.option)
        if wanted is None or not _is_said(entry, wanted):
            continue
        place = f"{where}.{entry.option}" if where else entry.option
        if isinstance(entry, tables.Items):
            kept[entry.option] = _items(entry, wanted, root, place)
            continue
        there = None if root is None else entry.read(root)
        if isinstance(wanted, list):
            strings = dict(enumerate(there or ()))
            kept[entry.option] = [
                _value(one, strings.get(position), f"{place}[{position}]") for position, one in enumerate(wanted)
            ]
        else:
            kept[entry.option] = _value(wanted, there, place)
    return dict(desired, **kept) if kept else desired


def _is_said(entry: t.Any, wanted: t.Any) -> bool:
    """Whether ``(hidden)`` is among what is declared."""
    if not isinstance(entry, tables.Items):
        return wanted == HIDDEN or (isinstance(wanted, list) and HIDDEN in wanted)
    inner = tables.with_secrets(entry.members)
    return any(one.option in item and _is_said(one, item[one.option]) for item in wanted for one in inner)


def _items(
    entry: tables.Items, wanted: t.Sequence[tables.Desired], root: t.Optional[Element], place: str
) -> t.List[tables.Desired]:
    elements = [] if root is None else entry.elements(root)
    matched = tables.match(entry, wanted, [tables.Item(entry, element) for element in elements])
    return [
        values(entry.members, item, None if index is None else elements[index], f"{place}[{position}]")
        for position, (item, index) in enumerate(zip(wanted, matched))
    ]


def _value(wanted: t.Any, there: t.Any, place: str) -> t.Any:
    if wanted != HIDDEN:
        return wanted
    if not there:
        raise nothing_to_keep(place)
    return there


def partial(stated: Element, root: t.Optional[Element], identities: Identities, where: str) -> Element:
    """A copy of a partial document, with what ``root`` (``None``: there is nothing) says where that shall stay.

    :raises InvalidOption: naming the place below ``where``.
    """
    filled = copy.deepcopy(stated)
    _fill(filled, root, identities, where, "")
    return filled


def _fill(stated: Element, there: t.Optional[Element], identities: Identities, where: str, around: str) -> None:
    for attribute in (*stated.attrib, None):
        if secrets.at(stated, attribute) == HIDDEN:
            value = "" if there is None else secrets.at(there, attribute)
            if not value:
                raise nothing_to_keep(where, f"{around}@{attribute}" if attribute else around.rstrip("/"))
            secrets.put(stated, attribute, value)
    taken: t.List[Element] = []
    # What is said in full takes its own, and of those that are left each ``(hidden)`` stands for the next.
    for child in sorted(stated, key=_has_hidden):
        bare = _without_hidden(child)
        found = None if there is None else merge.counterpart(there, bare, taken, identities)
        if found is not None:
            taken.append(found)
        if _has_hidden(child):
            _fill(child, found, identities, where, f"{around}{merge.label(child, identities)}/")


def _has_hidden(element: Element) -> bool:
    return any(secrets.at(one, attribute) == HIDDEN for one in element.iter() for attribute in (*one.attrib, None))


def _without_hidden(element: Element) -> Element:
    """What identifies an element."""
    bare = copy.deepcopy(element)
    for one in bare.iter():
        for attribute in (*one.attrib, None):
            if secrets.at(one, attribute) == HIDDEN:
                secrets.put(one, attribute, None)
    return bare
