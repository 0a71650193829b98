# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments on the kernel's command line: by the boot loader's own means, in effect after a reboot."""

from __future__ import annotations

import json
import typing as t

from ...diff import Change
from ...errors import InvalidOption
from ...host_loop import HostPlan
from ...paths import HEADER, NAME, RUNTIME, SETTINGS
from .actions import write
from .files import KernelFiles, lines_of

#: Debian's grub-mkconfig reads this folder after /etc/default/grub, by name; images have files there that set all anew.
DROP_IN = f"/etc/default/grub.d/zz-{NAME}-host.cfg"
#: What was given to grubby, which keeps no account of whose an argument is.
RECORD = f"{SETTINGS}/kernel-arguments"
#: Arguments that were removed and are in effect until the next boot, when this folder is empty again.
REMOVED = f"{RUNTIME}/taken-arguments"


def plan_arguments(machine: KernelFiles, wanted: t.Mapping[str, t.Sequence[str]]) -> HostPlan:
    """The arguments of these options, and no others of theirs; those of options that are not named stay."""
    path = RECORD if machine.has_program("grubby") else DROP_IN
    before = _recorded(machine.read(path))
    after = {option: list(words) for option, words in {**before, **wanted}.items() if words}
    running = (machine.read("/proc/cmdline") or "").split()
    plan = HostPlan()
    removed = set(lines_of(machine.read(REMOVED)))
    if before != after:
        if path == DROP_IN and not machine.has_program("update-grub"):
            if all(word in running for word in _joined(after)):
                return plan
            raise InvalidOption(
                "neither update-grub nor grubby is there to set kernel arguments",
                " and ".join(sorted(option for option in wanted if wanted[option])),
                f"Boot with {' '.join(_joined(after))} by the means of this distribution, and run this again",
            )
        removed |= set(_reported(before))
        plan += _change(path, before, after)
    removed -= set(_joined(after))
    if before != after and removed:
        text = "".join(word + "\n" for word in sorted(removed))
        plan += write(REMOVED, Change("kernel_arguments until reboot", None, sorted(removed)), text)
    reasons = [(word, "is not in effect yet") for word in _reported(after) if word not in running]
    reasons += [(word, "is in effect until then") for word in sorted(removed) if word in running]
    return plan + HostPlan(waiting=tuple(f"the kernel argument {word} {why}" for word, why in reasons))


def _change(path: str, before: t.Mapping[str, t.Sequence[str]], after: t.Mapping[str, t.Sequence[str]]) -> HostPlan:
    old, new = _joined(before), _joined(after)
    text = HEADER + f"# {json.dumps(after, sort_keys=True)}\n"
    commands: t.List[t.Tuple[str, ...]] = []
    if path == DROP_IN:
        text += f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {" ".join(new)}"\n'
        commands.append(("update-grub",))
    else:
        grubby = ("grubby", "--update-kernel=ALL")
        commands += [(*grubby, "--remove-args=" + " ".join(old))] if old else []
        commands += [(*grubby, "--args=" + " ".join(new))] if new else []
    return write(path, Change("kernel_arguments", old, new), text if new else None, tuple(commands))


def _recorded(text: t.Optional[str]) -> t.Dict[str, t.List[str]]:
    """The arguments by option, from the note in the file."""
    for line in (text or "").splitlines():
        if line.startswith("# {"):
            return json.loads(line[2:])
    return {}


def _joined(by_option: t.Mapping[str, t.Sequence[str]]) -> t.List[str]:
    return [word for option in sorted(by_option) for word in by_option[option]]


def _reported(by_option: t.Mapping[str, t.Sequence[str]]) -> t.List[str]:
    """Arguments whose effect nothing else shows: pages are counted, wherever they came from."""
    return _joined({option: words for option, words in by_option.items() if option != "hugepages"})
