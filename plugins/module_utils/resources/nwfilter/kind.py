# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network filters: their rules. libvirt itself brings a change to the guests that run with them."""

from __future__ import annotations

import dataclasses
import typing as t

from ...connection import find
from ...deps import Element, libvirt
from ...errors import Refused
from ...plan import Action, Plan
from ...rule import check
from ...xml import parse
from ...xml import table as tables
from ..activity import Activity
from ..base import Executors, Reference, Session, Want, World
from ..defined import DefinedKind
from ..definition import DefinedState, Definition
from ..spec import AS, agree
from .match import written
from .rules import RULES
from .table import TABLE

#: Those that libvirt brings (package libvirt-daemon-config-nwfilter), and writes anew when it is upgraded.
BUILT_IN = frozenset(
    (
        *("allow-arp", "allow-dhcp", "allow-dhcp-server", "allow-dhcpv6", "allow-dhcpv6-server"),
        *("allow-incoming-ipv4", "allow-incoming-ipv6", "allow-ipv4", "allow-ipv6"),
        *("clean-traffic", "clean-traffic-gateway", "no-arp-ip-spoofing", "no-arp-mac-spoofing", "no-arp-spoofing"),
        *("no-ip-multicast", "no-ip-spoofing", "no-ipv6-multicast", "no-ipv6-spoofing"),
        *("no-mac-broadcast", "no-mac-spoofing", "no-other-l2-traffic", "no-other-rarp-traffic"),
        *("qemu-announce-self", "qemu-announce-self-rarp"),
    )
)

#: What one of them is compared by with the file that libvirt brings, which has no UUID.
_COMPARED = tuple(entry for entry in TABLE if entry.option != "uuid")


class NWFilterDefinition(Definition):
    """libvirt brings what it is defined as to the guests that use it."""

    def stated(self, want: Want) -> Element:
        root = super().stated(want)
        for rule in root.iterfind("rule"):
            written(rule)
        return root

    def skeleton(self, want: Want, world: World) -> Element:
        root = tables.build(self.root_tag, (), {})
        root.set("name", want.name)
        return root


class NWFilterActivity(Activity):
    """A filter does not run; guests run with it."""

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        users = [
            f"{kind} {name}"
            for kind, name in world.host.filter_users.get(want.name, ())
            if not _goes(world.want(kind, name))
        ]
        if users:
            raise Refused(
                f"'{want.name}' is used by {', '.join(users)}",
                where=want.where or f"nwfilter {want.name}",
                remedy="Remove it from their definitions first",
            )
        return super().plan_absent(want, world, state)


class NWFilter(DefinedKind):
    """``kvm.fleet.nwfilter``."""

    noun, plural = "nwfilter", "nwfilters"
    table = TABLE
    rules = RULES
    # No schema: libvirt's own knows less than its parser (rules with match_not beside match, connection tracking of
    # IPv6), and no change concerns a filter without the table's options.
    definition = NWFilterDefinition("nwfilter", TABLE, "filter")
    options = {"xml": {"type": "str"}}
    confidential = ("xml",)
    info_options = dict(DefinedKind.info_options, **AS)
    activity = NWFilterActivity(definition)

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        check(self.rules, want.with_options(["name"]), where=where)
        references = tuple(
            Reference(self.noun, one["filter"], want.at(f"filterrefs[{position}].filter"), option="filterrefs")
            for position, one in enumerate(want.values.get("filterrefs", ()))
        )
        return dataclasses.replace(want, references=references)

    def arrange(self, wants: t.List[Want]) -> t.List[Want]:
        """Each after those that it refers to; those that refer to each other libvirt refuses."""
        left, arranged = list(wants), []
        while left:
            waiting = {want.key for want in left}
            ready = [want for want in left if not waiting & {one.key for one in want.references}] or left
            arranged += ready
            left = [want for want in left if want not in ready]
        return arranged

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        try:
            names = {one.name() for one in session.connection.listAllNWFilters()}
        except libvirt.libvirtError as exc:
            if exc.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
                raise
            names = set()  # libvirt's part for them is not installed
        return names & {params["name"]} if params["name"] else names

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, DefinedState]:
        states = {}
        for one in session.connection.listAllNWFilters() if keys else ():
            text = find(one.XMLDesc) if one.name() in keys else None
            if text:
                states[one.name()] = DefinedState(one.name(), text, None, True, False)
        return states

    def is_brought(self, state: DefinedState, world: World) -> bool:
        if state.name not in BUILT_IN:
            return False
        text = world.host.brought_filter(state.name)
        brought = None if text is None else tables.read(_COMPARED, parse.parse(text))
        if brought is not None:
            said = {option for option, value in brought.items() if value is not None}
            table = tuple(entry for entry in _COMPARED if entry.option != "priority" or "priority" in said)
            if not agree(table, tables.read(_COMPARED, state.root), brought):
                raise Refused(
                    "it is libvirt's own, and has been changed",
                    remedy="Define a filter with another name, and refer to that",
                )
        return True

    def plan(self, want: Want, world: World) -> Plan:
        plan = super().plan(want, world)
        if plan.actions and want.name in BUILT_IN:
            raise Refused(
                f"'{want.name}' is libvirt's own and not changed or removed",
                where=want.at("name"),
                remedy="Define a filter with another name that refers to it",
            )
        return plan

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        found = tables.read(self.table, state.root)
        return dict(tables.show(self.table, found), name=state.name)


def _goes(user: t.Optional[Want]) -> bool:
    return user is not None and user.absent
