# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one definition says beyond another, as a partial document that ``merge`` takes. Pure."""

from __future__ import annotations

import copy
import typing as t

from ..deps import etree
from . import merge
from . import path as xmlpath
from .identities import known_by


def remainder(there: t.Any, said: t.Any) -> t.Optional[t.Any]:
    """All that ``there`` says and ``said`` does not; ``None``: nothing.

    ``merge.merge(said, remainder(there, said))`` makes ``said`` say all of it.
    """
    part = etree.Element(there.tag, nsmap=there.nsmap)
    for attribute, value in there.attrib.items():
        if attribute != "unit" and not merge.same_value(said.get(attribute, ""), value):
            part.set(attribute, value)
    text = (there.text or "").strip()
    if text and not merge.same_text(said, there):
        part.text = text
        if there.get("unit"):
            part.set("unit", there.get("unit"))
    taken: t.List[t.Any] = []
    for child in there:
        found = merge.counterpart(said, child, taken)
        if found is None:
            part.append(copy.deepcopy(child))
            continue
        taken.append(found)
        more = remainder(child, found)
        if more is not None:
            identify(more, child)
            part.append(more)
    return part if len(part) or part.attrib or part.text else None


def identify(part: t.Any, whole: t.Any) -> None:
    """Give ``part`` of an element what ``merge`` knows the ``whole`` by."""
    for identity in known_by(whole):
        stated = [(place, xmlpath.get_text(whole, place)) for place in identity]
        if any(text is not None for _place, text in stated):
            for place, text in stated:
                if text is not None:
                    xmlpath.set_text(part, place, text)
            return
