# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What refers to a secret: that it has to be there, and its UUID where libvirt takes no usage. Pure."""

from __future__ import annotations

import typing as t

from ...errors import join
from ...xml.table import Desired
from ..base import Reference, Want, World


def reference(want: Want, option: str, usage: str, lasting: bool = True) -> t.Iterator[Reference]:
    """The secret that ``option`` names by its usage, of the type ``usage``."""
    for one in reference_of(want.values, option, usage, want.where, option + ".usage"):
        yield one._replace(lasting=lasting)


def reference_of(item: Desired, option: str, usage: str, where: str, of: str) -> t.Iterator[Reference]:
    """The same of an item at ``where``, of the list ``of``."""
    name = item.get(option + ".usage")
    if name:
        yield Reference("secret", (usage, name), join(where, option + ".usage"), option=of)


def new_uuid(key: t.Tuple[str, str]) -> str:
    """The UUID that a new secret gets where none is declared: one that other objects can name before it is there.

    The same secret has the same one on every host, so that a guest that names it can move.
    """
    import uuid  # which takes time, and most runs do without

    return str(uuid.uuid5(uuid.UUID("6f1a2d5e-0d0c-4f6b-9a2e-5d1f1f0a7c11"), "/".join(key)))


def uuid_of(world: World, key: t.Tuple[str, str]) -> str:
    """The UUID of a secret that is there or declared."""
    state, want = world.state("secret", key), world.want("secret", key)
    if state is not None:
        return str(state.name)
    return str(want.values["uuid"]) if want is not None and "uuid" in want.values else new_uuid(key)
