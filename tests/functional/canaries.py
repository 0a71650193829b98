# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Canaries: words that are declared wherever a secret can be, and looked for in all that was written meanwhile."""

from __future__ import annotations

import base64
import contextlib
import os
import pathlib
import secrets
import socket
import threading
import time
import typing as t

#: Where syslog(3) and the journal's own library send what is to be logged.
LOGS = ("/dev/log", "/run/systemd/journal/socket")

#: Folders for everybody's temporary files, in which only what is new is looked at.
SHARED = ("/tmp", "/var/tmp", "/run/lock")


class Canaries:
    """``canaries.word("value")`` is a word with this name in it. All are found by what they have in common.

    Ansible masks what it knows for a secret wherever that is part of a text, also of another canary: none of those
    that it may know is part of another.
    """

    def __init__(self) -> None:
        self.mark = "c4" + secrets.token_hex(4)
        self.short = "z9" + secrets.token_hex(3)  # VNC takes eight characters
        self.given: list[str] = [self.short]

    def word(self, name: str) -> str:
        self.given.append(f"{self.mark}-{name}-{len(self.given)}")
        return self.given[-1]

    def found(self, content: bytes) -> list[str]:
        """Those that are in a content, as they are or in base64, with what is around them."""
        return [
            content[max(0, place - 60) : place + 80].decode("utf-8", "replace")
            for word in (self.mark, self.short)
            for form in _forms(word)
            for place in _places(content, form)
        ]


def _forms(word: str) -> set[bytes]:
    """A word, and what base64 makes of it wherever it begins."""
    shifted = (base64.b64encode(b"x" * shift + word.encode())[4 * bool(shift) :] for shift in range(3))
    return {word.encode(), *(one[: len(word) // 3 * 4 - 4] for one in shifted)}


def _places(content: bytes, form: bytes) -> t.Iterator[int]:
    place = content.find(form)
    while place >= 0:
        yield place
        place = content.find(form, place + 1)


@contextlib.contextmanager
def listening() -> t.Iterator[list[bytes]]:
    """Everything that is sent to the system's log, as long as somebody listens."""
    said: list[bytes] = []
    ended = threading.Event()

    def listen(log: socket.socket) -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                said.append(log.recv(1 << 20))

    with contextlib.ExitStack() as stack:
        for path in LOGS:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            log = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            log.bind(path)
            stack.callback(os.unlink, path)
            log.settimeout(0.1)
            thread = threading.Thread(target=listen, args=(log,))
            thread.start()
            stack.callback(thread.join)
        stack.callback(ended.set)
        yield said


@contextlib.contextmanager
def watching() -> t.Iterator[set[bytes]]:
    """The arguments of all processes that are seen to run. QEMU's own have what is handed to it as such."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.004):
            for process in os.listdir("/proc"):
                if process.isdigit():
                    with contextlib.suppress(OSError), open(f"/proc/{process}/cmdline", "rb") as file:
                        seen.add(file.read())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


class Folders:
    """Folders as they are now, to be asked later for what was written in them since."""

    def __init__(self, *own: pathlib.Path) -> None:
        """:arg own: what nobody else writes in."""
        self.own = own
        self.began = time.time()
        self.before = {path for folder in SHARED for path in pathlib.Path(folder).iterdir()}

    def written(self) -> t.Iterator[pathlib.Path]:
        """The files."""
        new = {path for folder in SHARED for path in pathlib.Path(folder).iterdir()} - self.before
        for path in [*self.own, *new]:
            for one in [path, *path.rglob("*")]:
                with contextlib.suppress(OSError):  # somebody else's, and gone
                    if one.is_file() and not one.is_symlink() and one.stat().st_mtime >= self.began - 1:
                        yield one
