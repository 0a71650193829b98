# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain beside its devices: what libvirt or QEMU would refuse, or silently drop. Pure.

They look at the whole of what will be defined; only what is declared is ever to blame.
"""

from __future__ import annotations

import itertools
import typing as t

from ...rule import DEFINITION, Rule, RuleValues, Values, Violation, not_with_false, requires, unique
from ...units import format_size
from ...xml import table as tables
from ...xml.quantities import UNLIMITED, members
from .tables import MACHINE, security
from .tables.clock import BESIDE

#: Options that a hypervisor feature is switched on with, and those without which that says nothing.
_SWITCHES = {
    "features.hyperv.spinlocks": "features.hyperv.spinlock_retries",
    "features.kvm.dirty_ring": "features.kvm.dirty_ring_size",
}
#: Options that name vCPUs and I/O threads: list, option of its items, and what the guest calls them.
_NAMED = (
    ("cputune.vcpupin", "vcpu", "vCPU"),
    ("cputune.vcpusched", "vcpus", "vCPU"),
    ("cputune.cachetune", "vcpus", "vCPU"),
    ("cputune.memorytune", "vcpus", "vCPU"),
    ("cpu.numa", "cpus", "vCPU"),
    ("cputune.iothreadpin", "iothread", "I/O thread"),
    ("cputune.iothreadsched", "iothreads", "I/O thread"),
)


def _will(broken: t.Callable[[RuleValues], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(broken, at, what, remedy, DEFINITION)


def _without(option: str, other: str) -> Rule:
    """``option``, where it is declared true, says nothing without ``other``."""
    return _will(
        lambda will: will.declared.get(option) and other not in will,
        option,
        f"{option.rpartition('.')[2]} needs {other}",
        f"Declare {other}",
    )


def _first(values: Values, *options: str) -> t.List[str]:
    """The first of these options that is declared, if any."""
    return [option for option in options if option in values][:1]


def _offset(will: RuleValues) -> str:
    return str(will.get("clock.offset", "utc"))


def _not_beside(will: RuleValues) -> t.List[Violation]:
    """Parts of the clock that its offset does not have."""
    return [
        Violation(
            "clock." + part, (_offset(will), " or ".join(one for one, beside in BESIDE.items() if part in beside))
        )
        for part in ("adjustment", "basis", "start", "timezone")
        if "clock." + part in will.declared and part not in BESIDE[_offset(will)]
    ]


def _without_part(offset: str, part: str) -> Rule:
    return _will(
        lambda will: "clock.offset" in will.declared and _offset(will) == offset and "clock." + part not in will,
        "clock.offset",
        f"{offset} needs clock.{part}",
        "Declare it",
    )


def _passthrough_and_named(will: RuleValues) -> t.List[Violation]:
    if will.get("features.hyperv.mode") != "passthrough":
        return []
    named = [one for one in will.declared if one.startswith("features.hyperv.") and not one.endswith(".mode")]
    return [Violation(option) for option in named]


def _odd_ring(will: RuleValues) -> t.Any:
    size = will.declared.get("features.kvm.dirty_ring_size")
    return size is not None and (size & (size - 1) or not 1024 <= size <= 65536) and str(size)


def _old_machine(will: RuleValues) -> t.Any:
    machine = str(will.get("machine") or "")
    secure = will.declared.get("firmware_features.secure_boot")
    return secure and machine.startswith("pc") and "q35" not in machine and machine


def _foreign_launch(will: RuleValues) -> t.List[Violation]:
    """Options that the type of launch security does not have."""
    kind = will.get("launch_security.type", "none")
    allowed, _required = security.LAUNCH[kind]
    found = []
    for option in will.declared:
        group, _dot, part = option.partition(".")
        if group == "launch_security" and part not in ("type", *allowed):
            fits = [one for one, (parts, _required) in security.LAUNCH.items() if part in parts]
            found.append(Violation(option, (kind, " or ".join(fits))))
    return found


def _unlaunchable(will: RuleValues) -> t.List[Violation]:
    kind = will.declared.get("launch_security.type", "none")
    _allowed, required = security.LAUNCH[kind]
    return [Violation("", (kind, part)) for part in required if "launch_security." + part not in will]


def _other_sum(will: RuleValues) -> t.Any:
    """The memory of the cells and that of the guest, where both are declared and differ."""
    cells, stated = will.declared.get("cpu.numa"), _first(will.declared, "memory_max", "memory")
    if not cells or not stated or "memory_devices" in will.declared:
        return False
    modules = sum(device.get("size", 0) for device in will.get("memory_devices", ()))
    together = sum(cell["memory"] for cell in cells) + modules
    limit = will.declared.get("memory_max", together if stated == ["memory"] else None)
    if (limit is None or together == limit) and will.declared.get("memory", 0) <= together:
        return False
    return [Violation("", (format_size(together), stated[0], format_size(will.declared[stated[0]])))]


def _hotplug(will: RuleValues) -> t.List[str]:
    return _first(will.declared, "memory_hotplug.max", "memory_hotplug.slots")


def _little_room(will: RuleValues) -> bool:
    ceiling = will.get("memory_max", will.get("memory", 0))
    return bool(_hotplug(will)) and will.get("memory_hotplug.max", ceiling) < ceiling


def _swap_below_memory(will: RuleValues) -> t.List[Violation]:
    hard, swap = (will.get("memtune." + one, UNLIMITED) for one in ("hard_limit", "swap_hard_limit"))
    if UNLIMITED in (hard, swap) or swap >= hard:
        return []
    return [Violation(option) for option in _first(will.declared, "memtune.swap_hard_limit", "memtune.hard_limit")]


def _unknown_cell(will: RuleValues) -> t.List[Violation]:
    cells = {cell.get("id", number) for number, cell in enumerate(will.get("cpu.numa", ()))}  # as libvirt numbers them
    return [
        Violation(f"[{position}].cellid", (node["cellid"],))
        for position, node in enumerate(will.declared.get("numatune.memnodes", ()))
        if node["cellid"] not in cells
    ]


def _smbios_of_others(will: RuleValues) -> t.List[Violation]:
    said = [
        option
        for option, value in will.declared.items()
        if option.startswith("sysinfo.") and option != "sysinfo.fwcfg" and value not in (None, False, "", [])
    ]
    return [] if will.get("smbios") == "sysinfo" else [Violation(option) for option in said]


def _other_uuid(will: RuleValues) -> t.Any:
    uuid, other = will.declared.get("sysinfo.system.uuid"), will.get("uuid")
    return uuid and other and uuid.lower() != other and other


def _two_contents(will: RuleValues) -> t.List[Violation]:
    entries = enumerate(will.declared.get("sysinfo.fwcfg", ()))
    return [
        Violation(f"[{number}]") for number, entry in entries if bool(entry.get("value")) == bool(entry.get("file"))
    ]


def _listed_threads(will: RuleValues) -> t.Set[int]:
    return {one["id"] for one in will.declared.get("iothread_ids") or will.get("iothread_ids") or ()}


def _numbers(will: RuleValues, noun: str) -> t.Set[int]:
    """The vCPUs, or I/O threads, that the guest will have."""
    if noun == "vCPU":
        return set(range(will.get("vcpus_max") or will.get("vcpus") or 1))
    named = _listed_threads(will)
    free = (number for number in itertools.count(1) if number not in named)
    return named | {next(free) for _one in range(will.get("iothreads", 0) - len(named))}


def _absent(noun: str) -> t.Callable[[RuleValues], t.List[Violation]]:
    def broken(will: RuleValues) -> t.List[Violation]:
        there = _numbers(will, noun)
        found = []
        for option, part, of in _NAMED:
            for position, item in enumerate(will.declared.get(option, ()) if of == noun else ()):
                said = item.get(part)
                numbers = [] if said is None else [said] if isinstance(said, int) else members(said)
                missing = [number for number in numbers if number not in there]
                found += [Violation(f"{option}[{position}].{part}", (missing[0],), option)] if missing else []
        return found

    return broken


def _priorities(will: RuleValues) -> t.List[Violation]:
    """A real-time scheduler has a priority, and no other has."""
    said = [
        (f"{option}[{position}]", option, item)
        for option in ("cputune.vcpusched", "cputune.iothreadsched")
        for position, item in enumerate(will.declared.get(option, ()))
    ]
    at = "cputune.emulatorsched"
    if _first(will.declared, at + ".scheduler", at + ".priority"):
        said.append((at, at, {part: will.get(f"{at}.{part}") for part in ("scheduler", "priority")}))
    found = []
    for place, option, item in said:
        scheduler, priority = item.get("scheduler"), item.get("priority")
        if (scheduler in ("fifo", "rr")) != (priority is not None):
            words = (scheduler, "needs a priority" if priority is None else "has no priority")
            found.append(Violation(place, words, option))
    return found


RULES: t.Tuple[Rule, ...] = (
    _will(_not_beside, "", "the clock offset {0} does not have this option", "Declare clock.offset: {1}"),
    _without_part("timezone", "timezone"),
    _without_part("absolute", "start"),
    requires("cpu.model", "cpu.mode", "custom"),
    requires("cpu.vendor_id", "cpu.mode", "custom", "host-model"),
    requires("cpu.migratable", "cpu.mode", "host-passthrough", "maximum"),
    requires("cpu.maxphysaddr.bits", "cpu.maxphysaddr.mode", "emulate"),
    requires("cpu.maxphysaddr.limit", "cpu.maxphysaddr.mode", "passthrough"),
    requires("cpu.cache.mode", "cpu.mode", "host-passthrough", "maximum", where={"cpu.cache.mode": "passthrough"}),
    _will(
        lambda will: will.declared.get("cpu.mode") == "custom" and "cpu.model" not in will,
        "cpu.mode",
        "the mode custom needs a model",
        "Declare cpu.model",
    ),
    not_with_false("features.apic_eoi", "features.apic"),
    not_with_false("features.smm_tseg", "features.smm"),
    requires("features.hyperv.spinlock_retries", "features.hyperv.spinlocks", True),
    requires("features.hyperv.stimer_direct", "features.hyperv.stimer", True),
    requires("features.hyperv.tlbflush_direct", "features.hyperv.tlbflush", True),
    requires("features.hyperv.tlbflush_extended", "features.hyperv.tlbflush", True),
    requires("features.hyperv.stimer", "features.hyperv.synic", True),
    requires("features.hyperv.synic", "features.hyperv.vpindex", True),
    requires("features.kvm.dirty_ring_size", "features.kvm.dirty_ring", True),
    _will(_passthrough_and_named, "", "passthrough gives all that the host has", "Remove it, or declare mode: custom"),
    *(_without(switch, beside) for switch, beside in _SWITCHES.items()),
    _will(_odd_ring, "features.kvm.dirty_ring_size", "{0} is out of range", "Use a power of 2 up to 65536"),
    requires("firmware_features.secure_boot", "firmware", "efi"),
    requires("firmware_features.enrolled_keys", "firmware", "efi"),
    requires("firmware_features.enrolled_keys", "firmware_features.secure_boot", True),
    _will(
        _old_machine, "firmware_features.secure_boot", "the machine type {0} does not support Secure Boot", "Use q35"
    ),
    _will(
        lambda will: will.declared.get("firmware_features.secure_boot") and will.get("features.smm") is False,
        "firmware_features.secure_boot",
        "Secure Boot needs features.smm",
        "Remove features.smm: false",
    ),
    requires("loader.secure", "firmware", "efi"),
    requires("loader.stateless", "firmware", "efi"),
    _will(
        lambda will: (
            will.get("loader.stateless")
            and [Violation(option) for option in _first(will.declared, "nvram.path", "nvram.template")]
        ),
        "",
        "a stateless image has no variables",
        "Remove it, or loader.stateless",
    ),
    requires("nvram.path", "firmware", "efi"),
    requires("nvram.template", "firmware", "efi"),
    *(
        _will(
            lambda will, option=option: will.declared.get(option) and not will.get("kernel"),  # type: ignore[misc]
            option,
            f"{option} needs kernel",
            "Declare kernel",
        )
        for option in ("initrd", "cmdline", "dtb")
    ),
    _will(_foreign_launch, "", "launch security of type {0} does not have this option", "Declare type: {1}"),
    _will(_unlaunchable, "launch_security.type", "{0} needs launch_security.{1}", "Declare it"),
    *(
        unique(entry.option, entry.identity[0], "there is one for {1} already")
        for entry in MACHINE
        if isinstance(entry, tables.Items)
    ),
    _will(
        _other_sum,
        "cpu.numa",
        "the cells have {0} together, {1} is {2}",
        "Make the sum of the cells equal to memory_max",
    ),
    _will(
        lambda will: [
            Violation(option)
            for option in _hotplug(will)
            if "memory_hotplug.max" not in will or "memory_hotplug.slots" not in will
        ],
        "",
        "max and slots are required together",
        "Declare both",
    ),
    _will(
        lambda will: [Violation(option) for option in _hotplug(will) if not will.get("cpu.numa")],
        "",
        "memory devices need a cell, and the guest has none",
        "Declare cpu.numa",
    ),
    _will(_little_room, "memory_hotplug.max", "this is less than the guest's memory", "Raise it above memory_max"),
    _will(
        lambda will: (
            will.declared.get("memory_backing.pages") and will.declared.get("memory_backing.hugepages") is False
        ),
        "memory_backing.pages",
        "hugepages is false",
        "Remove one of the two",
    ),
    requires("memory_backing.allocation_threads", "memory_backing.allocation", "immediate"),
    _will(_swap_below_memory, "", "swap_hard_limit, for memory and swap together, is less than hard_limit", "Raise it"),
    _will(
        lambda will: will.get("numatune.placement") == "auto" and "numatune.nodeset" in will.declared,
        "numatune.nodeset",
        "with the placement auto, numad chooses",
        "Remove one of the two",
    ),
    _will(_unknown_cell, "numatune.memnodes", "the guest has no cell {0}", "Declare it in cpu.numa"),
    _will(_smbios_of_others, "", "this needs smbios to be sysinfo", "Declare smbios: sysinfo"),
    _will(_other_uuid, "sysinfo.system.uuid", "the domain's UUID is {0}", "Make the two equal"),
    _will(_two_contents, "sysinfo.fwcfg", "an entry has a value or a file", "Declare one of them"),
    _will(
        lambda will: (
            "iothread_ids" in will.declared
            and will.declared.get("iothreads", len(_listed_threads(will))) < len(_listed_threads(will))
            and str(len(_listed_threads(will)))
        ),
        "iothreads",
        "iothread_ids has {0}",
        "Raise it, or leave it out",
    ),
    _will(_absent("vCPU"), "", "the guest has no vCPU {0}", "Raise vcpus_max, or name others"),
    _will(_absent("I/O thread"), "", "the guest has no I/O thread {0}", "Raise iothreads, or name others"),
    _will(_priorities, "", "the scheduler {0} {1}", "Declare both, or none of them"),
)
