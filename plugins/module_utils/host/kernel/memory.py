# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huge pages and merging of equal pages (KSM): at once through sysfs, and again at each boot."""

from __future__ import annotations

import os
import typing as t

from ...errors import InvalidOption, Mistakes
from ...host_loop import HostPlan, Params
from ...paths import NAME
from ...rule import Rule, Violation, of
from ...units import parse_size
from .actions import set_control, write_lines
from .files import KernelFiles, lines_of

HUGEPAGES = f"/etc/tmpfiles.d/{NAME}-hugepages.conf"
KSM = f"/etc/tmpfiles.d/{NAME}-ksm.conf"
_ALL_NODES = "/sys/kernel/mm/hugepages"
_NODES = "/sys/devices/system/node"

#: From this size on memory in one piece is hardly left once systemd-tmpfiles runs: the kernel takes it as it starts.
_AT_BOOT_ONLY = 512 * 1024**2

KSM_VALUES = {"enabled": "run", "pages_to_scan": "pages_to_scan", "sleep_millisecs": "sleep_millisecs"}


def _size(page: t.Mapping[str, t.Any]) -> t.Optional[int]:
    try:
        return parse_size(page["size"])
    except InvalidOption:
        return None


def _declared(params: Params) -> t.List[t.Tuple[t.Optional[int], t.Optional[int]]]:
    """The size and the node of all pages."""
    return [(_size(page), page["node"]) for page in params.get("hugepages", ())]


def _twice(params: Params) -> t.List[Violation]:
    pages = _declared(params)
    return [Violation(f"[{position}]") for position, one in enumerate(pages) if one[0] and one in pages[:position]]


def _mixed(params: Params) -> bool:
    pages = _declared(params)
    return any(size and node is not None and (size, None) in pages for size, node in pages)


RULES: t.Tuple[Rule, ...] = (
    *of(
        "hugepages",
        [
            Rule(
                lambda page: _size(page) is None and page["size"],
                "size",
                "'{0}' is not a size",
                "Write a number with a unit, such as 2MiB or 1GiB",
            )
        ],
    ),
    Rule(_twice, "hugepages", "these pages are declared twice", "Keep one of the two"),
    Rule(
        _mixed,
        "hugepages",
        "pages of one size are either all of a node each, or none",
        "Declare the node of each, or of none",
    ),
)


def plan_hugepages(machine: KernelFiles, wanted: t.Sequence[t.Mapping[str, t.Any]]) -> t.Tuple[HostPlan, t.List[str]]:
    """These pages, and none of those that an earlier run set up; with the kernel arguments for the large ones."""
    counts = {(parse_size(item["size"]), item["node"]): item["count"] for item in wanted}
    mistakes = Mistakes()
    for position, (size, node) in enumerate(counts):
        with mistakes:
            _check(machine, size, node, f"hugepages[{position}]")
    mistakes.raise_all()
    controls = {_control(size, node): count for (size, node), count in counts.items()}
    lines = [f"w {path} - - - - {count}" for path, count in sorted(controls.items())]
    before = [line.split()[1] for line in lines_of(machine.read(HUGEPAGES))]
    plan = write_lines(machine, "hugepages", HUGEPAGES, lines)
    for path, count in sorted({**_given_up(machine, before, controls), **controls}.items()):
        plan += _allocate(machine, path, count)
    return plan, _arguments({key: count for key, count in counts.items() if key[0] >= _AT_BOOT_ONLY})


def plan_ksm(machine: KernelFiles, wanted: t.Mapping[str, t.Any]) -> HostPlan:
    """ksmd with these numbers; without any, as the kernel has it from its next boot on."""
    values = {
        "/sys/kernel/mm/ksm/" + name: str(int(wanted[option]))
        for option, name in KSM_VALUES.items()
        if wanted.get(option) is not None
    }
    if values and not machine.has("/sys/kernel/mm/ksm"):
        raise InvalidOption("this kernel has no KSM", "ksm", "Leave the option out")
    plan = write_lines(machine, "ksm", KSM, [f"w {path} - - - - {value}" for path, value in sorted(values.items())])
    for path, value in sorted(values.items()):
        now = (machine.read(path) or "").strip()
        if now != value:
            plan += set_control(path, "ksm." + os.path.basename(path), now, value)
    return plan


def _check(machine: KernelFiles, size: int, node: t.Optional[int], where: str) -> None:
    path = os.path.dirname(_control(size, node))
    if machine.has(path):
        return
    if node is not None and not machine.has(f"{_NODES}/node{node}"):
        nodes = [name[4:] for name in machine.listed(_NODES) if name.startswith("node")]
        raise InvalidOption(f"this machine has no NUMA node {node}", where + ".node", _there_are(nodes))
    sizes = [name.partition("-")[2] for name in machine.listed(_ALL_NODES)]
    raise InvalidOption("this machine has no huge pages of this size", where + ".size", _there_are(sizes))


def _there_are(names: t.Sequence[str]) -> str:
    return f"There are: {', '.join(names) or 'none'}"


def _control(size: int, node: t.Optional[int]) -> str:
    folder = _ALL_NODES if node is None else f"{_NODES}/node{node}/hugepages"
    return f"{folder}/hugepages-{size // 1024}kB/nr_hugepages"


def _given_up(machine: KernelFiles, before: t.Iterable[str], controls: t.Mapping[str, int]) -> t.Dict[str, int]:
    """What an earlier run set up and is not declared any more: none shall be there."""
    none: t.Dict[str, int] = {}
    for path in set(before) - set(controls):
        size = os.path.basename(os.path.dirname(path))
        kept = [other for other in controls if os.path.basename(os.path.dirname(other)) == size]
        if path.startswith(_ALL_NODES) and kept:  # said per node from now on
            nodes = [name for name in machine.listed(_NODES) if name.startswith("node")]
            none.update({f"{_NODES}/{node}/hugepages/{size}/nr_hugepages": 0 for node in nodes})
        elif not any(other.startswith(_ALL_NODES) for other in kept):
            none[path] = 0
    return {path: count for path, count in none.items() if machine.has(path)}


def _allocate(machine: KernelFiles, path: str, count: int) -> HostPlan:
    """The step that brings the number of pages there to ``count``. Pages that guests use stay until they end."""
    now = int((machine.read(path) or "0").strip())
    used = now - int((machine.read(path.replace("/nr_", "/free_")) or "0").strip())
    words = path.split("/")
    node = ", " + words[-4] if path.startswith(_NODES) else ""
    option = f"hugepages[{words[-2].partition('-')[2]}{node}]"
    target = max(count, used)
    plan = set_control(path, option, now, target, modest=True) if now != target else HostPlan()
    if target > count:
        reason = f"{option}: {used} pages are in use, and {count} are declared; they are freed when their guests end"
        plan += HostPlan(waiting=(reason,))
    return plan


def _arguments(counts: t.Mapping[t.Tuple[int, t.Optional[int]], int]) -> t.List[str]:
    """hugepagesz=1G hugepages=8, or hugepages=0:4,1:4 (Linux 5.16)."""
    arguments = []
    for size in sorted({size for size, _node in counts}):
        nodes = {node: count for (one, node), count in counts.items() if one == size and node is not None}
        pages = ",".join(f"{node}:{count}" for node, count in sorted(nodes.items())) or counts[(size, None)]
        arguments.append(f"hugepagesz={size // 1024**3}G" if size >= 1024**3 else "hugepagesz=512M")
        arguments.append(f"hugepages={pages}")
    return arguments
