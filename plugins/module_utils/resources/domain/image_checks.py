# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before a domain gets an image: its content is complete, and if the guest writes to it, no other image is based on it.

Others would read other data. Pure but for reading.
"""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...errors import Refused
from ...plan import Action
from ...xml import parse
from ..base import Want, World
from ..definition import DefinedState
from ..host import source_of
from ..images import Link, target_of, writes
from ..operations import SetAutostart
from ..volume import users
from ..volume.incomplete import check_complete
from ..volume.location import pool_after, volume_state
from .gained import gained
from .operations import Define, Reset


def check_bases(
    want: Want, world: World, state: t.Optional[DefinedState], actions: t.Sequence[Action]
) -> t.Tuple[str, ...]:
    """Before a domain gets disks that it writes to, by a start or while it runs. Returns warnings.

    :raises Refused: one is the base of an image that a domain has, that is declared, or that nobody has yet.
    """
    warnings: t.List[str] = []
    for disk in _written(state, actions):
        for link in world.images.chain(disk).links[:1]:
            above = sorted(set(_above(world, link, warnings)))
            if above:
                they_are = ", ".join(above) + (" is" if len(above) == 1 else " are")
                remedies = [
                    "Make the disk readonly",
                    "give the domain a linked clone of its own",
                    "remove the overlays",
                ]
                if want.params.get("autostart") and want.state != "running":
                    remedies.append("declare autostart: false")
                raise Refused(
                    f"'{link.name}' is written to by disk {target_of(disk)}, and {they_are} based on it: "
                    "the content of that would change",
                    where=want.at("disks"),
                    remedy=f"{', '.join(remedies[:-1])}, or {remedies[-1]}",
                )
    return tuple(warnings)


def check_images_complete(
    want: Want, world: World, state: t.Optional[DefinedState], actions: t.Sequence[Action]
) -> None:
    """Before a domain gets disks, by its definition, by a start or while it runs.

    :raises Refused: the content of one is not complete.
    """
    defined = [parse.parse(action.operation.xml) for action in actions if isinstance(action.operation, Define)]
    before = [] if state is None else [source_of(disk.find("source")) for disk in state.root.iterfind("devices/disk")]
    got = [disk for root in defined for disk in root.iterfind("devices/disk")]
    new = [disk for disk in got if source_of(disk.find("source")) not in before]
    for disk in (*new, *gained(state, actions, "disk", Reset)):
        for link in world.images.chain(disk).links:
            if not _is_made_anew(world, link):
                check_complete(world, link.name, want.at("disks"))


def _is_made_anew(world: World, link: Link) -> bool:
    """Whether an incomplete image is a volume of the document, which creates it again."""
    for pool_name, name in world.images.volumes_at(link.place):
        volume, pool = world.want("volume", (pool_name, name)), pool_after(world, pool_name)
        if volume is not None and not volume.absent and pool is not None:
            return volume_state(world, pool, name) is None
    return False


def _written(state: t.Optional[DefinedState], actions: t.Sequence[Action]) -> t.Iterator[Element]:
    """The disks that the domain will write to and does not yet. With autostart it will from the host's next boot on."""
    flags = [action.operation.autostart for action in actions if isinstance(action.operation, SetAutostart)]
    waits = not flags and state is not None and state.autostart and not state.active
    starts = (Reset, SetAutostart) if True in flags else (Reset, Define) if waits else (Reset,)
    return (disk for disk in gained(state, actions, "disk", *starts) if writes(disk))


def _above(world: World, link: Link, warnings: t.List[str]) -> t.Iterator[str]:
    for file in world.images.files_on(link.place):
        if not any(users.gone(world, "volume", key) for key in file.volumes):
            if not users.is_left_over(world, file, link.name):
                yield str(file)
            else:
                warnings.append(
                    f"'{file.path}' is based on '{link.name}', which has been written to since: its content is invalid"
                )
    staying = (disk for disk in world.images.disks if not users.gone(world, "domain", disk.domain))
    for chain in (chain for disk in staying for chain in disk.chains):
        position = chain.position(link.place)
        if position:
            directly = chain.links[position - 1]
            if not world.images.volumes_at(directly.place):
                yield f"'{directly.name}'"
    yield from users.declared_clones(world, link.place)
