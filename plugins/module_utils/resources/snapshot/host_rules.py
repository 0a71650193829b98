# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a new snapshot and its domain. Pure but for asking the host about files."""

from __future__ import annotations

import functools
import os
import typing as t

from ...rule import HOST, Rule, Violation
from ...xml import parse
from ..base import Want, World
from ..domain.kind import DomainState
from .state import SnapshotDisk, SnapshotState, disks_of
from .table import EXTERNAL

#: libvirt keeps the firmware's variables in internal snapshots since 10.10 (its release notes).
INTERNAL_WITH_UEFI = 10_010_000
_AGENT = "devices/channel/target[@name='org.qemu.guest_agent.0']"


class OfDomain(t.Dict[str, t.Any]):
    """What is declared of a new snapshot of ``domain``, which has ``others``."""

    def __init__(self, want: Want, domain: DomainState, others: t.Sequence[SnapshotState], world: World) -> None:
        super().__init__(want.with_options(("mode", "memory", "quiesce")))
        self.name = str(t.cast(t.Tuple[str, str], want.key)[1])
        self.domain, self.others, self.world = domain, others, world

    @property
    def external(self) -> bool:
        return bool(self["mode"] == EXTERNAL)

    @functools.cached_property
    def disks(self) -> t.Dict[str, SnapshotDisk]:
        """Those that could be in it, by their target."""
        return {disk.target: disk for disk in disks_of(self.domain)}

    @functools.cached_property
    def files(self) -> t.List[t.Tuple[str, t.Optional[str]]]:
        """By the target of each disk that is asked for, the file for what is written from now on, if it is external."""
        asked = self.get("disks", [{"target": target} for target in self.disks])
        return [(one["target"], one.get("file") or self._beside(one["target"])) for one in asked]

    def _beside(self, target: str) -> t.Optional[str]:
        """Where libvirt too would put it: with the snapshot's name for a suffix."""
        disk = self.disks.get(target)
        if not self.external or disk is None or disk.file is None:
            return None
        folder, file = os.path.split(disk.file)
        return os.path.join(folder, f"{os.path.splitext(file)[0]}.{self.name}")


def _other_mode(new: OfDomain) -> t.List[Violation]:
    others = [other.name for other in new.others if other.external != new.external]
    return [Violation("", (new.domain.name, ", ".join(others)))] if others else []


def _has_uefi(domain: DomainState) -> bool:
    root = domain.root_now
    return root.find("os/loader[@type='pflash']") is not None or root.find("os[@firmware='efi']") is not None


def _not_qcow2(new: OfDomain) -> t.List[Violation]:
    return [Violation("", (disk.target, disk.format)) for disk in new.disks.values() if disk.format != "qcow2"]


def _unknown_disks(new: OfDomain) -> t.List[Violation]:
    known = ", ".join(new.disks) or "none"
    return [
        Violation(f"[{position}].target", (new.domain.name, target, known))
        for position, (target, _file) in enumerate(new.files)
        if target not in new.disks
    ]


def _without_files(new: OfDomain) -> t.List[Violation]:
    return [
        Violation(f"[{position}].file", (target,))
        for position, (target, file) in enumerate(new.files)
        if file is None and target in new.disks
    ]


def _files_that_are_there(new: OfDomain) -> t.List[Violation]:
    """On the host, or as that of another disk."""
    known = [(position, file) for position, (_target, file) in enumerate(new.files) if file is not None]
    before = [{file for _position, file in known[:count]} for count in range(len(known))]
    return [
        Violation(f"[{position}].file", (file,))
        for (position, file), others in zip(known, before)
        if file in others or (new.world.local and new.world.host.is_file(file))
    ]


def _agent_is_silent(new: OfDomain) -> t.List[Violation]:
    if not new["quiesce"] or not new.domain.active:  # the file systems of a guest that is off are quiet
        return []
    agent = parse.parse(new.domain.live or "").find(_AGENT)
    if agent is not None and agent.get("state") == "connected":
        return []
    return [Violation("", (new.domain.name, "has no channel" if agent is None else "does not answer"))]


def _internal(broken: t.Callable[[OfDomain], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(lambda new: not new.external and broken(new), at, what, remedy, HOST)


def _external(broken: t.Callable[[OfDomain], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(lambda new: new.external and broken(new), at, what, remedy, HOST)


RULES: t.Tuple[Rule, ...] = (
    Rule(
        _other_mode,
        "mode",
        "'{0}' has snapshots of the other mode ({1}); libvirt can neither revert nor delete across them without losing "
        "data",
        "Use one mode for a domain, or make those absent first",
        HOST,
    ),
    Rule(
        lambda new: not new.files and new.domain.name,
        "domain",
        "'{0}' has no disk to be in the snapshot",
        "Give it a disk that it can write to",
        HOST,
    ),
    _internal(
        lambda new: new.world.host.libvirt_version < INTERNAL_WITH_UEFI and _has_uefi(new.domain),
        "mode",
        "this libvirt makes no internal snapshots of a guest with UEFI",
        "Use mode external",
    ),
    _internal(_not_qcow2, "mode", "disk {0} is {1}; only qcow2 images keep internal snapshots", "Use mode external"),
    _internal(
        lambda new: new.get("memory", new.domain.active) != new.domain.active,
        "memory",
        "an internal snapshot has the memory of a guest that runs, and of no other",
        "Remove it, or use mode external",
    ),
    _external(_unknown_disks, "disks", "'{0}' has no disk {1} that it can write to", "There are {2}"),
    _external(
        _without_files, "disks", "disk {0} is not in a file, so the new file has to be declared", "Name a new file"
    ),
    _external(_files_that_are_there, "disks", "'{0}' is there already", "Name a new file, or remove that one"),
    _external(
        lambda new: new.get("memory") and not new.domain.active and new.domain.name,
        "memory",
        "'{0}' does not run: it has no memory to keep",
        "Start it first, or remove memory",
    ),
    _external(
        _agent_is_silent,
        "quiesce",
        "the guest agent of '{0}' {1}, so its file systems cannot be quiesced",
        "Install and start qemu-guest-agent in the guest, or declare quiesce: false",
    ),
)
