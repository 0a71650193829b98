# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of libvirt's daemons a host has, and which of them are at work. Pure over a directory root."""

from __future__ import annotations

import os
import typing as t

from .emulator import read_text

#: The daemons and the socket each answers at (https://libvirt.org/daemons.html): one for everything, or one per kind.
#: virtlogd and virtlockd serve both.
SOCKETS = {
    "libvirtd": "libvirt-sock",
    "virtqemud": "virtqemud-sock",
    "virtnetworkd": "virtnetworkd-sock",
    "virtstoraged": "virtstoraged-sock",
    "virtnodedevd": "virtnodedevd-sock",
    "virtsecretd": "virtsecretd-sock",
    "virtnwfilterd": "virtnwfilterd-sock",
    "virtlogd": "virtlogd-sock",
    "virtlockd": "virtlockd-sock",
}


def find_daemons(root: str = "/") -> t.Dict[str, t.Dict[str, bool]]:
    """The installed daemons by name, each with ``running`` (its process is there) and ``listening`` (its socket is:
    with systemd that alone is enough, the first caller wakes the daemon). Nothing is connected to, nothing woken.
    """
    listeners = _listeners(root)
    return {
        name: {
            "running": _running(root, name),
            "listening": any(os.path.join(run, "libvirt", socket) in listeners for run in ("/run", "/var/run")),
        }
        for name, socket in SOCKETS.items()
        if any(os.path.exists(os.path.join(root, folder, name)) for folder in ("usr/sbin", "usr/bin"))
    }


def is_run_by_systemd(root: str = "/") -> bool:
    """Whether systemd is at work, as sd_booted(3) tells. That it is installed (in a container, say) means nothing."""
    return os.path.isdir(os.path.join(root, "run/systemd/system"))


def _running(root: str, name: str) -> bool:
    """True when the pid file names a live process of this name: a stale one names none, another, or a dead one that
    nobody has reaped, whose command line is empty.
    """
    for folder in ("run", "run/libvirt"):
        pid = read_text(os.path.join(root, folder, name + ".pid")).strip()
        command = read_text(os.path.join(root, "proc", pid, "cmdline")).split("\0")[0]
        if pid.isdigit() and os.path.basename(command) == name:
            return True
    return False


def _listeners(root: str) -> t.Set[str]:
    """The paths that somebody of this network namespace listens at; a socket's file alone may be a leftover."""
    rows = [line.split(None, 7) for line in read_text(os.path.join(root, "proc/net/unix")).splitlines()]
    listening = "00010000"  # __SO_ACCEPTCON, in the column Flags
    return {row[7] for row in rows if len(row) > 7 and row[3] == listening}
