# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain's devices, and between domains. Pure."""

from __future__ import annotations

import typing as t

from ....rule import DEFINITION, HOST, Rule, RuleValues, Values, Violation, of
from ....xml.table import Items
from ...base import World
from ...coming import Coming
from . import LISTS
from .device_rules import DEVICE_RULES, SINGLE_RULES
from .disk_rules import DISK_RULES
from .disks import DISKS
from .interface_rules import INTERFACE_RULES
from .interfaces import INTERFACES

#: Options that no two devices have in common, in whatever lists they are.
_EVERYWHERE = ("alias", "boot_order")
#: And those that no two devices of a list have.
_IN_A_LIST = ("target", "volume", "file", "block", "mac", "target_dev")
#: What shares the guest's memory with a process of the host: a list, and the option and its values that say so.
_SHARING = (
    ("filesystems", "driver", ("virtiofs",)),
    ("disks", "vhost_user.path", None),
    ("interfaces", "vhost_user.path", None),
)
#: Architectures whose virtual machines have no PS/2.
_WITHOUT_PS2 = ("aarch64", "armv7l", "loongarch64", "ppc64", "ppc64le", "riscv64", "s390x")


def boots_by_device(values: Values) -> bool:
    """Whether devices say in which order they are booted from."""
    return any("boot_order" in item for option in LISTS for item in values.get(option, ()))


def _same(key: str, lists: t.Sequence[t.Sequence[str]]) -> Rule:
    """No two devices in ``lists``, of which those in one group are looked at together, have the same ``key``."""

    def twice(domain: Values) -> t.List[Violation]:
        return [found for group in lists for found in _repeated(domain, group, key)]

    about = tuple(option for group in lists for option in group)
    return Rule(twice, "", "{0} '{1}' is already that of {2}", "Give each its own", about=about)


def _repeated(domain: Values, lists: t.Iterable[str], key: str) -> t.Iterator[Violation]:
    seen: t.Dict[t.Any, str] = {}
    for option in lists:
        for position, item in enumerate(domain.get(option, ())):
            value = item.get(key)
            if value is None:
                continue
            place = f"{option}[{position}]"
            known = (item.get("pool"), value) if key == "volume" else value
            if known in seen:
                yield Violation(f"{place}.{key}", (key, value, seen[known]), option)
            seen.setdefault(known, place)


def _distinct(entry: Items) -> Rule:
    """Two devices that are alike in all that identifies them could only be distinguished by their order."""

    def alike(domain: Values) -> t.List[Violation]:
        seen: t.Dict[t.Any, int] = {}
        found = []
        for position, item in enumerate(domain.get(entry.option, ())):
            key = next((known for known in (_stated(item, one) for one in entry.identity) if known), ())
            if key in seen:
                found.append(Violation(f"[{position}]", (f"{entry.option}[{seen[key]}]",)))
            seen[key] = position
        return found

    own, strongest = "an alias that starts with ua-", " and ".join(entry.identity[0])
    remedy = own if strongest == "alias" else f"{strongest}, or {own}"
    if "alias" not in entry.by_option:
        remedy = f"another {strongest}"
    what = "this one cannot be distinguished from {0}"
    return Rule(alike, entry.option, what, f"Give each {remedy}", about=(entry.option,))


def _stated(item: Values, options: t.Sequence[str]) -> t.Tuple[t.Any, ...]:
    return tuple((option, item[option]) for option in options if item.get(option) is not None)


def _on_ps2(will: RuleValues) -> t.List[Violation]:
    """Inputs on PS/2, where the guest has no controller of it. What is missing there libvirt silently leaves out."""
    inputs = enumerate(will.declared.get("inputs", ()))
    none = will.get("features.ps2") is False or will.get("arch") in _WITHOUT_PS2 or will.get("machine") == "microvm"
    return [Violation(f"[{position}].bus") for position, item in inputs if none and item.get("bus") == "ps2"]


def _not_shared(will: RuleValues) -> t.List[Violation]:
    shared = will.get("memory_backing.access") == "shared"
    if shared or any(cell.get("mem_access") == "shared" for cell in will.get("cpu.numa", ())):
        return []
    return [
        Violation(f"{option}[{position}].{key.partition('.')[0]}", (), option)
        for option, key, values in _SHARING
        for position, item in enumerate(will.declared.get(option, ()))
        if item.get(key) is not None and (values is None or item[key] in values)
    ]


def _mac_of_another(coming: Coming) -> t.List[Violation]:
    """A MAC address is for one interface on the whole host: another domain, declared or there, has it.

    Of one that the domain already has, only the declared are looked at: nothing that is there has to be read for what
    does not change.
    """
    world, state = coming.world, coming.state
    own = set() if state is None else {one.get("address") for one in state.root.iterfind("devices/interface/mac")}
    found = []
    for position, interface in enumerate(coming.want.values.get("interfaces", ())):
        mac = interface.get("mac")
        if mac is None:
            continue
        owners = [*_declared_owners(world).get(mac, ()), *(() if mac in own else _owners(world).get(mac, ()))]
        owner = next((name for name in owners if name != coming.want.name), None)
        if owner is not None:
            found.append(Violation(f"[{position}].mac", (mac, owner)))
    return found


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


RULES: t.Tuple[Rule, ...] = (
    Rule(
        lambda domain: boots_by_device(domain) and bool(domain.get("boot")),
        "boot",
        "boot and the devices' boot_order exclude each other",
        "Keep one of them",
    ),
    Rule(
        lambda domain: domain.get("boot") == [] and not boots_by_device(domain),
        "boot",
        "a domain needs a boot device",
        "Name a device, or give devices a boot_order",
    ),
    *SINGLE_RULES,
    *of(DISKS.option, DISK_RULES),
    *of(INTERFACES.option, INTERFACE_RULES),
    *(rule for option, rules in DEVICE_RULES.items() for rule in of(option, rules)),
    *(_same(key, [tuple(LISTS)]) for key in _EVERYWHERE),
    *(_same(key, [(option,) for option in LISTS]) for key in _IN_A_LIST),
    *(_distinct(entry) for entry in LISTS.values()),
    Rule(
        _not_shared,
        "",
        "the guest's memory is not shared with the host's processes",
        "Declare memory_backing with source memfd and access shared",
        DEFINITION,
    ),
    Rule(_on_ps2, "inputs", "this guest has no PS/2", "Use usb or virtio", DEFINITION),
    Rule(
        _mac_of_another,
        "interfaces",
        "{0} is already an interface of domain '{1}'",
        "Choose another address, or leave it out and libvirt makes one",
        HOST,
    ),
)
