# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""libvirt's capabilities as plain dictionaries: what people choose by, not all that they hold. Pure."""

from __future__ import annotations

import re
import typing as t

from ..deps import Element
from ..units import parse_size
from ..xml.parse import parse
from ..xml.path import the_text

#: pc-q35-7.2, virt-9.1: a machine type of one QEMU release. Guests are declared by the alias: q35, virt.
_VERSIONED = re.compile(r"\d+\.\d+")


def summarize_capabilities(text: str) -> t.Dict[str, t.Any]:
    """Host CPU and guest types of ``virConnectGetCapabilities`` (https://libvirt.org/formatcaps.html)."""
    root = parse(text, where="capabilities")
    return {
        "arch": root.findtext("host/cpu/arch"),
        "cpu": {"model": root.findtext("host/cpu/model"), "vendor": root.findtext("host/cpu/vendor")},
        "guests": [
            {
                "arch": the_text(guest, "arch/@name"),
                "os_type": guest.findtext("os_type"),
                "domain_types": [domain.get("type") for domain in guest.findall("arch/domain")],
                "machines": sorted(
                    {m.text for m in guest.findall("arch//machine") if m.text and not _VERSIONED.search(m.text)}
                ),
            }
            for guest in root.findall("guest")
        ],
    }


def list_cells(text: str) -> t.List[t.Dict[str, t.Any]]:
    """The NUMA cells: ``id``, ``cpus`` (numbers), ``memory`` (bytes), ``hugepages`` (``size`` in bytes, ``total``)."""
    return [
        {
            "id": int(the_text(cell, "@id")),
            "cpus": [int(the_text(cpu, "@id")) for cpu in cell.findall("cpus/cpu")],
            "memory": _size(cell.find("memory")),
            "hugepages": [
                {
                    "size": parse_size(the_text(page, "@size"), the_text(page, "@unit")),
                    "total": int(the_text(page, ".")),
                }
                # The first is the CPU's ordinary page; libvirt lists them by size.
                for page in cell.findall("pages")[1:]
            ],
        }
        for cell in parse(text, where="capabilities").findall("host/topology/cells/cell")
    ]


def _size(element: t.Optional[Element]) -> t.Optional[int]:
    """Bytes of an element with a unit, in KiB when it does not say; ``None`` without the element."""
    return None if element is None else parse_size(element.text or "", element.get("unit") or "KiB")
