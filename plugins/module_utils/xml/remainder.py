# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one definition says beyond another, as a partial document that ``merge`` takes. Pure."""

from __future__ import annotations

import copy
import typing as t

from ..deps import Element
from . import merge
from . import path as xmlpath
from .identities import Identities
from .quantities import AttributeSizeType


def remainder(there: Element, said: Element, identities: Identities) -> t.Optional[Element]:
    """All that ``there`` says and ``said`` does not; ``None``: nothing.

    ``merge.merge(said, remainder(there, said, identities), identities)`` makes ``said`` say all of it.
    """
    part, unit = xmlpath.empty_like(there), there.get("unit")
    sized = merge.has_size(there, identities)
    for attribute, value in there.attrib.items():
        of = identities.type_at(there, attribute)
        if not (attribute == "unit" and sized) and not merge.same_attribute(said, there, attribute, of):
            part.set(attribute, value)
            if isinstance(of, AttributeSizeType) and unit:
                part.set("unit", unit)
    text = (there.text or "").strip()
    if text and not merge.same_text(said, there, identities.type_at(there, None)):
        part.text = text
        if unit:
            part.set("unit", unit)
    for child, found in merge.counterparts(said, there, identities):
        if found is None:
            part.append(copy.deepcopy(child))
            continue
        more = remainder(child, found, identities)
        if more is not None:
            named = _identified(more, child, identities)
            # What a thing is known by may be what is new of it: an alias. Then it is said whole.
            known = merge.counterpart(said, named, [], identities) is not None
            part.append(named if known else copy.deepcopy(child))
    return part if len(part) or part.attrib or part.text else None


def _identified(part: Element, whole: Element, identities: Identities) -> Element:
    """``part`` of an element with what ``merge`` knows the ``whole`` by."""
    name = identities.name(whole)
    if name is None:
        return part
    identified = xmlpath.empty_like(whole)
    name[1](identified)
    merge.merge(identified, part, identities)
    return identified
