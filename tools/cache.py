# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's cache of what takes long to make: images, a newer QEMU, a small guest. All trees use the same one.

It is in ``$KVM_FLEET_CACHE``, else ``${XDG_CACHE_HOME:-~/.cache}/kvm-fleet``. ``cache.py directory images`` prints the
directory of the things of a sort. Its name has a digest of everything that they are made with: what makes them in this
tree, the packages of the tools, and the state of the distribution's archive as APT knows it. So nothing in there is
ever out of date, and whoever makes a thing there makes it aside and renames it into place. What nobody has used for
two weeks is removed. ``cache.py size`` says what it takes, ``cache.py clean`` removes it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing as t

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT_FOR = 14 * 24 * 3600.0  # seconds since it was last used


class Sort(t.NamedTuple):
    """Things that are made alike."""

    makers: tuple[str, ...]  # patterns of files in the tree
    tools: tuple[str, ...]  # packages


SORTS = {
    "images": Sort(("roles/kvm_image/files/*", "roles/kvm_image/vars/*"), ("mmdebstrap", "qemu-utils", "e2fsprogs")),
    "debian": Sort(("tools/in_debian.sh",), ("mmdebstrap",)),
    "qemu": Sort(("tests/lab/with_newer_qemu.sh",), ("qemu-system-x86",)),
    "small-guest": Sort(("tests/guest/small/*",), ("cpio",)),
}


def cache() -> pathlib.Path:
    """Where the cache is."""
    own = os.environ.get("KVM_FLEET_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(own).absolute() if own else pathlib.Path(home, "kvm-fleet")


def archive(tools: t.Sequence[str]) -> bytes:
    """What the distribution has of these packages, and everything else, as far as APT knows."""
    # The candidates, which are the same before and after they are installed.
    policy = ["apt-cache", "policy", *tools]
    said = subprocess.run(policy, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout
    # What the Release files say is what mmdebstrap and APT would install today.
    releases = sorted(pathlib.Path("/var/lib/apt/lists").glob("*Release"))
    return b"\n".join(
        [line for line in said.splitlines() if b"Candidate:" in line]
        + [hashlib.sha256(file.read_bytes()).digest() for file in releases]
    )


def digest(sort: Sort) -> str:
    """Of everything that things of this sort are made with."""
    found = hashlib.sha256()
    for file in sorted(file for pattern in sort.makers for file in ROOT.glob(pattern) if file.is_file()):
        found.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    found.update(archive(sort.tools))
    return found.hexdigest()[:16]


def directory(name: str) -> pathlib.Path:
    """The directory of the things of a sort. It is there, and marked as used now."""
    where = cache() / f"{name}-{digest(SORTS[name])}"
    where.mkdir(parents=True, exist_ok=True)
    os.utime(where)
    for other in cache().glob(f"{name}-*"):
        if other.stat().st_mtime < time.time() - KEPT_FOR:
            remove(other)
    return where


def remove(where: pathlib.Path) -> None:
    """At once for all who look, and then in peace."""
    doomed = where.with_name(f".{where.name}.{os.getpid()}")
    try:
        where.rename(doomed)
    except FileNotFoundError:  # somebody else was quicker
        return
    shutil.rmtree(doomed)


def report() -> str:
    """Where the cache is and what it takes on the disk: a sparse image takes less than it is long."""
    files = (pathlib.Path(folder, name) for folder, _folders, names in os.walk(cache()) for name in names)
    size = sum(file.lstat().st_blocks * 512 for file in files)
    return f"cache: {cache()}, {size / 1024**3:.1f} GiB (make clean-cache)"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("directory", help="print the directory of a sort").add_argument("sort", choices=SORTS)
    actions.add_parser("size", help="say what it takes")
    actions.add_parser("clean", help="remove it")
    arguments = parser.parse_args()
    if arguments.action == "directory":
        print(directory(arguments.sort))
    elif arguments.action == "size":
        print(report())
    elif cache().exists():
        remove(cache())


if __name__ == "__main__":
    sys.exit(main())
