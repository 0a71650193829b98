# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a guest is usable: it has an address, its agent answers, SSH answers, cloud-init has finished."""

from __future__ import annotations

import base64
import json
import socket
import time
import typing as t

from .connection import find
from .deps import imported, libvirt
from .errors import LibvirtFailed, TimedOut
from .resources.domain.addresses import Addresses
from .xml import parse

libvirt_qemu = imported("libvirt_qemu")

#: How often to look, in seconds.
INTERVAL = 0.5
#: How long an agent has for its answer, in seconds.
AGENT_TIMEOUT = 5


def wait_for(connection: t.Any, name: str, conditions: t.Sequence[str], timeout: float, where: str) -> None:
    """Wait until ``conditions`` (``ip``, ``agent``, ``ssh``, ``cloud_init``) hold for the domain ``name``.

    :raises TimedOut: naming the first that does not within ``timeout`` seconds, and what was seen last.
    :raises LibvirtFailed: cloud-init finished with an error.
    """
    guest = Guest(connection, name, where)
    deadline = time.monotonic() + timeout
    for condition in [known for known in ("ip", "agent", "cloud_init", "ssh") if known in conditions]:
        while not getattr(guest, condition)():
            if time.monotonic() > deadline:
                raise TimedOut(
                    f"domain '{name}' runs, but after {int(timeout)} seconds {guest.missing(condition)}",
                    where=where,
                    remedy=f"Look at its console with 'virsh console {name}', or raise wait.timeout",
                )
            if not guest.domain.isActive():
                raise LibvirtFailed(
                    f"domain '{name}' stopped while it was waited for",
                    where=where,
                    remedy=f"Look at /var/log/libvirt/qemu/{name}.log on the host",
                )
            time.sleep(INTERVAL)


class Guest:
    """A running domain seen through libvirt."""

    def __init__(self, connection: t.Any, name: str, where: str) -> None:
        self.domain = connection.lookupByName(name)
        self._connection = connection
        self.where = where
        self._enabled = False  # cloud-init, as far as known

    @staticmethod
    def missing(condition: str) -> str:
        """What it means that ``condition`` does not hold."""
        return {
            "ip": "it has no address yet (no DHCP lease, none reported by its agent)",
            "agent": "its guest agent does not answer (is qemu-guest-agent installed in it?)",
            "ssh": "no SSH server answers at port 22 of any of its addresses",
            "cloud_init": "cloud-init has not finished in it (this is asked through the guest agent)",
        }[condition]

    def addresses(self) -> t.List[str]:
        """Its addresses as anybody knows them."""
        text = find(self.domain.XMLDesc, 0)
        known = Addresses(self._connection, self._connection)
        # A reservation is an address that it may have got or not, and a neighbour one that it may have had.
        found = known.of(self.domain.name(), parse.parse(text), ("lease", "agent")) if text else []
        return [one["address"] for one in found]

    def ip(self) -> bool:
        return bool(self.addresses())

    def agent(self) -> bool:
        return self._ask("guest-ping") is not None

    def ssh(self) -> bool:
        return any(_greets(address) for address in self.addresses())

    def cloud_init(self) -> bool:
        """Its files are read, not ``cloud-init status`` run: to start that takes an emulated CPU four seconds.

        :raises LibvirtFailed: it ended with an error, or will never run.
        """
        if not self._enabled:
            if not self.agent():
                return False
            # A generator of systemd has decided that before anything was started.
            if self._read("/run/cloud-init/disabled") is not None:
                raise LibvirtFailed(
                    "cloud-init is disabled in the guest, or found no seed",
                    where=self.where,
                    remedy="Look at /run/cloud-init in the guest, or do not wait for cloud_init",
                )
            self._enabled = True
        result = self._read("/run/cloud-init/result.json")  # a link that is made when the file is complete
        if not result:
            return False
        errors = json.loads(result)["v1"]["errors"]
        if errors:
            raise LibvirtFailed(
                f"cloud-init failed in the guest: {'; '.join(map(str, errors))}",
                where=self.where,
                remedy="Read /var/log/cloud-init.log in the guest",
            )
        return True

    def _read(self, path: str) -> t.Optional[bytes]:
        """A small file of the guest, or ``None`` when there is none."""
        handle = self._ask("guest-file-open", path=path)
        if handle is None:
            return None
        answer = self._ask("guest-file-read", handle=handle, count=1 << 16)
        self._ask("guest-file-close", handle=handle)
        return base64.b64decode(answer["buf-b64"]) if answer else None

    def _ask(self, command: str, **arguments: t.Any) -> t.Any:
        return ask(self.domain, command, **arguments)


def ask(domain: t.Any, command: str, **arguments: t.Any) -> t.Any:
    """The answer of the agent in a ``virDomain`` of a connection that may write, or ``None`` while there is none."""
    request: t.Dict[str, t.Any] = {"execute": command}
    if arguments:
        request["arguments"] = arguments
    try:
        return json.loads(libvirt_qemu.qemuAgentCommand(domain, json.dumps(request), AGENT_TIMEOUT, 0))["return"]
    except libvirt.libvirtError:
        return None


def _greets(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
