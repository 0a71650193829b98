# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine whose kernel is set up: its files below a root, and its programs. Everything that changes it is here."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from ...errors import FleetError, NotKept

#: Runs a program: its exit status, and what it said on both channels.
Run = t.Callable[[t.Sequence[str]], t.Tuple[int, str]]

#: Written on top of each file that is written.
HEADER = "# Written by kvm.fleet, which replaces the whole file.\n"


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to do, and how it is shown: ``option`` goes from ``before`` to ``after``.

    ``file`` gets ``text``, or goes when that is ``None``; ``value`` is written to the kernel's file ``control``;
    ``commands`` are run. A ``modest`` step may fail: the machine then needs a reboot for it, and that is all.
    """

    option: str
    before: t.Any
    after: t.Any
    file: t.Optional[str] = None
    text: t.Optional[str] = None
    control: t.Optional[str] = None
    commands: t.Tuple[t.Tuple[str, ...], ...] = ()
    modest: bool = False


@dataclasses.dataclass(frozen=True)
class Part:
    """What one concern needs: steps to do now, and reasons why the machine has to be rebooted all the same."""

    steps: t.Tuple[Step, ...] = ()
    reasons: t.Tuple[str, ...] = ()

    def __add__(self, other: Part) -> Part:
        return Part(self.steps + other.steps, self.reasons + other.reasons)


@dataclasses.dataclass(frozen=True)
class Machine:
    """Paths are absolute, as on the machine itself."""

    run: Run
    root: str = "/"

    def path(self, path: str) -> str:
        return os.path.join(self.root, path.lstrip("/"))

    def read(self, path: str) -> t.Optional[str]:
        """The text, ``None`` without the file or where it may not be read."""
        try:
            with open(self.path(path), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None

    def listed(self, path: str) -> t.List[str]:
        try:
            return sorted(os.listdir(self.path(path)))
        except OSError:
            return []

    def has(self, path: str) -> bool:
        return os.path.exists(self.path(path))

    def has_program(self, name: str) -> bool:
        return any(self.has(os.path.join(folder, name)) for folder in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"))

    def perform(self, step: Step) -> None:
        """:raises FleetError: it could not be done, and the step is not a modest one."""
        before = self.read(step.file) if step.file else None
        if step.file:
            self._put(step.file, step.text)
        if step.control:
            try:
                with open(self.path(step.control), "w", encoding="ascii") as file:
                    file.write(str(step.after))
            except OSError as exc:
                if not step.modest:
                    raise NotKept(
                        f"the kernel does not take {step.after} for {step.control}: {exc.strerror}",
                        step.option,
                    ) from None
        for command in step.commands:
            status, said = self.run(command)
            if status and not step.modest:
                if step.file:  # or the next run would not see that something is left to do
                    self._put(step.file, before)
                raise FleetError(f"'{' '.join(command)}' failed: {said.strip()}", step.option)

    def _put(self, path: str, text: t.Optional[str]) -> None:
        """The whole file in one step, readable for all, or no file."""
        target = self.path(path)
        if text is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # The same name each time: what a run leaves that is killed here, the next one takes.
        new = os.path.join(os.path.dirname(target), ".kvm-fleet-" + os.path.basename(target))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        with open(new, "x", encoding="utf-8") as file:
            file.write(text)
        os.chmod(new, 0o644)
        os.replace(new, target)


def file_step(
    machine: Machine, option: str, path: str, lines: t.Sequence[str], commands: t.Tuple[t.Tuple[str, ...], ...] = ()
) -> Part:
    """The step that brings a file of ours to these lines; without lines there is no file."""
    now = machine.read(path)
    text = HEADER + "".join(line + "\n" for line in lines) if lines else None
    if now == text:
        return Part()
    return Part((Step(option, lines_of(now), list(lines), file=path, text=text, commands=commands),))


def lines_of(text: t.Optional[str]) -> t.List[str]:
    """What a file of ours says, without its header."""
    return [line for line in (text or "").splitlines() if line and not line.startswith("#")]
