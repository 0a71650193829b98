# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain. Pure."""

from __future__ import annotations

from ...errors import InvalidOption
from ...units import format_size
from ..base import Want
from .devices import rules as device_rules
from .tables.cpu import TOPOLOGY, TOPOLOGY_EXTRA


def check(want: Want) -> None:
    """What can be said of a domain on its own. :raises InvalidOption: naming the option to change."""
    values = want.values
    for now, ceiling in (("memory", "memory_max"), ("vcpus", "vcpus_max")):
        if now in values and ceiling in values and values[now] > values[ceiling]:
            raise InvalidOption(
                f"{now} is more than {ceiling}",
                where=want.at(now),
                remedy=f"Raise {ceiling}, which is the ceiling",
            )
        if values.get(now) == 0:
            raise InvalidOption("a domain needs some", where=want.at(now), remedy="Declare at least 1")
    for option in ("memory", "memory_max"):
        if 0 < values.get(option, 2**20) < 2**20:
            raise InvalidOption(
                f"{format_size(values[option])} of memory are too little for any guest",
                where=want.at(option),
                remedy=f"Write the unit: {values[option]}MiB",
            )
    topology = [values.get("cpu.topology." + part, 0) for part in TOPOLOGY]
    if any(topology):
        if not all(topology):
            raise InvalidOption(
                "sockets, cores and threads belong together",
                where=want.at("cpu.topology"),
                remedy="Declare all three",
            )
        dies, clusters = (values.get("cpu.topology." + part, 1) for part in TOPOLOGY_EXTRA)
        product = topology[0] * topology[1] * topology[2] * dies * clusters
        vcpus = values.get("vcpus_max", values.get("vcpus"))
        if vcpus is not None and product != vcpus:
            raise InvalidOption(
                "{0} sockets{5}{6} x {1} cores x {2} threads are {3} vCPUs, not {4}".format(
                    *topology,
                    product,
                    vcpus,
                    f" x {dies} dies" if dies != 1 else "",
                    f" x {clusters} clusters" if clusters != 1 else "",
                ),
                where=want.at("cpu.topology"),
                remedy="Make the product equal to vcpus_max",
            )
    device_rules.check(want)
