# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves that a module changed nothing: a guard on all that it asks of libvirt, and a watch on the host's files."""

from __future__ import annotations

import contextlib
import os
import pathlib
import typing as t

import libvirt
from lxml import etree

#: Every function of libvirt's API that only reads. Whatever is not here counts as a change until it is put here.
READS_FILE = pathlib.Path(__file__).with_name("libvirt_reads.txt")
READS = frozenset(READS_FILE.read_text().split())

#: What libvirt and the collection keep of objects: definitions, autostart links, records of volumes.
KEPT = ("/etc/libvirt", "/var/lib/libvirt/kvm-fleet")

#: Modules that write files of the host: the options that say where, but ``target``, which always does.
WRITES = {"certificate": ("path", "key", "authority_path"), "sasl_user": ("database",)}

Tree = dict[str, tuple[t.Any, ...]]


class ChangedSomething(AssertionError):
    """A call that changes something, or may, where nothing may be changed."""


class Guard:
    """Stands in for the C module below libvirt's Python API, through which every single call goes.

    ``log`` gets the name of each function called. One that is no reading is not executed but raises.
    """

    def __init__(self, real: t.Any, log: t.IO[str]) -> None:
        self._real, self._log = real, log

    def __getattr__(self, name: str) -> t.Any:
        found = getattr(self._real, name)
        if not callable(found) or name.startswith("virEvent"):  # libvirt's own loop, which asks the daemon nothing
            return found

        def call(*arguments: t.Any) -> t.Any:
            self._log.write(name + "\n")
            self._log.flush()
            check(name)
            return found(*arguments)

        return call


def check(name: str) -> None:
    """:raises ChangedSomething: the function is not one that only reads."""
    if name not in READS:
        raise ChangedSomething(f"{name} in a run that may only read; if it only reads, put it into {READS_FILE.name}")


def stand_guard(log: t.IO[str]) -> None:
    """From now on this process can only read from libvirt."""
    libvirt.libvirtmod = Guard(libvirt.libvirtmod, log)


def folders(name: str, options: t.Any) -> list[pathlib.Path]:
    """What to watch while module ``name`` runs: the directories of the host's pools, those named as ``target`` in its
    options, those in which it writes files, records."""
    found = {*KEPT, *_targets(options)}
    found.update(os.path.dirname(options[option]) for option in WRITES.get(name, ()) if options.get(option))
    try:
        connection = libvirt.openReadOnly("qemu:///system")
    except libvirt.libvirtError:  # a test of what happens without it
        return [pathlib.Path(path) for path in sorted(found)]
    try:
        for pool in connection.listAllStoragePools():
            path = etree.fromstring(pool.XMLDesc()).findtext("target/path")
            if path and not path.startswith("/dev"):
                found.add(path)
    finally:
        connection.close()
    return [pathlib.Path(path) for path in sorted(found)]


def _targets(options: t.Any) -> t.Iterator[str]:
    if isinstance(options, dict):
        for name, value in options.items():
            if name == "target" and isinstance(value, str) and value.startswith("/"):
                yield value
            else:
                yield from _targets(value)
    elif isinstance(options, list):
        for value in options:
            yield from _targets(value)


def snapshot(paths: t.Iterable[pathlib.Path]) -> Tree:
    """Everything at and below ``paths``, by path: what it is, whose, how long, since when.

    The last two not of what an emulator has open: its guest writes to its disk whenever it likes.
    """
    tree: Tree = {}
    of_guests = _open_in_emulators()
    for path in paths:
        for one in [path, *path.rglob("*")] if path.exists() else ():
            status = one.lstat()
            tree[str(one)] = (
                status.st_ino,
                oct(status.st_mode),
                status.st_uid,
                status.st_gid,
                *((None, None) if str(one) in of_guests else (status.st_size, status.st_mtime_ns)),
                os.readlink(one) if one.is_symlink() else None,
            )
    return tree


def _open_in_emulators() -> set[str]:
    found: set[str] = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            if (process / "comm").read_text().startswith("qemu-system"):
                for one in (process / "fd").iterdir():
                    with contextlib.suppress(FileNotFoundError):  # it was closed
                        found.add(os.readlink(one))
    return found


def differences(before: Tree, after: Tree) -> list[str]:
    """The paths that differ, each with what it was and is."""
    return [
        f"{path}: {before.get(path)} -> {after.get(path)}"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]
