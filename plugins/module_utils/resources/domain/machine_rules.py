# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain beside its devices: what libvirt or QEMU would refuse, or silently drop. Pure.

They look at the whole of what will be defined; only what is declared is ever to blame.
"""

from __future__ import annotations

import itertools
import typing as t

from ...errors import InvalidOption
from ...units import format_size
from ...xml import table as tables
from ...xml.quantities import UNLIMITED, members
from ..base import Want
from .tables import MACHINE, security
from .tables.clock import BESIDE

Values = t.Mapping[str, t.Any]


class _Rules:
    """The checks of one domain. ``values`` is it as it will be."""

    def __init__(self, want: Want, values: Values) -> None:
        self.want, self.values = want, values

    def declared(self, *options: str) -> t.Optional[str]:
        """The first of these options that is declared."""
        return next((option for option in options if option in self.want.values), None)

    def refuse(self, option: str, what: str, remedy: str) -> t.NoReturn:
        raise InvalidOption(what, where=self.want.at(option), remedy=remedy)

    def needs(self, option: str, other: str, *allowed: t.Any) -> None:
        """``option``, where it is declared and says something, needs ``other`` to be one of ``allowed``."""
        said = self.want.values.get(option)
        if said not in (None, False, "", []) and self.values.get(other) not in allowed:
            words = " or ".join("true" if one is True else str(one) for one in allowed)
            self.refuse(option, f"this needs {other} to be {words}", f"Declare {other}: {words}")

    def check(self) -> None:
        """All of them."""
        for name in sorted(dir(self)):
            if name.startswith("check_"):
                getattr(self, name)()

    def check_clock(self) -> None:
        offset = self.values.get("clock.offset", "utc")
        for part in ("adjustment", "basis", "start", "timezone"):
            option = "clock." + part
            if self.declared(option) and part not in BESIDE[offset]:
                fits = " or ".join(one for one, beside in BESIDE.items() if part in beside)
                self.refuse(option, f"the offset {offset} has none", f"Declare clock.offset: {fits}")
        for needed, of in (("timezone", "timezone"), ("start", "absolute")):
            if self.declared("clock.offset") and offset == of and "clock." + needed not in self.values:
                self.refuse("clock.offset", f"{of} needs clock.{needed}", "Declare it")

    def check_cpu(self) -> None:
        self.needs("cpu.model", "cpu.mode", "custom")
        self.needs("cpu.vendor_id", "cpu.mode", "custom", "host-model")
        self.needs("cpu.migratable", "cpu.mode", "host-passthrough", "maximum")
        self.needs("cpu.maxphysaddr.bits", "cpu.maxphysaddr.mode", "emulate")
        self.needs("cpu.maxphysaddr.limit", "cpu.maxphysaddr.mode", "passthrough")
        if self.values.get("cpu.cache.mode") == "passthrough":
            self.needs("cpu.cache.mode", "cpu.mode", "host-passthrough", "maximum")
        if self.want.values.get("cpu.mode") == "custom" and "cpu.model" not in self.values:
            self.refuse("cpu.mode", "custom is a model that has a name", "Declare cpu.model")

    def check_features(self) -> None:
        self.needs("features.apic_eoi", "features.apic", True)
        self.needs("features.smm_tseg", "features.smm", True)
        self.needs("features.hyperv.spinlock_retries", "features.hyperv.spinlocks", True)
        self.needs("features.hyperv.stimer_direct", "features.hyperv.stimer", True)
        self.needs("features.hyperv.stimer", "features.hyperv.synic", True)
        self.needs("features.hyperv.synic", "features.hyperv.vpindex", True)
        self.needs("features.kvm.dirty_ring_size", "features.kvm.dirty_ring", True)
        if self.values.get("features.hyperv.mode") == "passthrough":
            named = [
                one for one in self.want.values if one.startswith("features.hyperv.") and not one.endswith(".mode")
            ]
            if named:
                self.refuse(named[0], "passthrough takes all that the host has", "Remove it, or declare mode: custom")
        for switch, beside in (
            ("hyperv.spinlocks", "hyperv.spinlock_retries"),
            ("kvm.dirty_ring", "kvm.dirty_ring_size"),
        ):
            if self.want.values.get("features." + switch) and "features." + beside not in self.values:
                self.refuse("features." + switch, f"it needs features.{beside}", "Declare it")
        size = self.want.values.get("features.kvm.dirty_ring_size")
        if size is not None and (size & (size - 1) or not 1024 <= size <= 65536):
            self.refuse("features.kvm.dirty_ring_size", f"{size} is out of range", "Use a power of 2 up to 65536")

    def check_firmware(self) -> None:
        features = [one for one in ("secure_boot", "enrolled_keys") if self.want.values.get("firmware_features." + one)]
        for feature in features:
            self.needs("firmware_features." + feature, "firmware", "efi")
        self.needs("firmware_features.enrolled_keys", "firmware_features.secure_boot", True)
        machine = str(self.values.get("machine") or "")
        if self.want.values.get("firmware_features.secure_boot"):
            if machine.startswith("pc") and "q35" not in machine:
                self.refuse("firmware_features.secure_boot", f"the machine {machine} has none", "Use q35")
            if self.values.get("features.smm") is False:
                self.refuse("firmware_features.secure_boot", "it needs features.smm", "Remove features.smm: false")
        self.needs("loader.secure", "loader.type", "pflash")
        self.needs("loader.stateless", "firmware", "efi")
        if self.values.get("loader.stateless"):
            beside = self.declared("nvram.path", "nvram.template")
            if beside:
                self.refuse(beside, "a stateless image has no variables", "Remove it, or loader.stateless")
        for option in ("nvram.path", "nvram.template"):
            self.needs(option, "firmware", "efi")
        for option in ("initrd", "cmdline", "dtb"):
            if self.want.values.get(option) and not self.values.get("kernel"):
                self.refuse(option, "there is no kernel that it is for", "Declare kernel")

    def check_launch_security(self) -> None:
        kind = self.values.get("launch_security.type", "none")
        allowed, required = security.LAUNCH[kind]
        for option in self.want.values:
            group, _dot, part = option.partition(".")
            if group == "launch_security" and part not in ("type", *allowed):
                fits = [one for one, (parts, _required) in security.LAUNCH.items() if part in parts]
                self.refuse(option, f"the type {kind} has none", f"Declare type: {' or '.join(fits)}")
        for part in required:
            if self.declared("launch_security.type") and "launch_security." + part not in self.values:
                self.refuse("launch_security.type", f"{kind} needs launch_security.{part}", "Declare it")

    def check_lists(self) -> None:
        """The same thing twice in one list."""
        for entry in MACHINE:
            if isinstance(entry, tables.Items):
                seen = set()
                for position, item in enumerate(self.want.values.get(entry.option, ())):
                    known = tuple(item.get(option) for option in entry.identity[0])
                    if known in seen and any(one is not None for one in known):
                        at = f"{entry.option}[{position}]"
                        self.refuse(at, f"there is one for {known[0]} already", "Merge the two")
                    seen.add(known)

    def check_memory(self) -> None:
        ceiling = self.values.get("memory_max", self.values.get("memory"))
        cells = self.want.values.get("cpu.numa")
        stated = self.declared("memory_max", "memory")
        if cells and stated and "memory_devices" not in self.want.values:
            together = sum(cell["memory"] for cell in cells)
            limit = self.want.values.get("memory_max", together if stated == "memory" else None)
            if (limit is not None and together != limit) or self.want.values.get("memory", 0) > together:
                size = format_size(self.want.values[stated])
                told = f"the cells have {format_size(together)} together, {stated} is {size}"
                self.refuse("cpu.numa", told, "Make the sum of the cells equal to memory_max")
        hotplug = self.declared("memory_hotplug.max", "memory_hotplug.slots")
        if hotplug:
            if "memory_hotplug.max" not in self.values or "memory_hotplug.slots" not in self.values:
                self.refuse(hotplug, "max and slots belong together", "Declare both")
            if not self.values.get("cpu.numa"):
                self.refuse(hotplug, "memory is plugged into a cell, and the guest has none", "Declare cpu.numa")
            if ceiling is not None and self.values["memory_hotplug.max"] < ceiling:
                self.refuse("memory_hotplug.max", "this is less than the guest has", "Raise it above memory_max")
        if self.want.values.get("memory_backing.pages") and self.want.values.get("memory_backing.hugepages") is False:
            self.refuse("memory_backing.pages", "hugepages says that there are none", "Remove one of the two")
        self.needs("memory_backing.allocation_threads", "memory_backing.allocation", "immediate")
        hard, swap = (self.values.get("memtune." + one, UNLIMITED) for one in ("hard_limit", "swap_hard_limit"))
        if UNLIMITED not in (hard, swap) and swap < hard:
            option = self.declared("memtune.swap_hard_limit", "memtune.hard_limit")
            if option:
                self.refuse(option, "swap_hard_limit, which is both together, is less than hard_limit", "Raise it")

    def check_nodes(self) -> None:
        if self.values.get("numatune.placement") == "auto" and self.declared("numatune.nodeset"):
            self.refuse("numatune.nodeset", "with the placement auto, numad chooses", "Remove one of the two")
        cells = {cell["id"] for cell in self.values.get("cpu.numa", ())}
        for position, node in enumerate(self.want.values.get("numatune.memnodes", ())):
            if node["cellid"] not in cells:
                at = f"numatune.memnodes[{position}].cellid"
                self.refuse(at, f"the guest has no cell {node['cellid']}", "Declare it in cpu.numa")

    def check_sysinfo(self) -> None:
        for option in self.want.values:
            if option.startswith("sysinfo.") and option != "sysinfo.fwcfg":
                self.needs(option, "smbios", "sysinfo")
        uuid, other = self.want.values.get("sysinfo.system.uuid"), self.values.get("uuid")
        if uuid and other and uuid.lower() != other:
            self.refuse("sysinfo.system.uuid", f"the domain's UUID is {other}", "Make the two equal")
        for position, entry in enumerate(self.want.values.get("sysinfo.fwcfg", ())):
            if bool(entry.get("value")) == bool(entry.get("file")):
                at = f"sysinfo.fwcfg[{position}]"
                self.refuse(at, "an entry has a value or a file", "Declare one of them")

    def check_threads(self) -> None:
        listed = self.want.values.get("iothread_ids") or self.values.get("iothread_ids") or ()
        named = {one["id"] for one in listed}
        if self.declared("iothread_ids") and self.want.values.get("iothreads", len(named)) < len(named):
            self.refuse("iothreads", f"iothread_ids has {len(named)}", "Raise it, or leave it out")
        free = (number for number in itertools.count(1) if number not in named)
        threads = named | {next(free) for _one in range(self.values.get("iothreads", 0) - len(named))}
        vcpus = set(range(self.values.get("vcpus_max") or self.values.get("vcpus") or 1))
        for option, part, there, noun in (
            ("cputune.vcpupin", "vcpu", vcpus, "vCPU"),
            ("cputune.vcpusched", "vcpus", vcpus, "vCPU"),
            ("cputune.cachetune", "vcpus", vcpus, "vCPU"),
            ("cputune.memorytune", "vcpus", vcpus, "vCPU"),
            ("cpu.numa", "cpus", vcpus, "vCPU"),
            ("cputune.iothreadpin", "iothread", threads, "I/O thread"),
            ("cputune.iothreadsched", "iothreads", threads, "I/O thread"),
        ):
            for position, item in enumerate(self.want.values.get(option, ())):
                said = item.get(part)
                numbers = [] if said is None else [said] if isinstance(said, int) else members(said)
                missing = [number for number in numbers if number not in there]
                if missing:
                    remedy = "Raise vcpus_max, or name others" if noun == "vCPU" else "Raise iothreads, or name others"
                    at = f"{option}[{position}].{part}"
                    self.refuse(at, f"the guest has no {noun} {missing[0]}", remedy)
        for option in ("cputune.vcpusched", "cputune.iothreadsched"):
            for position, item in enumerate(self.want.values.get(option, ())):
                self.priority_of(f"{option}[{position}]", item.get("scheduler"), item.get("priority"))
        if self.declared("cputune.emulatorsched.scheduler", "cputune.emulatorsched.priority"):
            at = "cputune.emulatorsched"
            self.priority_of(at, self.values.get(at + ".scheduler"), self.values.get(at + ".priority"))

    def priority_of(self, at: str, scheduler: t.Optional[str], priority: t.Optional[int]) -> None:
        if (scheduler in ("fifo", "rr")) != (priority is not None):
            what = "needs a priority" if priority is None else "has no priority"
            self.refuse(at, f"the scheduler {scheduler} {what}", "Declare both, or none of them")


def check(want: Want, values: Values) -> None:
    """:arg values: the domain as it will be, whatever says so.

    :raises InvalidOption: naming the declared option that cannot be.
    """
    _Rules(want, values).check()
