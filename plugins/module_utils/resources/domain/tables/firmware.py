# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's board: architecture, machine type, firmware, and what it boots from. Pure."""

from __future__ import annotations

import re

from ....deps import Element
from ....xml import path as xmlpath
from ....xml.table import Prop
from ....xml.types import PATH, STR, TEXT, YES_NO, Type, choice, number, values


def same_machine(there: str, wanted: str) -> bool:
    """libvirt expands an alias when it defines: ``q35`` to ``pc-q35-7.2``, ``pc`` to ``pc-i440fx-7.2``."""
    families = {"q35": "pc-q35", "pc": "pc-i440fx"}
    return there == wanted or re.fullmatch(re.escape(families.get(wanted, wanted)) + r"-[\w.]+", there) is not None


class _Firmware(Type):
    """``efi`` when libvirt has to choose a UEFI image, or one is named."""

    def read(self, root: Element, path: str) -> str:
        named = xmlpath.get_text(root, "os/loader/@type") == "pflash"
        return "efi" if named or xmlpath.get_text(root, path) == "efi" else "bios"

    def write(self, root: Element, path: str, value: str) -> None:
        xmlpath.set_text(root, path, "efi" if value == "efi" else None)


def _feature(name: str) -> Prop:
    """What the UEFI image has to have. libvirt chooses another one, with its own variables, when that changes."""
    return Prop(
        "firmware_features." + name.replace("-", "_"),
        f"os/firmware/feature[@name='{name}']/@enabled",
        YES_NO,
        clears=("os/loader", "os/nvram/@template"),
    )


#: A path that can be taken away again by an empty one.
_PATH_OR_NONE = Type({"type": "str"}, parse=lambda value: PATH.parse(value) if value else "", show=TEXT.show)


#: A path in an element that may be there for its attributes alone.
_NAMED = Type(PATH.spec, parse=PATH.parse, load=lambda text: text or None)


def _file(option: str, path: str) -> Prop:
    return Prop(option, path, _PATH_OR_NONE, absent="")


TABLE = (
    Prop("arch", "os/type/@arch", STR),
    Prop("machine", "os/type/@machine", Type({"type": "str"}, same=same_machine)),
    Prop(
        "firmware",
        "os/@firmware",
        _Firmware({"type": "str", "choices": ["bios", "efi"]}),
        clears=("os/loader", "os/nvram", "os/firmware"),  # of the other firmware
    ),
    _feature("secure-boot"),
    _feature("enrolled-keys"),
    # An image that is named takes the place of one that libvirt chooses.
    Prop("loader.path", "os/loader", _NAMED, clears=("os/@firmware", "os/firmware")),
    Prop("loader.type", "os/loader/@type", choice("pflash", "rom")),
    Prop("loader.readonly", "os/loader/@readonly", YES_NO),
    Prop("loader.secure", "os/loader/@secure", YES_NO),
    Prop("loader.stateless", "os/loader/@stateless", YES_NO),
    Prop("loader.format", "os/loader/@format", choice("qcow2", "raw")),
    Prop("nvram.path", "os/nvram", _NAMED),
    Prop("nvram.template", "os/nvram/@template", PATH),
    Prop("nvram.format", "os/nvram/@format", choice("qcow2", "raw")),
    Prop("boot", "os/boot/@dev", values(choice("hd", "cdrom", "network", "fd"))),
    Prop("bootmenu.enable", "os/bootmenu/@enable", YES_NO),
    Prop("bootmenu.timeout", "os/bootmenu/@timeout", number(0, 65535)),
    Prop("bios.use_serial", "os/bios/@useserial", YES_NO),
    Prop("bios.reboot_timeout", "os/bios/@rebootTimeout", number(-1, 65535)),
    _file("kernel", "os/kernel"),
    _file("initrd", "os/initrd"),
    Prop("cmdline", "os/cmdline", TEXT, absent=""),
    _file("dtb", "os/dtb"),
    _file("acpi_table", "os/acpi/table[@type='slic']"),
)
