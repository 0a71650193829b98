# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What running domains have in a running pool: disks, by reference, by path, by place in the network, with all that
they are made of; and files: UEFI variables, a kernel, the file of a serial port."""

from __future__ import annotations

import copy
import os
import typing as t

from ...deps import Element
from ...xml import path as xmlpath
from ...xml import table as tables
from ...xml.table import Desired
from ..base import Want
from ..domain.cloud_init import keeps_seed
from ..host import DiskUse, FileUse, Host, Source
from ..images import Images
from ..named import paths_in
from .table import TABLE
from .types import OTHER, TYPES


def uses(host: Host, root: Element) -> t.List[t.Union[DiskUse, FileUse]]:
    """What running domains have in a pool, given as its XML."""
    live: t.List[t.Union[DiskUse, FileUse]] = [use for use in host.disks if use.live]
    if any(domain.runs is not None for domain in host.domains):
        live += [*_parts(host), *_files(host)]
    return [use for use in live if holds(host, root, use.path if isinstance(use, FileUse) else use.source)]


def _parts(host: Host) -> t.Iterator[DiskUse]:
    """Files with content of disks that libvirt does not name."""
    for disk in Images(host).disks:
        for part in (part for link in disk.chain.links if disk.runs for part in link.parts):
            yield DiskUse(disk.domain, disk.target, part.name, True, disk.writes)


def _files(host: Host) -> t.Iterator[FileUse]:
    for domain in host.domains:
        if domain.runs is not None:
            beside = copy.deepcopy(domain.runs)
            for disk in beside.findall("devices/disk"):
                xmlpath.detach(disk)
            yield from (FileUse(domain.name, path) for path in dict.fromkeys(paths_in(beside)))


def leaves(domain: Want, host: Host, root: Element, use: t.Union[DiskUse, FileUse]) -> bool:
    """Whether a domain has no such disk in the pool any more once it is as declared.

    A disk that keeps its target keeps its source as long as the domain runs; and so it keeps other files, as far as can
    be told.
    """
    if isinstance(use, FileUse):
        return False
    disks = domain.values.get("disks")
    if disks is None or keeps_seed(domain, use.source):
        return False
    return not any(
        disk.get("target") == use.target or any(holds(host, root, source) for source in _sources(disk))
        for disk in disks
    )


def _sources(disk: Desired) -> t.Iterator[Source]:
    """What a declared disk is on."""
    for option in ("file", "block"):
        if disk.get(option):
            yield disk[option]
    for first, second in (("pool", "volume"), ("network.protocol", "network.name")):
        if disk.get(first) and disk.get(second):
            yield disk[first], disk[second]


def holds(host: Host, root: Element, source: Source) -> bool:
    """Whether what a disk is on is in the pool."""
    name, kind = xmlpath.the_text(root, "name"), TYPES.get(root.get("type", ""), OTHER)
    if isinstance(source, tuple):
        disk = kind.disk(tables.read(TABLE, root), "x") if kind.disk else {}
        if source[0] == disk.get("network.protocol"):
            return source[1].startswith(disk["network.name"][:-1])
        return source[0] == name
    if kind.disk is not None:
        return False
    target = root.findtext("target/path") or ""
    if kind.directory:
        inside = _below if kind.mounts else _in
        return inside(source, target) or inside(host.real(source), host.real(target))
    # Devices of several pools are in one directory, and have several names each.
    return host.real(source) in host.real_volume_paths(name)


def _in(path: str, folder: str) -> bool:
    """What is further below may be another pool's."""
    return os.path.dirname(path) == folder


def _below(path: str, folder: str) -> bool:
    return os.path.join(path, "").startswith(os.path.join(folder, ""))
