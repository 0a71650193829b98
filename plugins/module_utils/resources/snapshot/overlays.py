# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back to an external snapshot where libvirt has none: what was written since is emptied, file by file."""

from __future__ import annotations

import os
import stat
import typing as t

from ...content import programs
from ...content.files import explained
from ...content.scratch import scratch
from ...errors import Refused
from ..base import Want, World
from ..domain.kind import DomainState
from ..volume.new import WORK_FOLDER
from .state import SnapshotState, chain
from .table import EXTERNAL

#: libvirt itself reverts to external snapshots since 9.9 (its release notes).
REVERTS_EXTERNAL = 9_009_000


class Overlay(t.NamedTuple):
    """A qcow2 ``file`` that is based on ``backing``."""

    file: str
    backing: str
    format: str


def to_empty(want: Want, state: SnapshotState, domain: DomainState, world: World) -> t.List[Overlay]:
    """Those of a snapshot of disks only. :raises Refused: there is more to it, and it takes a newer libvirt."""
    found = []
    why = "it has the memory too" if state.memory == EXTERNAL else None
    if not world.local:
        why = "its files are on another machine"
    for target, overlay in state.overlays.items() if why is None else ():
        then = state.root.xpath("domain/devices/disk[target/@dev=$dev]", dev=target)
        backing = backing_of(state, target)
        driver = then[0].find("driver") if then else None
        places = [link.place for link in chain(domain, target, world).links[:2]]
        if overlay is None or backing is None or places != [world.host.place(overlay), world.host.place(backing)]:
            why = f"disk {target} does not write to '{overlay}' now"
            break
        found.append(Overlay(overlay, backing, driver.get("type", "raw") if driver is not None else "raw"))
    if why is not None:
        raise Refused(
            f"this libvirt cannot revert to this external snapshot: {why}",
            where=want.where or f"snapshot {want.name}",
            remedy="It takes libvirt 9.9 or newer; make later ones absent first, or use mode internal on this host",
        )
    return found


def backing_of(state: SnapshotState, target: str) -> t.Optional[str]:
    """The file that a disk was on when the snapshot was made."""
    then = state.root.xpath("domain/devices/disk[target/@dev=$dev]/source/@file", dev=target)
    return str(then[0]) if then else None


def empty(overlay: Overlay) -> None:
    """Put an empty file in the place of one. It is whole before it appears there."""
    folder, name = os.path.split(overlay.file)
    with scratch(os.path.join(folder, WORK_FOLDER)) as mine, explained(overlay.file):
        new = os.path.join(mine, name)
        before = os.stat(overlay.file)
        programs.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", overlay.backing, "-F", overlay.format, new)
        os.chown(new, before.st_uid, before.st_gid)
        os.chmod(new, stat.S_IMODE(before.st_mode))
        os.replace(new, overlay.file)
