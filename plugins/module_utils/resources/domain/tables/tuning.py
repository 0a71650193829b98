# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain may take of the host, and where: CPU time, pinning, memory and disk limits, NUMA nodes. Pure.

https://libvirt.org/formatdomain.html#cpu-tuning and the sections around it.
"""

from __future__ import annotations

import dataclasses
import itertools

from ....deps import Element
from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.quantities import SET, SIZE_ATTRIBUTE, SIZE_OR_UNLIMITED, UNLIMITED
from ....xml.table import Items, Prop
from ....xml.types import FLAG, INT, PATH, choice, count, number, quiet

#: Microseconds of an interval, and those of CPU time in it (negative: without limit).
_PERIOD, _QUOTA = number(1000, 1000000), number(-1)


def _same_weight(there: int, wanted: int) -> bool:
    """Of what runs libvirt shows the weight that the disks' scheduler has, and systemd scales it for BFQ.

    100 to 10000 become 100 to 1000 (BFQ_WEIGHT in systemd's src/basic/cgroup-util.h).
    """
    return there in (wanted, 100 + (wanted - 100) * 900 // 9900)


_WEIGHT = dataclasses.replace(number(100, 1000), same=_same_weight)

_SCHEDULERS = choice("batch", "fifo", "idle", "rr")

CPUTUNE = (
    Prop("cputune.shares", "cputune/shares", number(2, 262144), LIVE),
    Prop("cputune.period", "cputune/period", _PERIOD, LIVE),
    Prop("cputune.quota", "cputune/quota", _QUOTA, LIVE),
    Prop("cputune.global_period", "cputune/global_period", _PERIOD, LIVE),
    Prop("cputune.global_quota", "cputune/global_quota", _QUOTA, LIVE),
    Prop("cputune.emulator_period", "cputune/emulator_period", _PERIOD, LIVE),
    Prop("cputune.emulator_quota", "cputune/emulator_quota", _QUOTA, LIVE),
    Prop("cputune.iothread_period", "cputune/iothread_period", _PERIOD, LIVE),
    Prop("cputune.iothread_quota", "cputune/iothread_quota", _QUOTA, LIVE),
    Items(
        "cputune.vcpupin",
        "cputune/vcpupin",
        (Prop("vcpu", "@vcpu", INT, required=True), Prop("cpuset", "@cpuset", SET, LIVE, required=True)),
        identity=(("vcpu",),),
        apply=LIVE,
    ),
    Prop("cputune.emulatorpin", "cputune/emulatorpin/@cpuset", SET, LIVE),
    Items(
        "cputune.iothreadpin",
        "cputune/iothreadpin",
        (Prop("iothread", "@iothread", INT, required=True), Prop("cpuset", "@cpuset", SET, LIVE, required=True)),
        identity=(("iothread",),),
        apply=LIVE,
    ),
    Items(
        "cputune.vcpusched",
        "cputune/vcpusched",
        (
            Prop("vcpus", "@vcpus", SET, required=True),
            Prop("scheduler", "@scheduler", _SCHEDULERS, required=True),
            Prop("priority", "@priority", number(1, 99)),
        ),
        identity=(("vcpus",),),
    ),
    Items(
        "cputune.iothreadsched",
        "cputune/iothreadsched",
        (
            Prop("iothreads", "@iothreads", SET, required=True),
            Prop("scheduler", "@scheduler", _SCHEDULERS, required=True),
            Prop("priority", "@priority", number(1, 99)),
        ),
        identity=(("iothreads",),),
    ),
    Prop("cputune.emulatorsched.scheduler", "cputune/emulatorsched/@scheduler", _SCHEDULERS),
    Prop("cputune.emulatorsched.priority", "cputune/emulatorsched/@priority", number(1, 99)),
    Items(
        "cputune.cachetune",
        "cputune/cachetune",
        (
            Prop("vcpus", "@vcpus", SET, required=True),
            Items(
                "caches",
                "cache",
                (
                    Prop("id", "@id", INT, required=True),
                    Prop("level", "@level", number(2, 3), required=True),
                    Prop("type", "@type", choice("both", "code", "data"), required=True),
                    Prop("size", "@size", SIZE_ATTRIBUTE, required=True),
                ),
                identity=(("id", "level", "type"),),
            ),
        ),
        identity=(("vcpus",),),
    ),
    Items(
        "cputune.memorytune",
        "cputune/memorytune",
        (
            Prop("vcpus", "@vcpus", SET, required=True),
            Items(
                "nodes",
                "node",
                (
                    Prop("id", "@id", INT, required=True),
                    Prop("bandwidth", "@bandwidth", number(1, 100), required=True),
                ),
                identity=(("id",),),
            ),
        ),
        identity=(("vcpus",),),
    ),
)

_RATE = quiet(number(0), 0)

BLKIOTUNE = (
    Prop("blkiotune.weight", "blkiotune/weight", _WEIGHT, LIVE),
    Items(
        "blkiotune.devices",
        "blkiotune/device",
        (
            Prop("path", "path", PATH, required=True),
            Prop("weight", "weight", dataclasses.replace(quiet(number(0, 1000), 0), same=_same_weight), LIVE, absent=0),
            Prop("read_iops_sec", "read_iops_sec", _RATE, LIVE, absent=0),
            Prop("write_iops_sec", "write_iops_sec", _RATE, LIVE, absent=0),
            Prop("read_bytes_sec", "read_bytes_sec", _RATE, LIVE, absent=0),
            Prop("write_bytes_sec", "write_bytes_sec", _RATE, LIVE, absent=0),
        ),
        identity=(("path",),),
        apply=LIVE,
    ),
)

MEMTUNE = (
    Prop("memtune.hard_limit", "memtune/hard_limit", SIZE_OR_UNLIMITED, LIVE, absent=UNLIMITED),
    Prop("memtune.soft_limit", "memtune/soft_limit", SIZE_OR_UNLIMITED, LIVE, absent=UNLIMITED),
    Prop("memtune.swap_hard_limit", "memtune/swap_hard_limit", SIZE_OR_UNLIMITED, LIVE, absent=UNLIMITED),
)

_MODES = choice("interleave", "preferred", "restrictive", "strict")

NUMATUNE = (
    Prop("numatune.mode", "numatune/memory/@mode", _MODES),
    Prop("numatune.placement", "numatune/memory/@placement", choice("static", "auto")),
    Prop("numatune.nodeset", "numatune/memory/@nodeset", SET, LIVE),
    Items(
        "numatune.memnodes",
        "numatune/memnode",
        (
            Prop("cellid", "@cellid", INT, required=True),
            Prop("mode", "@mode", _MODES, required=True),
            Prop("nodeset", "@nodeset", SET, required=True),
        ),
        identity=(("cellid",),),
    ),
)


def _drop_last_threads(root: Element, count: int) -> None:
    """Those that are named one by one are no more than there are: the last go."""
    named = xmlpath.find_all(root, "iothreadids/iothread")
    for element in sorted(named, key=lambda one: int(xmlpath.the_text(one, "@id")))[count:]:
        xmlpath.remove(root, f"iothreadids/iothread[@id='{element.get('id')}']")


def spell_out_iothreads(root: Element) -> None:
    """Name the threads that are only counted as libvirt does: it gives them the first free numbers."""
    named = {int(xmlpath.the_text(one, "@id")) for one in xmlpath.find_all(root, "iothreadids/iothread")}
    free = (number for number in itertools.count(1) if number not in named)
    for _one in range(int(xmlpath.get_text(root, "iothreads") or 0) - len(named)):
        xmlpath.append(root, "iothreadids/iothread", xmlpath.element("iothread", id=str(next(free))))


IOTHREADS = (
    Items(
        "iothread_ids",
        "iothreadids/iothread",
        (
            Prop("id", "@id", number(1), required=True),
            Prop("thread_pool_min", "@thread_pool_min", number(0)),
            Prop("thread_pool_max", "@thread_pool_max", number(0)),
        ),
        identity=(("id",),),
        apply=LIVE,
    ),
    Prop("iothreads", "iothreads", quiet(count(0, 16384), 0), LIVE, absent=0, first=_drop_last_threads),
)

#: What the kernel counts of a guest, by the names of libvirt's events.
PERF = tuple(
    Prop(
        "perf." + event,
        f"perf/event[@name='{event}']/@enabled",
        FLAG,
        LIVE,
        absent=False,
        drop=f"perf/event[@name='{event}']",
    )
    for event in (
        "cmt",
        "mbmt",
        "mbml",
        "cpu_cycles",
        "instructions",
        "cache_references",
        "cache_misses",
        "branch_instructions",
        "branch_misses",
        "bus_cycles",
        "stalled_cycles_frontend",
        "stalled_cycles_backend",
        "ref_cpu_cycles",
        "cpu_clock",
        "task_clock",
        "page_faults",
        "context_switches",
        "cpu_migrations",
        "page_faults_min",
        "page_faults_maj",
        "alignment_faults",
        "emulation_faults",
    )
)

TABLE = (*IOTHREADS, *CPUTUNE, *BLKIOTUNE, *MEMTUNE, *NUMATUNE, *PERF)
