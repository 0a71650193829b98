# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt changes in a running network, and the calls of its update API for that. Pure.

https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkUpdate
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...deps import Element
from ...diff import Change
from ...plan import Operation
from ...xml import parse, path

#: Of ``virNetworkUpdate``: command, section, parent index and XML.
Update = t.Tuple[str, str, int, str]


@dataclasses.dataclass(eq=False, repr=False)
class UpdateLive(Operation):
    """Changes a network while it runs."""

    verb = "update"
    updates: t.Sequence[Update]


class Section(t.NamedTuple):
    """A list whose items libvirt adds and deletes in a running network.

    ``key`` are the attributes that it finds an item by (none: it is compared as a whole); ``modify``: it changes one.
    """

    name: str
    key: t.Tuple[str, ...] = ()
    modify: bool = False
    depth: int = 1


#: By the list's dotted name. Every other option waits for the network's next start.
UPDATABLE = {
    "ips.dhcp.hosts": Section("IP_DHCP_HOST", modify=True, depth=2),
    "ips.dhcp.ranges": Section("IP_DHCP_RANGE", ("start", "end"), depth=2),
    "dns.hosts": Section("DNS_HOST", ("ip",)),
    "dns.txt": Section("DNS_TXT", ("name",)),
    "dns.srv": Section("DNS_SRV"),
    "portgroups": Section("PORTGROUP", modify=True),
    "forward.interfaces": Section("FORWARD_INTERFACE"),
}


class Running:
    """A running network before it is brought to what is declared: what of that can be done while it runs."""

    def __init__(self, root: Element) -> None:
        self.addresses = root.findall("ip")  # libvirt addresses sections by the position of their <ip>
        self.mode = path.get_text(root, "forward/@mode")
        self.answers = path.get_text(root, "dns/@enable") != "no"
        self._names = [(*_named(element), element) for element in root.iterfind("ip/dhcp/host")]
        self._names += [(*_named(element), element) for element in root.iterfind("dns/host")]

    def can(self, change: Change) -> bool:
        """Whether libvirt can make the change without a restart."""
        found = _unit(change)
        if found is None:
            return False
        section, element = found
        if change.op != "remove" and self._is_ambiguous(section, element):
            return False
        if section.depth == 2:
            return change.parents[1] in self.addresses
        if section.name == "FORWARD_INTERFACE":  # one that a guest is on cannot go
            used = change.op == "remove" and int(element.get("connections", "0")) > 0
            return self.mode not in (None, "nat", "route", "hostdev") and not used
        return self.answers or not section.name.startswith("DNS_")

    def _is_ambiguous(self, section: Section, element: Element) -> bool:
        """Whether libvirt would take another item for this one, or refuse it: it finds them by their names as well."""
        if section.name not in ("IP_DHCP_HOST", "DNS_HOST"):
            return False
        _tag, around, names = _named(element)
        others = [(*_named(one), one) for one in path.around(element) if one.tag == "host"]
        return any(
            # One that goes is deleted before.
            one is not element and one.getparent() is not None and (tag, place) == (_tag, around) and names & there
            for tag, place, there, one in (*self._names, *others)
        )

    def updates(self, changes: t.Iterable[Change]) -> t.List[Update]:
        """The calls that make the changes, deletions first and additions last: a freed address may be given away again.

        A port group becomes the default last: there may be no two of them at any time.
        """
        deletions: t.List[Update] = []
        additions: t.List[Update] = []
        seen: t.List[Element] = []
        for change in changes:
            section, element = t.cast(t.Tuple[Section, Element], _unit(change))
            if element in seen:  # several options of one element are one update
                continue
            seen.append(element)
            parent = self.addresses.index(change.parents[1]) if section.depth == 2 else -1
            operation = change.op if element is change.element else "set"
            if operation == "set" and section.modify:
                additions.append(("MODIFY", section.name, parent, parse.to_text(element)))
                continue
            if operation != "add":
                deletions.append(("DELETE", section.name, parent, parse.to_text(_key_of(section, element))))
            if operation != "remove":
                additions.append(("ADD_LAST", section.name, parent, parse.to_text(element)))
        return deletions + sorted(additions, key=lambda one: ('default="yes"' in one[3], one[0] == "ADD_LAST"))


def _named(element: Element) -> t.Tuple[str, t.Optional[Element], t.FrozenSet[str]]:
    """The names of a reservation or a DNS record, and where it stands: they count among their like."""
    around = path.around(element)
    names = [element.get("name"), *(one.text for one in element.iterfind("hostname"))]
    return around.tag, around.getparent(), frozenset(filter(None, names))


def _unit(change: Change) -> t.Optional[t.Tuple[Section, Element]]:
    """The section that a change is in, with the element that libvirt updates as a whole for it."""
    for items, section in UPDATABLE.items():
        if change.items == items or change.items.startswith(items + "."):
            return section, change.nested[section.depth - 1]
    return None


def _key_of(section: Section, element: Element) -> Element:
    """What libvirt finds the element by: it may have been given other values already."""
    if not section.key:
        return element
    only = path.element(element.tag)
    for attribute in section.key:
        only.set(attribute, path.the_text(element, "@" + attribute))
    return only
