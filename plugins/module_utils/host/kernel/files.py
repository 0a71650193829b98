# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files, below a root, and the programs that a kernel is set up with. All that changes these files is here."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from ...host_loop import Run
from ...paths import NAME


@dataclasses.dataclass(frozen=True)
class KernelFiles:
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

    def set_control(self, path: str, value: t.Any) -> None:
        """Write to a file of the kernel's. :raises OSError: it does not take that."""
        with open(self.path(path), "w", encoding="ascii") as file:
            file.write(str(value))

    def replace(self, path: str, text: t.Optional[str]) -> None:
        """The whole file in one step, readable for all, or no file."""
        target = self.path(path)
        if text is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # The same name each time: what a run leaves that is killed here, the next one takes.
        new = os.path.join(os.path.dirname(target), f".{NAME}-{os.path.basename(target)}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        with open(new, "x", encoding="utf-8") as file:
            file.write(text)
        os.chmod(new, 0o644)
        os.replace(new, target)


def lines_of(text: t.Optional[str]) -> t.List[str]:
    """What a file of this collection says, without its header."""
    return [line for line in (text or "").splitlines() if line and not line.startswith("#")]
