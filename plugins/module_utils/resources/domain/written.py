# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``xml`` says of a domain, as libvirt writes it: where it says the same otherwise than in other digits. Pure."""

from __future__ import annotations

import copy
import typing as t

from ...errors import FleetError
from ...xml import path as xmlpath
from ...xml import table as tables
from ...xml.quantities import MEMORY, members
from .devices.memory import memory_of_devices
from .tables.cpu import CELLS

#: The unit of memory that POWER plugs.
_POWER_BLOCK = 256 * 1024 * 1024


def written(root: t.Any) -> t.Any:
    """``root``, changed in place."""
    for source in root.xpath("devices//*[@type='udp']/source[@mode='bind'][preceding-sibling::source]"):
        source.getparent().find("source").addprevious(source)  # where a port listens goes first
    for source in root.xpath("devices/*/source[@protocol='iscsi'][@name][not(contains(@name, '/'))]"):
        source.set("name", source.get("name") + "/0")  # the unit of the target
    for tag, attribute in (("vcpusched", "vcpus"), ("iothreadsched", "iothreads")):
        for element in root.findall("cputune/" + tag):
            _one_by_one(element, attribute)
    for video in root.xpath("devices/video[model/@primary='yes'][preceding-sibling::video]"):
        root.find("devices/video").addprevious(video)
    arch = xmlpath.get_text(root, "os/type/@arch") or ""
    if arch.startswith("ppc64"):
        for size in root.xpath("devices/memory[@model='dimm' or @model='nvdimm']/target/size"):
            _in_blocks(size)
    if arch not in ("", "x86_64", "i686"):
        for target in root.xpath("devices/serial/target[@type='isa-serial']"):  # which these have not
            del target.attrib["type"]
    _count_cells(root)
    return root


def _in_blocks(size: t.Any) -> None:
    """POWER has memory in blocks: of a DIMM up to the next one, of what is in a file without its label down."""
    target = size.getparent()
    there, label = (MEMORY.read(target, place) or 0 for place in ("size", "label/size"))
    file = target.getparent().get("model") == "nvdimm"
    blocks = (there - label) // _POWER_BLOCK if file else -(-there // _POWER_BLOCK)
    if blocks:
        MEMORY.write(target, "size", blocks * _POWER_BLOCK + label)


def _one_by_one(element: t.Any, attribute: str) -> None:
    """Schedulers are those of a single vCPU or thread."""
    try:
        numbers = members(element.get(attribute, ""))
    except FleetError:  # which libvirt reports
        return
    for number in reversed(numbers[1:]):
        another = copy.deepcopy(element)
        another.set(attribute, str(number))
        element.addnext(another)
    element.set(attribute, str(numbers[0]))


def _count_cells(root: t.Any) -> None:
    """The memory of a guest with cells is what those have, and its memory devices, whatever is said of it."""
    cells = (tables.read((CELLS,), root).get(CELLS.option) or []) if root.find("memory") is not None else []
    if not cells or not all("memory" in cell for cell in cells):
        return
    total = sum(cell["memory"] for cell in cells) + memory_of_devices(root)
    MEMORY.write(root, "memory", total)
    if root.find("currentMemory") is not None:
        MEMORY.write(root, "currentMemory", min(total, MEMORY.read(root, "currentMemory") or total))
