# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of domains (https://libvirt.org/formatdomain.html). Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...diff import LIVE
from ...xml import path as xmlpath
from ...xml.table import Prop
from ...xml.types import INT, STR, TEXT, UUID, SizeType, Type, choice, size, values
from .devices import DEVICES


class _MemoryNow(SizeType):
    """What the guest has now: all of its memory where nothing else is said."""

    def read(self, root: t.Any, path: str) -> t.Optional[int]:
        now = super().read(root, path)
        return super().read(root, "memory") if now is None else now


class _MemoryMax(SizeType):
    """The ceiling. What the guest has now never stays above it."""

    def write(self, root: t.Any, path: str, value: int) -> None:
        super().write(root, path, value)
        if (super().read(root, "currentMemory") or 0) > value:
            super().write(root, "currentMemory", value)


class _VcpusMax(Type):
    """The ceiling. Those that are online stay so: without ``current`` they would all be."""

    def write(self, root: t.Any, path: str, value: int) -> None:
        online = _VcpusNow(INT.spec).read(root, "vcpu/@current")
        super().write(root, path, value)
        if online is not None:
            xmlpath.set_text(root, "vcpu/@current", str(min(online, value)))


class _VcpusNow(Type):
    """The vCPUs that are online: all of them where nothing else is said."""

    def read(self, root: t.Any, path: str) -> t.Optional[int]:
        text = xmlpath.get_text(root, path) or xmlpath.get_text(root, "vcpu")
        return int(text) if text else None


def _same_machine(there: str, wanted: str) -> bool:
    """libvirt expands an alias when it defines: ``q35`` to ``pc-q35-7.2``, ``pc`` to ``pc-i440fx-7.2``."""
    families = {"q35": "pc-q35", "pc": "pc-i440fx"}
    return there == wanted or re.fullmatch(re.escape(families.get(wanted, wanted)) + r"-[\w.]+", there) is not None


class _Firmware(Type):
    """``efi`` when libvirt is told to choose a UEFI image, or one is named."""

    def read(self, root: t.Any, path: str) -> str:
        named = xmlpath.get_text(root, "os/loader/@type") == "pflash"
        return "efi" if named or xmlpath.get_text(root, path) == "efi" else "bios"

    def write(self, root: t.Any, path: str, value: str) -> None:
        for place in ("os/loader", "os/nvram", "os/firmware"):  # of the other firmware
            xmlpath.remove(root, place)
        xmlpath.set_text(root, path, "efi" if value == "efi" else None)


TABLE = (
    Prop("type", "@type", choice("auto", "kvm", "qemu"), new="auto"),
    Prop("uuid", "uuid", UUID, apply="recreate"),
    Prop("title", "title", TEXT, LIVE, absent=""),
    Prop("description", "description", TEXT, LIVE, absent=""),
    Prop("memory_max", "memory", _MemoryMax(**dataclasses.asdict(size()))),
    Prop("memory", "currentMemory", _MemoryNow(**dataclasses.asdict(size())), LIVE),
    Prop("vcpus_max", "vcpu", _VcpusMax(INT.spec, load=int)),
    Prop("vcpus", "vcpu/@current", _VcpusNow(INT.spec), LIVE, new=1),
    Prop("arch", "os/type/@arch", STR),
    Prop("machine", "os/type/@machine", Type({"type": "str"}, same=_same_machine)),
    Prop("firmware", "os/@firmware", _Firmware({"type": "str", "choices": ["bios", "efi"]})),
    Prop("boot", "os/boot/@dev", values(choice("hd", "cdrom", "network", "fd"))),
    Prop("cpu.mode", "cpu/@mode", choice("host-model", "host-passthrough", "maximum", "custom")),
    Prop("cpu.model", "cpu/model", STR),
    Prop("cpu.topology.sockets", "cpu/topology/@sockets", INT),
    Prop("cpu.topology.cores", "cpu/topology/@cores", INT),
    Prop("cpu.topology.threads", "cpu/topology/@threads", INT),
    Prop("on_poweroff", "on_poweroff", choice("destroy", "restart", "preserve", "rename-restart")),
    Prop("on_reboot", "on_reboot", choice("destroy", "restart", "preserve", "rename-restart")),
    Prop(
        "on_crash",
        "on_crash",
        choice("destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"),
    ),
    *DEVICES,
)
