# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to a host in place of a module of the collection: it runs that module from the code that the host keeps.

It stands alone, for it has to find everything else. Whatever keeps it from running the module it answers; the action
plugin then takes the ordinary way. Once the module has begun, what happens is the module's own.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pwd
import stat
import sys
import typing as t

# Ansible puts here what the action plugin passes on. JSON has no three quotes in a row.
GIVEN = r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"""

#: Keys of that: the module's name, its options, the digest of the code that is meant, where an archive of it is.
MODULE, OPTIONS, DIGEST, ARCHIVE = "module", "options", "digest", "archive"
#: Keys of an answer without the module's: there is no such code here; there can be none, or it does not run, and why.
MISSING, UNUSABLE = "code_missing", "code_unusable"
#: What stands on stderr once the module has begun. A result that cannot be read is the module's then.
BEGUN = "kvm.fleet: the module has begun"

#: How many versions are kept: hosts may be managed from several controllers.
KEPT = 3
#: What the name of a folder begins with whose code is not all there yet.
NEW = "new-"
#: The sizes of all files of a version, by their path in it.
SIZES = "sizes.json"


def main() -> None:
    """Entry point."""
    given = json.loads(GIVEN)
    try:
        code = find_code(home(), given[DIGEST], given.get(ARCHIVE))
        if code is None:
            answer(MISSING, True)
            return
        run = prepare(code, given)
    except (Exception, SystemExit) as exc:
        answer(UNUSABLE, f"{type(exc).__name__}: {exc}")
        return
    sys.stderr.write(f"{BEGUN}\n")
    sys.stderr.flush()
    # What refers to itself is next to nothing of what a run makes; to look for it, most of all at the end, takes a
    # tenth of the time and finds less than 1 MiB.
    gc.disable()
    atexit.register(gc.freeze)
    run()


def answer(key: str, value: t.Any) -> None:
    sys.stdout.write(json.dumps({"changed": False, key: value}))


def prepare(code: str, given: t.Dict[str, t.Any]) -> t.Callable[[], None]:
    """The entry point of the module that is meant, which finds its options where Ansible's own wrapper puts them.

    :raises Exception: this Python cannot load the code, or the options would not be found.
    """
    sys.path.insert(0, code)
    sys.dont_write_bytecode = False  # what it has compiled it keeps
    basic: t.Any = importlib.import_module("ansible.module_utils.basic")
    with contextlib.redirect_stdout(io.StringIO()):  # where it would say that there are none
        known = hasattr(basic, "_ANSIBLE_ARGS")
        basic._ANSIBLE_ARGS = b'{"ANSIBLE_MODULE_ARGS": {}}'
        basic._ANSIBLE_PROFILE = "legacy"  # how Ansible has encoded them
        if not known or basic._load_params() != {}:
            raise LookupError("Ansible looks for options elsewhere")
    sent = {key: value for key, value in given.items() if key.startswith("_ansible_")}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**given[OPTIONS], **sent}}).encode()
    module: t.Any = importlib.import_module(f"ansible_collections.kvm.fleet.plugins.modules.{given[MODULE]}")
    return t.cast(t.Callable[[], None], module.main)


def home() -> str:
    """The folder of this user in which code is kept."""
    if os.geteuid() == 0:
        return "/var/cache/kvm-fleet"
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".cache")
    return os.path.join(cache, "kvm-fleet")


def find_code(folder: str, digest: str, archive: t.Optional[str] = None) -> t.Optional[str]:
    """Where Python finds the code: kept in ``folder``, or from now on, out of an archive that was sent.

    :raises OSError: there is no room, or no folder that only this user can write to.
    :raises Exception: the archive is another one than was sent, or none.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not is_ours(folder):
        raise PermissionError(f"{folder} is not a folder that this user alone can write to")
    path = os.path.join(folder, digest)
    if is_whole(path):
        return path
    return keep(archive, folder, digest) if archive else None


def is_ours(path: str) -> bool:
    """Whether it is a folder in which nobody else can have written anything."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def is_whole(path: str) -> bool:
    """Whether a version is there, ours, and complete: what clears caches removes what was not read for a while."""
    if not is_ours(path):
        return False
    try:
        with open(os.path.join(path, SIZES), encoding="utf-8") as file:
            sizes = json.load(file)
        return all(os.stat(os.path.join(path, name)).st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def keep(archive: str, folder: str, digest: str) -> str:
    """Keep the code of an archive; returns where. It appears as a whole or not at all.

    :raises: as :func:`find_code`.
    """
    import fcntl  # what is needed once is imported then
    import tempfile

    files = unpacked(archive, digest)
    path = os.path.join(folder, digest)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # and so whatever is new was left by a run that was killed
        for left in [one.path for one in os.scandir(folder) if one.name.startswith(NEW)]:
            remove(left)
        if is_whole(path):  # another run was faster
            return path
        new = tempfile.mkdtemp(prefix=NEW, dir=folder)
        try:
            for name, content in files.items():
                os.makedirs(os.path.dirname(os.path.join(new, name)), exist_ok=True)
                with open(os.path.join(new, name), "wb") as file:
                    file.write(content)
            if os.path.lexists(path):  # with parts missing, or as others could have changed it
                os.rename(path, f"{new}-old")
            os.rename(new, path)
        finally:
            remove(new)
            remove(f"{new}-old")
        kept = sorted((one.path for one in os.scandir(folder)), key=lambda old: -os.lstat(old).st_mtime)
        for old in kept[KEPT:]:
            remove(old)
    finally:
        os.close(lock)
    return path


def unpacked(archive: str, digest: str) -> t.Dict[str, bytes]:
    """The files of an archive, with one that has their sizes. :raises Exception: it is not what was sent."""
    import zipfile

    with zipfile.ZipFile(archive) as content:
        files = {name: content.read(name) for name in content.namelist()}
    if digest_of(files) != digest:
        raise ValueError("the archive is not the one that was sent")
    sizes = {name: len(code) for name, code in files.items()}
    return {**files, SIZES: json.dumps(sizes).encode()}


def remove(path: str) -> None:
    """Remove whatever is there, if it can be."""
    import shutil

    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)


def digest_of(files: t.Mapping[str, bytes]) -> str:
    """What identifies code: of the files' names and contents."""
    import hashlib

    summed = hashlib.sha256()
    for path, content in sorted(files.items()):
        summed.update(b"%s %d\n%s" % (path.encode(), len(content), content))
    return summed.hexdigest()[:32]


if __name__ == "__main__":
    main()
