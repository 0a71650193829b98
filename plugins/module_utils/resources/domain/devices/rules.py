# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain's devices, and between domains. Pure."""

from __future__ import annotations

import typing as t

from ....errors import InvalidOption
from ....xml import parse
from ...base import Want, World

#: Options that two devices cannot have in common, and the lists that these are in.
_UNIQUE = {
    "target": ("disks",),
    "volume": ("disks",),
    "file": ("disks",),
    "block": ("disks",),
    "mac": ("interfaces",),
    "alias": ("disks", "interfaces"),
    "boot_order": ("disks", "interfaces"),
}


def check(want: Want) -> None:
    """What can be said of the devices on their own. :raises InvalidOption: naming the option to change."""
    values = want.values
    for key, options in _UNIQUE.items():
        _check_unique(want, key, options)
    for position, disk in enumerate(values.get("disks", ())):
        _check_disk(disk, want.at("disks[{0}]".format(position)))
    for position, interface in enumerate(values.get("interfaces", ())):
        sources = [key for key in ("network", "bridge", "direct") if interface.get(key)]
        if len(sources) > 1:
            raise InvalidOption(
                "an interface has one source, not {0}".format(" and ".join(sources)),
                where=want.at("interfaces[{0}]".format(position)),
                remedy="Keep one of them",
            )
        if not sources:
            raise InvalidOption(
                "this interface is connected to nothing",
                where=want.at("interfaces[{0}]".format(position)),
                remedy="Add network, bridge or direct",
            )


def boots_by_device(values: t.Mapping[str, t.Any]) -> bool:
    """Whether devices say in which order they are booted from."""
    return any("boot_order" in item for option in ("disks", "interfaces") for item in values.get(option, ()))


def _check_disk(disk: t.Mapping[str, t.Any], where: str) -> None:
    sources = [key for key in ("volume", "file", "block") if disk.get(key)]
    if len(sources) > 1:
        raise InvalidOption(
            "a disk has one source, not {0}".format(" and ".join(sources)), where=where, remedy="Keep one of them"
        )
    if bool(disk.get("pool")) != bool(disk.get("volume")):
        raise InvalidOption("pool and volume belong together", where=where, remedy="Declare both")
    if not sources and disk.get("device", "disk") in ("disk", "lun"):
        raise InvalidOption(
            "this disk has no source", where=where, remedy="Add pool and volume, file or block (a CD-ROM may be empty)"
        )
    if disk.get("alias") and not disk["alias"].startswith("ua-"):
        raise InvalidOption(
            "'{0}' is libvirt's to give".format(disk["alias"]),
            where=where + ".alias",
            remedy="Start a name of your own with ua-",
        )


def _check_unique(want: Want, key: str, options: t.Sequence[str]) -> None:
    seen: t.Dict[t.Any, str] = {}
    for option in options:
        for position, item in enumerate(want.values.get(option, ())):
            value = item.get(key)
            if value is None:
                continue
            place = "{0}[{1}]".format(option, position)
            known = (item.get("pool"), value) if key == "volume" else value
            if known in seen:
                raise InvalidOption(
                    "{0} '{1}' is already that of {2}".format(key, value, seen[known]),
                    where=want.at("{0}.{1}".format(place, key)),
                    remedy="Give each its own",
                )
            seen[known] = place


def check_macs(want: Want, world: World) -> None:
    """A MAC address is for one interface on the whole host.

    :raises InvalidOption: another domain, declared or there, has it.
    """
    for position, interface in enumerate(want.values.get("interfaces", ())):
        mac = interface.get("mac")
        if mac is None:
            continue
        owner = next((name for name in owners_of_mac(world, mac) if name != want.name), None)
        if owner is not None:
            raise InvalidOption(
                "{0} is already an interface of domain '{1}'".format(mac, owner),
                where=want.at("interfaces[{0}].mac".format(position)),
                remedy="Choose another address, or leave it out and libvirt makes one",
            )


def owners_of_mac(world: World, mac: str) -> t.List[str]:
    """The domains that have an interface with this address, or are declared with one."""
    owners = []
    for name, want in world.declared["domain"].items():
        if not want.absent and any(item.get("mac") == mac for item in want.values.get("interfaces", ())):
            owners.append(str(name))
    for name, state in world.current["domain"].items():
        declared = world.want("domain", name)
        if declared is not None and (declared.absent or "interfaces" in declared.values):
            continue  # it will not have it any more, or it was counted above
        if mac in state.definition.lower() and any(
            element.get("address", "").lower() == mac
            for element in parse.parse(state.definition).iterfind("devices/interface/mac")
        ):
            owners.append(str(name))
    return owners
