# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of a KVM host brought to what is declared: plan, apply, plan again. Check mode stops in between."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...diff import describe_change
from ...errors import NotKept
from .arguments import plan_arguments
from .machine import Machine, Part, Step
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


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was done, or would be, and why a reboot is needed."""

    steps: t.Tuple[Step, ...]
    reasons: t.Tuple[str, ...]

    def public(self) -> t.Dict[str, t.Any]:
        """As the module returns it."""
        changes = [{"option": step.option, "before": step.before, "after": step.after} for step in self.steps]
        lines = [f"  {describe_change(change)}\n" for change in changes]
        return {
            "changed": bool(changes),
            "changes": changes,
            "diff": {"prepared": "".join(["kernel\n", *lines]) if lines else ""},
            "reboot_required": bool(self.reasons),
            "reboot_reasons": list(self.reasons),
        }


def plan_kernel(machine: Machine, wanted: t.Mapping[str, t.Any]) -> Part:
    """All that is to be done, in order. Changes nothing.

    :raises InvalidOption: something that this machine's kernel does not have.
    """
    part = Part()
    arguments: t.Dict[str, t.Sequence[str]] = {}
    if wanted["hugepages"] is not None:
        pages, arguments["hugepages"] = plan_hugepages(machine, wanted["hugepages"])
        part += pages
    if wanted["iommu"] is not None:
        arguments["iommu"] = _iommu(machine, wanted["iommu"])
    if arguments:
        part += plan_arguments(machine, arguments)
    if wanted["module_options"] is not None:
        part += plan_options(machine, wanted["module_options"])
    if wanted["nested"] is not None:
        part += plan_nested(machine, wanted["nested"])
    if wanted["modules"] is not None:
        part += plan_modules(machine, wanted["modules"])
    if wanted["ksm"] is not None:
        part += plan_ksm(machine, wanted["ksm"])
    return part


def set_up_kernel(machine: Machine, wanted: t.Mapping[str, t.Any], check: bool) -> Outcome:
    """Bring the machine to ``wanted``; with ``check`` only say what that would take.

    :raises FleetError: nothing was touched if it comes from planning.
    """
    part = plan_kernel(machine, wanted)
    if check:  # the one place where check mode stops
        return Outcome(part.steps, part.reasons)
    for step in part.steps:
        machine.perform(step)
    left = plan_kernel(machine, wanted)
    for step in left.steps:
        if not step.modest:
            raise NotKept(f"the machine has {step.before} and not {step.after} after it was set", step.option)
    # What the running kernel would not do is done as it boots.
    missed = {step.option: step.before for step in left.steps}
    done = [step for step in part.steps if step.option not in missed or missed[step.option] != step.before]
    reasons = tuple(
        f"{step.option}: the running kernel stays at {step.before}, and it shall be {step.after}" for step in left.steps
    )
    return Outcome(tuple(done), left.reasons + reasons)


def _iommu(machine: Machine, wanted: str) -> t.List[str]:
    """The arguments; AMD's and Arm's are on unless they were switched off."""
    if wanted == "default":
        return []
    intel = re.search(r"^vendor_id\s*: GenuineIntel$", machine.read("/proc/cpuinfo") or "", re.MULTILINE)
    return (["intel_iommu=on"] if intel else []) + (["iommu=pt"] if wanted == "passthrough" else [])
