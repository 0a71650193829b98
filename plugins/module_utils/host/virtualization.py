# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Can this machine run KVM guests, and if not, why not and what to do about it. Pure over a directory root."""

from __future__ import annotations

import dataclasses
import os
import re
import stat as _stat
import typing as t

from .emulator import find_emulator, owner_names, read_text

#: What the flag in /proc/cpuinfo means: the module that drives it, and what firmware setups call it.
EXTENSIONS = {
    "vmx": ("kvm_intel", "Intel VT-x"),
    "svm": ("kvm_amd", "AMD-V (SVM mode)"),
}

#: vendor_id of /proc/cpuinfo; other values have a vendor of "other".
VENDORS = {
    "GenuineIntel": "intel",
    "AuthenticAMD": "amd",
    "HygonGenuine": "amd",
    "IBM/S390": "ibm",
}

#: The vendor's extension by name, for the advice on a machine that shows no flag.
NAMES = {"intel": EXTENSIONS["vmx"][1], "amd": EXTENSIONS["svm"][1]}

#: Said by arch/x86 and kvm_intel/kvm_amd of Linux 4 to 6, some of them after taking the flag out of /proc/cpuinfo:
#: "kvm: disabled by bios", "x86/cpu: VMX (outside TXT) disabled by BIOS", "SVM disabled (by BIOS) in MSR_VM_CR".
_LOCKED = re.compile(r"(?:\bkvm\b|\bvmx\b|\bsvm\b)[^\n]*\b(?:disabled|not enabled) \(?by bios", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Module:
    """The kernel module that drives the extension (``None`` without one), and whether it is loaded or built in."""

    name: t.Optional[str]
    loaded: bool


@dataclasses.dataclass(frozen=True)
class Device:
    """``/dev/kvm``. ``accessible`` is about the emulator's ``user``; both are ``None`` before libvirt is installed."""

    present: bool
    mode: t.Optional[str] = None
    owner: t.Optional[str] = None
    group: t.Optional[str] = None
    user: t.Optional[str] = None
    accessible: t.Optional[bool] = None


@dataclasses.dataclass(frozen=True)
class Iommu:
    """What host devices are passed to guests with. ``remedy``: how to enable one that is there but not in use."""

    available: bool
    enabled: bool
    remedy: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class VirtualizationFacts:
    """What was found. ``hypervisor`` (this is a virtual machine), ``firmware_locked`` and ``nested`` are ``None``
    where the machine does not show it; ``flag`` is ``None`` without vmx or svm, and always outside x86.
    """

    model: str
    vendor: str
    flag: t.Optional[str]
    hypervisor: t.Optional[bool]
    firmware_locked: t.Optional[bool]
    nested: t.Optional[bool]
    module: Module
    device: Device
    iommu: Iommu


@dataclasses.dataclass(frozen=True)
class VirtualizationReport(VirtualizationFacts):
    """What was found and what follows.

    ``cause`` is ``None`` when KVM guests can run, else the first thing that is missing: ``firmware_locked``,
    ``no_extension``, ``module_not_loaded``, ``no_device`` or ``no_access``; ``reason`` and ``remedy`` say it in words.
    """

    supported: bool
    summary: str
    cause: t.Optional[str]
    reason: t.Optional[str]
    remedy: t.Optional[str]


def assess(
    root: str = "/",
    kernel_log: t.Optional[str] = None,
    stat: t.Callable[[str], os.stat_result] = os.stat,
) -> VirtualizationReport:
    """Read the machine whose files are below ``root``.

    :arg kernel_log: the kernel's messages since boot; without them a firmware lock may go by its other names,
        a missing flag or a module that does not load.
    :arg stat: looks at ``/dev/kvm``. A recorded machine brings its own: device nodes cannot be recorded as files.
    """
    machine = _read_machine(root, kernel_log, stat)
    cause, reason, remedy = _obstacle(machine) or (None, None, None)
    return VirtualizationReport(
        supported=cause is None,
        summary=_summary(machine),
        cause=cause,
        reason=reason,
        remedy=remedy,
        **vars(machine),
    )


def _read_machine(
    root: str, kernel_log: t.Optional[str], stat: t.Callable[[str], os.stat_result]
) -> VirtualizationFacts:
    cpu = _cpuinfo(root)
    flags = cpu.get("flags", "").split()
    flag = next((name for name in EXTENSIONS if name in flags), None)
    # Only x86 has a line "flags". Elsewhere the kernel offers /dev/kvm exactly when the CPU and its mode allow guests.
    x86 = bool(flags)
    name = EXTENSIONS[flag][0] if flag else (None if x86 else "kvm")
    module = Module(name, os.path.isdir(os.path.join(root, "sys/module", str(name))))
    vendor = VENDORS.get(cpu.get("vendor_id", ""), "arm" if "CPU implementer" in cpu else "other")
    return VirtualizationFacts(
        model=cpu.get("model name") or cpu.get("cpu") or cpu.get("vendor_id") or "CPU of unknown model",
        vendor=vendor,
        flag=flag,
        hypervisor="hypervisor" in flags if x86 else None,
        firmware_locked=_firmware_locked(module, kernel_log) if x86 else None,
        nested=_nested(root, module),
        module=module,
        device=_device(root, stat),
        iommu=_iommu(root, vendor),
    )


def _obstacle(machine: VirtualizationFacts) -> t.Optional[t.Tuple[str, str, str]]:
    """The first thing between this machine and a KVM guest as (cause, reason, remedy), in the order to fix them."""
    module, device = machine.module, machine.device
    extension = NAMES.get(machine.vendor, "hardware virtualization (Intel VT-x or AMD-V)")
    if machine.firmware_locked:
        return (
            "firmware_locked",
            f"The firmware has disabled {extension}, according to the kernel",
            f"Enable {extension} in the machine's BIOS or UEFI setup, then power it off and on",
        )
    if not module.name:
        # A node without the flag is no KVM: it opens, even answers, and ordinary guests do not run on it.
        despite = "; the /dev/kvm that is there does not change that" if device.present else ""
        return (
            "no_extension",
            "The CPU shows no hardware virtualization (no flag vmx or svm in /proc/cpuinfo)" + despite,
            "This machine is itself a virtual machine: enable nested virtualization in its hypervisor"
            if machine.hypervisor
            else f"Enable {extension} in the machine's BIOS or UEFI setup, then power it off and on; "
            "if there is no such setting, this CPU cannot run KVM guests",
        )
    if machine.flag and not module.loaded:
        return (
            "module_not_loaded",
            f"The CPU has {machine.flag}, but the kernel module {module.name} is not loaded",
            f"Run 'modprobe {module.name}'; if the kernel refuses, 'dmesg' says why",
        )
    if not device.present:
        return (
            "no_device",
            "There is no device /dev/kvm",
            "Let udev or devtmpfs make it, or run 'mknod /dev/kvm c 10 232'; a container has to be given it"
            if machine.flag
            else "Boot a kernel with KVM in a mode that allows guests; "
            "a virtual machine needs nested virtualization from its hypervisor",
        )
    if device.accessible is False:
        return (
            "no_access",
            f"The emulator's user {device.user} may not open /dev/kvm ({_ownership(device)})",
            "Run 'chgrp kvm /dev/kvm' and 'chmod 0660 /dev/kvm', as udev does at boot, "
            f"and see that {device.user} is in the group kvm",
        )
    return None


def _summary(machine: VirtualizationFacts) -> str:
    """What was found, in one line."""
    module, device = machine.module, machine.device
    found = [machine.model + (" in a virtual machine" if machine.hypervisor else "")]
    if module.name:
        found += [f"flag {machine.flag}"] if machine.flag else []
        found.append(f"module {module.name} {'loaded' if module.loaded else 'not loaded'}")
    else:
        found.append("no flag vmx or svm")
    found.append(f"/dev/kvm {_ownership(device)}" if device.present else "no /dev/kvm")
    if device.accessible is not None:
        found.append(f"{device.user} {'may' if device.accessible else 'may not'} open it")
    return ", ".join(found)


def _ownership(device: Device) -> str:
    return f"{device.owner}:{device.group} {device.mode}"


def _cpuinfo(root: str) -> t.Dict[str, str]:
    """The fields of the first CPU, and what follows the list of CPUs (POWER and s390 name themselves there)."""
    fields: t.Dict[str, str] = {}
    for line in read_text(os.path.join(root, "proc/cpuinfo")).splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip(), value.strip())
    return fields


def _firmware_locked(module: Module, kernel_log: t.Optional[str]) -> t.Optional[bool]:
    if module.loaded:
        return False  # it refuses to load when locked
    if kernel_log is None:
        return None
    return bool(_LOCKED.search(kernel_log)) or None  # silence proves nothing: the log is a ring


def _device(root: str, stat: t.Callable[[str], os.stat_result]) -> Device:
    try:
        node = stat(os.path.join(root, "dev/kvm"))
    except OSError:
        return Device(present=False)
    if not _stat.S_ISCHR(node.st_mode):
        return Device(present=False)
    owner, group = owner_names(root, node)
    emulator = find_emulator(root)
    return Device(
        present=True,
        mode=f"{_stat.S_IMODE(node.st_mode):04o}",
        owner=owner,
        group=group,
        user=emulator.user if emulator else None,
        accessible=emulator.may_open(node) if emulator else None,
    )


def _nested(root: str, module: Module) -> t.Optional[bool]:
    """Whether guests may run KVM guests of their own; the kernel writes Y or 1."""
    value = read_text(os.path.join(root, "sys/module", str(module.name), "parameters/nested")).strip()
    return value in ("Y", "1") if value else None


def _iommu(root: str, vendor: str) -> Iommu:
    """Enabled when the kernel has registered one; available when only the firmware's tables (DMAR, IVRS) show it."""
    try:
        enabled = bool(os.listdir(os.path.join(root, "sys/class/iommu")))
    except OSError:
        enabled = False
    tables = os.path.join(root, "sys/firmware/acpi/tables")
    available = enabled or any(os.path.exists(os.path.join(tables, name)) for name in ("DMAR", "IVRS"))
    remedy = None
    if available and not enabled:
        arguments = read_text(os.path.join(root, "proc/cmdline")).split()
        off = [word for word in arguments if word in ("iommu=off", "intel_iommu=off", "amd_iommu=off")]
        if off:
            remedy = f"Boot without the kernel argument {' '.join(off)}"
        elif vendor == "intel":  # AMD's is on unless switched off
            remedy = "Boot with the kernel argument intel_iommu=on"
    return Iommu(available, enabled, remedy)
