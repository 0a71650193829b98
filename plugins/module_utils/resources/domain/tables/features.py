# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's features: what of the board, the hypervisor and its enlightenments the guest is given. Pure.

https://libvirt.org/formatdomain.html#hypervisor-features
"""

from __future__ import annotations

import typing as t

from ....xml.table import Prop, Table
from ....xml.types import INT, ON_OFF, PRESENCE, STR, TEXT, YES_NO, choice, number, quiet, size

#: Features that are there or not.
_MARKS = ("acpi", "apic", "pae", "hap")

#: Features with a state, by libvirt's names.
_SWITCHES = ("pmu", "vmport", "smm", "pvspinlock", "vmcoreinfo", "htm", "ps2", "ras")

_HYPERV_SWITCHES = (
    "relaxed",
    "vapic",
    "spinlocks",
    "vpindex",
    "runtime",
    "synic",
    "stimer",
    "reset",
    "frequencies",
    "reenlightenment",
    "tlbflush",
    "ipi",
    "evmcs",
    "avic",
    "emsr_bitmap",
    "xmm_input",
)

_KVM_SWITCHES = ("hidden", "hint-dedicated", "poll-control", "pv-ipi", "dirty-ring")


def _switches(parent: str, names: Table) -> Table:
    return tuple(
        Prop(
            f"{parent.replace('/', '.')}.{name.replace('-', '_')}",
            "/".join((parent, name, "@state")),
            ON_OFF,
        )
        for name in names
    )


def _named_beside(mode: str) -> t.Tuple[str, ...]:
    """All of the host's enlightenments: none can be named beside that."""
    return ("features/hyperv",) if mode == "passthrough" else ()


TABLE = (
    *(Prop("features." + name, "features/" + name, quiet(PRESENCE, False)) for name in _MARKS),
    Prop("features.apic_eoi", "features/apic/@eoi", ON_OFF),
    *_switches("features", _SWITCHES),
    Prop("features.smm_tseg", "features/smm/tseg", size(default_unit="MiB"), holds={"features/smm/@state": "on"}),
    Prop("features.ioapic", "features/ioapic/@driver", choice("kvm", "qemu")),
    Prop("features.gic", "features/gic/@version", STR),
    Prop("features.msrs_unknown", "features/msrs/@unknown", choice("ignore", "fault")),
    Prop("features.tcg_tb_cache", "features/tcg/tb-cache", size(1024 * 1024)),
    Prop("features.async_teardown", "features/async-teardown/@enabled", YES_NO),
    Prop("features.hyperv.mode", "features/hyperv/@mode", choice("custom", "passthrough"), clears=_named_beside),
    *_switches("features/hyperv", _HYPERV_SWITCHES),
    Prop("features.hyperv.spinlock_retries", "features/hyperv/spinlocks/@retries", number(4095)),
    Prop("features.hyperv.stimer_direct", "features/hyperv/stimer/direct/@state", ON_OFF),
    Prop("features.hyperv.tlbflush_direct", "features/hyperv/tlbflush/direct/@state", ON_OFF),
    Prop("features.hyperv.tlbflush_extended", "features/hyperv/tlbflush/extended/@state", ON_OFF),
    Prop(
        "features.hyperv.vendor_id",
        "features/hyperv/vendor_id/@value",
        TEXT,
        absent="",
        drop="features/hyperv/vendor_id",
        holds={"features/hyperv/vendor_id/@state": "on"},
    ),
    *_switches("features/kvm", _KVM_SWITCHES),
    Prop("features.kvm.dirty_ring_size", "features/kvm/dirty-ring/@size", INT),
)
