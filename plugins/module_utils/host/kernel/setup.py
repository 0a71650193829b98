# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of a KVM host: what brings it to what is declared."""

from __future__ import annotations

import re
import typing as t

from ...errors import Mistakes
from ...host_loop import HostPlan, Params, Values
from . import memory, modules
from .arguments import plan_arguments
from .files import KernelFiles
from .memory import KSM_VALUES, plan_hugepages, plan_ksm
from .modules import plan_modules, plan_nested, plan_options

#: Options of the module; ``None`` is not managed.
SPEC: t.Dict[str, t.Any] = {
    "nested": {"type": "bool"},
    "modules": {"type": "list", "elements": "str"},
    "module_options": {"type": "dict"},
    "hugepages": {
        "type": "list",
        "elements": "dict",
        "options": {
            "size": {"type": "str", "required": True},
            "count": {"type": "int", "required": True},
            "node": {"type": "int"},
        },
    },
    "iommu": {"type": "str", "choices": ["enabled", "passthrough", "default"]},
    "ksm": {
        "type": "dict",
        "options": {option: {"type": "bool" if option == "enabled" else "int"} for option in KSM_VALUES},
    },
}


#: What must hold before the machine is looked at.
RULES = (*modules.RULES, *memory.RULES)


def read_machine(machine: KernelFiles, _params: Params) -> KernelFiles:
    """The machine itself: what there is to read depends on what is declared, and planning reads it."""
    return machine


def plan_kernel(machine: KernelFiles, wanted: Params) -> HostPlan:
    """All that is to be done, in order. Changes nothing.

    :raises InvalidOption: all that this machine's kernel does not have.
    """
    plan = HostPlan()
    mistakes = Mistakes()
    arguments: t.Dict[str, t.Sequence[str]] = {}
    if wanted["hugepages"] is not None:
        with mistakes:
            pages, arguments["hugepages"] = plan_hugepages(machine, wanted["hugepages"])
            plan += pages
    if wanted["iommu"] is not None:
        arguments["iommu"] = _iommu(machine, wanted["iommu"])
    if arguments:
        with mistakes:
            plan += plan_arguments(machine, arguments)
    for option, part in _PARTS.items():
        if wanted[option] is not None:
            with mistakes:
                plan += part(machine, wanted[option])
    mistakes.raise_all()
    return plan


#: What takes no argument of the kernel's command line, in order.
_PARTS: t.Dict[str, t.Callable[[KernelFiles, t.Any], HostPlan]] = {
    "module_options": plan_options,
    "nested": plan_nested,
    "modules": plan_modules,
    "ksm": plan_ksm,
}


def reboot(_first: HostPlan, last: HostPlan) -> Values:
    """Whether what is declared waits for a reboot, and why."""
    return {"reboot_required": bool(last.waiting), "reboot_reasons": list(last.waiting)}


def _iommu(machine: KernelFiles, wanted: str) -> t.List[str]:
    """The arguments; AMD's and Arm's are on unless they were switched off."""
    if wanted == "default":
        return []
    intel = re.search(r"^vendor_id\s*: GenuineIntel$", machine.read("/proc/cpuinfo") or "", re.MULTILINE)
    return (["intel_iommu=on"] if intel else []) + (["iommu=pt"] if wanted == "passthrough" else [])
