# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pool needs of its host: storage that no other pool has, and programs. Pure but for reading."""

from __future__ import annotations

import re
import typing as t

from ...deps import Element
from ...rule import Rule, Violation
from ...xml import table as tables
from ..coming import Coming, on_host
from .definition import DEFINITION
from .table import TABLE
from .types import OTHER, TYPES

_ADAPTER = "source.adapter."
#: The types whose pools may not be on a device of one another, and those that are known by their targets.
_ON_DEVICES, _IN_FOLDERS = ("fs", "logical", "disk", "zfs"), ("dir",)

#: Whether a pool that is to be defined (first) is in the same place as another one of its type.
_Same = t.Callable[[tables.Desired, tables.Desired], bool]


def _share_a_device(mine: tables.Desired, other: tables.Desired) -> bool:
    return not {*mine.get("source.devices", ())}.isdisjoint(other.get("source.devices", ()))


def _agree(*options: str, otherwise: t.Optional[str] = None) -> _Same:
    return lambda mine, other: all(mine.get(one, otherwise) == other.get(one, otherwise) for one in options)


def _one_server(mine: tables.Desired, other: tables.Desired) -> bool:
    """Without a port it is a server, whichever its port."""
    here, there = ((pool.get("source.hosts") or [{}])[0] for pool in (mine, other))
    return here.get("name") == there.get("name") and here.get("port", 0) in (0, there.get("port", 0))


def _one_adapter(mine: tables.Desired, other: tables.Desired) -> bool:
    """One that is said by its name and by its address is not known here: libvirt looks at the host's devices."""
    if mine.get(_ADAPTER + "type") != other.get(_ADAPTER + "type"):
        return False
    if mine.get(_ADAPTER + "type") == "fc_host":
        return _agree(_ADAPTER + "wwnn", _ADAPTER + "wwpn")(mine, other)
    names = [_adapter_number(pool.get(_ADAPTER + "name")) for pool in (mine, other)]
    by_address = _agree(_ADAPTER + "address", _ADAPTER + "unique_id")(mine, other)
    return names[0] == names[1] if None not in names else mine.get(_ADAPTER + "address") is not None and by_address


def _adapter_number(name: t.Optional[str]) -> t.Union[int, str, None]:
    """``scsi_host5``, ``fc_host5`` and ``host5`` are one (virSCSIHostGetNumber in libvirt's virscsihost.c)."""
    found = re.fullmatch("(?:scsi_|fc_)?host([0-9]+)", name or "")
    return int(found.group(1)) if found else name


#: As libvirt compares (virStoragePoolObjSourceFindDuplicate in its virstorageobj.c). Those in Ceph, and those on iSCSI
#: without the kernel, may be in the same place.
_SAME: t.Dict[str, _Same] = {
    "dir": _agree("target"),
    "netfs": lambda mine, other: _one_server(mine, other) and _agree("source.dir")(mine, other),
    "gluster": lambda mine, other: (
        _one_server(mine, other)
        and _agree("source.name")(mine, other)
        and _agree("source.dir", otherwise="/")(mine, other)
    ),
    "iscsi": lambda mine, other: _share_a_device(mine, other) and _agree("source.initiator")(mine, other),
    "scsi": _one_adapter,
    "mpath": lambda _mine, _other: True,
    "sheepdog": _one_server,
    "vstorage": _agree("source.name"),
}


def _are_one(mine: tables.Desired, other: tables.Desired) -> bool:
    """Whether libvirt would not define the one beside the other."""
    kind = mine.get("type")
    if kind in _ON_DEVICES:
        return other.get("type") in _ON_DEVICES and _share_a_device(mine, other)
    return kind == other.get("type") and kind in _SAME and _SAME[kind](mine, other)


def _values(root: Element) -> tables.Desired:
    return tables.read(TABLE, root)


def _same_storage(coming: Coming) -> t.List[Violation]:
    """libvirt compares when it defines one."""
    if not coming.is_defined:
        return []
    mine = _values(coming.root)
    option = "target" if mine.get("type") in _IN_FOLDERS else "type" if mine.get("type") == "mpath" else "source"
    declared = coming.world.declared.get("pool", {})
    there = {pool.name: _values(pool.root) for pool in coming.world.host.pools}
    for want in declared.values():
        root = None if want.absent else DEFINITION.root_after(want, coming.world)
        if root is not None:
            there[want.name] = _values(root)
    before = {} if coming.state is None else _values(coming.state.root)
    for name, other in there.items():
        if name != coming.want.name and _are_one(mine, other) and not _are_one(before, other):
            return [coming.violation(option, name)]
    return []


def _programs(coming: Coming) -> t.List[Violation]:
    """libvirt runs them when a pool is started."""
    kind = TYPES.get(coming.root.get("type", ""), OTHER)
    image = coming.root.find("source/format")
    needed = kind.programs + kind.mounted_by.get("auto" if image is None else image.get("type", ""), ())
    return [
        coming.violation("type", program, package)
        for program, package in (needed if coming.is_started else ())
        if not coming.world.host.has_program(program)
    ]


RULES: t.Tuple[Rule, ...] = (
    on_host(_same_storage, "pool {0} is in the same place", "Use that pool, or choose another place"),
    on_host(
        _programs,
        "libvirt needs the program {0}, which is not installed",
        "Install it on the host; Debian's package is {1}",
    ),
)
