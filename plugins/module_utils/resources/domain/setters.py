# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the calls of calls.py that need no answer from the guest."""

from __future__ import annotations

import typing as t

from ...deps import etree, libvirt
from ...xml.quantities import UNLIMITED, members
from .calls import Setting

Settings = t.Sequence[Setting]

#: VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB, which libvirt's Python binding does not have.
_NO_LIMIT = 2**53 - 1


def _titled(kind: str) -> t.Callable[[t.Any, Settings], None]:
    def call(domain: t.Any, settings: Settings) -> None:
        ((_option, _op, text),) = settings
        what = getattr(libvirt, "VIR_DOMAIN_METADATA_" + kind)
        domain.setMetadata(what, text or None, None, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    return call


def _set_metadata(domain: t.Any, settings: Settings) -> None:
    """libvirt puts the document into its namespace by itself, with a prefix that it has to be told."""
    ((_option, _op, documents),) = settings
    for uri, text in documents.items():
        key, document = "app", None
        if text:
            root = etree.fromstring(text)
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
                told = f"{value['path']},{0 if op == 'remove' else value[name]}"
                parameters["device_" + name] = ",".join(filter(None, (parameters.get("device_" + name), told)))
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


#: By verb what it calls, with the domain and the settings.
SETTERS: t.Mapping[str, t.Callable[[t.Any, Settings], None]] = {
    "set_title": _titled("TITLE"),
    "set_description": _titled("DESCRIPTION"),
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
