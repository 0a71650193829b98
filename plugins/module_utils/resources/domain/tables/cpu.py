# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's vCPUs: how many, and what the guest sees of them. Pure."""

from __future__ import annotations

from ....deps import Element
from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.quantities import BYTES_ATTRIBUTE, SET, SIZE_ATTRIBUTE
from ....xml.table import Items, Prop
from ....xml.types import INT, ON_OFF, STR, YES_NO, choice, count, number
from .memory import ACCESS


def _keep_online(root: Element, ceiling: int) -> None:
    """Those that are online stay so, as far as they fit: without ``current`` all would be."""
    online = xmlpath.get_text(root, "vcpu/@current") or xmlpath.get_text(root, "vcpu")
    if online:
        xmlpath.set_text(root, "vcpu/@current", str(min(int(online), ceiling)))


#: No set of CPUs that libvirt takes has more.
_COUNT = count(0, 16384)

VCPUS = (
    Prop("vcpus_max", "vcpu", _COUNT, first=_keep_online),
    Prop("vcpus", "vcpu/@current", _COUNT, LIVE, new=1, fallback="vcpu"),
    Prop("vcpus_placement", "vcpu/@placement", choice("auto", "static")),
    Prop("vcpus_cpuset", "vcpu/@cpuset", SET),
)

#: The parts of a topology, which multiply; those in the second line are 1 where nothing is said.
TOPOLOGY = ("sockets", "cores", "threads")
TOPOLOGY_EXTRA = ("dies", "clusters")

CELLS = Items(
    "cpu.numa",
    "cpu/numa/cell",
    (
        Prop("id", "@id", INT, required=True),
        Prop("cpus", "@cpus", SET),
        Prop("memory", "@memory", SIZE_ATTRIBUTE, required=True),
        Prop("mem_access", "@memAccess", ACCESS),
        Prop("discard", "@discard", YES_NO),
        Items(
            "distances",
            "distances/sibling",
            (Prop("id", "@id", INT, required=True), Prop("value", "@value", number(10, 255), required=True)),
            identity=(("id",),),
        ),
        Items(
            "caches",
            "cache",
            (
                Prop("level", "@level", INT, required=True),
                Prop("associativity", "@associativity", choice("direct", "full", "none"), required=True),
                Prop("policy", "@policy", choice("none", "writeback", "writethrough"), required=True),
                Prop("size", "size/@value", SIZE_ATTRIBUTE, required=True),
                Prop("line", "line/@value", BYTES_ATTRIBUTE, required=True),
            ),
            identity=(("level",),),
        ),
    ),
    identity=(("id",),),
)

TABLE = (
    Prop(
        "cpu.mode",
        "cpu/@mode",
        choice("host-model", "host-passthrough", "maximum", "custom"),
        clears=lambda mode: () if mode == "custom" else ("cpu/model",),  # which that mode alone has
    ),
    Prop("cpu.model", "cpu/model", STR),
    Prop("cpu.model_fallback", "cpu/model/@fallback", choice("allow", "forbid")),
    Prop("cpu.vendor_id", "cpu/model/@vendor_id", STR),
    Prop("cpu.vendor", "cpu/vendor", STR),
    Prop("cpu.match", "cpu/@match", choice("exact", "minimum", "strict")),
    Prop("cpu.check", "cpu/@check", choice("full", "none", "partial")),
    Prop("cpu.migratable", "cpu/@migratable", ON_OFF),
    Prop("cpu.maxphysaddr.mode", "cpu/maxphysaddr/@mode", choice("emulate", "passthrough")),
    Prop("cpu.maxphysaddr.bits", "cpu/maxphysaddr/@bits", number(32, 64)),
    Prop("cpu.maxphysaddr.limit", "cpu/maxphysaddr/@limit", number(32, 64)),
    *(
        Prop("cpu.topology." + part, "cpu/topology/@" + part, INT, absent=None if part in TOPOLOGY else 1)
        for part in ("sockets", "dies", "clusters", "cores", "threads")
    ),
    Prop("cpu.cache.level", "cpu/cache/@level", number(1, 3)),
    Prop("cpu.cache.mode", "cpu/cache/@mode", choice("disable", "emulate", "passthrough")),
    Items(
        "cpu.features",
        "cpu/feature",
        (
            Prop("name", "@name", STR, required=True),
            Prop("policy", "@policy", choice("disable", "forbid", "force", "optional", "require"), new="require"),
        ),
        identity=(("name",),),
    ),
    CELLS,
)
