# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that host_info reports: of the machine always, of libvirt as far as it answers."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
import typing as t

from ..connection import explain, is_local, open_connection, shown
from ..deps import libvirt, require
from ..errors import AccessDenied, ConnectionFailed, MissingDependency, TimedOut
from .capabilities import list_cells, summarize_capabilities
from .daemons import find_daemons, is_run_by_systemd
from .firmware import find_firmware
from .listeners import find_listeners
from .virtualization import VirtualizationReport, assess


def describe_host(uri: str, timeout: int) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
    """The results of the module ``host_info`` as its RETURN documents them, and warnings.

    ``timeout`` is how many seconds libvirt's daemon may give no sign of life.

    :raises LibvirtFailed: libvirt answers, and then refuses to be asked.
    """
    # Of a remote host only libvirt can report: this machine's CPU and daemons are not the ones behind the URI.
    local = is_local(uri)
    report = assess(kernel_log=read_kernel_log()) if local else None
    result: t.Dict[str, t.Any] = {
        "virtualization": dataclasses.asdict(report) if report else None,
        "libvirt": {
            "uri": shown(uri),
            "reachable": False,
            "reason": None,
            "remedy": None,
            "daemons": find_daemons() if local else None,
            "systemd": is_run_by_systemd() if local else None,
            "listeners": [dataclasses.asdict(listener) for listener in find_listeners()] if local else None,
        },
        "capabilities": None,
        "capacity": None,
        "versions": {
            "kernel": platform.release(),
            "python": platform.python_version(),
            "client": None,
            "libvirt": None,
            "hypervisor": None,
        },
    }
    try:
        require(sys.executable)
        with open_connection(uri, readonly=True, timeout=timeout) as connection:
            try:
                _ask(connection, result)
                result["capabilities"]["firmware"] = find_firmware(result["capabilities"]["arch"]) if local else None
            except libvirt.libvirtError as exc:
                raise explain(exc, f"host {shown(uri)}") from exc
    except (MissingDependency, ConnectionFailed, AccessDenied, TimedOut) as exc:
        result["libvirt"].update(reason=exc.what, remedy=exc.remedy)
    return result, [*_exposed(result), *_warnings(report, result)]


def read_kernel_log() -> t.Optional[str]:
    """The kernel's messages since boot, or ``None`` where they may not be read (a container, an ordinary user)."""
    records = []
    try:
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        while True:
            records.append(os.read(log, 8192))  # one record a time, however large the buffer
    except BlockingIOError:
        return b"".join(records).decode("utf-8", "replace")
    except OSError:  # the oldest records were overwritten while we read: nothing that can be relied on
        return None
    finally:
        os.close(log)


def _ask(connection: t.Any, result: t.Dict[str, t.Any]) -> None:
    """Fill in what libvirt knows. Drivers other than QEMU's leave some of it ``None``."""
    text = connection.getCapabilities()
    _model, _memory, cpus, _mhz, _cells, sockets, cores, threads = connection.getInfo()
    memory = _optional(connection.getMemoryStats, libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
    result["libvirt"]["reachable"] = True
    result["capabilities"] = summarize_capabilities(text)
    result["capacity"] = {
        "cpus": cpus,
        # of each NUMA cell, says libvirt
        "topology": {"sockets": sockets, "cores": cores, "threads": threads},
        "memory": {name: memory[name] * 1024 for name in ("total", "free")} if memory else None,
        "cells": list_cells(text),
    }
    result["versions"].update(
        client=_version(libvirt.getVersion()),
        libvirt=_version(connection.getLibVersion()),
        hypervisor=f"{connection.getType()} {_version(connection.getVersion())}",
    )


def _optional(call: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    """What ``call(*args)`` returns, or ``None`` when the driver has no such function. Any other error passes."""
    try:
        return call(*args)
    except libvirt.libvirtError as exc:
        if exc.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            return None
        raise


def _version(number: int) -> str:
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


def _exposed(result: t.Dict[str, t.Any]) -> t.List[str]:
    """Ports through which anybody becomes root here."""
    return [
        "{file}: {daemon} needs no authentication at {transport} port {port}. Set auth_{transport}, or disable "
        "{daemon}-{transport}.socket and listen_{transport}.".format(**listener)
        for listener in result["libvirt"]["listeners"] or []
        if listener["exposed"]
    ]


def _warnings(report: t.Optional[VirtualizationReport], result: t.Dict[str, t.Any]) -> t.List[str]:
    """Warnings where libvirt's answer alone is misleading."""
    if not report or report.supported or not result["capabilities"]:
        return []
    warnings = []
    if any("kvm" in guest["domain_types"] for guest in result["capabilities"]["guests"]):
        warnings.append(
            "libvirt offers the domain type kvm, but KVM guests cannot run on this host. "
            f"{report.reason}. {report.remedy}."
        )
    if report.device.accessible is False:
        device = report.device
        warnings.append(
            f"/dev/kvm is there and {device.user} may not open it ({device.owner}:{device.group} {device.mode}): "
            "libvirt probes QEMU anew for every define, which takes seconds. Run 'chgrp kvm /dev/kvm' and "
            "'chmod 0660 /dev/kvm'; the role kvm.fleet.kvm_host does it."
        )
    return warnings
