# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the collection's code on a host that keeps it from an earlier run: it is neither sent nor compiled anew.

The action plugin of a module that uses this says, in the environment, which code it means: its digest, and where it has
put an archive of it when the host had none. The code is kept in a folder that only this user can write to; another
digest is another folder.
"""

from __future__ import annotations

import atexit
import compileall
import contextlib
import importlib
import json
import os
import shutil
import stat
import sys
import tempfile
import typing as t
import zipfile

#: The digest of the code that is wanted, and the path of an archive of it, in the environment.
DIGEST, ARCHIVE = "KVM_FLEET_ENGINE", "KVM_FLEET_ENGINE_ARCHIVE"
#: What the module's result says when the host has no such code.
MISSING = "engine_missing"
#: How many versions are kept: hosts may be managed from several controllers.
KEPT = 3

PACKAGE = __name__.rpartition(".")[0]


def load(name: str) -> t.Any:
    """The module ``name`` of ``module_utils``. Ends the process with :data:`MISSING` when the host has not got it."""
    digest = os.environ.get(DIGEST)
    if digest:
        code = find(home(), digest) or _unpacked(home(), digest)
        if code is None:
            sys.stdout.write(json.dumps({"changed": False, MISSING: True}))
            raise SystemExit(0)
        sys.modules[PACKAGE].__path__.append(code)
    return importlib.import_module("{0}.{1}".format(PACKAGE, name))


def home() -> str:
    """The folder of this user in which code is kept."""
    if os.geteuid() == 0:
        return "/var/cache/kvm.fleet"
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kvm.fleet")


def find(folder: str, digest: str) -> t.Optional[str]:
    """Where the code is kept, if it is, and nobody else can have written it."""
    path = os.path.join(folder, digest)
    return path if _is_ours(folder) and _is_ours(path) else None


def _is_ours(path: str) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _unpacked(folder: str, digest: str) -> t.Optional[str]:
    """The code of the archive, if there is one: kept from now on, or for this run where it cannot be kept."""
    archive = os.environ.get(ARCHIVE)
    if not archive:
        return None
    with contextlib.suppress(OSError):
        return keep(archive, folder, digest)
    path = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    with zipfile.ZipFile(archive) as content:
        content.extractall(path)
    return path


def keep(archive: str, folder: str, digest: str) -> str:
    """Keep the code of an archive, compiled; returns where. It appears as a whole or not at all.

    :raises OSError: there is no room, or no folder that only this user can write to.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(folder)
    new = tempfile.mkdtemp(prefix="new-", dir=folder)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(new)
        compileall.compile_dir(new, quiet=2)
        os.rename(new, os.path.join(folder, digest))
    except OSError:
        if not find(folder, digest):  # or another run was faster
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _forget_old(folder)
    return os.path.join(folder, digest)


def _forget_old(folder: str) -> None:
    kept = sorted((one.path for one in os.scandir(folder)), key=lambda path: -os.lstat(path).st_mtime)
    for path in kept[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
