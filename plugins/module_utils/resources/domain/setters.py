# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the calls of calls.py, each on the running domain with what it sets.

``False``: the guest has not done its part in time.
"""

from __future__ import annotations

import time
import typing as t

from ...deps import etree, libvirt
from ...xml import parse
from ...xml import path as xmlpath
from ...xml.quantities import UNLIMITED, members
from ..base import Executors, Session
from . import operations
from .target import GUEST_TIMEOUT, found, live, until

EXECUTORS = Executors()

#: What libvirt says when a guest does not do its part; an internal error is what is left of a request that timed out.
GUEST_ERRORS = ("OPERATION_FAILED", "OPERATION_TIMEOUT", "INTERNAL_ERROR")

#: VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB, which libvirt's Python binding does not have.
_NO_LIMIT = 2**53 - 1


@EXECUTORS(operations.SetMemory)
def _set_memory(session: Session, name: str, call: operations.SetMemory) -> bool:
    domain = found(session, name)
    ((_option, _op, size),) = call.settings
    kib = size // 1024
    domain.setMemoryFlags(kib, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return until(domain, lambda live: int(xmlpath.the_text(live, "currentMemory")) == kib)


@EXECUTORS(operations.SetVcpus)
def _set_vcpus(session: Session, name: str, call: operations.SetVcpus) -> bool:
    """The guest has to let a vCPU go, and may refuse.

    libvirt waits five seconds for it, and then not always has an error to give: what the domain shows counts.
    """
    domain = found(session, name)
    ((_option, _op, wanted),) = call.settings
    deadline = time.monotonic() + GUEST_TIMEOUT
    while True:
        try:
            domain.setVcpusFlags(wanted, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            return True
        except libvirt.libvirtError as exc:
            if exc.get_error_code() not in [getattr(libvirt, "VIR_ERR_" + error) for error in GUEST_ERRORS]:
                raise
        root = live(domain)
        if int(xmlpath.get_text(root, "vcpu/@current") or xmlpath.the_text(root, "vcpu")) == wanted:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)


@EXECUTORS(operations.SetTitle)
def _set_title(session: Session, name: str, call: operations.SetTitle) -> None:
    _set_text(found(session, name), libvirt.VIR_DOMAIN_METADATA_TITLE, call)


@EXECUTORS(operations.SetDescription)
def _set_description(session: Session, name: str, call: operations.SetDescription) -> None:
    _set_text(found(session, name), libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, call)


def _set_text(domain: t.Any, kind: int, call: operations.Call) -> None:
    ((_option, _op, text),) = call.settings
    domain.setMetadata(kind, text or None, None, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetMetadata)
def _set_metadata(session: Session, name: str, call: operations.SetMetadata) -> None:
    """libvirt puts the document into its namespace by itself, with a prefix, which it needs."""
    domain = found(session, name)
    ((_option, _op, documents),) = call.settings
    for uri, text in documents.items():
        key, document = "app", None
        if text:
            root = parse.again(text)
            key = root.prefix or key
            for element in root.iter():
                if element.tag.startswith("{" + uri + "}"):
                    element.tag = etree.QName(element).localname
            etree.cleanup_namespaces(root)
            document = etree.tostring(root, encoding="unicode")
        domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, document, key, uri, libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetScheduler)
def _set_scheduler(session: Session, name: str, call: operations.SetScheduler) -> None:
    domain = found(session, name)
    names = {"shares": "cpu_shares", "period": "vcpu_period", "quota": "vcpu_quota"}
    options = {option.partition(".")[2]: value for option, _op, value in call.settings}
    domain.setSchedulerParametersFlags(
        {names.get(option, option): value for option, value in options.items()}, libvirt.VIR_DOMAIN_AFFECT_LIVE
    )


def _map(domain: t.Any, cpuset: str) -> t.Tuple[bool, ...]:
    """A set of the host's CPUs as libvirt's Python binding wants it."""
    chosen = members(cpuset)
    return tuple(number in chosen for number in range(domain.connect().getCPUMap()[0]))


@EXECUTORS(operations.PinVcpus)
def _pin_vcpus(session: Session, name: str, call: operations.PinVcpus) -> None:
    domain = found(session, name)
    for _list, _op, pin in call.settings:
        domain.pinVcpuFlags(pin["vcpu"], _map(domain, pin["cpuset"]), libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.PinEmulator)
def _pin_emulator(session: Session, name: str, call: operations.PinEmulator) -> None:
    domain = found(session, name)
    ((_option, _op, cpuset),) = call.settings
    domain.pinEmulator(_map(domain, cpuset), libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.PinIothreads)
def _pin_iothreads(session: Session, name: str, call: operations.PinIothreads) -> None:
    domain = found(session, name)
    for _list, _op, pin in call.settings:
        domain.pinIOThread(pin["iothread"], _map(domain, pin["cpuset"]), libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetIothreads)
def _set_iothreads(session: Session, name: str, call: operations.SetIothreads) -> None:
    """Threads that are named come and go by name; a number alone takes the first free name, or the last one."""
    domain = found(session, name)

    def there() -> t.List[int]:
        return [one[0] for one in domain.ioThreadInfo(libvirt.VIR_DOMAIN_AFFECT_LIVE)]

    for option, op, value in call.settings:
        if option == "iothread_ids":
            change = domain.addIOThread if op == "add" else domain.delIOThread
            change(value["id"], libvirt.VIR_DOMAIN_AFFECT_LIVE)
            continue
        while len(there()) < value:
            free = next(number for number in range(1, value + 1) if number not in there())
            domain.addIOThread(free, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        while len(there()) > value:
            domain.delIOThread(max(there()), libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetBlkio)
def _set_blkio(session: Session, name: str, call: operations.SetBlkio) -> None:
    """The values of a device are a text; zero takes a limit away. Not every host lets all of them be set."""
    domain = found(session, name)
    parameters: t.Dict[str, t.Any] = {}
    for option, op, value in call.settings:
        if option == "blkiotune.weight":
            parameters["weight"] = value
            continue
        for limit in ("weight", "read_iops_sec", "write_iops_sec", "read_bytes_sec", "write_bytes_sec"):
            if op == "set" and limit in value or value.get(limit):
                said = f"{value['path']},{0 if op == 'remove' else value[limit]}"
                parameters["device_" + limit] = ",".join(filter(None, (parameters.get("device_" + limit), said)))
    domain.setBlkioParameters(parameters, libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetMemoryLimits)
def _set_memory_limits(session: Session, name: str, call: operations.SetMemoryLimits) -> None:
    domain = found(session, name)
    domain.setMemoryParameters(
        {
            option.partition(".")[2]: _NO_LIMIT if value == UNLIMITED else value // 1024
            for option, _op, value in call.settings
        },
        libvirt.VIR_DOMAIN_AFFECT_LIVE,
    )


@EXECUTORS(operations.SetNumaNodes)
def _set_numa_nodes(session: Session, name: str, call: operations.SetNumaNodes) -> None:
    domain = found(session, name)
    ((_option, _op, nodeset),) = call.settings
    domain.setNumaParameters({"numa_nodeset": nodeset}, libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(operations.SetPerfEvents)
def _set_perf_events(session: Session, name: str, call: operations.SetPerfEvents) -> None:
    domain = found(session, name)
    domain.setPerfEvents(
        {option.partition(".")[2]: value for option, _op, value in call.settings}, libvirt.VIR_DOMAIN_AFFECT_LIVE
    )


@EXECUTORS(operations.SetMemoryStatsPeriod)
def _set_memory_stats_period(session: Session, name: str, call: operations.SetMemoryStatsPeriod) -> None:
    domain = found(session, name)
    ((_option, _op, seconds),) = call.settings
    domain.setMemoryStatsPeriod(seconds, libvirt.VIR_DOMAIN_AFFECT_LIVE)
