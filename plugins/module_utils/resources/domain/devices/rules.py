# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain's devices, and between domains. Pure."""

from __future__ import annotations

import typing as t

from ....errors import InvalidOption, join
from ....xml.table import Desired, Items
from ...base import Want, World
from ...shared import rule
from . import LISTS
from .device_rules import DEVICE_RULES, SINGLE_RULES
from .disk_rules import DISK_RULES
from .disks import DISKS
from .interface_rules import INTERFACE_RULES
from .interfaces import INTERFACES

#: Options that no two devices have in common, in whatever lists they are.
_EVERYWHERE = ("alias", "boot_order")
#: And those that no two devices of a list have.
_UNIQUE = (*_EVERYWHERE, "target", "volume", "file", "block", "mac", "target_dev")


#: The rules of a single device, by its list.
_RULES: t.Dict[str, t.Tuple[rule.Rule, ...]] = {
    DISKS.option: DISK_RULES,
    INTERFACES.option: INTERFACE_RULES,
    **DEVICE_RULES,
}


def check(want: Want) -> None:
    """What can be said of the devices on their own. :raises InvalidOption: naming the option to change."""
    values = want.values
    if boots_by_device(values) and values.get("boot"):
        raise InvalidOption(
            "boot and the devices' boot_order exclude each other",
            where=want.at("boot"),
            remedy="Keep one of them",
        )
    if values.get("boot") == [] and not boots_by_device(values):
        raise InvalidOption(
            "libvirt boots from something", where=want.at("boot"), remedy="Name a device, or give devices a boot_order"
        )
    rule.check(SINGLE_RULES, values, want.at)
    for option, rules in _RULES.items():
        for position, item in enumerate(values.get(option, ())):
            rule.check(rules, item, lambda at, *of: join(want.at("{0}[{1}]".format(*of)), at), option, position)
    stated = [option for option in LISTS if values.get(option)]
    for key in _UNIQUE:
        _check_unique(want, key, stated)
    for option in stated:
        _check_told_apart(want, LISTS[option])


def check_shared_memory(want: Want, root: t.Any) -> None:
    """What shares the guest's memory with a process of the host needs memory that can be shared.

    :raises InvalidOption: the definition ``root`` with all that is declared has none.
    """
    for option, key, values in (
        ("filesystems", "driver", ("virtiofs",)),
        ("disks", "vhost_user.path", None),
        ("interfaces", "vhost_user.path", None),
    ):
        for position, item in enumerate(want.values.get(option, ())):
            if item.get(key) is None or (values is not None and item[key] not in values):
                continue
            shared = root.find("memoryBacking/access[@mode='shared']") is not None
            if not shared and root.find("cpu/numa/cell[@memAccess='shared']") is None:
                raise InvalidOption(
                    "the guest's memory is not shared with the host's processes",
                    where=want.at(f"{option}[{position}].{key.partition('.')[0]}"),
                    remedy="Declare memory_backing with source memfd and access shared",
                )


def boots_by_device(values: t.Mapping[str, t.Any]) -> bool:
    """Whether devices say in which order they are booted from."""
    return any("boot_order" in item for option in LISTS for item in values.get(option, ()))


def _check_unique(want: Want, key: str, stated: t.Iterable[str]) -> None:
    seen: t.Dict[t.Any, str] = {}
    for option in stated:
        if key not in _EVERYWHERE:
            seen = {}
        for position, item in enumerate(want.values[option]):
            value = item.get(key)
            if value is None:
                continue
            place = f"{option}[{position}]"
            known = (item.get("pool"), value) if key == "volume" else value
            if known in seen:
                raise InvalidOption(
                    f"{key} '{value}' is already that of {seen[known]}",
                    where=want.at(f"{place}.{key}"),
                    remedy="Give each its own",
                )
            seen[known] = place


def _check_told_apart(want: Want, entry: Items) -> None:
    """Two devices that are alike in all that identifies them could only be told apart by their order."""
    seen: t.Dict[t.Any, int] = {}
    for position, item in enumerate(want.values.get(entry.option, ())):
        key = next((known for known in (_stated(item, one) for one in entry.identity) if known), ())
        if key in seen:
            raise InvalidOption(
                f"nothing tells this one apart from {entry.option}[{seen[key]}]",
                where=want.at(f"{entry.option}[{position}]"),
                remedy="Give each {0}".format(
                    "an alias that starts with ua-"
                    if entry.identity[0] == ("alias",)
                    else f"{' and '.join(entry.identity[0])}, or an alias that starts with ua-"
                ),
            )
        seen[key] = position


def _stated(item: Desired, options: t.Sequence[str]) -> t.Tuple[t.Any, ...]:
    return tuple((option, item[option]) for option in options if item.get(option) is not None)


def check_macs(want: Want, world: World) -> None:
    """A MAC address is for one interface on the whole host.

    :raises InvalidOption: another domain, declared or there, has it. Of one that the domain already has, only the
        declared are looked at: nothing that is there has to be read for what does not change.
    """
    state = world.state("domain", want.key)
    own = set() if state is None else {one.get("address") for one in state.root.iterfind("devices/interface/mac")}
    for position, interface in enumerate(want.values.get("interfaces", ())):
        mac = interface.get("mac")
        if mac is None:
            continue
        owners = [*_declared_owners(world).get(mac, ()), *(() if mac in own else _owners(world).get(mac, ()))]
        owner = next((name for name in owners if name != want.name), None)
        if owner is not None:
            raise InvalidOption(
                f"{mac} is already an interface of domain '{owner}'",
                where=want.at(f"interfaces[{position}].mac"),
                remedy="Choose another address, or leave it out and libvirt makes one",
            )


def _declared_owners(world: World) -> t.Mapping[str, t.Sequence[str]]:
    """By MAC address the domains that are declared with an interface that has it."""

    def answer() -> t.Dict[str, t.List[str]]:
        owners: t.Dict[str, t.List[str]] = {}
        for name, want in world.declared["domain"].items():
            for item in () if want.absent else want.values.get("interfaces", ()):
                if item.get("mac"):
                    owners.setdefault(item["mac"], []).append(str(name))
        return owners

    return t.cast(t.Mapping[str, t.Sequence[str]], world.once("declared owners of MAC addresses", answer))


def _owners(world: World) -> t.Mapping[str, t.Sequence[str]]:
    """By MAC address the domains that have an interface with it, and keep it as far as is declared."""

    def answer() -> t.Dict[str, t.List[str]]:
        owners: t.Dict[str, t.List[str]] = {}
        for name, state in world.current["domain"].items():
            want = world.want("domain", name)
            if want is None or not (want.absent or "interfaces" in want.values):
                for element in state.root.iterfind("devices/interface/mac"):
                    owners.setdefault(element.get("address", "").lower(), []).append(str(name))
        return owners

    return t.cast(t.Mapping[str, t.Sequence[str]], world.once("owners of MAC addresses", answer))
