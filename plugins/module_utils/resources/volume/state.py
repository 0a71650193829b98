# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume as it is: listed by libvirt, or a file that libvirt will list once it looks again."""

from __future__ import annotations

import dataclasses
import functools
import os
import typing as t

from ...connection import find
from ...deps import Element, etree
from ...parallel import in_order
from ...xml import parse
from ...xml import path as xmlpath
from ...xml import table as tables
from ..base import Session
from ..pool.definition import type_of
from ..storage import Image, probe
from . import records
from .table import FORMAT_OPTIONS, TABLE


@dataclasses.dataclass(frozen=True)
class VolumeState:
    """``xml`` is libvirt's, or made up for a file that is not ``listed`` yet.

    ``record`` says what it was made of and as, if that is known.
    """

    pool: str
    name: str
    xml: str
    listed: bool = True
    record: t.Optional[records.Record] = None

    @property
    def key(self) -> t.Tuple[str, str]:
        """What identifies it."""
        return self.pool, self.name

    @functools.cached_property
    def root(self) -> Element:
        """Its XML, parsed: for reading."""
        return parse.parse(self.xml)

    @functools.cached_property
    def values(self) -> tables.Desired:
        """The table's options: ``capacity`` in bytes, ``format``."""
        return tables.read(TABLE, self.root)

    @property
    def path(self) -> str:
        return self._text("target/path") or ""

    @property
    def format(self) -> str:
        return self.values["format"]

    @property
    def made_as(self) -> t.Optional[str]:
        """Its format when it was made, if that is known."""
        return None if self.record is None else self.record.format

    @property
    def content(self) -> t.Optional[records.Record]:
        """Where its content is from, if that is known."""
        return None if self.record is None or self.record.source is None else self.record

    @property
    def encrypted(self) -> bool:
        return self.root.find("target/encryption") is not None

    @property
    def backing(self) -> t.Optional[str]:
        """The path of the image that it is based on."""
        return self._text("backingStore/path")

    @property
    def type(self) -> str:
        """What a domain's disk on it is: ``file`` or ``block``."""
        return self.root.get("type", "file")

    def raw(self, size: t.Optional[int]) -> VolumeState:
        """The same as a sequence of so many bytes, whatever it looks like (``None``: nobody knows how many)."""
        root = parse.parse(self.xml)
        for place in (
            "backingStore",
            *(f"target/{name}" for name in ("compat", "clusterSize", "features", "encryption")),
        ):
            xmlpath.remove(root, place)
        xmlpath.set_text(root, "target/format/@type", "raw")
        if size is not None:
            xmlpath.set_text(root, "capacity", str(size))
            xmlpath.set_text(root, "capacity/@unit", "bytes")
        return dataclasses.replace(self, xml=parse.to_text(root))

    def _text(self, path: str) -> t.Optional[str]:
        return self.root.findtext(path)


def read_volumes(session: Session, pool: t.Any, names: t.Sequence[str]) -> t.List[VolumeState]:
    """Those of ``names`` that are in ``pool`` (a ``virStoragePool``): one call for the pool, and one for each."""
    root = parse.parse(pool.XMLDesc(0))
    listed = {volume.name(): volume for volume in pool.listAllVolumes()} if pool.isActive() else {}
    states = in_order(lambda name: _read_volume(session, root, name, listed.get(name)), names)
    return [state for state in states if state is not None]


def _read_volume(session: Session, pool_root: Element, name: str, volume: t.Any) -> t.Optional[VolumeState]:
    pool_name = xmlpath.the_text(pool_root, "name")
    text = find(volume.XMLDesc, 0) if volume is not None else None  # libvirt may still list what has gone
    if volume is not None and text:
        state = VolumeState(pool_name, name, text)
        record = records.read(pool_name, name, state.path, volume.key()) if session.local else None
        return dataclasses.replace(state, record=record)
    path = os.path.join(pool_root.findtext("target/path") or "", name)
    if session.local and type_of(pool_root).directory and os.path.lexists(path):
        return state_of_file(pool_name, name, path, probe(path))
    return None


def state_of_file(pool: str, name: str, path: str, image: Image) -> VolumeState:
    """A file in a pool's directory as libvirt will list it."""
    root = xmlpath.element("volume", type="file")
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
