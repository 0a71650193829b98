# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume that is there as the options that declare it. Pure but for reading.

What it holds is not in its options: a volume made anew from them has the same size, format and permissions, and the
content that is recorded of it, if any.
"""

from __future__ import annotations

import typing as t

from ...content.seed import read_fingerprint
from ...errors import Refused
from ..base import World
from ..shared.permissions import CHANGEABLE
from . import users
from .location import pool_after
from .options import OWNER
from .state import VolumeState
from .table import CAPACITY, FORMAT, FORMAT_OPTIONS, PERMISSIONS

#: What a new qcow2 image gets where nothing is said (new.py).
_NEW = {"compat": "1.1"}


def spec_of(state: VolumeState, world: World) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
    """Its options in their shortest form, and what a volume made of them would not have.

    :raises Refused: it cannot be declared as it is.
    """
    options: t.Dict[str, t.Any] = {"name": state.name, "pool": state.pool}
    pool = pool_after(world, state.pool)
    if pool is None or pool.type.found:  # it is what there is in the pool
        return options, []
    if read_fingerprint(world.host.beginning(state.pool, state.name, state.listed, state.path)) is not None:
        raise Refused("it is a seed for cloud-init", remedy="Declare its documents, in seed or for its domain")
    if state.encrypted:
        raise Refused("it is encrypted, and libvirt does not say with which secret", remedy="Declare encryption")
    if state.format not in FORMAT.spec["choices"]:
        raise Refused(
            f"its format is {state.format}, and none is made in that",
            remedy="Convert it: declare a new volume with its file as source",
        )
    if state.format != pool.type.format:
        options["format"] = state.format
    if state.format == "qcow2":
        for entry in FORMAT_OPTIONS:
            value = state.values.get(entry.option)
            if value is not None and value != _NEW.get(entry.option, entry.absent or False):
                options[entry.option] = entry.show(value)
    made_of = _made_of(state, world)
    options.update(made_of)
    options["capacity"] = CAPACITY.show(state.values["capacity"])
    if pool.type.directory:
        options.update(_permissions(state, world))
    known_empty = state.record is not None and state.record.source is None
    return options, [] if made_of or known_empty else ["its content"]


def _permissions(state: VolumeState, world: World) -> t.Dict[str, t.Any]:
    """Those that a new volume would not get. The owner of a running guest's disk is libvirt's."""
    there = world.host.permissions(state.path) if world.local else state.values
    used = users.running(world, users.place(world, state))
    owner, group = world.host.new_owner
    new = {"permissions.mode": "0600", "permissions.owner": owner, "permissions.group": group}
    said = {
        entry.option.partition(".")[2]: entry.show(there[entry.option])
        for entry in PERMISSIONS
        if there is not None and entry.option in CHANGEABLE and entry.option in there
        if there[entry.option] != new[entry.option] and not (used and entry.option in OWNER)
    }
    return {"permissions": said} if said else {}


def _made_of(state: VolumeState, world: World) -> t.Dict[str, t.Any]:
    if state.backing:
        volumes = world.images.volumes_at(world.host.place(state.backing))
        if not volumes:
            raise Refused(
                f"it is based on '{state.backing}', which is in no pool", remedy="Declare a pool for that directory"
            )
        pool, name = next((one for one in volumes if one[0] == state.pool), volumes[0])
        return {"backing": name, **({"backing_pool": pool} if pool != state.pool else {})}
    if state.content is None:
        return {}
    source, checksum = t.cast(str, state.content.source), state.content.checksum
    if "://" in source and checksum:
        return {"source": {"url": source, "checksum": checksum}}
    if source.startswith("/"):
        return {"source": {"path": source, **({"checksum": checksum} if checksum else {})}}
    pool, slash, name = source.partition("/")
    return {"source": {"pool": pool, "volume": name}} if slash else {}
