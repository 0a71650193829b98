# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several groups of devices have in common: aliases, kinds of source, PCI addresses. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ....deps import Element
from ....errors import InvalidOption
from ....rule import Rule
from ....xml import parse
from ....xml import path as xmlpath
from ....xml.table import Prop, Table
from ....xml.types import ON_OFF, PATH, STR, YES_NO, Type, choice, number

#: Without these, libvirt's own names for devices are no aliases to declare.
_OWN = "ua-"


def _alias(value: t.Any) -> str:
    text = str(value)
    if not re.fullmatch(r"ua-[A-Za-z0-9_-]+", text):
        raise InvalidOption(
            f"'{text}' is not a valid alias",
            remedy="Start it with ua-, and use letters, digits, - and _ only; other aliases are reserved for libvirt",
        )
    return text


#: Survives every definition, and identifies devices that are alike otherwise.
#: A running domain shows one of libvirt's where there is none.
ALIAS = Prop(
    "alias", "alias/@name", Type(STR.spec, parse=_alias, load=lambda text: text if text.startswith(_OWN) else None)
)
BOOT_ORDER = Prop("boot_order", "boot/@order", number(1, 65535))
#: What happens at the start of a domain without the file or the device on the host.
STARTUP_POLICY = Prop("startup_policy", "source/@startupPolicy", choice("mandatory", "requisite", "optional"))
#: Which SCSI commands of the guest reach a device of the host.
SGIO = Prop("sgio", "@sgio", choice("filtered", "unfiltered"))
#: Who draws the pointer of a SPICE viewer.
MOUSE_MODE = choice("server", "client")
#: The versions of virtio that a device may speak.
VIRTIO_MODELS = ("virtio", "virtio-transitional", "virtio-non-transitional")
VIRTIO_MODEL = choice(*VIRTIO_MODELS)


@dataclasses.dataclass(frozen=True, eq=False)
class OfKind(Prop):
    """An option that a device has only when it is of the type ``kind``, which ``kind_of`` tells.

    Writing it makes the device one of that type: what is left of another type's source, and in ``leaves``, would
    contradict it.
    """

    kind: str = ""
    leaves: t.Tuple[str, ...] = ()
    kind_of: t.Callable[[Element], t.Optional[str]] = lambda root: root.get("type")

    def read(self, root: Element) -> t.Any:
        return super().read(root) if self.kind_of(root) == self.kind else None

    def write(self, root: Element, value: t.Any) -> None:
        if self.kind_of(root) != self.kind:
            for place in ("source", *self.leaves):
                xmlpath.remove_all(root, place)
        root.set("type", self.kind)
        super().write(root, value)


@dataclasses.dataclass(frozen=True)
class DevicePresence(Type):
    """A device that is either there, as ``template``, or not. ``known_by`` is a place and text that identify it."""

    template: str = ""
    known_by: t.Tuple[str, str] = ("", "")

    def read(self, root: Element, path: str) -> bool:
        return bool(self._found(root, path))

    def write(self, root: Element, path: str, value: bool) -> None:
        for element in self._found(root, path):
            xmlpath.detach(element)
        if value:
            xmlpath.append(root, path, parse.again(self.template))

    def _found(self, root: Element, path: str) -> t.List[Element]:
        place, text = self.known_by
        return [one for one in xmlpath.find_all(root, path) if xmlpath.get_text(one, place) == text]


def virtio_options(path: str = "driver") -> Table:
    """How a virtio device talks to the host (https://libvirt.org/formatdomain.html#virtio-related-options)."""
    return tuple(Prop(name, f"{path}/@{name}", ON_OFF) for name in ("iommu", "ats", "packed", "page_per_vq"))


#: The number that the guest's firmware gives a PCI device, and its system names it by.
ACPI_INDEX = Prop("acpi_index", "acpi/@index", number(1, 16383))


def teaming(*types: str) -> Table:
    """Two interfaces of which the guest makes one; a device can be one of ``types``."""
    return (
        Prop("teaming.type", "teaming/@type", choice(*types)),
        Prop("teaming.persistent", "teaming/@persistent", STR),
    )


#: The ROM that a PCI device brings along for the firmware.
ROM: Table = (
    Prop("rom.enabled", "rom/@enabled", YES_NO),
    Prop("rom.bar", "rom/@bar", ON_OFF),
    Prop("rom.file", "rom/@file", PATH),
)


#: Bytes of the path of a socket that libvirt makes.
LONGEST_SOCKET = 107


def long_socket(option: str, types: t.Optional[t.Sequence[str]] = None, longest: int = LONGEST_SOCKET) -> Rule:
    """The kernel has room for a path of 108 bytes in the address of a socket (unix(7)). libvirt wants one of them for
    an end of the text, where it makes the socket itself; QEMU does not, where it is a client.
    """
    return Rule(
        lambda item: (
            (types is None or item.get("type", "unix") in types)
            and len((item.get(option) or "").encode()) > longest
            and len(item[option].encode())
        ),
        option,
        "{0} bytes are too long for the path of a socket",
        f"Use a path of at most {longest} bytes",
        in_xml=True,
    )
