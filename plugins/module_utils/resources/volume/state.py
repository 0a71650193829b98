# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume as it is: listed by libvirt, or a file that libvirt will list once it looks again."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ...connection import find
from ...deps import etree
from ...xml import parse
from ...xml import table as tables
from ..base import Session
from ..host import Image, probe
from ..pool.kind import type_of
from . import records
from .table import FORMAT_OPTIONS, TABLE


@dataclasses.dataclass(frozen=True)
class VolumeState:
    """``xml`` is libvirt's, or made up for a file that is not ``listed`` yet.

    ``content`` says where it is from, if that is known.
    """

    pool: str
    name: str
    xml: str
    listed: bool = True
    content: t.Optional[records.Record] = None

    @property
    def values(self) -> tables.Desired:
        """The table's options: ``capacity`` in bytes, ``format``."""
        return tables.read(TABLE, parse.parse(self.xml))

    @property
    def path(self) -> str:
        return self._text("target/path") or ""

    @property
    def format(self) -> str:
        return self.values["format"]

    @property
    def encrypted(self) -> bool:
        return parse.parse(self.xml).find("target/encryption") is not None

    @property
    def backing(self) -> t.Optional[str]:
        """The path of the image that it is based on."""
        return self._text("backingStore/path")

    @property
    def type(self) -> str:
        """What a domain's disk on it is: ``file`` or ``block``."""
        return parse.parse(self.xml).get("type", "file")

    def _text(self, path: str) -> t.Optional[str]:
        return parse.parse(self.xml).findtext(path)


def read_volume(session: Session, pool: t.Any, pool_root: t.Any, name: str) -> t.Optional[VolumeState]:
    """The volume ``name`` of ``pool`` (a ``virStoragePool`` and its XML), or ``None``."""
    pool_name = pool_root.findtext("name")
    volume = find(pool.storageVolLookupByName, name) if pool.isActive() else None
    text = find(volume.XMLDesc, 0) if volume is not None else None  # libvirt may still list what has gone
    if volume is not None and text:
        state = VolumeState(pool_name, name, text)
        content = records.read(pool_name, name, state.path, volume.key()) if session.local else None
        return dataclasses.replace(state, content=content)
    path = os.path.join(pool_root.findtext("target/path") or "", name)
    if session.local and type_of(pool_root).directory and os.path.lexists(path):
        return state_of_file(pool_name, name, path, probe(path))
    return None


def state_of_file(pool: str, name: str, path: str, image: Image) -> VolumeState:
    """A file in a pool's directory as libvirt will list it."""
    root = etree.Element("volume", type="file")
    etree.SubElement(root, "name").text = name
    etree.SubElement(root, "capacity", unit="bytes").text = str(image.capacity)
    target = etree.SubElement(root, "target")
    etree.SubElement(target, "path").text = path
    etree.SubElement(target, "format", type=image.format)
    tables.patch(FORMAT_OPTIONS, root, image.options)
    if image.encrypted:
        etree.SubElement(target, "encryption", format="luks")
    if image.backing:
        etree.SubElement(etree.SubElement(root, "backingStore"), "path").text = image.backing
    return VolumeState(pool, name, parse.to_text(root), False, records.read(pool, name, path, path))
