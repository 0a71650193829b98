# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of libvirt's daemons a host has, and which of them are running. Pure over a directory root."""

from __future__ import annotations

import os
import re
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

#: Who reads a file of /etc/libvirt that is not named after its daemon: with modular daemons, and without them.
_READERS = {
    "libvirt": (),  # clients
    "libvirt-admin": (),
    "libxl": ("virtxend", "libvirtd"),
    "lxc": ("virtlxcd", "libvirtd"),
    "network": ("virtnetworkd", "libvirtd"),
    "nwfilter": ("virtnwfilterd", "libvirtd"),
    "qemu": ("virtqemud", "libvirtd"),
    "qemu-lockd": ("virtqemud", "libvirtd"),
    "qemu-sanlock": ("virtqemud", "libvirtd"),
}


def find_daemons(root: str = "/") -> t.Dict[str, t.Dict[str, bool]]:
    """The installed daemons by name, each with ``running`` (its process is there) and ``listening`` (its socket is:
    with systemd that alone is enough, the first caller wakes the daemon). Nothing is connected to, nothing woken.
    """
    listeners = _listeners(root)
    return {
        name: {
            "running": _process(root, name) is not None,
            "listening": any(os.path.join(run, "libvirt", socket) in listeners for run in ("/run", "/var/run")),
        }
        for name, socket in SOCKETS.items()
        if any(os.path.exists(os.path.join(root, folder, name)) for folder in ("usr/sbin", "usr/bin"))
    }


def readers_of(file: str) -> t.Tuple[str, ...]:
    """The daemons that read ``/etc/libvirt/<file>.conf`` when they start, whether this host has them or not."""
    return _READERS.get(file, (file,))


def started(root: str, name: str) -> t.Optional[float]:
    """When the daemon's process was started, in seconds since the epoch, true to a second; ``None`` without one."""
    pid = _process(root, name)
    boot = re.search(r"^btime (\d+)$", read_text(os.path.join(root, "proc/stat")), re.MULTILINE)
    fields = read_text(os.path.join(root, "proc", pid, "stat")).rpartition(")")[2].split() if pid else []
    if not boot or len(fields) < 20:
        return None
    return int(boot.group(1)) + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def is_run_by_systemd(root: str = "/") -> bool:
    """Whether systemd is running, as sd_booted(3) says. That it is installed (in a container, say) means nothing."""
    return os.path.isdir(os.path.join(root, "run/systemd/system"))


def _process(root: str, name: str) -> t.Optional[str]:
    """The number of the daemon's process, when the pid file names a live one of this name: a stale file names none,
    another, or a dead one that nobody has reaped, whose command line is empty.
    """
    for folder in ("run", "run/libvirt"):
        pid = read_text(os.path.join(root, folder, name + ".pid")).strip()
        command = read_text(os.path.join(root, "proc", pid, "cmdline")).split("\0")[0]
        if pid.isdigit() and os.path.basename(command) == name:
            return pid
    return None


def _listeners(root: str) -> t.Set[str]:
    """The paths that somebody of this network namespace listens at; a socket's file alone may be a leftover."""
    rows = [line.split(None, 7) for line in read_text(os.path.join(root, "proc/net/unix")).splitlines()]
    listening = "00010000"  # __SO_ACCEPTCON, in the column Flags
    return {row[7] for row in rows if len(row) > 7 and row[3] == listening}
