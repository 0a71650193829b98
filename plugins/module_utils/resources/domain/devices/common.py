# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several groups of devices have in common: aliases, kinds of source, PCI addresses. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ....deps import etree
from ....diff import LIVE
from ....errors import InvalidOption
from ....xml import path as xmlpath
from ....xml.table import Prop, Table
from ....xml.types import LIMIT, ON_OFF, PATH, STR, YES_NO, Type, number

#: Without these, libvirt's own names for devices are no aliases to declare.
_OWN = "ua-"


def _alias(value: t.Any) -> str:
    text = str(value)
    if not re.fullmatch(r"ua-[A-Za-z0-9_-]+", text):
        raise InvalidOption(
            "'{0}' is no alias of one's own".format(text),
            remedy="Start it with ua-, and use letters, digits, - and _ only; all other aliases are libvirt's to give",
        )
    return text


class _Alias(Type):
    """The alias of the user's own. A running domain shows one of libvirt's where there is none."""

    def read(self, root: t.Any, path: str) -> t.Optional[str]:
        text = xmlpath.get_text(root, path)
        return text if text is not None and text.startswith(_OWN) else None


#: Survives every definition, and tells devices apart that are alike otherwise.
ALIAS = Prop("alias", "alias/@name", _Alias(STR.spec, parse=_alias))
BOOT_ORDER = Prop("boot_order", "boot/@order", number(1, 65535))


@dataclasses.dataclass(frozen=True, eq=False)
class OfKind(Prop):
    """An option that a device has only when it is of the type ``kind``.

    Writing it makes the device one of that type: what is left of another type's ``source`` would contradict it.
    """

    kind: str = ""

    def read(self, root: t.Any) -> t.Any:
        return super().read(root) if root.get("type") == self.kind else None

    def write(self, root: t.Any, value: t.Any) -> None:
        if root.get("type") != self.kind:
            xmlpath.remove(root, "source")
            for element in root.findall("source"):
                root.remove(element)
            root.set("type", self.kind)
        super().write(root, value)


@dataclasses.dataclass(frozen=True)
class Device(Type):
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


_PCI = re.compile(r"(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])", re.IGNORECASE)
_PARTS = ("domain", "bus", "slot", "function")


def _pci(value: t.Any) -> str:
    found = _PCI.fullmatch(str(value))
    if not found or int(found.group(3), 16) > 0x1F:
        raise InvalidOption(
            "'{0}' is no PCI address".format(value), remedy="Write it as lspci -D does, such as 0000:65:00.0"
        )
    return "{0:04x}:{1:02x}:{2:02x}.{3:x}".format(*(int(part or "0", 16) for part in found.groups()))


class _PciAddress(Type):
    """``0000:65:00.0`` as four attributes of an ``address`` element."""

    def read(self, root: t.Any, path: str) -> t.Optional[str]:
        element = xmlpath.find(root, xmlpath.split(path)[0])
        if element is None or element.get("bus") is None:
            return None
        return "{0:04x}:{1:02x}:{2:02x}.{3:x}".format(*(int(element.get(part, "0"), 16) for part in _PARTS))

    def write(self, root: t.Any, path: str, value: str) -> None:
        element = xmlpath.make(root, xmlpath.split(path)[0])
        for part, text in zip(_PARTS, re.split("[:.]", value)):
            element.set(part, "0x" + text)


PCI_ADDRESS = _PciAddress(STR.spec, parse=_pci)


def virtio_options(path: str = "driver") -> Table:
    """How a virtio device talks to the host (https://libvirt.org/formatdomain.html#virtio-related-options)."""
    return tuple(
        Prop(name, "{0}/@{1}".format(path, name), ON_OFF) for name in ("iommu", "ats", "packed", "page_per_vq")
    )


def rates(path: str, names: t.Sequence[str], option: str) -> Table:
    """Limits of the traffic in one direction, changed at once. Without ``average``, the first, there is no limit."""
    return tuple(
        Prop(
            "{0}.{1}".format(option, name),
            "{0}/@{1}".format(path, name),
            LIMIT,
            LIVE,
            absent=0,
            drop=path if name == names[0] else "",
        )
        for name in names
    )


#: The ROM that a PCI device brings along for the firmware.
ROM: Table = (
    Prop("rom.enabled", "rom/@enabled", YES_NO),
    Prop("rom.bar", "rom/@bar", ON_OFF),
    Prop("rom.file", "rom/@file", PATH),
)
