# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual networks: activity, and what can be changed while guests use them."""

from __future__ import annotations

import dataclasses
import typing as t

from ...connection import find
from ...deps import Element
from ...diff import RESTART
from ...plan import Action, Pending, Plan
from ...rule import check
from ...xml import parse
from ...xml import table as tables
from .. import operations
from ..base import Executors, Session, Want, World
from ..definition import DefinedState
from ..host import Host
from ..shared.ports import fill_trunk
from ..startable import StartableActivity, StartableKind, Use, refuse_in_use
from . import host_rules
from .definition import DEFINITION
from .leases import leases
from .plugged_interfaces import names, own_bridge, uses
from .rules import RULES
from .table import TABLE
from .update import Running, UpdateLive


@dataclasses.dataclass(eq=False, repr=False)
class Restart(operations.Restart):
    """``refused_at`` is the option that the refusal is about if guests are in the network; ``None``: they may be."""

    verb = "restart"
    refused_at: t.Optional[str] = None


def refuse_cut_off(uses_of_it: t.Iterable[Use], where: str) -> None:
    """:raises Refused: guests are in a network whose bridge would be made anew without them."""
    remedy = (
        "Over a remote URI they are not plugged in again: run the module on the host itself, stop them or move them "
        "elsewhere first, or declare force: true"
    )
    refuse_in_use("network", uses_of_it, where, remedy)


class NetworkActivity(StartableActivity):
    """libvirt changes some lists of a network that runs."""

    def plan_running(self, want: Want, world: World, live: str) -> Plan:
        root = parse.parse(live)
        running = Running(root)
        changes = self.live_changes(want, world, root)
        now, later, updates = running.divide(changes)
        if later and self.may_restart(want, lambda: bool(self.uses(world.host, root))):
            return Plan((Action(self.noun, want.name, self._restart(want, world, root), tuple(changes), RESTART),))
        actions: t.Tuple[Action, ...] = ()
        if now:
            actions = (Action(self.noun, want.name, UpdateLive(updates), now),)
        return Plan(actions, (Pending(self.noun, want.name, later),) if later else ())

    def _restart(self, want: Want, world: World, root: Element) -> Restart:
        """:raises Refused: over a remote URI it would cut guests off, and ``force`` is not declared."""
        if world.local or want.params["force"] or own_bridge(root) is None:
            return Restart()
        refuse_cut_off(self.staying(want, world, root), want.at("restart"))
        return Restart(want.at("restart"))

    def uses(self, host: Host, root: Element) -> t.Sequence[Use]:
        return uses(host, root)

    def leaves(self, domain: Want, _world: World, root: Element, _use: Use) -> bool:
        interfaces = domain.values.get("interfaces")
        return interfaces is not None and not any(names(interface, root) for interface in interfaces)


class Network(StartableKind):
    """``kvm.fleet.network``."""

    noun, plural = "network", "networks"
    table = TABLE
    rules = (*RULES, *host_rules.RULES)
    definition = DEFINITION
    activity = NetworkActivity(definition)
    list_call = "listAllNetworks"
    at_once = False  # libvirt gives two that start together the same bridge name
    list_flag = "VIR_CONNECT_LIST_NETWORKS_"
    inactive_flag = "VIR_NETWORK_XML_INACTIVE"

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        for one in (want.values, *want.values.get("portgroups", ())):
            fill_trunk(one)
        check(self.rules, want.values, where=where)
        return want

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def inspector(self, session: Session, agents: t.Any) -> t.Callable[[t.Any], t.Dict[str, t.Any]]:
        def inspect(state: DefinedState) -> t.Dict[str, t.Any]:
            network = find(session.connection.networkLookupByName, state.name) if state.active else None
            return {"leases": [] if network is None else leases(network)}

        return inspect

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        return dict(self.brief(state), **tables.show(self.table, tables.read(self.table, state.root)))
