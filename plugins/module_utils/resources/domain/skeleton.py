# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new domain starts from, and what it gets where nothing is said. Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element, etree
from ...xml import merge
from ...xml import path as xmlpath
from ...xml.table import Desired, defaults
from ..base import Want, World
from .table import TABLE
from .tables.cpu import TOPOLOGY, TOPOLOGY_EXTRA
from .tables.firmware import same_machine

#: The machine type that new guests get, by architecture: PCI Express, and thus virtio 1.0 and hot-plugging.
MACHINES = {"x86_64": "q35", "aarch64": "virt", "riscv64": "virt"}

#: PCI Express root ports of a new guest. libvirt adds only those that its devices need at once; what shall be plugged
#: in later needs a free one (https://libvirt.org/pci-hotplug.html).
ROOT_PORTS = 16


def skeleton(want: Want, world: World) -> Element:
    """The XML that a new domain starts from: what libvirt or guests need and nobody wants to say."""
    arch = guest_arch(want, world)
    root = xmlpath.element("domain", type="qemu")
    etree.SubElement(root, "name").text = want.name
    etree.SubElement(etree.SubElement(root, "os"), "type").text = "hvm"
    features = etree.SubElement(root, "features")
    if arch == "x86_64":
        etree.SubElement(features, "acpi")
        etree.SubElement(features, "apic")
    clock = etree.SubElement(root, "clock", offset="utc")
    if arch == "x86_64":
        for name, attribute, value in (
            ("rtc", "tickpolicy", "catchup"),
            ("pit", "tickpolicy", "delay"),
            ("hpet", "present", "no"),
        ):
            etree.SubElement(clock, "timer", {"name": name, attribute: value})
    devices = etree.SubElement(root, "devices")
    machine = want.values.get("machine") or stated(want, "os/type/@machine") or MACHINES.get(arch)
    if arch in MACHINES and machine and same_machine(machine, MACHINES[arch]):
        etree.SubElement(devices, "controller", type="pci", index="0", model="pcie-root")
        for port in range(1, 1 if _has_ports(want) else ROOT_PORTS + 1):
            etree.SubElement(devices, "controller", type="pci", index=str(port), model="pcie-root-port")
    return root


def _has_ports(want: Want) -> bool:
    """Whether ``xml`` says what devices are plugged into."""
    text = want.params.get("xml") or ""
    if "<controller" not in text:
        return False
    controllers = merge.partial(text, "domain", want.name, want.where).iterfind("devices/controller[@type='pci']")
    return any(one.get("index", "0") != "0" for one in controllers)


def _has_rng(want: Want) -> bool:
    """Whether ``xml`` has a whole source of randomness, and not only more about the usual one."""
    text = want.params.get("xml") or ""
    if "<rng" not in text:
        return False
    return bool(merge.partial(text, "domain", want.name, want.where).xpath("devices/rng[@model][backend/@model]"))


def guest_arch(want: Want, world: World) -> str:
    """The architecture of a new guest: the host's, where nothing is said."""
    return want.values.get("arch") or stated(want, "os/type/@arch") or world.host.arch


def stated(want: Want, place: str) -> t.Optional[str]:
    """What the domain's ``xml`` says at a place, or ``None``."""
    text = want.params.get("xml")
    return xmlpath.get_text(merge.partial(text, "domain", want.name, want.where), place) if text else None


def domain_type(want: Want, world: World) -> str:
    """What runs a new guest: ``auto`` resolved."""
    declared = want.values.get("type", "auto")
    if declared != "auto":
        return declared
    foreign = guest_arch(want, world) != world.host.arch
    return "qemu" if foreign and world.host.domain_type == "kvm" else world.host.domain_type


def _has_maximum(want: Want, world: World, arch: str) -> bool:
    """Whether QEMU has a CPU with all that it can emulate: for some architectures it has none."""
    if arch == "x86_64":
        return True
    emulator = want.values.get("emulator") or stated(want, "devices/emulator") or None
    offered = world.host.machine(emulator, arch, None, "qemu")
    return offered is not None and "maximum" in offered.modes


def new_values(want: Want, world: World) -> Desired:
    """The values of a new domain's options that are not declared."""
    values = defaults(TABLE)
    values["type"] = domain_type(want, world)
    arch = guest_arch(want, world)
    if arch in MACHINES:
        values["machine"] = MACHINES[arch]
    named = "cpu.model" in want.values or stated(want, "cpu/model") is not None
    mode = "custom" if named else "host-model" if domain_type(want, world) == "kvm" else "maximum"
    if mode != "maximum" or _has_maximum(want, world, arch):
        values["cpu.mode"] = mode
    if "memory" in want.values:
        modules = sum(device["size"] for device in want.values.get("memory_devices", ()))
        values["memory_max"] = want.values["memory"] + modules
    elif "memory_max" in want.values:
        values["memory"] = want.values["memory_max"]
    vcpus = 1
    for part in (*TOPOLOGY, *TOPOLOGY_EXTRA):
        vcpus *= want.values.get("cpu.topology." + part, 1)
    values["vcpus_max"] = want.values.get("vcpus", want.values.get("vcpus_max", vcpus))
    values["vcpus"] = want.values.get("vcpus", values["vcpus_max"])
    if stated(want, "vcpu") is not None:
        del values["vcpus"], values["vcpus_max"]
    if "serials" not in want.values:
        values["serials"] = [{"type": "pty"}]
    if want.values.get("graphics"):
        values["videos"] = [{"model": "virtio"}]
    if "rngs" in want.values or _has_rng(want):
        del values["rng"]
    if any(option.startswith("memballoon.") for option in want.values):
        values["memballoon.model"] = "virtio"
    return values
