# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Property tables: every option of a kind declared once; argument spec, reading and patching follow from them. Pure.

A table is a tuple of :class:`Prop` (one option, one place in the XML) and :class:`Items` (a list of devices or
the like, each item with a table of its own). An option's name is dotted where the user nests it (``forward.mode``).

*Desired* values are flat: ``{"forward.mode": "nat", "ips": [{"address": "10.0.0.1", "prefix": 24}]}``; an option that
is not there is not managed.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import typing as t

from ..deps import Element
from ..diff import RESTART, Change
from ..errors import FleetError, InvalidOption, together
from . import path as xmlpath
from .types import AT_PATH, Type, refuse_unwritable, without_logins

Desired = t.Dict[str, t.Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Prop:
    """One option at one place of the XML.

    ``absent`` is what it means when the place is not there; writing that value removes the place (``drop``: this
    element instead). ``holds`` are places that have to have these values for the property to be there at all, and get
    them when it is written (``None``: must not be there): a disk's ``file`` goes with ``@type`` being ``file``.
    ``new`` is the value given to a new object that says nothing.

    Other places can have to do with it. ``fallback`` says it where ``path`` does not. ``clears`` are removed when it
    is written, for they would contradict it: places, or what makes them of the value. ``first`` sees to others before
    that. Where ``when`` says no, the element does not have the option.
    """

    option: str
    path: str
    type: Type
    apply: str = RESTART
    absent: t.Any = None
    drop: str = ""
    holds: t.Mapping[str, t.Optional[str]] = dataclasses.field(default_factory=dict)
    new: t.Any = None
    required: bool = False
    fallback: str = ""
    clears: t.Union[t.Tuple[str, ...], t.Callable[[t.Any], t.Iterable[str]]] = ()
    first: t.Optional[t.Callable[[Element, t.Any], None]] = None
    when: t.Optional[t.Callable[[Element], bool]] = None

    @functools.cached_property
    def within(self) -> t.FrozenSet[str]:
        """Tags of which the element has to have one for the option to be said at all; none: that depends."""
        steps = [xmlpath.split(path)[0] for path in (self.path, self.fallback) if path]
        at_path = type(self.type).read in AT_PATH and self.when is None and not self.holds
        return frozenset(one[0][0] for one in steps) if at_path and all(steps) else frozenset()

    @functools.cached_property
    def silent(self) -> t.Any:
        """What an element says that has none of the tags."""
        return self.read(xmlpath.element("none"))

    def read(self, root: Element) -> t.Any:
        """The value in the compared form, or ``absent``."""
        if self.when is not None and not self.when(root):
            return self.absent
        for place, text in self.holds.items():
            if text is not None and xmlpath.get_text(root, place) != text:
                return self.absent
        try:
            value = self.type.read(root, self.path)
            if value is None and self.fallback:
                value = self.type.read(root, self.fallback)
        except (ValueError, TypeError) as exc:
            raise InvalidOption("the value in the XML is not valid", self.option, "Correct it in the XML") from exc
        return self.absent if value is None else value

    def write(self, root: Element, value: t.Any) -> None:
        """Put the value, in the compared form, where it belongs."""
        if self.first is not None:
            self.first(root, value)
        for place in self.clears(value) if callable(self.clears) else self.clears:
            xmlpath.remove_all(root, place)
        if self.absent is not None and value == self.absent:
            xmlpath.remove(root, self.drop or self.path)
            return
        for place, text in self.holds.items():
            xmlpath.set_text(root, place, text)
        self.type.write(root, self.path, value)

    def show(self, value: t.Any) -> t.Any:
        """The value as a diff shows it."""
        return None if value is None else without_logins(self.type.show(value))


def everything(_element: Element) -> bool:
    """For ``leave``: a list that is never complete."""
    return True


@dataclasses.dataclass(frozen=True, eq=False)
class Items:
    """An option that is a complete list of elements.

    ``identity`` are tuples of options, the strongest first: an item matches the first free element that agrees in all
    of the tuple's options that the item states (and it has to state at least one). ``complete`` gives a new item the
    values that it does not state; ``implied`` are those that any item has that does not state them. ``select`` says
    which elements at the path the list is about, ``leave`` which of them may be there without being declared. ``drop``
    is the element around them that means nothing without any, and goes with the last. ``ordered``: the order of the
    elements has a meaning. ``apart`` says which two are not the same whatever they are identified by, of the options
    ``apart_by``.
    """

    option: str
    path: str
    members: t.Tuple[t.Any, ...]
    identity: t.Tuple[t.Tuple[str, ...], ...]
    apply: str = RESTART
    select: t.Callable[[Element], bool] = lambda _element: True
    leave: t.Callable[[Element], bool] = lambda _element: False
    complete: t.Callable[[Desired], Desired] = dict
    label: t.Callable[[t.Mapping[str, t.Any]], t.Optional[str]] = lambda _item: None
    drop: str = ""
    implied: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    ordered: bool = False
    apart: t.Callable[[t.Mapping[str, t.Any], t.Mapping[str, t.Any]], bool] = lambda _one, _other: False
    apart_by: t.Tuple[str, ...] = ()

    def elements(self, root: Element) -> t.List[Element]:
        """The elements that the list is about."""
        return [element for element in xmlpath.find_all(root, self.path) if self.select(element)]

    @functools.cached_property
    def by_option(self) -> t.Dict[str, t.Any]:
        """The members by their options."""
        return {entry.option: entry for entry in self.members}

    def read_items(self, root: Element) -> t.List[Item]:
        """What the elements below ``root`` say."""
        return [Item(self, element) for element in self.elements(root)]

    def name_of(self, item: t.Mapping[str, t.Any], position: int) -> str:
        """What an option path calls the item: the strongest identity it has, else its position."""
        name = self.label(item)
        for option in (option for options in self.identity for option in options):
            value = item.get(option)
            if name is None and value is not None and value is not False:
                name = option if value is True else str(value)
        return f"{self.option}[{position if name is None else without_logins(name)}]"


Table = t.Tuple[t.Any, ...]


class Item(t.Mapping[str, t.Any]):
    """What one element of a list says of its options, each read when it is asked for; ``dict`` of it is all.

    Devices have a hundred options, of which three identify it.
    """

    def __init__(self, entry: Items, element: Element) -> None:
        self._entry, self._element = entry, element
        self._known: Desired = {}

    def __getitem__(self, option: str) -> t.Any:
        if option not in self._known:
            entry = self._entry.by_option[option]
            self._known[option] = read((entry,), self._element).get(option)
        if self._known[option] is None:
            raise KeyError(option)
        return self._known[option]

    def __iter__(self) -> t.Iterator[str]:
        return (option for option in self._entry.by_option if option in self)

    def __len__(self) -> int:
        return sum(1 for _option in self)


def argument_spec(table: Table, extra: t.Optional[t.Mapping[str, t.Any]] = None) -> t.Dict[str, t.Any]:
    """The Ansible argument spec of a table. ``extra`` adds options (dotted too) that are not in it."""
    spec: t.Dict[str, t.Any] = {}
    entries: t.List[t.Tuple[str, t.Dict[str, t.Any]]] = []
    for entry in table:
        if isinstance(entry, Items):
            options = argument_spec(entry.members)
            entries.append((entry.option, {"type": "list", "elements": "dict", "options": options}))
        else:
            entries.append((entry.option, dict(entry.type.spec, **({"required": True} if entry.required else {}))))
    entries += [(option, dict(value)) for option, value in (extra or {}).items()]
    for option, value in entries:
        *parents, last = option.split(".")
        place = spec
        for parent in parents:
            # What is secret says so itself: nothing is because it is in a group called keywrap.
            place = place.setdefault(parent, {"type": "dict", "no_log": False, "options": {}})["options"]
        place[last] = value
    return spec


@functools.cache
def with_secrets(table: Table) -> Table:
    """The entries that are secret, or lists whose items have any that are."""
    return tuple(
        entry for entry in table if (with_secrets(entry.members) if isinstance(entry, Items) else entry.type.secret)
    )


def secret_options(table: Table) -> t.FrozenSet[str]:
    """The secret options, with those around them: ``graphics.password``."""
    found: t.Set[str] = set()
    for entry in with_secrets(table):
        inner = secret_options(entry.members) if isinstance(entry, Items) else ()
        found.update(f"{entry.option}.{option}" for option in inner)
        found.update([] if inner else [entry.option])
    return frozenset(found)


def without_secure(table: Table, desired: Desired) -> Desired:
    """Without the secrets that libvirt does not return over a read-only connection."""
    left = dict(desired)
    for entry in with_secrets(table):
        if entry.option in left and isinstance(entry, Items):
            left[entry.option] = [without_secure(entry.members, item) for item in left[entry.option]]
        elif entry.option in left and entry.type.spec.get("no_log"):
            del left[entry.option]
    return left


def lookup(params: t.Mapping[str, t.Any], option: str) -> t.Any:
    """The value of a dotted option in nested parameters, or ``None``."""
    value: t.Any = params
    for part in option.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


@functools.cache
def _grouped(table: Table) -> t.Dict[str, Table]:
    """The entries by the first part of their options: of some hundred groups a user writes ten."""
    groups: t.Dict[str, t.List[t.Any]] = {}
    for entry in table:
        groups.setdefault(entry.option.partition(".")[0], []).append(entry)
    return {group: tuple(entries) for group, entries in groups.items()}


def _stated(table: Table, params: t.Mapping[str, t.Any]) -> t.Iterator[t.Tuple[t.Any, t.Any]]:
    """The entries that ``params`` say something of, with what they say."""
    for group, entries in _grouped(table).items():
        if params.get(group) is not None:
            for entry in entries:
                value = lookup(params, entry.option)
                if value is not None:
                    yield entry, value


def normalise(table: Table, params: t.Mapping[str, t.Any], where: str = "") -> Desired:
    """What the user wrote, in the compared form. Options that are absent or ``None`` are left out.

    :raises InvalidOption: every mistake, with the option and its path below ``where``.
    """
    mistakes: t.List[FleetError] = []
    desired = _normalised(table, params, where, mistakes)
    if mistakes:
        raise together(mistakes)
    return desired


def _normalised(
    table: Table, params: t.Mapping[str, t.Any], where: str, mistakes: t.List[FleetError], of: str = ""
) -> t.Dict[str, t.Any]:
    """The same, with the ``mistakes`` put aside; ``of`` is the outermost list that the table is of."""
    desired: Desired = {}
    for entry, value in _stated(table, params):
        place = f"{where}.{entry.option}" if where else entry.option
        if isinstance(entry, Items):
            desired[entry.option] = [
                dict(
                    entry.implied,
                    **_normalised(entry.members, item, f"{place}[{position}]", mistakes, of or entry.option),
                )
                for position, item in enumerate(value)
            ]
            continue
        try:
            refuse_unwritable(value)
            desired[entry.option] = entry.type.parse(value)
        except FleetError as exc:
            exc.option = of or entry.option
            mistakes.append(exc.below(place))
    return desired


def read(table: Table, root: Element) -> Desired:
    """Everything that the XML says of a table's options; what is not there is left out."""
    found: Desired = {}
    tags = {child.tag for child in root}
    for entry in table:
        if isinstance(entry, Items):
            items = [read(entry.members, element) for element in entry.elements(root)]
            if items:
                found[entry.option] = items
        else:
            # Of hundreds of options a definition says a few: the others are not even looked for.
            value = entry.silent if entry.within and tags.isdisjoint(entry.within) else entry.read(root)
            if value is not None:
                found[entry.option] = value
    return found


def said(table: Table, root: t.Any) -> Desired:
    """The same, without what an empty element would say as well."""
    silent = read(table, root.makeelement(root.tag))
    return {option: value for option, value in read(table, root).items() if silent.get(option) != value}


def show(table: Table, desired: Desired) -> t.Dict[str, t.Any]:
    """Flat values as nested plain data in the user's words, secrets hidden."""
    shown: t.Dict[str, t.Any] = {}
    for entry in table:
        if desired.get(entry.option) is None:
            continue
        value = desired[entry.option]
        if isinstance(entry, Items):
            value = [show(entry.members, item) for item in value]
        else:
            value = None if value == entry.type.quiet else entry.show(value)
        if value is None:
            continue
        *parents, last = entry.option.split(".")
        place = shown
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return shown


def defaults(table: Table) -> Desired:
    """The values that a new object gets where nothing is said."""
    return {entry.option: entry.new for entry in table if isinstance(entry, Prop) and entry.new is not None}


def match(
    entry: Items, wanted: t.Sequence[t.Mapping[str, t.Any]], current: t.Sequence[t.Mapping[str, t.Any]]
) -> t.List[t.Optional[int]]:
    """For each wanted item the index of the current one that it is, or ``None``. The strongest identity goes first.

    A weaker one never matches items that a stronger one distinguishes: another MAC address is another interface.
    """
    found: t.List[t.Optional[int]] = [None] * len(wanted)
    free = list(range(len(current)))
    stronger: t.List[str] = []
    for options in entry.identity:
        # What states nothing stronger goes first: it has no other way to find the one that it is; then what states
        # more of this one, which fits fewer.
        said = [[option for option in options if item.get(option) is not None] for item in wanted]
        firmness = [(any(name in item for name in stronger), -len(said[one])) for one, item in enumerate(wanted)]
        for position in sorted(range(len(wanted)), key=firmness.__getitem__):
            item, stated = wanted[position], said[position]
            if found[position] is not None or not stated:
                continue
            for index in free:
                there = current[index]
                told_apart = any(
                    item.get(option) is not None and there.get(option) not in (None, item[option])
                    for option in stronger
                ) or entry.apart(item, there)
                if not told_apart and all(there.get(option) == item[option] for option in stated):
                    found[position] = index
                    free.remove(index)
                    break
        stronger += options
    return found


def patch(
    table: Table,
    root: Element,
    desired: Desired,
    prefix: str = "",
    parents: t.Tuple[Element, ...] = (),
    items: str = "",
) -> t.List[Change]:
    """Bring ``root`` to ``desired`` in place, touching nothing that is not stated, and say what that changed."""
    changes: t.List[Change] = []
    for entry in table:
        if entry.option not in desired:
            continue
        want = desired[entry.option]
        if isinstance(entry, Items):
            changes += _patch_items(entry, root, want, prefix, parents, items)
            continue
        before = entry.read(root)
        if before is None or not entry.type.same(before, want):
            entry.write(root, want)
            changes.append(
                Change(
                    prefix + entry.option,
                    entry.show(before if before is None else entry.type.about(before, want)),
                    entry.show(want),
                    apply=entry.apply,
                    items=items,
                    element=root,
                    parents=parents,
                    value=want,
                )
            )
    return changes


def _patch_items(
    entry: Items, root: Element, wanted: t.List[Desired], prefix: str, parents: t.Tuple[Element, ...], items: str
) -> t.List[Change]:
    changes: t.List[Change] = []
    elements = entry.elements(root)
    current = [Item(entry, element) for element in elements]
    matched = match(entry, wanted, current)
    around = parents + (root,)
    placed: t.List[Element] = []  # the elements in the order in which they are wanted
    name = items + "." + entry.option if items else entry.option
    for index, element in enumerate(elements):
        if index not in matched and not entry.leave(element):
            before = show(entry.members, dict(current[index]))
            option = prefix + entry.name_of(current[index], index)
            xmlpath.detach(element)
            changes.append(Change(option, before, None, entry.apply, "remove", name, element, around))
    for position, item in enumerate(wanted):
        index_or_none = matched[position]
        if index_or_none is not None:
            placed.append(elements[index_or_none])
            inner = patch(entry.members, elements[index_or_none], item, "", around, name)
            if inner:
                both: t.Mapping[str, t.Any] = collections.ChainMap(item, t.cast(t.Any, current[index_or_none]))
                within = prefix + entry.name_of(both, position) + "."
                changes += [dataclasses.replace(change, option=within + change.option) for change in inner]
            continue
        complete = entry.complete(dict(defaults(entry.members), **item))
        element = build(xmlpath.split(entry.path)[0][-1][0], entry.members, complete)
        xmlpath.append(root, entry.path, element)
        option = prefix + entry.name_of(complete, position)
        changes.append(Change(option, None, show(entry.members, complete), entry.apply, "add", name, element, around))
        placed.append(element)
    if entry.drop and not wanted:
        xmlpath.remove(root, entry.drop)
    return changes + (_reordered(entry, root, placed, elements, prefix) if entry.ordered else [])


def _reordered(
    entry: Items, root: Element, placed: t.List[Element], before: t.List[Element], prefix: str
) -> t.List[Change]:
    """Bring the elements into the order of ``placed``; a change when those that were there ``before`` move."""
    now = entry.elements(root)
    if now == placed:
        return []
    stayed = [element for element in now if element in before]
    wanted = [element for element in placed if element in before]
    parent = xmlpath.around(now[0])
    anchors = [root.makeelement("here") for _element in now]
    for element, anchor in zip(now, anchors):
        parent.replace(element, anchor)
    for element, anchor in zip(placed, anchors):
        parent.replace(anchor, element)
    if stayed == wanted:
        return []
    names = [
        [entry.name_of(Item(entry, element), index) for index, element in enumerate(order)]
        for order in (stayed, wanted)
    ]
    return [Change(prefix + entry.option, names[0], names[1], entry.apply)]


def build(tag: str, table: Table, desired: Desired) -> Element:
    """A new element ``tag`` with these values."""
    root = xmlpath.element(tag)
    patch(table, root, desired)
    return root
