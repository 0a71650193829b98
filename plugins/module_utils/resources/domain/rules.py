# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a domain. Pure."""

from __future__ import annotations

import math
import typing as t

from ...rule import NEW, Rule, RuleValues, Values, Violation
from .cloud_init import RULES as CLOUD_INIT_RULES
from .devices.common import long_socket
from .devices.rules import RULES as DEVICE_RULES
from .machine_rules import RULES as MACHINE_RULES
from .tables.cpu import TOPOLOGY, TOPOLOGY_EXTRA


def _topology(domain: Values) -> t.List[int]:
    """Sockets, cores, threads, dies and clusters, as far as they are declared; empty: nothing is."""
    parts = [domain.get("cpu.topology." + part, 0) for part in TOPOLOGY]
    return [*parts, *(domain.get("cpu.topology." + part, 1) for part in TOPOLOGY_EXTRA)] if any(parts) else []


def _other_product(domain: Values) -> t.List[Violation]:
    numbers, vcpus = _topology(domain), domain.get("vcpus_max", domain.get("vcpus"))
    product = math.prod(numbers)
    if not numbers or not product or vcpus in (None, product):
        return []
    sockets, cores, threads, dies, clusters = numbers
    further = "".join(f" x {number} {name}" for number, name in ((dies, "dies"), (clusters, "clusters")) if number != 1)
    return [Violation("", (sockets, further, cores, threads, product, vcpus))]


def _ceiling(now: str, ceiling: str) -> Rule:
    return Rule(
        lambda domain: now in domain and ceiling in domain and domain[now] > domain[ceiling],
        now,
        f"{now} is more than {ceiling}",
        f"Raise {ceiling}, which is the maximum",
    )


def _some(option: str) -> Rule:
    return Rule(lambda domain: domain.get(option) == 0, option, f"{option} of 0 is not possible", "Declare at least 1")


def _without_memory(will: RuleValues) -> bool:
    """``xml`` that only says how much of it the guest has now leaves out how much there is."""
    return "memory" not in will.declared and "memory_max" not in will and "cpu.numa" not in will


RULES: t.Tuple[Rule, ...] = (
    Rule(
        _without_memory,
        "memory",
        "the domain does not exist yet and has no memory",
        "Declare its memory, such as 2GiB",
        NEW,
    ),
    _ceiling("memory", "memory_max"),
    _some("memory"),
    _ceiling("vcpus", "vcpus_max"),
    _some("vcpus"),
    Rule(
        lambda domain: 0 in _topology(domain),
        "cpu.topology",
        "sockets, cores and threads are required together",
        "Declare all three",
    ),
    Rule(
        _other_product,
        "cpu.topology",
        "{0} sockets{1} x {2} cores x {3} threads are {4} vCPUs, not {5}",
        "Make the product equal to vcpus_max",
    ),
    *DEVICE_RULES,
    *CLOUD_INIT_RULES,
    *MACHINE_RULES,
    long_socket("launch_security.quote_generation_socket", longest=108),
)
