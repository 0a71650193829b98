# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt changes in a running network, and the calls of its update API for that. Pure.

libvirt finds an item of a list by what it takes for its key, which is not all that an item has, and may be found in
several. Calls are therefore tried on the lists as they are read before any is made: what it would refuse, or do to
another item, waits for the next start.

https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkUpdate, ``virNetworkDefUpdate…`` in network_conf.c
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ...deps import Element
from ...diff import Change
from ...plan import Operation
from ...units import parse_address
from ...xml import parse, path
from ...xml.table import Items
from .addresses import HOSTS, RANGES
from .dns import HOSTS as RECORDS
from .dns import SRV, TXT
from .forward import INTERFACES
from .ports import PORTGROUPS

#: Of ``virNetworkUpdate``: command, section, parent index and XML.
Update = t.Tuple[str, str, int, str]


@dataclasses.dataclass(eq=False, repr=False)
class UpdateLive(Operation):
    """Changes a network while it runs."""

    verb = "update"
    updates: t.Sequence[Update]


class _Item:
    """An item of a list as it is at a time: its ``element`` is given other values."""

    def __init__(self, element: t.Any) -> None:
        self.attributes = dict(element.attrib)
        self._names = [one.text for one in element.iterfind("hostname")] if len(element) else []

    @functools.cached_property
    def keys(self) -> t.Mapping[str, t.FrozenSet[str]]:
        """What libvirt may find it by: the values of each attribute, of which it has one or none, and its names."""
        found = {name: frozenset([_LOADED.get(name, str)(value)]) for name, value in self.attributes.items()}
        return dict(found, hostname=frozenset(self._names))

    def of(self, key: str) -> t.FrozenSet[str]:
        return self.keys.get(key, frozenset())

    @property
    def default(self) -> bool:
        """Of a port group: there may be no two of them at any time."""
        return self.attributes.get("default") == "yes"


_LOADED: t.Mapping[str, t.Callable[[str], str]] = {
    "mac": str.lower,
    **dict.fromkeys(("ip", "start", "end"), parse_address),
}

_Match = t.Callable[[t.Tuple[str, ...], _Item, _Item], bool]


def _all(keys: t.Tuple[str, ...], given: _Item, there: _Item) -> bool:
    return all(given.of(key) == there.of(key) for key in keys)


def _any(keys: t.Tuple[str, ...], given: _Item, there: _Item) -> bool:
    return any(given.of(key) & there.of(key) for key in keys)


def _stated(keys: t.Tuple[str, ...], given: _Item, there: _Item) -> bool:
    """What is not given may be anything."""
    return all(given.of(key) in (frozenset(), there.of(key)) for key in keys)


def _reservation(keys: t.Tuple[str, ...], given: _Item, there: _Item) -> bool:
    """One without a MAC address has any, too."""
    return _stated(keys if there.of("mac") else keys[1:], given, there)


@dataclasses.dataclass(frozen=True)
class Section:
    """A list whose items libvirt adds and deletes in a running network.

    By ``keys`` it ``finds`` the items because of which it refuses to add one, and the first of those is what it
    modifies, if it does (``modify``). To be deleted is the first that it ``deletes`` by them, or by ``given`` alone;
    ``alone``: it refuses that where it finds others as well.
    """

    name: str
    items: Items
    keys: t.Tuple[str, ...]
    finds: _Match = _all
    deletes: _Match = _all
    given: t.Tuple[str, ...] = ()
    alone: bool = False
    modify: bool = False
    depth: int = 1

    def found(self, given: _Item, there: t.Iterable[_Item]) -> t.List[_Item]:
        return [one for one in there if self.finds(self.keys, given, one)]

    def deleted(self, given: _Item, there: t.Iterable[_Item]) -> t.List[_Item]:
        return [one for one in there if self.deletes(self.given or self.keys, given, one)]


#: By the list's dotted name. Every other option waits for the network's next start.
UPDATABLE = {
    "ips.dhcp.hosts": Section("IP_DHCP_HOST", HOSTS, ("mac", "ip", "name"), _any, _reservation, modify=True, depth=2),
    "ips.dhcp.ranges": Section("IP_DHCP_RANGE", RANGES, ("start", "end"), given=("start", "end"), depth=2),
    # libvirt 9.0 has no record beside one with the same name.
    "dns.hosts": Section("DNS_HOST", RECORDS, ("ip", "hostname"), _any, given=("ip",), alone=True),
    "dns.txt": Section("DNS_TXT", TXT, ("name",), given=("name",)),
    "dns.srv": Section("DNS_SRV", SRV, ("domain", "service", "protocol", "target"), _stated, _stated, alone=True),
    "portgroups": Section("PORTGROUP", PORTGROUPS, ("name",), modify=True),
    "forward.interfaces": Section("FORWARD_INTERFACE", INTERFACES, ("dev",)),
}

#: A list: the name of its section, and the position of the ``<ip>`` that it is in, or -1.
_Place = t.Tuple[str, int]
_Lists = t.Dict[_Place, t.List[_Item]]


@dataclasses.dataclass(eq=False)
class _Unit:
    """What libvirt does to an item at once: ``there`` is the item so far, ``new`` what it will be."""

    section: Section
    place: _Place
    there: t.Optional[_Item]
    new: t.Optional[_Item]
    xml: str


class Running:
    """A running network before it is brought to what is declared: what of that can be done while it runs."""

    def __init__(self, root: Element) -> None:
        self._addresses = root.findall("ip")  # libvirt addresses sections by the position of their <ip>
        self._mode = path.get_text(root, "forward/@mode")
        self._answers = path.get_text(root, "dns/@enable") != "no"
        self._items: t.Dict[Element, _Item] = {}
        self._lists: _Lists = {}
        for section in UPDATABLE.values():
            around = enumerate(self._addresses) if section.depth == 2 else [(-1, root)]
            for position, parent in around:
                elements = section.items.elements(parent)
                self._items.update((element, _Item(element)) for element in elements)
                self._lists[(section.name, position)] = [self._items[element] for element in elements]

    def divide(
        self, changes: t.Sequence[Change]
    ) -> t.Tuple[t.Tuple[Change, ...], t.Tuple[Change, ...], t.List[Update]]:
        """The changes that libvirt can make now, those that wait for a restart, and the calls that make the former."""
        units: t.Dict[Element, _Unit] = {}
        elements = [self._element(change, units) for change in changes]
        updates, refused = self._tried(list(units.values()))
        can = [element is not None and units[element] not in refused for element in elements]
        now = tuple(change for change, one in zip(changes, can) if one)
        return now, tuple(change for change, one in zip(changes, can) if not one), updates

    def _element(self, change: Change, units: t.Dict[Element, _Unit]) -> t.Optional[Element]:
        """The element that is updated as a whole for a change, whose unit comes to the ``units``."""
        dotted = next((one for one in UPDATABLE if change.items == one or change.items.startswith(one + ".")), None)
        if dotted is None:
            return None
        section = UPDATABLE[dotted]
        element = change.nested[section.depth - 1]
        if not self._is_possible(change, section, element):
            return None
        if element not in units:  # several options of one element are one update
            place = (section.name, self._addresses.index(change.parents[1]) if section.depth == 2 else -1)
            op = change.op if element is change.element else "set"
            new = None if op == "remove" else _Item(element)
            units[element] = _Unit(section, place, self._items.get(element), new, parse.to_text(element))
        return element

    def _is_possible(self, change: Change, section: Section, element: Element) -> bool:
        """Whatever else is in the list."""
        if section.depth == 2:
            return change.parents[1] in self._addresses
        if section.name == "FORWARD_INTERFACE":  # one that a guest is on cannot go
            used = change.op == "remove" and int(element.get("connections", "0")) > 0
            return self._mode not in (None, "nat", "route", "hostdev") and not used
        return self._answers or not section.name.startswith("DNS_")

    def _tried(self, units: t.Sequence[_Unit]) -> t.Tuple[t.List[Update], t.Sequence[_Unit]]:
        """The calls for the units, and those for which there are none.

        What is refused may have been in the way of others, and what is left of it has to be the same in the next run.
        """
        families = [":" in one.get("address", "") for one in self._addresses]
        lists, updates, left = self._lists, [], units
        while left:
            tried: t.Sequence[_Unit] = left
            while True:
                calls = _Calls(lists, families)
                refused = calls.make(tried)
                if not refused:
                    break
                tried = [unit for unit in tried if unit not in refused]
            if not tried:
                break
            lists = calls.lists
            updates += calls.updates
            left = [unit for unit in left if unit not in tried]
        return updates, left


class _Calls:
    """Calls, and the lists after them. ``families``: whether each address is one of IPv6."""

    def __init__(self, lists: _Lists, families: t.Sequence[bool]) -> None:
        self.lists = {place: list(items) for place, items in lists.items()}
        self.updates: t.List[Update] = []
        self._families = families

    def make(self, units: t.Sequence[_Unit]) -> t.List[_Unit]:
        """Deletions first and additions last: a freed address may be given away again. Returns what is refused.

        What libvirt does not modify, or would not find, is deleted and added.
        """
        refused = self._each(self._delete, [unit for unit in units if unit.new is None])
        anew = [unit for unit in units if unit.there and unit.new and not self._is_modified(unit)]
        refused += self._each(self._delete, anew)
        made = [unit for unit in units if unit.new and unit not in refused]
        made.sort(key=lambda unit: (unit.there is None or unit in anew, _stated_by(unit)))
        return refused + self._each(self._put, made)

    def _each(self, call: t.Callable[[_Unit], bool], units: t.Sequence[_Unit]) -> t.List[_Unit]:
        """As long as anything comes of it: what is in the way of one may be done with another."""
        while True:
            left = [unit for unit in units if not call(unit)]
            if len(left) == len(units):
                return left
            units = left

    def _is_modified(self, unit: _Unit) -> bool:
        section = unit.section
        return section.modify and section.found(t.cast(_Item, unit.new), self.lists[unit.place]) == [unit.there]

    def _delete(self, unit: _Unit) -> bool:
        section, there, items = unit.section, t.cast(_Item, unit.there), self.lists[unit.place]
        found = section.deleted(there, items)
        if found[:1] != [there] or (section.alone and len(found) > 1):
            return False
        items.remove(there)
        only = path.element(section.items.path.rpartition("/")[2])
        for name, value in there.attributes.items():
            if name in (section.given or there.attributes):
                only.set(name, value)
        self._call("DELETE", unit, parse.to_text(only))
        return True

    def _put(self, unit: _Unit) -> bool:
        section, new, items = unit.section, t.cast(_Item, unit.new), self.lists[unit.place]
        found = section.found(new, items)
        if new.default and any(one.default for one in items if one is not unit.there):
            return False
        if unit.there in items:
            if found != [unit.there]:
                return False
            items[items.index(unit.there)] = new
            self._call("MODIFY", unit, unit.xml)
            return True
        if found or (section.depth == 2 and self._serves_another(unit.place[1])):
            return False
        items.append(new)
        self._call("ADD_LAST", unit, unit.xml)
        return True

    def _serves_another(self, position: int) -> bool:
        """Whether DHCP is on another address of the family: only one can have it."""
        family = self._families[position]
        return any(
            items and at not in (-1, position) and self._families[at] is family
            for (_name, at), items in self.lists.items()
        )

    def _call(self, command: str, unit: _Unit, xml: str) -> None:
        self.updates.append((command, unit.section.name, unit.place[1], xml))


def _stated_by(unit: _Unit) -> int:
    """What says less would be found in what says more, and not the other way round."""
    section, new = unit.section, t.cast(_Item, unit.new)
    return sum(bool(new.of(key)) for key in section.keys) if section.finds is _stated else 0
