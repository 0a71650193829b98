# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of domains (https://libvirt.org/formatdomain.html). Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...deps import etree
from ...diff import LIVE
from ...xml import path as xmlpath
from ...xml.table import Desired, Items, Prop, Table
from ...xml.types import INT, MAC, PATH, PRESENCE, SECRET, STR, TEXT, UUID, YES_NO, SizeType, Type, choice, size, values


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


@dataclasses.dataclass(frozen=True)
class _Device(Type):
    """A device that is either there, as ``template``, or not. ``known_by`` is a place and text that tell it apart."""

    template: str = ""
    known_by: t.Tuple[str, str] = ("", "")

    def read(self, root: t.Any, path: str) -> bool:
        return bool(self._found(root, path))

    def write(self, root: t.Any, path: str, value: bool) -> None:
        for element in self._found(root, path):
            element.getparent().remove(element)
        if value:
            xmlpath.append(root, path, etree.fromstring(self.template))

    def _found(self, root: t.Any, path: str) -> t.List[t.Any]:
        place, text = self.known_by
        return [one for one in xmlpath.find_all(root, path) if xmlpath.get_text(one, place) == text]


AGENT = _Device(
    spec={"type": "bool"},
    parse=bool,
    template="<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    known_by=("target/@name", "org.qemu.guest_agent.0"),
)
RNG = _Device(
    spec={"type": "bool"},
    parse=bool,
    template="<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    known_by=("@model", "virtio"),
)

#: The bus of a new disk, by its device.
_BUSES = {"disk": "virtio", "lun": "scsi", "cdrom": "sata", "floppy": "fdc"}
#: Drives whose medium changes.
REMOVABLE = ("cdrom", "floppy")
#: The first letters of target names, by bus.
PREFIXES = {"virtio": "vd", "ide": "hd", "fdc": "fd"}


def _complete_disk(item: Desired) -> Desired:
    """A new disk has libvirt's best bus for its device; media that cannot be written are read-only."""
    device = item.setdefault("device", "disk")
    item.setdefault("bus", _BUSES[device])
    if device == "cdrom":
        item.setdefault("readonly", True)
    if item.get("format") is None and (item.get("file") or item.get("block")):
        item["format"] = "raw"
    return item


DISKS = Items(
    "disks",
    "devices/disk",
    (
        Prop("device", "@device", choice("disk", "cdrom", "floppy", "lun"), absent="disk"),
        Prop("format", "driver/@type", choice("raw", "qcow2")),
        Prop("cache", "driver/@cache", choice("default", "none", "writethrough", "writeback", "directsync", "unsafe")),
        Prop("io", "driver/@io", choice("threads", "native", "io_uring")),
        Prop("discard", "driver/@discard", choice("ignore", "unmap")),
        Prop("detect_zeroes", "driver/@detect_zeroes", choice("off", "on", "unmap")),
        Prop("file", "source/@file", PATH, holds={"@type": "file", "source/@dev": None}),
        Prop("block", "source/@dev", PATH, holds={"@type": "block", "source/@file": None}),
        Prop("target", "target/@dev", STR),
        Prop("bus", "target/@bus", choice("virtio", "scsi", "sata", "ide", "usb", "fdc"), holds={"address": None}),
        Prop("readonly", "readonly", PRESENCE),
        Prop("shareable", "shareable", PRESENCE),
        Prop("serial", "serial", STR),
        Prop("boot_order", "boot/@order", INT),
        Prop("alias", "alias/@name", STR),
    ),
    identity=(("target",), ("alias",), ("file", "block")),
    apply=LIVE,
    complete=_complete_disk,
    extra={"pool": {"type": "str"}, "volume": {"type": "str"}},
)


@dataclasses.dataclass(frozen=True)
class _Connection(Type):
    """What an interface is connected to. ``kind`` is the type of interface that has it.

    A running domain shows beside the network what that came to: an interface of type ``bridge`` or ``direct`` that
    names a network is still connected to the network.
    """

    kind: str = ""

    def read(self, root: t.Any, path: str) -> t.Optional[str]:
        kind = "network" if xmlpath.get_text(root, "source/@network") else root.get("type")
        return super().read(root, path) if kind == self.kind else None

    def write(self, root: t.Any, path: str, value: str) -> None:
        root.set("type", self.kind)
        super().write(root, path, value)


#: What an interface's other source leaves behind.
_NO_SOURCE = {"source/@" + name: None for name in ("network", "portgroup", "portid", "bridge", "dev", "mode")}

INTERFACES = Items(
    "interfaces",
    "devices/interface",
    (
        Prop("mac", "mac/@address", MAC),
        Prop(
            "network",
            "source/@network",
            _Connection(spec=STR.spec, parse=STR.parse, kind="network"),
            LIVE,
            holds=_NO_SOURCE,
        ),
        Prop(
            "bridge",
            "source/@bridge",
            _Connection(spec=STR.spec, parse=STR.parse, kind="bridge"),
            LIVE,
            holds=_NO_SOURCE,
        ),
        Prop("direct", "source/@dev", _Connection(spec=STR.spec, parse=STR.parse, kind="direct"), holds=_NO_SOURCE),
        Prop(
            "direct_mode",
            "source/@mode",
            _Connection(spec=choice("vepa", "bridge", "private", "passthrough").spec, kind="direct"),
        ),
        Prop("model", "model/@type", STR, new="virtio"),
        Prop("queues", "driver/@queues", INT),
        Prop("mtu", "mtu/@size", INT),
        Prop("link", "link/@state", choice("up", "down"), LIVE, absent="up"),
        Prop("boot_order", "boot/@order", INT),
        Prop("alias", "alias/@name", STR),
    ),
    identity=(("mac",), ("alias",), ("network", "bridge", "direct")),
    apply=LIVE,
)

#: Character devices that need no peer on the host.
_CHARDEV_TYPES = ("pty", "file", "null")


def _chardev_members() -> Table:
    return (
        Prop("type", "@type", choice(*_CHARDEV_TYPES), new="pty"),
        Prop("port", "target/@port", INT),
        Prop("target_type", "target/@type", STR),
        # pty: libvirt fills in which one at run time.
        Prop("path", "source/@path", PATH),
        Prop("log", "log/@file", PATH),
        Prop("alias", "alias/@name", STR),
    )


def _not_an_echo(element: t.Any) -> bool:
    """libvirt repeats the first serial port as a console; that is no device of its own."""
    return xmlpath.get_text(element, "target/@type") not in (None, "serial")


SERIALS = Items("serials", "devices/serial", _chardev_members(), identity=(("alias",), ("port",), ("path",), ("type",)))
CONSOLES = Items(
    "consoles",
    "devices/console",
    _chardev_members(),
    identity=(("alias",), ("port",), ("path",), ("type",)),
    select=_not_an_echo,
    complete=lambda item: dict({"target_type": "virtio"}, **item),
)


class _Listen(Type):
    """The address that a display listens on; libvirt says it twice."""

    def write(self, root: t.Any, path: str, value: str) -> None:
        xmlpath.set_text(root, path, value)
        xmlpath.set_text(root, "listen[@type='address']/@address", value)


GRAPHICS = Items(
    "graphics",
    "devices/graphics",
    (
        Prop("type", "@type", choice("vnc", "spice"), required=True),
        Prop("listen", "@listen", _Listen({"type": "str"}), new="127.0.0.1"),
        Prop("autoport", "@autoport", YES_NO, absent=False),
        Prop("port", "@port", INT),
        Prop("keymap", "@keymap", Type({"type": "str", "no_log": False})),
        Prop("password", "@passwd", SECRET, LIVE),
    ),
    identity=(("type",),),
    complete=lambda item: dict({} if "port" in item else {"autoport": True}, **item),
)

VIDEOS = Items(
    "videos",
    "devices/video",
    (
        Prop("model", "model/@type", choice("virtio", "vga", "qxl", "bochs", "cirrus", "ramfb", "none"), required=True),
        Prop("heads", "model/@heads", INT),
        Prop("vram", "model/@vram", INT),
    ),
    identity=(("model",),),
)

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
    DISKS,
    INTERFACES,
    SERIALS,
    CONSOLES,
    GRAPHICS,
    VIDEOS,
    Prop("agent", "devices/channel", AGENT, new=True),
    Prop("rng", "devices/rng", RNG, new=True),
    Prop("watchdog.model", "devices/watchdog/@model", choice("i6300esb", "itco", "ib700", "diag288")),
    Prop(
        "watchdog.action",
        "devices/watchdog/@action",
        choice("reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"),
    ),
)
