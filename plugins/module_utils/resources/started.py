# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What networks and pools have in common: they are started and stopped by the host, and nobody inside has a say."""

from __future__ import annotations

import typing as t

from ..deps import libvirt
from ..plan import Action, Pending
from ..xml import parse
from .base import Session, Want, World
from .defined import DefinedKind, DefinedState


class StartedKind(DefinedKind):
    """Reads, stops and removes; a subclass says which of libvirt's calls are about its objects."""

    states = ("active", "inactive", "present", "absent")
    options = {
        "autostart": {"type": "bool"},
        "restart": {"type": "str", "choices": ["never", "if_unused", "always"], "default": "never"},
        "xml": {"type": "str"},
    }
    #: Methods of a connection.
    list_call = lookup_call = define_call = ""
    #: The flag that asks for the definition, whether the object is active or not.
    inactive_flag = ""

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        names = {one.name() for one in getattr(session.connection, self.list_call)()}
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, DefinedState]:
        listed = getattr(session.connection, self.list_call)() if keys else ()
        return {one.name(): self._read_one(one) for one in listed if one.name() in keys}

    def _read_one(self, one: t.Any) -> DefinedState:
        persistent = bool(one.isPersistent())
        live = one.XMLDesc(0) if one.isActive() else None
        definition = one.XMLDesc(getattr(libvirt, self.inactive_flag)) if persistent or not live else live
        return DefinedState(one.name(), definition, live, persistent, persistent and bool(one.autostart()))

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        actions = [Action(self.noun, want.name, "stop")] if state.active else []
        return actions + ([Action(self.noun, want.name, "undefine")] if state.persistent else [])

    @staticmethod
    def may_restart(want: Want, in_use: t.Callable[[], bool]) -> bool:
        """What the option ``restart`` says for an object that may be ``in_use`` by guests."""
        policy = want.params["restart"]
        return policy == "always" or (policy == "if_unused" and not in_use())

    def apply(self, session: Session, action: Action) -> t.Optional[Pending]:
        if action.verb == "define":
            getattr(session.connection, self.define_call)(action.payload["xml"])
        else:
            one = getattr(session.connection, self.lookup_call)(action.name)
            getattr(self, "do_" + action.verb)(session, one, action.payload)
        return None

    def do_set_autostart(self, _session: Session, one: t.Any, payload: t.Mapping[str, t.Any]) -> None:
        one.setAutostart(int(payload["autostart"]))

    def do_start(self, _session: Session, one: t.Any, _payload: t.Mapping[str, t.Any]) -> None:
        one.create()

    def do_stop(self, _session: Session, one: t.Any, _payload: t.Mapping[str, t.Any]) -> None:
        one.destroy()

    def do_undefine(self, _session: Session, one: t.Any, _payload: t.Mapping[str, t.Any]) -> None:
        one.undefine()

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        return {
            "name": state.name,
            "uuid": parse.parse(state.definition).findtext("uuid"),
            "state": "active" if state.active else "inactive",
            "persistent": state.persistent,
            "autostart": state.autostart,
        }
