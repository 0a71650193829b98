# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where libvirt can be called from other machines, and whether callers have to say who they are."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ..errors import InvalidOption
from .emulator import read_text
from .libvirt_conf import parse

#: The daemons that listen for other machines, without and with the modular ones.
_DAEMONS = ("libvirtd", "virtproxyd")
_PORTS = {"tcp": "16509", "tls": "16514"}
_LISTEN = "0A"  # TCP_LISTEN, in the column st


@dataclasses.dataclass(frozen=True)
class Listener:
    """``authentication``: what callers need, ``none`` when nothing. ``enabled``: by systemd or the daemon's file.
    ``exposed``: whoever reaches the port is root here, now or when the daemon starts next.
    """

    daemon: str
    transport: str
    port: int
    authentication: str
    file: str
    enabled: bool
    listening: bool
    exposed: bool


def find_listeners(root: str = "/") -> t.List[Listener]:
    """One of each transport for every installed daemon whose file can be read."""
    open_ports = _open_ports(root)
    found = []
    for daemon in _DAEMONS:
        if not os.path.exists(os.path.join(root, "usr/sbin", daemon)):
            continue
        file = f"/etc/libvirt/{daemon}.conf"
        settings = _settings(root, file)
        for transport, default in _PORTS.items():
            port = str(settings.get(transport + "_port", default))
            number = int(port) if port.isdigit() else int(default)  # the name of a service, which nobody uses
            authentication = _authentication(transport, settings)
            enabled = _unit_enabled(root, daemon, transport) or settings.get("listen_" + transport) == 1
            listening = number in open_ports
            exposed = authentication == "none" and (enabled or listening)
            found.append(Listener(daemon, transport, number, authentication, file, enabled, listening, exposed))
    return found


def _authentication(transport: str, settings: t.Mapping[str, t.Any]) -> str:
    if transport == "tcp":
        return str(settings.get("auth_tcp", "sasl"))
    needed = [] if settings.get("tls_no_verify_certificate") == 1 else ["certificate"]
    if settings.get("auth_tls", "none") != "none":
        needed.append(str(settings["auth_tls"]))
    return "+".join(needed) or "none"


def _settings(root: str, file: str) -> t.Dict[str, t.Any]:
    """Of a file that libvirt could not read nothing is known; the module libvirt_config says what is wrong with it."""
    try:
        statements = parse(read_text(os.path.join(root, file[1:])), file)
    except InvalidOption:
        return {}
    return {statement.name: statement.value for statement in reversed(statements)}  # the first of a name counts


def _unit_enabled(root: str, daemon: str, transport: str) -> bool:
    return os.path.lexists(
        os.path.join(root, "etc/systemd/system/sockets.target.wants", f"{daemon}-{transport}.socket")
    )


def _open_ports(root: str) -> t.Set[int]:
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in read_text(os.path.join(root, "proc/net", name)).splitlines()
    ]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if len(row) > 3 and row[3] == _LISTEN}
