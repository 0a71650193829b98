# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which paths a document, an option or an argument names, in whatever form: who misses one takes a file for nobody's.

Words that are no path of the host cost a look, and nothing else. Pure.
"""

from __future__ import annotations

import json
import re
import typing as t

from ..deps import Element
from ..xml.path import qualified

_BY_QEMU = qualified("qemu:arg").rpartition("}")[0] + "}"
#: One of QEMU's options in a row of them: a comma of its own is written twice.
_OPTION = re.compile("(?:[^,]|,,)+")
_WORD = re.compile("[^\\s\"'<>]+")
#: Where one may begin that is the rest: behind the name of an option or a protocol.
_VALUE = re.compile("[:=](?=/)")
#: Linux takes no longer path (PATH_MAX).
_LONGEST = 4096
_PIECE = re.compile("[^\\s\"'<>,:;?&|=]+")


def paths_in(root: Element) -> t.Iterator[str]:
    """Every path that a document about a domain names."""
    for element in root.iter():
        for text in (element.text, *element.attrib.values()):
            if text:
                yield from paths_of(text, _is_for_qemu(element))


def opened_by_qemu(root: Element) -> t.Iterator[str]:
    """Those that libvirt hands on without a look: images may be among them."""
    for element in root.iter():
        for text in element.attrib.values() if _is_for_qemu(element) else ():
            yield from paths_of(text, True)


def paths_of_values(value: t.Any) -> t.Iterator[str]:
    """Every path that an option's value names, or what is within it."""
    if isinstance(value, str):
        yield from paths_of(value)
    elif isinstance(value, (dict, list, tuple)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from paths_of_values(one)


def paths_of(text: str, by_qemu: bool = False) -> t.Iterator[str]:
    """Every path that a text may name. ``by_qemu``: it is an argument, and relative to QEMU's directory, the root.

    https://www.qemu.org/docs/master/system/invocation.html: ``file=/a,format=raw``, ``file.filename=/a``,
    ``{"driver": "file", "filename": "/a"}``, ``json:{…}``, ``file:/a``, ``nbd:unix:/a:exportname=b``.
    """
    text = text.strip()
    if text.startswith("/") and not by_qemu:
        yield text
        return
    waiting = [text, *(one.replace(",,", ",") for one in _OPTION.findall(text))]
    seen: t.Set[str] = set()
    while waiting:
        one = waiting.pop().strip()
        if one in seen or not ("/" in one or "\\u" in one):
            continue
        seen.add(one)
        waiting += _strings(one)
        if one.startswith("/"):
            yield one
            yield from _WORD.findall(one)[:1]
            continue
        ends = max(0, len(one) - _LONGEST)  # before that it would be too long
        yield from (one[found.end() :] for found in _VALUE.finditer(one, ends))
        for piece in _PIECE.findall(one.replace("\\/", "/")):
            if piece.startswith("/"):
                yield piece
            elif by_qemu and "/" in piece:
                yield "/" + piece


def _strings(text: str) -> t.List[str]:
    """All texts within the JSON in a text, if there is some."""
    try:
        found: t.List[t.Any] = [json.JSONDecoder().raw_decode(text[text.index("{") :])[0]]
    except (ValueError, RecursionError):
        return []
    for one in found:  # which grows meanwhile
        found += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return [one for one in found if isinstance(one, str)]


def _is_for_qemu(element: Element) -> bool:
    return isinstance(element.tag, str) and element.tag.startswith(_BY_QEMU)
