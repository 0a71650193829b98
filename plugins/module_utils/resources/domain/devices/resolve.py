# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's devices: references resolved, and each given the identity by which libvirt knows it. Pure."""

from __future__ import annotations

import itertools
import string
import typing as t

from ....xml import table as tables
from ...base import Want, World
from ...volume.location import volume_location
from .disks import DISKS, PREFIXES, REMOVABLE
from .interfaces import INTERFACES


def resolved_disks(disks: t.Sequence[tables.Desired], want: Want, world: World) -> t.List[tables.Desired]:
    """Disks with ``pool`` and ``volume`` turned into the path and format that libvirt is told.

    A path serves better than a reference by name: AppArmor's helper and external snapshots only understand paths.
    """
    resolved = []
    for disk in disks:
        disk = dict(disk)
        pool, volume = disk.pop("pool", None), disk.pop("volume", None)
        if pool and volume:
            location = volume_location(world, pool, volume)
            disk[location.type] = location.path
            disk.setdefault("format", location.format)
        resolved.append(disk)
    return resolved


def identified(values: tables.Desired, definition: t.Any) -> tables.Desired:
    """Values whose disks have targets and whose interfaces, where they are known, have addresses.

    ``definition`` is the persistent one (``None``: a new domain). With this the running domain's devices are matched
    by the same identities as the definition's.
    """
    values = dict(values)
    if "disks" in values:
        there = DISKS.told(definition) if definition is not None else []
        disks = [dict(disk) for disk in values["disks"]]
        found = tables.match(DISKS, disks, there)
        drives = [one for index, one in enumerate(there) if index not in found and one["device"] in REMOVABLE]
        for disk, index in zip(disks, found):
            if index is not None and not disk.get("target"):
                disk["target"] = there[index]["target"]
            elif not disk.get("target") and not disk.get("alias"):
                # A drive is not its medium: another one, or none, does not make it another drive.
                drive = next((one for one in drives if one["device"] == disk.get("device")), None)
                if drive is not None:
                    drives.remove(drive)
                    disk["target"] = drive["target"]
        taken = {disk.get("target") for disk in itertools.chain(disks, there)}
        for disk in disks:
            if not disk.get("target"):
                bus = disk.get("bus") or DISKS.complete({"device": disk.get("device", "disk")})["bus"]
                disk["target"] = next(name for name in _names(PREFIXES.get(bus, "sd")) if name not in taken)
                taken.add(disk["target"])
        values["disks"] = disks
    if "interfaces" in values:
        there = INTERFACES.told(definition) if definition is not None else []
        interfaces = [dict(interface) for interface in values["interfaces"]]
        for interface, index in zip(interfaces, tables.match(INTERFACES, interfaces, there)):
            if index is not None and not interface.get("mac"):
                interface["mac"] = there[index]["mac"]
        values["interfaces"] = interfaces
    return values


def _names(prefix: str) -> t.Iterator[str]:
    """``vda`` … ``vdz``, ``vdaa`` …"""
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield prefix + "".join(letters)
