# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt is asked for to make a snapshot. Pure."""

from __future__ import annotations

import typing as t

from ...deps import etree, libvirt
from ...diff import LIVE, Change
from ...plan import Action
from ...xml import parse
from ...xml import table as tables
from ..base import Want
from .host_rules import OfDomain
from .operations import Create
from .table import NO, TABLE


def create(want: Want, new: OfDomain) -> Action:
    """The action that makes it. It breaks no rule."""
    mode, active = new["mode"], new.domain.active
    files: t.Dict[str, t.Optional[str]] = dict(new.files)
    root = tables.build("domainsnapshot", (), {})
    etree.SubElement(root, "name").text = new.name
    if new.external:
        place = etree.SubElement(root, "disks")
        for target in new.disks:
            file = files.get(target)
            element = etree.SubElement(place, "disk", name=target, snapshot=NO if file is None else mode)
            if file is not None:
                etree.SubElement(element, "source", file=file)
    values: tables.Desired = {name: value for name, value in want.values.items() if name != "disks"}
    changes = tables.patch(TABLE, root, values)
    changes.append(Change("mode", None, mode, LIVE))
    changes.append(Change("memory", None, new.get("memory", False) if new.external else active, LIVE))
    changes += [Change(f"disks[{target}]", None, file or mode, LIVE) for target, file in files.items()]
    return Action("snapshot", want.name, Create(new.domain.name, parse.to_text(root), _flags(new)), tuple(changes))


def _flags(new: OfDomain) -> int:
    flags = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC
    if new.external and new.get("memory"):
        flags |= libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_LIVE
    elif new.external:
        flags |= libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
        if new["quiesce"] and new.domain.active:
            flags |= libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE
    return int(flags)
