# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the calls of calls.py, each on the running domain with what it sets."""

from __future__ import annotations

import time
import typing as t

from ...deps import etree, libvirt
from ...xml import parse
from ...xml import path as xmlpath
from ...xml.quantities import UNLIMITED, members
from .operations import Setting
from .target import GUEST_TIMEOUT, live, until

Settings = t.Sequence[Setting]

#: What libvirt says when a guest does not do its part; an internal error is what is left of a request that timed out.
GUEST_ERRORS = ("OPERATION_FAILED", "OPERATION_TIMEOUT", "INTERNAL_ERROR")

#: VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB, which libvirt's Python binding does not have.
_NO_LIMIT = 2**53 - 1


def _set_memory(domain: t.Any, settings: Settings) -> bool:
    ((_option, _op, size),) = settings
    kib = size // 1024
    domain.setMemoryFlags(kib, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return until(domain, lambda live: int(xmlpath.the_text(live, "currentMemory")) == kib)


def _set_vcpus(domain: t.Any, settings: Settings) -> bool:
    """The guest has to let a vCPU go, and may refuse.

    libvirt waits five seconds for it, and then not always has an error to give: what the domain shows counts.
    """
    ((_option, _op, wanted),) = settings
    deadline = time.monotonic() + GUEST_TIMEOUT
    while True:
        try:
            domain.setVcpusFlags(wanted, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            return True
        except libvirt.libvirtError as exc:
            if exc.get_error_code() not in [getattr(libvirt, "VIR_ERR_" + name) for name in GUEST_ERRORS]:
                raise
        root = live(domain)
        if int(xmlpath.get_text(root, "vcpu/@current") or xmlpath.the_text(root, "vcpu")) == wanted:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)


def _set_title(domain: t.Any, settings: Settings) -> None:
    _set_text(domain, libvirt.VIR_DOMAIN_METADATA_TITLE, settings)


def _set_description(domain: t.Any, settings: Settings) -> None:
    _set_text(domain, libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, settings)


def _set_text(domain: t.Any, kind: int, settings: Settings) -> None:
    ((_option, _op, text),) = settings
    domain.setMetadata(kind, text or None, None, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _set_metadata(domain: t.Any, settings: Settings) -> None:
    """libvirt puts the document into its namespace by itself, with a prefix, which it needs."""
    ((_option, _op, documents),) = settings
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


def _set_scheduler(domain: t.Any, settings: Settings) -> None:
    names = {"shares": "cpu_shares", "period": "vcpu_period", "quota": "vcpu_quota"}
    options = {option.partition(".")[2]: value for option, _op, value in settings}
    domain.setSchedulerParametersFlags(
        {names.get(option, option): value for option, value in options.items()}, libvirt.VIR_DOMAIN_AFFECT_LIVE
    )


def _map(domain: t.Any, cpuset: str) -> t.Tuple[bool, ...]:
    """A set of the host's CPUs as libvirt's Python binding wants it."""
    chosen = members(cpuset)
    return tuple(number in chosen for number in range(domain.connect().getCPUMap()[0]))


def _pin_vcpus(domain: t.Any, settings: Settings) -> None:
    for _list, _op, pin in settings:
        domain.pinVcpuFlags(pin["vcpu"], _map(domain, pin["cpuset"]), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _pin_emulator(domain: t.Any, settings: Settings) -> None:
    ((_option, _op, cpuset),) = settings
    domain.pinEmulator(_map(domain, cpuset), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _pin_iothreads(domain: t.Any, settings: Settings) -> None:
    for _list, _op, pin in settings:
        domain.pinIOThread(pin["iothread"], _map(domain, pin["cpuset"]), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _set_iothreads(domain: t.Any, settings: Settings) -> None:
    """Threads that are named come and go by name; a number alone takes the first free name, or the last one."""

    def there() -> t.List[int]:
        return [one[0] for one in domain.ioThreadInfo(libvirt.VIR_DOMAIN_AFFECT_LIVE)]

    for option, op, value in settings:
        if option == "iothread_ids":
            call = domain.addIOThread if op == "add" else domain.delIOThread
            call(value["id"], libvirt.VIR_DOMAIN_AFFECT_LIVE)
            continue
        while len(there()) < value:
            free = next(number for number in range(1, value + 1) if number not in there())
            domain.addIOThread(free, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        while len(there()) > value:
            domain.delIOThread(max(there()), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _set_blkio(domain: t.Any, settings: Settings) -> None:
    """The values of a device are a text; zero takes a limit away. Not every host lets all of them be set."""
    parameters: t.Dict[str, t.Any] = {}
    for option, op, value in settings:
        if option == "blkiotune.weight":
            parameters["weight"] = value
            continue
        for name in ("weight", "read_iops_sec", "write_iops_sec", "read_bytes_sec", "write_bytes_sec"):
            if op == "set" and name in value or value.get(name):
                limit = f"{value['path']},{0 if op == 'remove' else value[name]}"
                parameters["device_" + name] = ",".join(filter(None, (parameters.get("device_" + name), limit)))
    domain.setBlkioParameters(parameters, libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _set_memory_limits(domain: t.Any, settings: Settings) -> None:
    domain.setMemoryParameters(
        {
            option.partition(".")[2]: _NO_LIMIT if value == UNLIMITED else value // 1024
            for option, _op, value in settings
        },
        libvirt.VIR_DOMAIN_AFFECT_LIVE,
    )


def _set_numa_nodes(domain: t.Any, settings: Settings) -> None:
    ((_option, _op, nodeset),) = settings
    domain.setNumaParameters({"numa_nodeset": nodeset}, libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _set_perf_events(domain: t.Any, settings: Settings) -> None:
    domain.setPerfEvents(
        {option.partition(".")[2]: value for option, _op, value in settings}, libvirt.VIR_DOMAIN_AFFECT_LIVE
    )


def _set_memory_stats_period(domain: t.Any, settings: Settings) -> None:
    ((_option, _op, seconds),) = settings
    domain.setMemoryStatsPeriod(seconds, libvirt.VIR_DOMAIN_AFFECT_LIVE)


#: By verb what it calls, with the domain and the settings. ``False``: the guest has not done its part in time.
SETTERS: t.Mapping[str, t.Callable[[t.Any, Settings], t.Optional[bool]]] = {
    "set_memory": _set_memory,
    "set_vcpus": _set_vcpus,
    "set_title": _set_title,
    "set_description": _set_description,
    "set_metadata": _set_metadata,
    "set_scheduler": _set_scheduler,
    "pin_vcpus": _pin_vcpus,
    "pin_emulator": _pin_emulator,
    "pin_iothreads": _pin_iothreads,
    "set_iothreads": _set_iothreads,
    "set_blkio": _set_blkio,
    "set_memory_limits": _set_memory_limits,
    "set_numa_nodes": _set_numa_nodes,
    "set_perf_events": _set_perf_events,
    "set_memory_stats_period": _set_memory_stats_period,
}
