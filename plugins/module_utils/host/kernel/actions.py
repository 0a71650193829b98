# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to a kernel: a file for its next boot, a number that it takes now, a module."""

from __future__ import annotations

import dataclasses
import typing as t

from ...diff import RESTART, Change
from ...errors import FleetError, NotKept
from ...host_loop import HostAction, HostPlan, Values
from ...paths import HEADER
from .files import KernelFiles, lines_of


@dataclasses.dataclass(frozen=True)
class KernelAction(HostAction):
    """One option from before to after. A ``modest`` one may fail: the machine then needs a reboot for it."""

    modest: bool = False

    @property
    def change(self) -> Change:
        return self.changes[0]

    def waits(self) -> str:
        if not self.modest:
            return ""
        one = self.change
        return f"{one.option}: the running kernel stays at {one.before}, and {one.after} is declared"

    def not_kept(self) -> NotKept:
        one = self.change
        return NotKept(f"the machine has {one.before} and not {one.after} after it was set", one.option)

    def call(self, machine: KernelFiles, command: t.Sequence[str]) -> None:
        """:raises FleetError: the program failed, and it may not."""
        status, said = machine.run(command)
        if status and not self.modest:
            raise FleetError(f"'{' '.join(command)}' failed: {said.strip()}", self.change.option)


@dataclasses.dataclass(frozen=True)
class WriteFile(KernelAction):
    """A file of this collection gets ``text``, or is removed when that is ``None``; then the ``commands`` are run."""

    text: t.Optional[str] = None
    commands: t.Tuple[t.Tuple[str, ...], ...] = ()

    def do(self, host: KernelFiles) -> Values:
        former = host.read(self.name)
        host.replace(self.name, self.text)
        try:
            for command in self.commands:
                self.call(host, command)
        except FleetError:  # or the next run would not see that something is left to do
            host.replace(self.name, former)
            raise
        return {}


@dataclasses.dataclass(frozen=True)
class SetControl(KernelAction):
    """The running kernel takes a value through a file of its own."""

    def do(self, host: KernelFiles) -> Values:
        """:raises NotKept: it does not take it, and has to."""
        try:
            host.set_control(self.name, self.change.after)
        except OSError as exc:
            if not self.modest:
                what = f"the kernel does not take {self.change.after} for {self.name}: {exc.strerror}"
                raise NotKept(what, self.change.option) from None
        return {}


@dataclasses.dataclass(frozen=True)
class LoadModule(KernelAction):
    """A module is loaded."""

    def do(self, host: KernelFiles) -> Values:
        self.call(host, ("modprobe", self.name))
        return {}


@dataclasses.dataclass(frozen=True)
class ReloadModule(LoadModule):
    """It is loaded anew. The machine may need a reboot for it."""

    modest: bool = True

    def do(self, host: KernelFiles) -> Values:
        self.call(host, ("modprobe", "-r", self.name))
        return super().do(host)


def write(
    path: str,
    change: Change,
    text: t.Optional[str],
    commands: t.Tuple[t.Tuple[str, ...], ...] = (),
) -> HostPlan:
    """The file for the next boot, or none."""
    verb = "remove" if text is None else "write"
    return HostPlan(
        (WriteFile(kind="file", name=path, verb=verb, changes=(change,), apply=RESTART, text=text, commands=commands),)
    )


def write_lines(machine: KernelFiles, option: str, path: str, lines: t.Sequence[str]) -> HostPlan:
    """What brings a file of this collection to these lines; without lines there is no file."""
    now = machine.read(path)
    text = HEADER + "".join(line + "\n" for line in lines) if lines else None
    return HostPlan() if now == text else write(path, Change(option, lines_of(now), list(lines)), text)


def set_control(path: str, option: str, before: t.Any, after: t.Any, modest: bool = False) -> HostPlan:
    """The value for the running kernel."""
    return HostPlan(
        (SetControl(kind="kernel", name=path, verb="set", changes=(Change(option, before, after),), modest=modest),)
    )


def load(name: str, change: Change) -> HostPlan:
    """The module for the running kernel."""
    return HostPlan((LoadModule(kind="module", name=name, verb="load", changes=(change,)),))


def reload(name: str, change: Change) -> HostPlan:
    """The module for the running kernel, with other options."""
    return HostPlan((ReloadModule(kind="module", name=name, verb="reload", changes=(change,)),))
