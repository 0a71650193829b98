# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What networks and pools have in common: they are started and stopped by the host, and no guest has to cooperate.

That one is taken down to come up again is recorded: a run that was killed in between leaves it down, or up without what
belongs to that, and nothing else would show it.
"""

from __future__ import annotations

import typing as t

from ..deps import Element, libvirt
from ..errors import Refused
from ..parallel import in_order
from ..plan import Action, Plan
from .activity import Activity
from .base import Session, Want, World
from .declared import DECLARED
from .defined import DefinedKind
from .definition import DefinedState
from .host import DiskUse, FileUse, Host, InterfaceUse
from .operations import Finish, Start, Stop, Undefine
from .spec import AS

#: What a running domain has on or in an object of these kinds.
Use = t.Union[DiskUse, FileUse, InterfaceUse]


def restart_of(noun: str) -> str:
    """What is recorded as begun when an object of the kind is restarted."""
    return f"restart of a {noun}"


#: The remedy where something is stopped.
_ELSEWHERE = "Stop them or move them elsewhere first, or declare force: true"


def refuse_in_use(noun: str, uses: t.Iterable[Use], where: str, remedy: str = _ELSEWHERE) -> None:
    """:raises Refused: an object of the kind has ``uses``, and stopping it would take it away from them."""
    names = sorted({use.domain for use in uses})
    if names:
        raise Refused(
            f"running domains use the {noun}: {', '.join(names)}",
            where=where,
            remedy=remedy,
        )


class StartableActivity(Activity):
    """Starts and stops; a kind's own says how, what uses its objects, and what is changed in one that runs."""

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        if state is None or state.live is None:
            return Plan(tuple(self.plan_start(want, world, state))) if self.runs_after(want, world) else Plan()
        if want.state == "inactive":
            return Plan((self.plan_stop(want, world, state),))
        return self.plan_running(want, world, state.live)

    def plan_start(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.List[Action]:
        return [Action(self.noun, want.name, Start())]

    def plan_running(self, want: Want, world: World, live: str) -> Plan:
        """What is changed in an object that runs as ``live`` says and is to go on, and what waits."""
        raise NotImplementedError

    def uses(self, host: Host, root: Element) -> t.Sequence[Use]:
        """What running domains have in the object, given as the XML that it runs with."""
        raise NotImplementedError

    def leaves(self, domain: Want, world: World, root: Element, use: Use) -> bool:
        """Whether a domain that is declared to stay has no such use of the object any more once it is as declared."""
        raise NotImplementedError

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        actions = [self.plan_stop(want, world, state)] if state.active else []
        return actions + ([Action(self.noun, want.name, Undefine())] if state.persistent else [])

    def plan_stop(self, want: Want, world: World, state: DefinedState) -> Action:
        """``stop``, which takes it away from the domains that run with it.

        :raises Refused: there are some that the document leaves running with it, and ``force`` is not declared.
        """
        if not want.params["force"]:
            refuse_in_use(self.noun, self.staying(want, world, state.root_now), want.at("state"))
        return Action(self.noun, want.name, Stop(want.params["force"], want.at("state")))

    def staying(self, want: Want, world: World, root: Element) -> t.List[Use]:
        """The uses of the object, given as the XML that it runs with, that the document leaves there."""
        return [use for use in self.uses(world.host, root) if not self._left(want, world, use)]

    def _left(self, want: Want, world: World, use: Use) -> bool:
        """Whether the document takes the domain away, or off the object, before the object is stopped.

        Domains that go are the first; all others come before what goes, and after what is only stopped.
        """
        domain = world.want("domain", use.domain)
        if domain is None or domain.absent:
            return domain is not None
        root = world.state(self.noun, want.key).root_now
        return want.absent and (domain.state in ("stopped", "saved") or self.leaves(domain, world, root, use))

    @staticmethod
    def may_restart(want: Want, in_use: t.Callable[[], bool]) -> bool:
        """What the option ``restart`` says for an object that may be ``in_use`` by guests."""
        policy = want.params["restart"]
        return policy == "always" or (policy == "if_unused" and not in_use())

    def runs_after(self, want: Want, world: World) -> bool:
        """Whether it is declared active; or may be either, and was until a run took it down to restart it."""
        return want.state == "active" or (want.state == "present" and self.was_restarted(want, world))

    def was_restarted(self, want: Want, world: World) -> bool:
        """Whether a run has begun that, and not ended it."""
        return (restart_of(self.noun), want.name) in world.host.unfinished

    def declared_state(self, state: DefinedState) -> t.Optional[str]:
        return "active" if state.active else "inactive"


class StartableKind(DefinedKind):
    """Reads its objects; a subclass says which of libvirt's calls are about them."""

    activity: StartableActivity
    states = ("active", "inactive", "present", "absent")
    options = {
        "autostart": {"type": "bool"},
        "restart": {"type": "str", "choices": ["never", "if_unused", "always"]},
        "force": {"type": "bool", "default": False},
        "xml": {"type": "str"},
    }
    confidential = ("xml",)
    info_options = dict(DefinedKind.info_options, **AS, **DECLARED)
    restart_once = "if_unused"
    #: A method of a connection.
    list_call = ""
    #: What libvirt's flags for the list begin with.
    list_flag = ""
    #: The flag that asks for the definition, whether the object is active or not.
    inactive_flag = ""

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        names = {one.name() for one in getattr(session.connection, self.list_call)()}
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, DefinedState]:
        if not keys:
            return {}
        listed = getattr(session.connection, self.list_call)
        active, persistent, autostart = (
            {one.name() for one in listed(getattr(libvirt, self.list_flag + which))}
            for which in ("ACTIVE", "PERSISTENT", "AUTOSTART")
        )

        def read_one(one: t.Any) -> DefinedState:
            name = one.name()
            live = one.XMLDesc(0) if name in active else None
            definition = one.XMLDesc(getattr(libvirt, self.inactive_flag)) if name in persistent or not live else live
            return DefinedState(name, definition, live, name in persistent, name in autostart)

        states = in_order(read_one, [one for one in listed() if one.name() in keys])
        return {state.name: state for state in states}

    def plan(self, want: Want, world: World) -> Plan:
        finish = (Action(self.noun, want.name, Finish()),) if self.activity.was_restarted(want, world) else ()
        return super().plan(want, world) + Plan(finish)

    def brief(self, state: DefinedState) -> t.Dict[str, t.Any]:
        return {
            "name": state.name,
            "uuid": state.root.findtext("uuid"),
            "state": "active" if state.active else "inactive",
            "persistent": state.persistent,
            "autostart": state.autostart,
        }
