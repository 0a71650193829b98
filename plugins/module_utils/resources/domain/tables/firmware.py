# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's board: architecture, machine type, firmware, and what it boots from. Pure."""

from __future__ import annotations

import re
import typing as t

from ....xml import path as xmlpath
from ....xml.table import Prop
from ....xml.types import STR, Type, choice, values


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
    Prop("arch", "os/type/@arch", STR),
    Prop("machine", "os/type/@machine", Type({"type": "str"}, same=_same_machine)),
    Prop("firmware", "os/@firmware", _Firmware({"type": "str", "choices": ["bios", "efi"]})),
    Prop("boot", "os/boot/@dev", values(choice("hd", "cdrom", "network", "fd"))),
)
