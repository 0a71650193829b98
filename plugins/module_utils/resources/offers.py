# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads of what a host has for objects to be started with: networks, devices, programs, processors. Changes nothing."""

from __future__ import annotations

import functools
import ipaddress
import os
import shutil
import socket
import struct
import typing as t

from ..connection import find
from ..deps import Element, libvirt
from ..xml import parse
from ..xml import path as xmlpath
from .reads import Reads, explained, remembered

#: Where the programs are that daemons run, whatever the PATH of this user.
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NetworkText(t.NamedTuple):
    """What libvirt says of a network, parsed."""

    name: str
    root: Element
    active: bool


class Machine(t.NamedTuple):
    """What QEMU has for guests of a type, architecture and machine type.

    ``vcpus`` is the most that one can have (``None``: not said), ``modes`` of the CPU are those that are there, and
    ``models`` those that can be named.
    """

    vcpus: t.Optional[int]
    modes: t.FrozenSet[str]
    models: t.FrozenSet[str]


class Offers(Reads):
    """The part of :class:`Host` that is about what it offers."""

    @functools.cached_property
    def networks(self) -> t.Tuple[NetworkText, ...]:
        """Every network."""
        found = []
        with explained("networks"):
            for network in self._connection.listAllNetworks():
                active = bool(find(network.isActive))
                text = find(network.XMLDesc, 0 if active else libvirt.VIR_NETWORK_XML_INACTIVE)
                if text:
                    found.append(NetworkText(network.name(), parse.parse(text), active))
        return tuple(found)

    @functools.cached_property
    def uuids(self) -> t.Mapping[str, str]:
        """The names of all domains, by their UUIDs in lower case."""
        with explained("domains"):
            return {domain.UUIDString().lower(): domain.name() for domain in self._connection.listAllDomains()}

    @remembered
    def has_device(self, name: str) -> bool:
        """Whether there is a network device of this name. Of another machine it is taken for granted."""
        return not self.local or os.path.exists(os.path.join("/sys/class/net", name))

    @remembered
    def has_functions(self, name: str) -> bool:
        """Whether there is a network device of this name with virtual functions (SR-IOV). Likewise."""
        return not self.local or os.path.exists(os.path.join("/sys/class/net", name, "device/virtfn0"))

    @functools.cached_property
    def routes(self) -> t.Tuple[t.Tuple[str, ipaddress.IPv4Network], ...]:
        """The IPv4 networks that this machine reaches directly, with the device; none of another machine."""
        try:
            with open("/proc/net/route", encoding="ascii") as file:
                lines = file.read().splitlines()[1:] if self.local else []
        except OSError:
            return ()
        return tuple(_route(line.split()) for line in lines)

    @remembered
    def has_program(self, name: str) -> bool:
        """Whether a program is installed. Of another machine it is taken for granted."""
        return not self.local or shutil.which(name, path=_SYSTEM_PATH) is not None

    @functools.cached_property
    def memory_for_one(self) -> t.Optional[int]:
        """How much memory, in bytes, the kernel gives to one process at most; ``None``: as much as it asks for.

        It refuses what is obviously too much: more than memory and swap together
        (https://docs.kernel.org/mm/overcommit-accounting.html).
        """
        if not self.local:
            return None
        with open("/proc/sys/vm/overcommit_memory", encoding="ascii") as file:
            if file.read().strip() == "1":
                return None
        with open("/proc/meminfo", encoding="ascii") as file:
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
        return sizes["MemTotal"] + sizes["SwapTotal"]

    @functools.cached_property
    def guest_types(self) -> t.FrozenSet[t.Tuple[str, str]]:
        """The architectures and domain types of the guests that libvirt can start."""
        with explained("capabilities"):
            root = parse.parse(self._connection.getCapabilities())
        arches = root.iterfind("guest/arch")
        return frozenset(
            (xmlpath.the_text(arch, "@name"), xmlpath.the_text(one, "@type"))
            for arch in arches
            for one in arch.iterfind("domain")
        )

    @remembered
    def machine(self, emulator: t.Optional[str], arch: str, machine: t.Optional[str], kind: str) -> t.Optional[Machine]:
        """What there is for such guests; ``None``: libvirt does not say."""
        try:
            text = self._connection.getDomainCapabilities(emulator, arch, machine, kind)
        except libvirt.libvirtError:
            return None
        root = parse.parse(text)
        most = root.find("vcpu")
        modes = {xmlpath.the_text(mode, "@name"): mode for mode in root.iterfind("cpu/mode[@supported='yes']")}
        models = {model.text or "" for model in modes["custom"].iterfind("model")} if "custom" in modes else set()
        return Machine(
            int(xmlpath.the_text(most, "@max")) if most is not None else None,
            frozenset(modes),
            frozenset(models | set(self._models(arch) if models else ())),
        )

    @remembered
    def _models(self, arch: str) -> t.Sequence[str]:
        """The models that libvirt itself knows."""
        with explained("CPU models"):
            return t.cast(t.Sequence[str], self._connection.getCPUModelNames(arch))


def _route(fields: t.Sequence[str]) -> t.Tuple[str, ipaddress.IPv4Network]:
    """A line of /proc/net/route, whose numbers are in the byte order of the machine."""
    address, mask = (socket.inet_ntoa(struct.pack("=L", int(fields[number], 16))) for number in (1, 7))
    return fields[0], ipaddress.IPv4Network(f"{address}/{mask}")
