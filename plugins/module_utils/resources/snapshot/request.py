# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt is asked for to make a snapshot, and the reasons not to ask. Pure."""

from __future__ import annotations

import os
import typing as t

from ...deps import etree, libvirt
from ...diff import LIVE, Change
from ...errors import InvalidOption, Refused
from ...plan import Action
from ...xml import parse
from ...xml import table as tables
from ..base import Want, World
from ..domain.kind import DomainState
from .operations import Create
from .state import SnapshotDisk, SnapshotState, disks_of
from .table import EXTERNAL, INTERNAL, NO, TABLE

#: libvirt keeps the firmware's variables in internal snapshots since 10.10 (its release notes).
INTERNAL_WITH_UEFI = 10_010_000
_AGENT = "devices/channel/target[@name='org.qemu.guest_agent.0']"


def create(want: Want, domain: DomainState, others: t.Sequence[SnapshotState], world: World) -> Action:
    """The action that makes the snapshot. :raises FleetError: it cannot be made as it is declared."""
    mode = want.params["mode"]
    mixed = [other.name for other in others if other.external != (mode == EXTERNAL)]
    if mixed:
        raise Refused(
            f"'{domain.name}' has snapshots of the other mode ({', '.join(mixed)}); libvirt can neither revert nor "
            "delete across them without losing data",
            where=want.at("mode"),
            remedy="Use one mode for a domain, or make those absent first",
        )
    root = tables.build("domainsnapshot", (), {})
    etree.SubElement(root, "name").text = want.key[1]
    flags = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC
    disks: t.Mapping[str, t.Optional[str]]
    disks = _internal(want, domain, world) if mode == INTERNAL else _external(want, domain, world)
    memory = domain.active if mode == INTERNAL else bool(want.params["memory"])
    if mode == EXTERNAL:
        flags |= _external_flags(want, domain)
        place = etree.SubElement(root, "disks")
        for disk in disks_of(domain):
            file = disks.get(disk.target)
            element = etree.SubElement(place, "disk", name=disk.target, snapshot=NO if file is None else mode)
            if file is not None:
                etree.SubElement(element, "source", file=file)
    values: tables.Desired = {name: value for name, value in want.values.items() if name != "disks"}
    changes = tables.patch(TABLE, root, values)
    changes.append(Change("mode", None, mode, LIVE))
    changes.append(Change("memory", None, memory, LIVE))
    changes += [Change(f"disks[{target}]", None, file or mode, LIVE) for target, file in disks.items()]
    return Action("snapshot", want.name, Create(domain.name, parse.to_text(root), flags), tuple(changes))


def _has_uefi(domain: DomainState) -> bool:
    root = domain.root_now
    return root.find("os/loader[@type='pflash']") is not None or root.find("os[@firmware='efi']") is not None


def _internal(want: Want, domain: DomainState, world: World) -> t.Dict[str, t.Optional[str]]:
    if want.params["memory"] is not None and want.params["memory"] != domain.active:
        raise InvalidOption(
            "an internal snapshot has the memory of a guest that runs, and of no other",
            where=want.at("memory"),
            remedy="Remove it, or use mode external",
        )
    if world.host.libvirt_version < INTERNAL_WITH_UEFI and _has_uefi(domain):
        raise Refused(
            "this libvirt makes no internal snapshots of a guest with UEFI",
            where=want.at("mode"),
            remedy="Use mode external",
        )
    disks = disks_of(domain)
    for disk in disks:
        if disk.format != "qcow2":
            raise InvalidOption(
                f"disk {disk.target} is {disk.format}; only qcow2 images keep internal snapshots",
                where=want.at("mode"),
                remedy="Use mode external",
            )
    if not disks:
        raise _without_disks(want, domain)
    return {disk.target: None for disk in disks}


def _external(want: Want, domain: DomainState, world: World) -> t.Dict[str, str]:
    """The selected disks with their new files."""
    known = {disk.target: disk for disk in disks_of(domain)}
    selected = want.values.get("disks", [{"target": target} for target in known])
    found: t.Dict[str, str] = {}
    for position, one in enumerate(selected):
        at = want.at(f"disks[{position}]")
        disk = known.get(one["target"])
        if disk is None:
            raise InvalidOption(
                f"'{domain.name}' has no disk {one['target']} that it can write to",
                where=at + ".target",
                remedy=f"There are {', '.join(known) or 'none'}",
            )
        file = one.get("file") or _beside(disk, want.key[1])
        if file is None:
            raise InvalidOption(
                f"disk {disk.target} is not in a file, so the new file has to be declared",
                where=at + ".file",
                remedy="Name a new file",
            )
        if file in found.values() or (world.local and world.host.is_file(file)):
            raise Refused(
                f"'{file}' is there already", where=at + ".file", remedy="Name a new file, or remove that one"
            )
        found[disk.target] = file
    if not found:
        raise _without_disks(want, domain)
    return found


def _beside(disk: SnapshotDisk, name: str) -> t.Optional[str]:
    """Where libvirt too would put it: with the snapshot's name for a suffix."""
    if disk.file is None:
        return None
    folder, file = os.path.split(disk.file)
    return os.path.join(folder, f"{os.path.splitext(file)[0]}.{name}")


def _external_flags(want: Want, domain: DomainState) -> int:
    if want.params["memory"]:
        if not domain.active:
            raise InvalidOption(
                f"'{domain.name}' does not run: it has no memory to keep",
                where=want.at("memory"),
                remedy="Start it first, or remove memory",
            )
        return int(libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_LIVE)
    flags = int(libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY)
    if want.params["quiesce"] and domain.active:  # the file systems of a guest that is off are quiet
        agent = parse.parse(domain.live or "").find(_AGENT)
        if agent is None or agent.get("state") != "connected":
            trouble = "has no channel" if agent is None else "does not answer"
            raise Refused(
                f"the guest agent of '{domain.name}' {trouble}, so its file systems cannot be quiesced",
                where=want.at("quiesce"),
                remedy="Install and start qemu-guest-agent in the guest, or declare quiesce: false",
            )
        flags |= libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE
    return flags


def _without_disks(want: Want, domain: DomainState) -> InvalidOption:
    return InvalidOption(
        f"'{domain.name}' has no disk to be in the snapshot",
        where=want.at("domain"),
        remedy="Give it a disk that it can write to",
    )
