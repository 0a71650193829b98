# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the actions on a domain: the only code that changes one."""

from __future__ import annotations

import time
import typing as t

from ...connection import find
from ...deps import libvirt
from ...errors import TimedOut
from ...plan import Pending
from ...xml import schema
from ..host import source_of
from ..volume.delete import delete
from . import interrupted
from .devices.apply import GUEST_TIMEOUT, DeviceExecutor, on_paths
from .setters import SETTERS

#: What libvirt says when a guest does not do its part; an internal error is what is left of a request that timed out.
GUEST_ERRORS = ("OPERATION_FAILED", "OPERATION_TIMEOUT", "INTERNAL_ERROR")
#: How often a guest that does not react is asked again to shut down, in seconds: one that boots ignores ACPI.
ASK_AGAIN = 5


class Executor(DeviceExecutor):
    """One action on one domain. ``run`` returns what the guest did not do in time."""

    def run(self) -> t.Optional[Pending]:
        """Execute. :raises TimedOut: the guest does not shut down and may not be forced."""
        if "leaves" in self.payload:
            interrupted.record(self.session, self.action.name, self.payload["leaves"])
        setter = SETTERS.get(self.action.verb)
        done = setter(self.domain, self.payload["settings"]) if setter else getattr(self, self.action.verb)()
        return None if done is not False else Pending("domain", self.action.name, self.action.changes)

    def define(self) -> None:
        """libvirt validates what is new where that could not be done before: it takes minutes for a driver element with
        twenty attributes (``xml/schema.py``)."""
        unchecked = self.payload["before"] is None and not schema.known("domain.rng")
        if self.payload["before"] is None:
            interrupted.forget(self.session, self.action.name)
        xml = on_paths(self.session, self.payload["xml"], self.payload.get("volumes", {}))
        self.connection.defineXMLFlags(xml, libvirt.VIR_DOMAIN_DEFINE_VALIDATE if unchecked else 0)

    def undefine(self) -> None:
        if "leaves" not in self.payload:
            interrupted.forget(self.session, self.action.name)  # an older run's: what it names is to stay
        flags = 0
        nvram = "KEEP_NVRAM" if self.payload.get("keep_nvram") else "NVRAM"
        for name in ("MANAGED_SAVE", "SNAPSHOTS_METADATA", "CHECKPOINTS_METADATA", nvram, "TPM"):
            flags |= getattr(libvirt, "VIR_DOMAIN_UNDEFINE_" + name, 0)  # TPM came with libvirt 8.9
        self.domain.undefineFlags(flags)

    def set_autostart(self) -> None:
        self.domain.setAutostart(int(self.payload["autostart"]))

    def start(self) -> None:
        self.domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED if self.payload["paused"] else 0)

    def resume(self) -> None:
        self.domain.resume()

    def suspend(self) -> None:
        self.domain.suspend()

    def wakeup(self) -> None:
        self.domain.pMWakeup()

    def reset(self) -> None:
        self.domain.destroy()
        self.domain.create()

    def destroy(self) -> None:
        self.domain.destroy()

    def save(self) -> None:
        self.domain.managedSave()

    def restart(self) -> None:
        self.shutdown()
        self.domain.create()

    def shutdown(self) -> None:
        domain, timeout = self.domain, self.payload["timeout"]
        deadline, ask = time.monotonic() + timeout, 0.0
        while find(domain.isActive):
            now = time.monotonic()
            if now >= deadline:
                if self.payload["force"]:
                    domain.destroy()
                    return
                raise TimedOut(
                    f"the guest did not shut down within {timeout} seconds",
                    where=self.payload["where"] or f"domain {self.action.name}",
                    remedy="Raise shutdown_timeout, or declare force: true to switch it off then",
                )
            if now >= ask:
                self._ask_to_shut_down(domain)
                ask = now + ASK_AGAIN
            time.sleep(0.1)

    @staticmethod
    def _ask_to_shut_down(domain: t.Any) -> None:
        try:
            domain.shutdown()
        except libvirt.libvirtError as exc:
            # It went off meanwhile, or its agent is not up yet: the loop looks and asks again.
            if exc.get_error_code() not in (
                libvirt.VIR_ERR_OPERATION_INVALID,
                libvirt.VIR_ERR_NO_DOMAIN,
                libvirt.VIR_ERR_AGENT_UNRESPONSIVE,
            ):
                raise

    def remove_volumes(self) -> None:
        for pool, name in self.payload["volumes"]:
            delete(self.session, pool, name)
        interrupted.forget(self.session, self.action.name)

    def remove_seed(self) -> bool:
        """A guest that has not let go of the drive needs what is in it."""
        if find(self.domain.isActive):
            used = {source_of(source) for source in self._live().iterfind("devices/disk/source")}
            if used & set(self.payload["places"]):
                return False
        delete(self.session, *self.payload["volume"])
        return True

    def set_memory(self) -> bool:
        ((_option, _op, size),) = self.payload["settings"]
        kib = size // 1024
        self.domain.setMemoryFlags(kib, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        return self._until(lambda live: int(live.findtext("currentMemory")) == kib)

    def set_vcpus(self) -> bool:
        """The guest has to let a vCPU go, and may refuse.

        libvirt waits five seconds for it, and then not always has an error to give: what the domain shows counts.
        """
        ((_option, _op, wanted),) = self.payload["settings"]
        deadline = time.monotonic() + GUEST_TIMEOUT
        while True:
            try:
                self.domain.setVcpusFlags(wanted, libvirt.VIR_DOMAIN_AFFECT_LIVE)
                return True
            except libvirt.libvirtError as exc:
                if exc.get_error_code() not in [getattr(libvirt, "VIR_ERR_" + name) for name in GUEST_ERRORS]:
                    raise
            vcpu = self._live().find("vcpu")
            if int(vcpu.get("current", vcpu.text)) == wanted:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
