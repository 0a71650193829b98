# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel modules and their parameters: for the next boot in files, and at once where the running kernel lets us."""

from __future__ import annotations

import difflib
import os
import re
import stat
import typing as t

from ...diff import Change
from ...errors import InvalidOption, Mistakes
from ...host_loop import HostPlan, Params
from ...paths import NAME
from ...rule import Rule, Violation
from ..virtualization import EXTENSIONS
from .actions import load, reload, set_control, write_lines
from .files import KernelFiles

LOADED_AT_BOOT = f"/etc/modules-load.d/{NAME}.conf"
OPTIONS_FILE = f"/etc/modprobe.d/{NAME}-options.conf"
NESTED = f"/etc/modprobe.d/{NAME}-nested.conf"

#: Modules that nothing but running guests uses: they are taken out and put in again while there are none.
_RELOADABLE = tuple(module for module, _extension in EXTENSIONS.values())
_TRUTHS = {"1": "1", "Y": "1", "y": "1", "0": "0", "N": "0", "n": "0"}


_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(r"[^\s\"'#\\]+")


def _misnamed(option: str) -> Rule:
    return Rule(
        lambda params: [Violation("", (name,)) for name in params.get(option, ()) if not _NAME.fullmatch(name)],
        option,
        "'{0}' is not the name of a kernel module",
        "Write it as modinfo does",
    )


def _without_parameters(params: Params) -> t.List[Violation]:
    options = params.get("module_options", {})
    return [Violation(module) for module, parameters in options.items() if not isinstance(parameters, t.Mapping)]


def _unwritable(params: Params) -> t.List[Violation]:
    return [
        Violation(f"{module}.{name}")
        for module, parameters in params.get("module_options", {}).items()
        for name, value in (parameters.items() if isinstance(parameters, t.Mapping) else ())
        if not _VALUE.fullmatch(_text(value))
    ]


RULES: t.Tuple[Rule, ...] = (
    _misnamed("modules"),
    _misnamed("module_options"),
    Rule(
        _without_parameters, "module_options", "a module has a dictionary of parameters", "Name them, and their values"
    ),
    Rule(
        _unwritable,
        "module_options",
        "a module's parameter cannot have blanks, quotes or '#' in it",
        "Write it without them",
    ),
)


def plan_modules(machine: KernelFiles, names: t.Sequence[str]) -> HostPlan:
    """These modules are loaded, now and at each boot. Others stay as they are, loaded or not."""
    plan = write_lines(machine, "modules", LOADED_AT_BOOT, names)
    mistakes = Mistakes()
    for name in names:
        if machine.has(_folder(name)):
            continue
        with mistakes:
            if _modinfo(machine, "modules", "-n", name).strip() != "(builtin)":
                plan += load(name, Change("modules", None, name))
    mistakes.raise_all()
    return plan


def plan_nested(machine: KernelFiles, wanted: bool) -> HostPlan:
    """Guests can run KVM guests of their own, or cannot."""
    cpuinfo = machine.read("/proc/cpuinfo") or ""
    module = next((EXTENSIONS[flag][0] for flag in EXTENSIONS if re.search(rf"\b{flag}\b", cpuinfo)), None)
    if module is None:
        if wanted:
            raise InvalidOption("this machine's CPU shows neither vmx nor svm", "nested", "Leave the option out")
        return write_lines(machine, "nested", NESTED, [])
    return _plan_options(machine, "nested", NESTED, {module: {"nested": wanted}})


def plan_options(machine: KernelFiles, options: t.Mapping[str, t.Mapping[str, t.Any]]) -> HostPlan:
    """These parameters of modules, and no others of this collection."""
    return _plan_options(machine, "module_options", OPTIONS_FILE, options)


def _plan_options(
    machine: KernelFiles, option: str, path: str, wanted: t.Mapping[str, t.Mapping[str, t.Any]]
) -> HostPlan:
    mistakes = Mistakes()
    for module, parameters in wanted.items():
        with mistakes:
            _check_parameters(machine, option, module, parameters)
    mistakes.raise_all()
    values = {
        module: {name: _text(value) for name, value in parameters.items()}
        for module, parameters in sorted(wanted.items())
    }
    lines = [
        " ".join(["options", module, *(f"{name}={value}" for name, value in sorted(parameters.items()))])
        for module, parameters in values.items()
        if parameters
    ]
    plan = write_lines(machine, option, path, lines)
    for module, parameters in values.items():
        plan += _apply_now(machine, module, parameters)
    return plan


def _apply_now(machine: KernelFiles, module: str, wanted: t.Mapping[str, str]) -> HostPlan:
    """What brings the parameters of a loaded module to these values: the kernel's files where they can be written,
    else loading it anew, else a reboot.
    """
    folder = _folder(module)
    plan, fixed = HostPlan(), {}
    for name, value in sorted(wanted.items()):
        control = f"{folder}/parameters/{name}"
        now = machine.read(control)
        if now is None or _same(now.strip(), value):
            continue  # not loaded: it will be with the options; not shown by the kernel: not known
        if os.stat(machine.path(control)).st_mode & stat.S_IWUSR:
            plan += set_control(control, f"{module}.{name}", now.strip(), value, modest=True)
        else:
            fixed[name] = (now.strip(), value)
    if not fixed:
        return plan
    users = machine.read(folder + "/refcnt")
    if module in _RELOADABLE and users is not None and users.strip() == "0":
        befores, afters = ({name: pair[side] for name, pair in fixed.items()} for side in (0, 1))
        return plan + reload(module, Change(module, befores, afters))
    on_command_line = " ".join(f"{module}.{name}={pair[1]}" for name, pair in fixed.items())
    why = (
        "guests are running"
        if module in _RELOADABLE and users is not None
        else "this module is not loaded anew while the machine runs"
        if users is not None
        else f"it is built into the kernel, which takes {on_command_line} on its command line only"
    )
    return plan + HostPlan(
        waiting=tuple(f"{module} has {name}={pair[0]} and shall have {pair[1]}: {why}" for name, pair in fixed.items())
    )


def _folder(module: str) -> str:
    return "/sys/module/" + module.replace("-", "_")


def _modinfo(machine: KernelFiles, option: str, *arguments: str) -> str:
    """What it says of the module that its last argument is. :raises InvalidOption: there is no such module."""
    status, said = machine.run(("modinfo", *arguments))
    if status:
        raise InvalidOption(f"this kernel has no module {arguments[-1]}", option)
    return said


def _check_parameters(machine: KernelFiles, option: str, module: str, names: t.Collection[str]) -> None:
    """:raises InvalidOption: those that the module does not have: the kernel only grumbles in its log then."""
    if not names:
        return
    known = [line.partition(":")[0].strip() for line in _modinfo(machine, option, "-F", "parm", module).splitlines()]
    mistakes = Mistakes()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"The nearest is {near[0]}" if near else f"It has: {', '.join(sorted(known)) or 'none'}"
            mistakes.found.append(InvalidOption(f"the module {module} has no parameter {name}", option, remedy))
    mistakes.raise_all()


def _text(value: t.Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _same(now: str, wanted: str) -> bool:
    return now == wanted or _TRUTHS.get(now, now) == _TRUTHS.get(wanted, wanted)
