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

from .deps import libvirt, libvirt_qemu
from .errors import LibvirtFailed, TimedOut
from .resources.base import Session

#: How often to look, in seconds.
INTERVAL = 0.5


def wait_for(session: Session, name: str, conditions: t.Sequence[str], timeout: float, where: str) -> None:
    """Wait until ``conditions`` (``ip``, ``agent``, ``ssh``, ``cloud_init``) hold for the domain ``name``.

    :raises TimedOut: naming the first that does not within ``timeout`` seconds, and what was seen last.
    :raises LibvirtFailed: cloud-init finished with an error.
    """
    guest = Guest(session, name)
    deadline = time.monotonic() + timeout
    for condition in [known for known in ("ip", "agent", "cloud_init", "ssh") if known in conditions]:
        while not getattr(guest, condition)():
            if time.monotonic() > deadline:
                raise TimedOut(
                    "domain '{0}' runs, but after {1} seconds {2}".format(name, int(timeout), guest.missing(condition)),
                    where=where,
                    remedy="Look at its console with 'virsh console {0}', or raise wait.timeout".format(name),
                )
            if not guest.domain.isActive():
                raise LibvirtFailed(
                    "domain '{0}' stopped while it was waited for".format(name),
                    where=where,
                    remedy="Look at /var/log/libvirt/qemu/{0}.log on the host".format(name),
                )
            time.sleep(INTERVAL)


class Guest:
    """A running domain seen through libvirt: every question is asked anew."""

    def __init__(self, session: Session, name: str) -> None:
        self.domain = session.connection.lookupByName(name)

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
        """Its addresses as DHCP leases and the agent know them, without loopback and link-local ones."""
        found: t.List[str] = []
        for source in ("LEASE", "AGENT"):
            try:
                interfaces = self.domain.interfaceAddresses(
                    getattr(libvirt, "VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_" + source), 0
                )
            except libvirt.libvirtError:  # this source knows nothing: no agent yet, no managed network
                continue
            for interface in (interfaces or {}).values():
                found += [one["addr"] for one in interface.get("addrs") or () if one["addr"] not in found]
        return [one for one in found if not one.startswith(("127.", "169.254.", "fe80:")) and one != "::1"]

    def ip(self) -> bool:
        return bool(self.addresses())

    def agent(self) -> bool:
        return self._ask("guest-ping") is not None

    def ssh(self) -> bool:
        return any(_greets(address) for address in self.addresses())

    def cloud_init(self) -> bool:
        """:raises LibvirtFailed: it ended with an error."""
        status = self._run("cloud-init", "status", "--format", "json")
        try:
            told = json.loads(status or "{}")
        except ValueError:
            return False
        if told.get("status") == "error":
            raise LibvirtFailed(
                "cloud-init failed in the guest: {0}".format("; ".join(map(str, told.get("errors") or ["no details"]))),
                remedy="Read /var/log/cloud-init.log in the guest",
            )
        return told.get("status") in ("done", "disabled")

    def _run(self, path: str, *arguments: str) -> t.Optional[str]:
        """What a command prints in the guest, whatever its exit status; ``None`` if it cannot be run."""
        started = self._ask("guest-exec", path=path, arg=list(arguments), **{"capture-output": True})
        if started is None:
            return None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status = self._ask("guest-exec-status", pid=started["pid"])
            if status is None:
                return None
            if status["exited"]:
                return base64.b64decode(status.get("out-data", "")).decode("utf-8", "replace")
            time.sleep(0.1)
        return None

    def _ask(self, command: str, **arguments: t.Any) -> t.Any:
        """The agent's answer, or ``None`` while there is none."""
        request: t.Dict[str, t.Any] = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        try:
            return json.loads(libvirt_qemu.qemuAgentCommand(self.domain, json.dumps(request), 5, 0))["return"]
        except libvirt.libvirtError:
            return None


def _greets(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
