# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that a guest has been asked to release, and keeps.

To ask takes time, and a guest that has no driver never answers. So it is recorded: the next runs say what waits, and do
not ask again at once. A guest that was booting may have missed it; it is asked a few times, some minutes apart.
"""

from __future__ import annotations

import time
import typing as t

from ....deps import Element
from ....plan import Action
from ....xml import parse
from ... import unfinished
from ...base import Session, World
from ..operations import Attach, Detach

STEP = "release"
#: How often a guest is asked while it runs, and how many seconds apart.
TRIES, APART = 3, 300


def record(session: Session, name: str, number: int, alias: str) -> None:
    """The guest has been asked for the device ``alias``; libvirt counts its run as ``number``."""
    run = unfinished.run_of(session.local, number)
    known = unfinished.steps(session.uri).get((STEP, name), {})
    devices = dict(known["devices"]) if known.get("run") == run else {}
    tries = devices.get(alias, {}).get("tries", 0) + 1
    unfinished.begin(
        session.uri, STEP, name, run=run, devices={**devices, alias: {"tries": tries, "last": time.time()}}
    )


def forget(session: Session, name: str) -> None:
    """The domain goes."""
    unfinished.end(session.uri, STEP, name)


def waits_for(world: World, name: str, live: Element, actions: t.Sequence[Action]) -> t.List[Action]:
    """Of ``actions`` on the domain that runs as ``live`` those that would ask the guest again, or need its place."""
    known = world.host.unfinished.get((STEP, name), {})
    number = live.get("id")
    if not known or number is None or known["run"] != world.host.run_of(int(number)):
        return []
    kept = [action for action in actions if _is_kept(known["devices"], action)]
    places = {_place(parse.parse(t.cast(Detach, action.operation).xml)) for action in kept} - {None}
    return kept + [
        action
        for action in actions
        if isinstance(action.operation, Attach) and _place(action.operation.element) in places
    ]


def _place(device: Element) -> t.Optional[t.Tuple[str, str]]:
    """Where no two disks of a guest can be."""
    target = device.find("target") if device.tag == "disk" else None
    return None if target is None else (device.tag, target.get("dev", ""))


def _is_kept(asked_for: t.Mapping[str, t.Any], action: Action) -> bool:
    if not isinstance(action.operation, Detach):
        return False
    alias = parse.parse(action.operation.xml).find("alias")
    asked = None if alias is None else asked_for.get(alias.get("name", ""))
    return asked is not None and (asked["tries"] >= TRIES or time.time() < asked["last"] + APART)
