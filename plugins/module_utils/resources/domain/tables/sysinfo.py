# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data of the firmware for the guest: SMBIOS tables and fw_cfg. Pure.

https://libvirt.org/formatdomain.html#smbios-system-information
"""

from __future__ import annotations

from ....xml.table import Items, Prop
from ....xml.types import LINES, PATH, STR, TEXT, choice, confidential, values

#: The blocks of type smbios: by option its element and what libvirt lets it say.
_BLOCKS = {
    "bios": ("bios", ("vendor", "version", "date", "release")),
    "system": ("system", ("manufacturer", "product", "version", "serial", "uuid", "sku", "family")),
    "base_board": ("baseBoard", ("manufacturer", "product", "version", "serial", "asset", "location")),
    "chassis": ("chassis", ("manufacturer", "version", "serial", "asset", "sku")),
}

_SMBIOS = "sysinfo[@type='smbios']/"

TABLE = (
    Prop("smbios", "os/smbios/@mode", choice("emulate", "host", "sysinfo")),
    *(
        Prop(
            f"sysinfo.{block}.{entry}",
            f"{_SMBIOS}{tag}/entry[@name='{entry}']",
            TEXT,
            absent="",
        )
        for block, (tag, entries) in _BLOCKS.items()
        for entry in entries
    ),
    Prop("sysinfo.oem_strings", _SMBIOS + "oemStrings/entry", values(confidential(STR))),
    Items(
        "sysinfo.fwcfg",
        "sysinfo[@type='fwcfg']/entry",
        (
            Prop("name", "@name", STR, required=True),
            Prop("value", ".", confidential(LINES), absent=""),
            Prop("file", "@file", PATH),
        ),
        identity=(("name",),),
    ),
)
