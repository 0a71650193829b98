# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's memory devices (https://libvirt.org/formatdomain.html#memory-devices). Pure."""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....diff import LIVE
from ....xml.table import Items, Prop
from ....xml.types import PATH, PRESENCE, STR, UUID, YES_NO, choice, number, size
from .common import ALIAS

_SIZE = size()

MEMORY_DEVICES = Items(
    "memory_devices",
    "devices/memory",
    (
        Prop("model", "@model", choice("dimm", "virtio-mem", "nvdimm", "virtio-pmem", "sgx-epc"), required=True),
        Prop("access", "@access", choice("shared", "private")),
        Prop("discard", "@discard", YES_NO),
        Prop("uuid", "uuid", UUID),
        Prop("size", "target/size", size(), required=True),
        Prop("node", "target/node", number(0)),
        Prop("block", "target/block", size()),
        Prop("requested", "target/requested", size(), LIVE),
        Prop("label_size", "target/label/size", size()),
        Prop("readonly", "target/readonly", PRESENCE),
        Prop("path", "source/path", PATH),
        Prop("alignsize", "source/alignsize", size()),
        Prop("pmem", "source/pmem", PRESENCE),
        Prop("pagesize", "source/pagesize", size()),
        Prop("nodemask", "source/nodemask", STR),
        ALIAS,
    ),
    identity=(("alias",), ("path",), ("model", "size", "node")),
)


#: Where a domain's memory is said, by the option.
PLACES = {"memory_max": "memory", "memory": "currentMemory"}


def memory_of_devices(root: Element) -> int:
    """What all memory devices have together, in bytes."""
    return sum(_SIZE.read(one, "target/size") or 0 for one in MEMORY_DEVICES.elements(root))


def count_memory(root: Element, more: int, declared: t.Mapping[str, t.Any]) -> None:
    """libvirt counts memory devices as part of the domain's memory: what is not declared goes along with them."""
    for option, place in PLACES.items():
        before = _SIZE.read(root, place)
        if more and before is not None and option not in declared:
            _SIZE.write(root, place, before + more)
