# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared, what is defined and what runs, compared by the option, as the planner compares it. Pure."""

from __future__ import annotations

import typing as t

from ..diff import Change
from ..errors import Refused
from ..xml import parse
from .base import Want, World
from .defined import DefinedKind
from .definition import DefinedState
from .operations import SetPermissions

#: The option of an info module that takes what is declared.
DECLARED: t.Dict[str, t.Any] = {"declared": {"type": "list", "elements": "dict", "no_log": False}}

Difference = t.Dict[str, t.Any]


def differences(kind: DefinedKind, want: Want, world: World, between: t.Sequence[Difference]) -> t.List[Difference]:
    """Every option in which the object is not as declared, as it is ``declared``, ``defined`` and ``live``.

    ``between`` are those in which what runs differs from what is defined; what ``want`` does not declare of them comes
    last, without ``declared``. Secrets are not compared that libvirt does not return over a read-only connection.
    """
    state: DefinedState = world.state(kind.noun, want.key)
    if want.absent:
        return [{"option": "state", "declared": want.state, "live": kind.show(state)["state"]}]
    want = kind.definition.kept(kind.definition.without_secure(want), world)
    defined = _by_option(kind.definition.after(want, world, state)[1])
    running = state.running
    live = _by_option([] if running is None else kind.activity.live_changes(want, world, parse.parse(running)))
    found = []
    for option, change in {**live, **defined}.items():
        one = {"option": option, "declared": change.after, "defined": _value(option, defined, change.after)}
        found.append(one if running is None else dict(one, live=_value(option, live, change.after)))
    found += _beside(kind, want, world, state)
    said = {one["option"] for one in found}
    return found + [one for one in between if one["option"] not in said]


def _by_option(changes: t.Iterable[Change]) -> t.Dict[str, Change]:
    return {change.option: change for change in changes}


def _value(option: str, changes: t.Mapping[str, Change], declared: t.Any) -> t.Any:
    """What one side says of an option that is not everywhere as declared. ``changes`` would bring that side to it."""
    if option in changes:
        return changes[option].before
    around = any(option.startswith((one + ".", one + "[")) for one in changes)  # the whole item is not there
    return None if around else declared


def _beside(kind: DefinedKind, want: Want, world: World, state: DefinedState) -> t.List[Difference]:
    """What is not part of a definition: activity, autostart, the permissions of a directory."""
    try:
        actions = kind.activity.plan(want, world, state).actions
        goes_elsewhere = any(not action.changes for action in actions)
    except Refused:  # there is no way from what it does to what it should
        actions, goes_elsewhere = (), True
    found: t.List[Difference] = []
    if goes_elsewhere:
        found.append({"option": "state", "declared": want.state, "live": kind.show(state)["state"]})
    changes = [
        change for action in actions if isinstance(action.operation, SetPermissions) for change in action.changes
    ]
    for action in kind.plan_autostart(want, state):
        found += [{"option": one.option, "declared": one.after, "defined": one.before} for one in action.changes]
    return found + [{"option": one.option, "declared": one.after, "live": one.before} for one in changes]
