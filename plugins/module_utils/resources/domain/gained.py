# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices that a domain will run with and does not yet: by a start, or plugged in while it runs. Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...plan import Action, Operation
from ...xml import parse
from ..coming import Coming
from ..definition import DefinedState
from .operations import Attach, Define, Restart, Start, Update


def gained_devices(coming: Coming, tag: str) -> t.Iterator[Element]:
    """Those of a kind, by the name of their element, as XML."""
    return gained(coming.state, coming.actions, tag)


def gained(
    state: t.Optional[DefinedState], actions: t.Sequence[Action], tag: str, *starts: t.Type[Operation]
) -> t.Iterator[Element]:
    """The same of what is planned; ``starts`` are operations that count as starts besides."""
    root: t.Optional[Element] = None
    if any(isinstance(action.operation, (Start, Restart, *starts)) for action in actions):
        defined = [action.operation.xml for action in actions if isinstance(action.operation, Define)]
        resumed = state.running if state is not None and not state.active else None
        text = resumed or (defined[0] if defined else state.definition if state is not None else None)
        root = parse.parse(text) if text else None
    yield from root.iterfind("devices/" + tag) if root is not None else ()
    for action in actions:
        plugged = action.operation
        if isinstance(plugged, Attach):
            yield from [plugged.element] if plugged.element.tag == tag else []
        elif isinstance(plugged, Update):  # a medium of a drive, say
            device = parse.parse(plugged.xml)
            yield from [device] if device.tag == tag else []
