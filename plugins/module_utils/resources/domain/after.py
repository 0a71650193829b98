# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain of the document has once it is as declared, defined and running. Pure but for reading."""

from __future__ import annotations

import typing as t

from ...errors import FleetError
from ...plan import Action
from ...xml import parse
from ..base import Want, World
from ..images import target_of
from ..storage import Place
from .operations import Define, Destroy, Detach, Reset, Restart, ShutDown, Update
from .rename import renamed
from .state import DomainState

#: Actions after which no guest runs with what it had before.
_STARTS_ANEW = (ShutDown, Destroy, Restart, Reset)
#: Why a domain still needs an image that it is declared not to have any more.
RUNS, SAVED = ", which keeps it until it is restarted", ", which has it in its saved state"


def running(state: DomainState, actions: t.Sequence[Action]) -> t.Any:
    """What runs, or is saved, with the disks that are left after ``actions``, as XML; ``None``: it starts anew."""
    if state.running is None or any(isinstance(action.operation, _STARTS_ANEW) for action in actions):
        return None
    root = parse.parse(state.running)
    for operation in (action.operation for action in actions):
        if isinstance(operation, (Detach, Update)):
            device = parse.parse(operation.xml)
            _replace(root, device, None if isinstance(operation, Detach) else device)
    return root


def need(world: World, domain: str, place: Place) -> t.Optional[str]:
    """Who needs an image that the domain has, such as ``domain web1``; ``None``: it will have let go of it."""
    want = _want_of(world, domain)
    if want is None:
        return f"domain {domain}"
    having = world.once(("after", domain), lambda: list(_after(want, world)))
    return next((f"domain {domain}{why}" for why, places in having if place in places), None)


def _want_of(world: World, domain: str) -> t.Optional[Want]:
    """What is declared of a domain that is there, maybe under another name."""
    found = world.want("domain", domain)
    if found is not None:
        return found
    wants = world.declared.get("domain", {}).values()
    new = (one for one in wants if not one.absent and one.params.get("renamed_from") == domain)
    return next((one for one in new if world.state("domain", one.key) is None), None)


def _after(want: Want, world: World) -> t.Iterator[t.Tuple[str, t.AbstractSet[Place]]]:
    """Where all is that the domain has then, and why it does."""
    from .kind import Domain  # which needs the volumes, which ask this

    try:
        actions = [] if want.absent else Domain().plan(want, world).actions
    except FleetError:
        return  # the plan of the domain says it
    state: t.Optional[DomainState] = renamed(want, world)[0].state("domain", want.key)
    if want.absent or state is None:
        return
    defined = [action.operation.xml for action in actions if isinstance(action.operation, Define)]
    definition = defined[0] if defined else state.definition if state.persistent else None
    if definition is not None:
        yield "", frozenset(world.images.places_in(parse.parse(definition)))
    runs = running(state, actions)
    if runs is not None:
        resumed = state.active or any(action.verb == "start" for action in actions)
        yield RUNS if resumed else SAVED, frozenset(world.images.places_in(runs))


def _replace(root: t.Any, device: t.Any, new: t.Any) -> None:
    """One disk by another, or by none."""
    for disk in root.findall("devices/disk") if device.tag == "disk" else ():
        if target_of(disk) == target_of(device):
            disk.getparent().remove(disk)
            if new is not None:
                root.find("devices").append(new)
