# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which file a record is about, among those that have its name in turn.

The inode alone does not say: ext4 gives that of a deleted file to the next one that is made. Its generation is another
one then. Not every file system has one, and it is asked of a file that this user may open: without one the inode has to
do, as it does for what older versions have recorded.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import struct
import typing as t

#: Of ``linux/fs.h``, as most architectures number it; where it is another number, nothing is known.
_FS_IOC_GETVERSION = 0x80007601 | struct.calcsize("l") << 16


def of(path: str) -> str:
    """What identifies the file at a path; empty for a device, or if it cannot be seen."""
    inode = _inode(path)
    made = generation(path) if inode else None
    return inode if made is None else f"{inode}.{made}"


def is_of(identity: str, path: str) -> bool:
    """Whether that is the file at a path."""
    inode, _dot, made = identity.partition(".")
    if inode != _inode(path):
        return False
    now = generation(path) if made else None
    return now is None or made == str(now)


def generation(path: str) -> t.Optional[int]:
    """Which of the files it is that have had its inode; ``None``: nobody can say."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            answer = fcntl.ioctl(descriptor, _FS_IOC_GETVERSION, bytes(struct.calcsize("l")))
        finally:
            os.close(descriptor)
        return int(struct.unpack_from("=I", answer)[0])  # an int, whatever the number of the call says
    return None


def _inode(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return str(found.st_ino) if stat.S_ISREG(found.st_mode) else ""
