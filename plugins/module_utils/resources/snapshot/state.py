# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot as it is, and what its domain's disks are made of. Pure but for asking the host about images."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ...deps import Element
from ...xml import parse
from ...xml import path as xmlpath
from ...xml import table as tables
from ..base import World
from ..domain.kind import DomainState
from ..images import Chain, target_of
from .table import EXTERNAL, INTERNAL, NO, TABLE


@dataclasses.dataclass(frozen=True)
class SnapshotState:
    """``ours``: the collection made it. ``reverted``: this run has just reverted to it."""

    domain: str
    name: str
    xml: str
    current: bool
    ours: bool = False
    reverted: bool = False

    @functools.cached_property
    def root(self) -> Element:
        return parse.parse(self.xml)

    @property
    def created(self) -> int:
        """When, in seconds since 1970."""
        return int(self.root.findtext("creationTime") or 0)

    @property
    def parent(self) -> t.Optional[str]:
        return self.root.findtext("parent/name")

    @property
    def power(self) -> str:
        """What the domain was: ``running``, ``paused``, ``shutoff``; ``disk-snapshot``: not kept."""
        return self.root.findtext("state") or ""

    @property
    def memory(self) -> str:
        """Where its memory is: ``internal``, ``external``, or ``no``."""
        memory = self.root.find("memory")
        if memory is not None:
            return str(memory.get("snapshot"))
        return INTERNAL if self.power in ("running", "paused") else NO

    @property
    def overlays(self) -> t.Dict[str, t.Optional[str]]:
        """By the target of each disk that is in it externally, the file that takes what was written since."""
        disks = self.root.iterfind("disks/disk[@snapshot='external']")
        return {xmlpath.the_text(disk, "@name"): _file(disk) for disk in disks}

    @property
    def external(self) -> bool:
        return bool(self.overlays) or self.memory == EXTERNAL

    def show(self) -> t.Dict[str, t.Any]:
        found = tables.show(TABLE, tables.read(TABLE, self.root))
        return {
            "description": None,
            "memory_file": None,
            "disks": [],
            **found,
            "domain": self.domain,
            "name": self.name,
            "mode": EXTERNAL if self.external else INTERNAL,
            "memory": self.memory != NO,
            "state": self.power,
            "created": self.created,
            "parent": self.parent,
            "current": self.current,
            "ours": self.ours,
        }


@dataclasses.dataclass(frozen=True)
class SnapshotDisk:
    """A disk of a domain that can be in a snapshot. ``file``: where it is, if that is a file."""

    target: str
    format: str
    file: t.Optional[str]


def disks_of(domain: DomainState) -> t.List[SnapshotDisk]:
    """The disks that a domain can write to."""
    found = []
    for disk in parse.parse(domain.live or domain.definition).iterfind("devices/disk"):
        source, driver = disk.find("source"), disk.find("driver")
        writable = disk.get("device", "disk") in ("disk", "lun") and disk.find("readonly") is None
        if writable and source is not None:
            image = driver.get("type", "raw") if driver is not None else "raw"
            found.append(SnapshotDisk(xmlpath.the_text(disk, "target/@dev"), image, _file(disk)))
    return found


def chain(domain: DomainState, target: str, world: World) -> Chain:
    """What a disk is made of now, the image that is written to first."""
    root = parse.parse(domain.live or domain.definition)
    disk = next((one for one in root.iterfind("devices/disk") if target_of(one) == target), None)
    return Chain(()) if disk is None else world.images.chain(disk)


def _file(disk: Element) -> t.Optional[str]:
    source = disk.find("source")
    return source.get("file") if source is not None else None
