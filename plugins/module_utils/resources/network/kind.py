# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual networks: definition, activity, and what can be changed while guests use them."""

from __future__ import annotations

import ipaddress
import subprocess
import typing as t

from ...connection import find
from ...deps import libvirt
from ...diff import LIVE, RESTART, Change
from ...errors import InvalidOption
from ...plan import Action, Pending, Plan
from ...units import parse_address
from ...xml import parse
from ...xml import table as tables
from ..base import Session, Want, World
from ..defined import DefinedState
from ..started import StartedKind
from .table import ISOLATED, TABLE

#: Lists that libvirt changes in a running network, with the name of their section in its update API.
UPDATABLE = {
    "ips.dhcp.hosts": "IP_DHCP_HOST",
    "ips.dhcp.ranges": "IP_DHCP_RANGE",
    "dns.hosts": "DNS_HOST",
}


class Network(StartedKind):
    """``kvm.fleet.network``."""

    noun, plural = "network", "networks"
    root_tag, schema_file = "network", "network.rng"
    table = TABLE
    list_call, lookup_call, define_call = "listAllNetworks", "networkLookupByName", "networkDefineXML"
    inactive_flag = "VIR_NETWORK_XML_INACTIVE"

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        want = super().want(params, where)
        _check(want)
        return want

    def plan_activity(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        if state is None or state.live is None:
            return Plan((Action(self.noun, want.name, "start"),)) if want.state == "active" else Plan()
        if want.state == "inactive":
            return Plan((Action(self.noun, want.name, "stop"),))
        return self._plan_running(want, state.live)

    def _plan_running(self, want: Want, live: str) -> Plan:
        root = parse.parse(live)
        addresses = root.findall("ip")  # libvirt addresses sections by the position of their <ip>
        changes = self.patch(want, root, want.values)
        now = [change for change in changes if change.items in UPDATABLE and _parent_stands(change, addresses)]
        later = tuple(change for change in changes if change not in now)
        if later and self.may_restart(want, lambda: int(root.get("connections", "0")) > 0):
            return Plan((Action(self.noun, want.name, "restart", tuple(changes), RESTART),))
        actions: t.Tuple[Action, ...] = ()
        if now:
            payload = {"updates": _updates(now, addresses)}
            actions = (Action(self.noun, want.name, "update", tuple(now), LIVE, payload),)
        return Plan(actions, (Pending(self.noun, want.name, later),) if later else ())

    def do_restart(self, session: Session, action: Action) -> None:
        network = self.found(session, action)
        network.destroy()
        network.create()
        _plug_guests_in_again(session, network)

    def do_update(self, session: Session, action: Action) -> None:
        network = self.found(session, action)
        for command, section, parent, xml in action.payload["updates"]:
            network.update(
                getattr(libvirt, "VIR_NETWORK_UPDATE_COMMAND_" + command),
                getattr(libvirt, "VIR_NETWORK_SECTION_" + section),
                parent,
                xml,
                libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE,
            )

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        found = tables.read(self.table, parse.parse(state.definition))
        return dict(super().show(state), **tables.show(self.table, found))


def _check(want: Want) -> None:
    """Rules between options. :raises InvalidOption: naming the one to change."""
    mode = want.values.get("forward.mode")
    place = want.where + "." if want.where else ""
    if mode == "bridge":
        if not want.values.get("bridge"):
            raise InvalidOption(
                "forward mode bridge uses a bridge of the host",
                where=place + "bridge",
                remedy="Name the bridge, which libvirt does not create in this mode",
            )
        if want.values.get("ips"):
            raise InvalidOption(
                "a network of mode bridge has no addresses of its own", where=place + "ips", remedy="Remove ips"
            )
    if want.values.get("forward.dev") and mode in (ISOLATED, "bridge", "open"):
        raise InvalidOption(
            "forward mode {0} has no forwarding device".format(mode),
            where=place + "forward.dev",
            remedy="Remove dev, or use mode nat or route",
        )
    if mode is None and any(option.startswith("forward.") for option in want.values):
        raise InvalidOption(
            "how to forward is said, and not in which mode", where=place + "forward.mode", remedy="Add nat or route"
        )
    macs: t.Dict[str, str] = {}
    addresses: t.Dict[str, str] = {}
    for number, ip in enumerate(want.values.get("ips", ())):
        bits = ipaddress.ip_address(ip["address"]).max_prefixlen
        if not 0 <= ip["prefix"] <= bits:
            raise InvalidOption(
                "{0} is no prefix length of {1}".format(ip["prefix"], ip["address"]),
                where="{0}ips[{1}].prefix".format(place, number),
                remedy="Use 0 to {0}".format(bits),
            )
        for position, host in enumerate(ip.get("dhcp.hosts", ())):
            at = "{0}ips[{1}].dhcp.hosts[{2}]".format(place, number, position)
            for seen, option in ((macs, "mac"), (addresses, "ip")):
                value = host.get(option)
                if value is not None and value in seen:
                    raise InvalidOption(
                        "{0} is already reserved by {1}".format(value, seen[value]),
                        where="{0}.{1}".format(at, option),
                        remedy="Give each reservation a {0} of its own".format(option),
                    )
                if value is not None:
                    seen[value] = at
            if bits == 128 and host.get("mac") is not None:
                raise InvalidOption(
                    "DHCPv6 knows no MAC addresses", where=at + ".mac", remedy="Reserve by id (the DUID) or by name"
                )
            if host.get("mac") is None and host.get("id") is None and host.get("name") is None:
                raise InvalidOption("a reservation is for a mac, an id or a name", where=at, remedy="Add one of them")


def _parent_stands(change: Change, addresses: t.List[t.Any]) -> bool:
    """False for what is inside an ``<ip>`` that the running network does not have."""
    return change.items == "dns.hosts" or change.parents[1] in addresses


def _updates(changes: t.List[Change], addresses: t.List[t.Any]) -> t.List[t.Tuple[str, str, int, str]]:
    """The calls of libvirt's network update API, deletions first: a freed address may be given away again."""
    deletions, additions = [], []
    seen: t.List[t.Any] = []
    for change in changes:
        if change.element in seen:  # several options of one element are one update
            continue
        seen.append(change.element)
        section = UPDATABLE[change.items]
        parent = addresses.index(change.parents[1]) if change.items != "dns.hosts" else -1
        xml = parse.to_text(change.element)
        if change.op == "remove":
            deletions.append(("DELETE", section, parent, xml))
        elif change.op == "set" and section == "IP_DHCP_HOST":
            additions.append(("MODIFY", section, parent, xml))
        else:
            if change.op == "set":  # DNS hosts know no modification
                only_ip = "<host ip='{0}'/>".format(parse_address(change.element.get("ip")))
                deletions.append(("DELETE", section, parent, only_ip))
            additions.append(("ADD_LAST", section, parent, xml))
    return deletions + additions


def _plug_guests_in_again(session: Session, network: t.Any) -> None:
    """Put the running guests' taps back into the new bridge: libvirt itself only does that when it restarts."""
    bridge = parse.parse(network.XMLDesc(0)).find("bridge")
    if not session.local or bridge is None:
        return
    for domain in session.connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        text = find(domain.XMLDesc, 0)
        for interface in parse.parse(text).iterfind("devices/interface") if text else ():
            source, target = interface.find("source"), interface.find("target")
            if source is not None and source.get("network") == network.name() and target is not None:
                subprocess.run(
                    ["ip", "link", "set", "dev", target.get("dev"), "master", bridge.get("name"), "up"],
                    check=False,
                    capture_output=True,
                )
