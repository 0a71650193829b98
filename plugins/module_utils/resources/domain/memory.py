# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with the memory of a guest, which its snapshots have beside their images, and all secrets of the guest in them.

Pure but for reading.
"""

from __future__ import annotations

import typing as t

from ...xml import path as xmlpath
from ..base import World
from ..images import Link
from ..snapshot import records


class Memory(t.NamedTuple):
    """The memory in a ``snapshot`` of a ``domain``. ``ours``: the collection made it."""

    domain: str
    snapshot: str
    path: str
    ours: bool

    def __str__(self) -> str:
        return f"Memory file '{self.path}' of snapshot '{self.snapshot}' of domain '{self.domain}'"

    @property
    def option(self) -> str:
        """What a change calls it."""
        return f"snapshots[{self.snapshot}].memory_file"


def of(world: World, domain: str) -> t.List[Memory]:
    """That of a domain that is there, also of snapshots whose removal has begun."""
    uuid, snapshots = world.state("domain", domain).root.findtext("uuid") or "", world.host.snapshots(domain)
    found: t.Dict[str, Memory] = {}
    made = [(int(root.findtext("creationTime") or 0), xmlpath.the_text(root, "name"), root) for root in snapshots]
    for created, name, root in sorted(made, key=lambda one: one[:2]):
        file = xmlpath.get_text(root, "memory[@snapshot='external']/@file")
        if file:
            found[file] = Memory(domain, name, file, world.host.is_snapshot_ours(uuid, name, created))
    for (step, _name), data in world.host.unfinished.items():
        if step == records.REMOVAL and data["domain"] == domain and data["memory_file"]:
            found.setdefault(data["memory_file"], Memory(domain, data["snapshot"], data["memory_file"], True))
    return [one for one in found.values() if not world.host.is_missing(one.path)]


def link(world: World, path: str) -> Link:
    """The file as an image that may be a volume, and that somebody may need."""
    return Link(world.host.place(path), path, None)
