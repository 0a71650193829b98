# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a pool, and the directory that it says. Pure but for reading."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...errors import InvalidOption, MissingDependency, Refused
from ...plan import Action
from ...xml import parse
from ...xml import path as xmlpath
from ...xml import table as tables
from ..base import Want, World
from ..definition import DefinedState, Definition
from ..operations import Define
from ..shared.permissions import CHANGEABLE
from .rules import RULES
from .table import TABLE
from .types import OTHER, TYPES, PoolType


class PoolDefinition(Definition):
    """What a new pool needs depends on its type; the permissions of a directory that is there are its own."""

    def skeleton(self, want: Want, world: World) -> Element:
        kind = self.with_xml(want).values["type"]
        if kind not in world.host.pool_types:  # before what the driver needs is looked for
            raise MissingDependency(
                f"libvirt on this host has no driver for pools of type {kind}",
                where=want.at("type"),
                remedy=f"Install the driver; on Debian 13 the package is libvirt-daemon-driver-storage-{kind}",
            )
        return super().skeleton(want, world)

    def stated(self, want: Want) -> t.Any:
        """A volume group that is not named is called as the pool is, and an adapter is usually one of SCSI."""
        root = super().stated(want)
        for adapter in root.iterfind("source/adapter"):
            adapter.set("type", adapter.get("type", "scsi_host"))
        if root.get("type") == "logical" and root.find("source/name") is None:
            xmlpath.set_text(root, "source/name", want.name)
        return root

    def new_values(self, want: Want, world: World) -> tables.Desired:
        values = self.with_xml(want).values
        target = TYPES[values["type"]].target(values)
        return {"target": target} if target else {}

    def resolved(self, want: Want, world: World, _root: t.Optional[Element]) -> tables.Desired:
        """Permissions of a directory that is there are its own: what libvirt's XML says of them may be old."""
        state = world.state(self.noun, want.key)
        if state is None:
            return want.values
        root = parse.parse(state.definition)
        self.patch(want, root, want.values)
        if directory(want, world, root) is None:
            return want.values
        return {option: value for option, value in want.values.items() if option not in CHANGEABLE}

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.List[Action]:
        actions = super().plan(want, world, state)
        for action in actions:
            define = t.cast(Define, action.operation)
            directory(want, world, parse.parse(define.xml))  # nothing else may be in its place
        if state is not None and not world.local:
            for change in (change for action in actions for change in action.changes):
                if change.option in CHANGEABLE:
                    raise Refused(
                        f"{change.option} is {change.before}; libvirt has no call to change it",
                        where=want.at(change.option),
                        remedy="Run the module on the host itself, with a local uri",
                    )
        return actions


def type_of(root: Element) -> PoolType:
    """What sets the type of a pool, given as XML, apart."""
    return TYPES.get(root.get("type", ""), OTHER)


def directory(want: Want, world: World, root: Element) -> t.Optional[t.Dict[str, t.Any]]:
    """The permissions of the directory as options; ``None``: nothing is there, or none can be, or it is not seen.

    :raises InvalidOption: something that is no directory is there.
    """
    try:
        found = world.host.directory(target(root)) if type_of(root).directory else None
    except NotADirectoryError as exc:
        raise InvalidOption(
            f"'{target(root)}' is not a directory",
            where=want.at("target"),
            remedy="Move what is there away, or choose another target",
        ) from exc
    if found is None:
        return None
    mode = f"{found['mode']:04o}"
    return dict(zip(CHANGEABLE, (mode, found["owner"], found["group"])))


def target(root: Element) -> str:
    return root.findtext("target/path") or ""


DEFINITION = PoolDefinition("pool", TABLE, "pool", "storagepool.rng", RULES)
