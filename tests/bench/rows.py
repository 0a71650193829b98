# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the benchmark, as data: what is measured against what, on which test bed, with which targets."""

from __future__ import annotations

import dataclasses
import typing as t

from .beds.calls import Calls
from .beds.fleet import Fleet
from .beds.fresh import Fresh
from .beds.growing import Growing
from .beds.guest_ready import GuestReady
from .beds.hundred import Hundred
from .beds.thousand import Thousand
from .measure import Figure, Limit


@dataclasses.dataclass(frozen=True)
class Row:
    """``measure`` is a method of ``bed``, which is set up once for all of its rows, on a private host of its own.

    It returns a figure for each limit.
    """

    name: str
    ours: str
    other: str
    bed: type
    measure: t.Callable[[t.Any], list[Figure]]
    limits: tuple[Limit, ...]


PING = "a playbook with a single ansible.builtin.ping"
NOOP = "nothing to do"

ROWS = (
    Row(
        "noop_100",
        "nothing to do for 100 domains, 100 volumes, 5 networks, 3 pools",
        PING,
        Hundred,
        Hundred.measure_noop,
        (Limit("time", 1.4),),
    ),
    Row(
        "check_diff",
        "check mode with a diff of 100 changed domains",
        NOOP,
        Hundred,
        Hundred.measure_check_diff,
        (Limit("time", 1.3),),
    ),
    Row(
        "kept_code",
        "nothing to do, from code that the host keeps",
        "the same with kvm_fleet_keep_code=false",
        Hundred,
        Hundred.measure_kept_code,
        (Limit("time for 100 domains", 0.8), Limit("time for one domain", 0.8)),
    ),
    Row(
        "start",
        "what comes before the module's work",
        "",
        Hundred,
        Hundred.measure_start,
        (Limit("imports", 120, "ms"), Limit("payload", 150, "KiB")),
    ),
    Row(
        "peer_100",
        "the same as noop_100",
        "community.libvirt with the domains alone",
        Hundred,
        Hundred.measure_peer,
        (Limit("times faster", 45, at_least=True),),
    ),
    Row(
        "noop_1000",
        "nothing to do for 1,000 domains with volumes",
        PING,
        Thousand,
        Thousand.measure_noop,
        (Limit("time", 3.0), Limit("peak memory on the host", 200, "MiB")),
    ),
    Row(
        "one_of_1000",
        "one domain of 1,000 changed",
        NOOP,
        Thousand,
        Thousand.measure_one,
        (Limit("time", 1.1),),
    ),
    Row(
        "growth",
        "nothing to do for 100, 1,000 and 3,000 domains, in the module",
        "",
        Growing,
        Growing.measure,
        (Limit("exponent", 1.05, "exponent"),),
    ),
    Row(
        "calls",
        "libvirt calls of nothing to do, for each domain",
        "",
        Calls,
        Calls.measure,
        (Limit("calls for each domain", 1, "calls"),),
    ),
    Row(
        "fresh",
        "100 overlays and 100 domains from nothing, 20 started",
        "a libvirt-python script with 4 threads",
        Fresh,
        Fresh.measure,
        (Limit("time", 1.3),),
    ),
    Row(
        "fleet",
        "nothing to do for 100 domains on each of 10 hosts",
        "a ping of the same hosts with the same forks",
        Fleet,
        Fleet.measure,
        (Limit("time", 1.6),),
    ),
    Row(
        "guest_ready",
        "from converge's start to SSH in a new guest",
        "the same guest started by the bare qemu command line",
        GuestReady,
        GuestReady.measure,
        (Limit("time", 1.1),),
    ),
)
