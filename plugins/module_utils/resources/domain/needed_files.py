# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the host that a guest cannot run without. Pure but for reading."""

from __future__ import annotations

import os
import typing as t

from ...rule import Violation
from ..base import World
from ..coming import Coming
from ..volume.location import pool_after
from .gained import gained_devices

#: Beside the disks, by the options that say them.
_FILES = {"kernel": "os/kernel", "initrd": "os/initrd", "dtb": "os/dtb", "loader.path": "os/loader"}
#: The options of a disk, by the attributes of its source.
_OF_DISKS = {"file": "file", "dev": "block"}


def missing_files(coming: Coming) -> t.List[Violation]:
    """Those that are not there, and that nothing of the document makes before the guest needs them."""
    world = coming.world
    needed = [*_images(coming), *(_files(coming) if coming.is_started else ())]
    return [found for path, found in needed if world.host.is_missing(path) and not _is_made(world, path)]


def _images(coming: Coming) -> t.Iterator[t.Tuple[str, Violation]]:
    """What is optional libvirt leaves out where it is missing."""
    for disk in gained_devices(coming, "disk"):
        source = disk.find("source")
        for attribute, option in _OF_DISKS.items() if source is not None else ():
            path = None if source is None else source.get(attribute)
            if source is not None and path and source.get("startupPolicy") != "optional":
                declared = enumerate(coming.want.values.get("disks", ()))
                at = next((f"disks[{index}].{option}" for index, one in declared if one.get(option) == path), None)
                yield path, coming.violation("disks", path) if at is None else Violation(at, (path,), "disks")


def _files(coming: Coming) -> t.Iterator[t.Tuple[str, Violation]]:
    for option, place in _FILES.items():
        path = coming.root.findtext(place)
        if path:
            yield path, coming.violation(option, path)


def _is_made(world: World, path: str) -> bool:
    """Whether it is a volume of the document, or may be in what a pool of it mounts or logs in to."""
    for key, want in world.declared.get("volume", {}).items():
        pool = None if want.absent else pool_after(world, key[0])
        if pool is not None and pool.path(key[1]) == path:
            return True
    for name, want in world.declared.get("pool", {}).items():
        pool = None if want.absent else pool_after(world, str(name))
        if pool is not None and pool.started and pool.unseen and path.startswith(os.path.join(pool.target, "")):
            return True
    return False
