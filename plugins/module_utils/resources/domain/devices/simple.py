# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that are either there or not. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ....deps import etree
from ....xml import path as xmlpath
from ....xml.types import Type


@dataclasses.dataclass(frozen=True)
class Device(Type):
    """A device that is either there, as ``template``, or not. ``known_by`` is a place and text that tell it apart."""

    template: str = ""
    known_by: t.Tuple[str, str] = ("", "")

    def read(self, root: t.Any, path: str) -> bool:
        return bool(self._found(root, path))

    def write(self, root: t.Any, path: str, value: bool) -> None:
        for element in self._found(root, path):
            element.getparent().remove(element)
        if value:
            xmlpath.append(root, path, etree.fromstring(self.template))

    def _found(self, root: t.Any, path: str) -> t.List[t.Any]:
        place, text = self.known_by
        return [one for one in xmlpath.find_all(root, path) if xmlpath.get_text(one, place) == text]
