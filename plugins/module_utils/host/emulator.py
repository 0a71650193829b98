# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user that QEMU runs as, and whether it may open a device. Pure over a directory root."""

from __future__ import annotations

import dataclasses
import os
import re
import stat as _stat
import typing as t

#: What libvirt is compiled with when qemu.conf names nobody: Debian's packages, then everybody else's.
DEFAULT_USERS = ("libvirt-qemu", "qemu")

_SETTING = re.compile(r'^\s*(user|group)\s*=\s*"([^"]*)"', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Emulator:
    """Whom QEMU runs as: the user's name, its number, and the numbers of all its groups."""

    user: str
    uid: int
    gids: t.FrozenSet[int]

    def may_open(self, node: os.stat_result) -> bool:
        """True when a file with this owner, group and mode can be opened for reading and writing."""
        if self.uid == 0:
            return True
        wanted = 0o6
        if node.st_uid == self.uid:
            wanted <<= 6
        elif node.st_gid in self.gids:
            wanted <<= 3
        return _stat.S_IMODE(node.st_mode) & wanted == wanted


def read_text(path: str) -> str:
    """The file's text, empty when there is none or it may not be read (Debian's qemu.conf is root's alone)."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def find_emulator(root: str) -> t.Optional[Emulator]:
    """The user of ``qemu:///system``, or ``None`` before libvirt's package has made it.

    libvirt gives QEMU the supplementary groups of the user too; that is how Debian's and Fedora's reach ``/dev/kvm``.
    A name that is not in the account files is taken as a number (https://libvirt.org/drvqemu.html).
    """
    # Also where accounts come from a directory service, the emulator's is a local one: the package makes it.
    users = {row[0]: (int(row[2]), int(row[3])) for row in _accounts(root, "etc/passwd")}
    groups = {row[0]: (int(row[2]), row[3].split(",")) for row in _accounts(root, "etc/group")}
    settings = dict(_SETTING.findall(read_text(os.path.join(root, "etc/libvirt/qemu.conf"))))

    user = settings.get("user") or next((name for name in DEFAULT_USERS if name in users), "")
    uid = users[user][0] if user in users else _number(user)
    if uid is None:
        return None
    gids = {number for number, members in groups.values() if user in members}
    if user in users:
        gids.add(users[user][1])
    group = settings.get("group", "")
    gid = groups[group][0] if group in groups else _number(group)
    return Emulator(user, uid, frozenset(gids if gid is None else gids | {gid}))


def owner_names(root: str, node: os.stat_result) -> t.Tuple[str, str]:
    """The names of the node's user and group, or their numbers as text."""
    return _name(root, "etc/passwd", node.st_uid), _name(root, "etc/group", node.st_gid)


def _accounts(root: str, path: str) -> t.List[t.List[str]]:
    """The fields of each account; lines of other kinds (NIS's ``+::::``) have no number and are left out."""
    rows = [line.split(":") for line in read_text(os.path.join(root, path)).splitlines()]
    return [row for row in rows if len(row) > 3 and row[2].isdigit()]


def _name(root: str, path: str, number: int) -> str:
    return next((row[0] for row in _accounts(root, path) if int(row[2]) == number), str(number))


def _number(name: str) -> t.Optional[int]:
    digits = name[1:] if name.startswith("+") else name
    return int(digits) if digits.isdigit() else None
