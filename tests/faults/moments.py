# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The moments of a module's run at which it can be killed, and the kill.

A moment is before and after each call of libvirt that changes something, before each operation on a file, after a file
was made and is still empty, and before and after the start of a program.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import signal
import subprocess
import sys
import threading
import time
import typing as t

import libvirt

from ..functional.read_only import READS

#: Python's audit events of what changes a file (https://docs.python.org/3/library/audit_events.html).
FILE_EVENTS = frozenset(
    "os." + name
    for name in ("chmod", "chown", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate", "utime")
)
_write = os.write
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Moments:
    """Counts the moments of this process, writes their names to the descriptor ``log``, and kills at number ``at`` of
    those whose names begin with ``of``."""

    def __init__(self, log: int, at: int = 0, of: str = "") -> None:
        self._log, self._at, self._of = log, at, of
        self._count = 0
        self._lock = threading.Lock()

    def watch(self) -> None:
        """From now on. There is no way back: it is for a process of its own."""
        libvirt.libvirtmod = _Watched(libvirt.libvirtmod, self.reached)
        sys.addaudithook(self._hear)
        real_open, os_open, write, start = builtins.open, os.open, os.write, subprocess.Popen.__init__

        @functools.wraps(os_open)
        def open_descriptor(path: t.Any, flags: int, *more: t.Any, **options: t.Any) -> int:
            descriptor = os_open(path, flags, *more, **options)
            if flags & os.O_CREAT:
                self.reached(f"after open {path}")
            return descriptor

        @functools.wraps(real_open)
        def open_file(file: t.Any, mode: str = "r", *more: t.Any, **options: t.Any) -> t.Any:
            opened = real_open(file, mode, *more, **options)
            if set(mode) & set("wx") and not isinstance(file, int):
                self.reached(f"after open {file}")
            return opened

        @functools.wraps(write)
        def write_some(descriptor: int, content: t.Any) -> int:
            self.reached("before write")
            return write(descriptor, content)

        @functools.wraps(start)
        def start_program(process: t.Any, *arguments: t.Any, **options: t.Any) -> None:
            start(process, *arguments, **options)
            self.reached(f"started {process.args[0]}")

        os.open, os.write = open_descriptor, write_some
        builtins.open = io.open = open_file
        subprocess.Popen.__init__ = start_program  # type: ignore[method-assign]

    def reached(self, moment: str) -> None:
        with self._lock:
            _write(self._log, moment.encode() + b"\n")
            self._count += moment.startswith(self._of)
            if self._count == self._at:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)  # the signal is on its way

    def _hear(self, event: str, arguments: tuple[t.Any, ...]) -> None:
        if event in FILE_EVENTS:
            self.reached(f"before {event} {arguments[0]}")
        elif event == "open" and arguments[2] & _WRITING and not isinstance(arguments[0], int):
            self.reached(f"before open {arguments[0]}")
        elif event == "subprocess.Popen":
            self.reached(f"before {arguments[0]}")


class _Watched:
    """Stands in for the C module below libvirt's Python API, through which every single call goes."""

    def __init__(self, real: t.Any, reached: t.Callable[[str], None]) -> None:
        self._real, self._reached = real, reached

    def __getattr__(self, name: str) -> t.Any:
        found = getattr(self._real, name)
        if name in READS or not name.startswith("vir") or not callable(found):
            return found

        def call(*arguments: t.Any) -> t.Any:
            self._reached(f"before {name}")
            try:
                return found(*arguments)
            finally:
                self._reached(f"after {name}")

        return call
