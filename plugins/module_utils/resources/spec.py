# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An existing object as the options that declare it, in their smallest form. Changes nothing.

What a table knows becomes options, everything else goes into ``xml``. An option is left out where a new object without
it comes out just the same, and what libvirt generates (``xml/generated.py``) is left out anyway. A secret is shown as
the word that keeps it where it is (``xml/hidden.py``).
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import itertools
import re
import typing as t

from ..deps import Element, etree
from ..errors import FleetError, InvalidOption, InvalidXml, MissingReference
from ..xml import ignored, merge, parse, secrets
from ..xml import path as xmlpath
from ..xml import table as tables
from ..xml.remainder import remainder
from ..xml.types import HIDDEN
from .base import Key, Want, World
from .defined import DefinedKind
from .definition import DefinedState, option_of

#: How an info module shows objects; an option of those that can do either.
AS: t.Dict[str, t.Any] = {"as": {"type": "str", "choices": ["view", "spec"], "default": "view"}}


@dataclasses.dataclass
class Spec:
    """One object: the values of its table's options, and what goes into ``xml``.

    ``unsaid`` are options that would change the object whatever they say: what runs differs from the definition there.
    ``lost`` is what an object made from it would not have, ``refused`` why none could be made.
    """

    kind: DefinedKind
    state: DefinedState
    host: World
    values: tables.Desired
    xml: t.Optional[str] = None
    unsaid: t.List[str] = dataclasses.field(default_factory=list)
    lost: t.List[str] = dataclasses.field(default_factory=list)
    refused: str = ""

    @property
    def options(self) -> t.Dict[str, t.Any]:
        """As a user would write it."""
        options = self.kind.declared(self.state)
        options.update(say(in_specs(self.kind.table), self.values))
        return dict(options, **({"xml": self.xml} if self.xml else {}))

    @property
    def want(self) -> Want:
        """As the options are understood. :raises InvalidOption: they are not."""
        said = _with_defaults(self.kind.argument_spec(), self.options)
        return self.kind.want(dict(_nothing_said(self.kind), **said), "")

    def drop(self, option: t.Optional[str]) -> bool:
        """Do without an option, or all below it; false when that is none of the table's."""
        found = [one for one in self.values if option and (one + ".").startswith(option + ".")]
        found = found or [one for one in self.values if option and option.startswith(one + ".")]
        for one in found:
            del self.values[one]
        return bool(found)

    def complete(self) -> None:
        """Put what the options do not say into ``xml``."""
        there = self.stripped()
        said = built(self.kind, self.state.key, self.values, self.host)
        self.kind.definition.yield_to(there, said, self.values)
        _align(in_specs(self.kind.table), there, said)
        rest = remainder(there, said, self.kind.definition.identities)
        if rest is not None:
            etree.cleanup_namespaces(rest)
        self.xml = None if rest is None else parse.to_text(rest)

    def stripped(self) -> Element:
        """The definition without what libvirt generates."""
        return self.kind.definition.without_generated(self.shown(), self.host)

    def shown(self) -> Element:
        """The definition without its secrets."""
        return secrets.hidden(self.state.root)


def draft(kind: DefinedKind, state: DefinedState, host: World) -> Spec:
    """What can be said without a look at other objects. ``host`` needs none, but for those of this kind.

    :raises InvalidOption: the object cannot be declared at all (its name has a slash).
    """
    spec = Spec(kind, state, host, {})
    root, stripped = spec.shown(), spec.stripped()
    there = {
        entry.option: value
        for entry, value in _sayable(in_specs(kind.table), tables.read(in_specs(kind.table), stripped))
        # A list is complete: without those that libvirt generates it would say that they shall go, if they do not stay.
        if not isinstance(entry, tables.Items) or _to_name(entry, stripped) == _to_name(entry, root)
        if entry.option not in kind.definition.unsayable(root)
    }
    spec.values = _smallest(kind, state.key, there, host)
    _undo_new(spec, root, there)
    while True:
        spec.complete()
        try:
            _wanted = spec.want
        except InvalidOption as exc:  # what is there follows other rules: XML says it as it is
            if not spec.drop(exc.option):
                raise
        else:
            return spec


def _to_name(entry: tables.Items, root: Element) -> int:
    """How many of the elements a complete list has to name."""
    return sum(not entry.leave(element) for element in entry.elements(root))


def verify(spec: Spec, world: World) -> None:
    """Plan it, and leave out what would still change the object: what runs may differ from the definition.

    It is planned for a host without the object as well: what would be refused there as an option is said by ``xml``.
    """
    while True:
        want = spec.want
        try:
            for reference in want.references:
                if reference.lasting:
                    world.check_reference(reference)
            changed = [change for action in spec.kind.plan(want, world).actions for change in action.changes]
            new = None if changed else _made(spec, want, world)
        except (MissingReference, InvalidOption) as exc:  # what options say in part is said by XML as a whole
            if not spec.drop(exc.option):
                raise
            spec.complete()
            continue
        if not changed:
            spec.lost = [] if new is None else _lost(spec, new)
            return
        for option, change in {change.option: change for change in changed}.items():
            spec.unsaid.append(option)
            if not spec.drop(option_of(spec.kind.table, change)):
                _leave_out(spec, option)


def _made(spec: Spec, want: Want, world: World) -> t.Optional[Element]:
    """The definition that it makes on a host without the object; ``None``: there is none, for what else this host has.

    :raises InvalidOption: an option would be refused there, and is one of the table's.
    """
    noun, definition = spec.kind.noun, spec.kind.definition
    others = {key: state for key, state in world.current.get(noun, {}).items() if key != spec.state.key}
    elsewhere = dataclasses.replace(world, current=dict(world.current, **{noun: others}))
    spec.refused = ""
    try:
        definition.check_schema(want, elsewhere, None, definition.plan(want, elsewhere, None))
        return definition.created(want, elsewhere)[0]
    except InvalidOption as exc:
        if any(one.startswith((exc.option or ".") + ".") or one == exc.option for one in spec.values):
            raise
        spec.refused = str(exc)
    except InvalidXml as exc:
        spec.refused = str(exc)
    except FleetError:
        pass
    return None


def _lost(spec: Spec, new: Element) -> t.List[str]:
    """What a new object would not have, as paths."""
    identities = spec.kind.definition.identities
    there = spec.stripped()
    _align(in_specs(spec.kind.table), there, new)
    rest = remainder(there, new, identities)
    if rest is None:
        return []
    kept = xmlpath.without(rest, ignored.IGNORED.get(rest.tag, ()))  # what libvirt would not keep is no loss
    return [change.option for change in merge.merge(new, kept, identities)]


#: The part of a definition that a change of ``xml`` is in.
_PART = re.compile(r"xml:(?:(devices)/)?([\w.-]+)")


def _leave_out(spec: Spec, option: str) -> None:
    """Say nothing of the part of ``xml`` that has a place."""
    text, spec.xml = spec.xml, None
    found = _PART.match(option)
    if text is None or found is None:
        return
    root = parse.parse(text)
    parts = root.findall("/".join(filter(None, found.groups())))
    for one in parts:
        xmlpath.detach(one)
    if parts and (len(root) > 1 or any(len(one) or one.text for one in root)):
        spec.xml = parse.to_text(root)


def built(kind: DefinedKind, key: Key, values: tables.Desired, host: World) -> Element:
    """The definition that a new object with these values would get. :raises InvalidOption: they are too few for one."""
    others = {other: state for other, state in host.current.get(kind.noun, {}).items() if other != key}
    world = dataclasses.replace(host, current=dict(host.current, **{kind.noun: others}))
    params = _nothing_said(kind)
    want = Want(kind.noun, key, "", kind.states[0], dict(values), params)
    definition = kind.definition
    definition.check_new(want)
    root = definition.skeleton(want, world)
    definition.patch(want, root, dict(definition.new_values(want, world), **definition.resolved(want, world, None)))
    return root


@functools.cache
def _nothing_said(kind: DefinedKind) -> t.Mapping[str, t.Any]:
    """All options of a kind with their defaults."""
    return {option: one.get("default") for option, one in kind.argument_spec().items()}


def _with_defaults(spec: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Options with the defaults that Ansible gives to what is within them."""
    filled = {name: one["default"] for name, one in spec.items() if one.get("default") is not None}
    for name, value in options.items():
        inner = spec.get(name, {}).get("options")
        if inner and isinstance(value, list):
            value = [_with_defaults(inner, item) for item in value]
        elif inner and isinstance(value, dict):
            value = _with_defaults(inner, value)
        filled[name] = value
    return filled


def say(table: tables.Table, values: tables.Desired) -> t.Dict[str, t.Any]:
    """Values in compared form as the user writes them, nested."""
    said: t.Dict[str, t.Any] = {}
    for entry in table:
        if entry.option not in values:
            continue
        value = values[entry.option]
        *parents, last = entry.option.split(".")
        place = said
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = (
            [say(entry.members, item) for item in value] if isinstance(entry, tables.Items) else entry.type.show(value)
        )
    return said


def in_specs(table: tables.Table) -> tables.Table:
    """Without the lists that are never complete: libvirt fills them, and XML says what is in them besides."""
    return tuple(one for one in table if not (isinstance(one, tables.Items) and one.leave is tables.everything))


def _sayable(table: tables.Table, values: tables.Desired) -> t.Iterator[t.Tuple[t.Any, t.Any]]:
    """The values that an option can have, with their entries: nothing that no option accepts."""
    for entry in table:
        value = values.get(entry.option)
        if value is None:
            continue
        if isinstance(entry, tables.Items):
            yield entry, [{inner.option: one for inner, one in _sayable(entry.members, item)} for item in value]
        elif _accepted(entry, value):
            yield entry, value


def _accepted(entry: tables.Prop, value: t.Any) -> bool:
    said = entry.type.show(value)
    if HIDDEN in str(said) and not entry.type.secret:
        return False  # in XML it can stand for any value
    choices = entry.type.spec.get("choices")
    try:
        return (
            said is not None
            and (choices is None or all(one in choices for one in (said if isinstance(said, list) else [said])))
            and bool(entry.type.parse(said) == value)
        )
    except FleetError:
        return False


def _smallest(kind: DefinedKind, key: Key, values: tables.Desired, host: World) -> tables.Desired:
    """Without the options that make no difference to a new object."""
    kept = {
        entry.option: [_smallest_item(entry, item) for item in values[entry.option]]
        if isinstance(entry, tables.Items)
        else values[entry.option]
        for entry in in_specs(kind.table)
        if entry.option in values
    }
    table = in_specs(kind.table)
    full = tables.read(table, built(kind, key, kept, host))

    def without(entries: t.Collection[t.Any]) -> tables.Desired:
        options = {entry.option for entry in entries}
        return {option: value for option, value in kept.items() if option not in options}

    def differ(root: Element, of: tables.Table = table) -> t.List[t.Any]:
        return [entry for entry in of if not agree((entry,), full, tables.read((entry,), root))]

    can_go = [entry for entry in table if entry.option in kept and not getattr(entry, "required", False)]
    # Most are what an empty element says as well, and go together; those that make a difference then go one by one.
    unlike = differ(xmlpath.element(kind.definition.root_tag))
    together = [entry for entry in can_go if entry not in unlike]
    while together:
        try:
            unlike = differ(built(kind, key, without(together), host))
        except FleetError:  # a new object cannot do without
            break
        if not unlike:
            kept = without(together)
            break
        together = [entry for entry in together if entry not in unlike] if set(unlike) & set(together) else []
    for entry in [entry for entry in can_go if entry.option in kept]:
        less = without([entry])
        try:
            root = built(kind, key, less, host)
        except FleetError:  # as above
            continue
        # Most make a difference to themselves: then there is no need to look at the others.
        if not differ(root, (entry,)) and not differ(root):
            kept = less
    return kept


def _smallest_item(entry: tables.Items, item: tables.Desired) -> tables.Desired:
    """Without the options that a new item gets anyway. What it is known by stays."""
    kept = {
        inner.option: [_smallest_item(inner, one) for one in item[inner.option]]
        if isinstance(inner, tables.Items)
        else item[inner.option]
        for inner in entry.members
        if inner.option in item
    }
    known_by = next((options for options in entry.identity if any(option in kept for option in options)), ())
    full = _built_item(entry, kept)
    for inner in entry.members:
        needed = inner.option in known_by or (isinstance(inner, tables.Prop) and inner.required)
        if needed or inner.option not in kept:
            continue
        less = {option: value for option, value in kept.items() if option != inner.option}
        if agree((entry,), full, _built_item(entry, less)):
            kept = less
    return kept


def _built_item(entry: tables.Items, item: tables.Desired) -> tables.Desired:
    root = xmlpath.element("root")
    tables.patch((entry,), root, {entry.option: [item]})
    return tables.read((entry,), root)


def agree(table: tables.Table, one: tables.Desired, other: tables.Desired) -> bool:
    """Whether two readings say the same."""
    for entry in table:
        values = one.get(entry.option), other.get(entry.option)
        if values == (None, None):
            continue
        if isinstance(entry, tables.Items):
            lists = [value or [] for value in values]
            if len(lists[0]) != len(lists[1]):
                return False
            if not all(agree(entry.members, *pair) for pair in zip(*lists)):
                return False
        elif None in values or not _equal(entry, *values):
            return False
    return True


def _equal(entry: tables.Prop, one: t.Any, other: t.Any) -> bool:
    """Whether two values are one: what libvirt makes of an alias (``q35``) says more than that."""
    return bool(entry.type.same(one, other) and entry.type.same(other, one))


def _align(table: tables.Table, there: Element, said: Element) -> None:
    """Put what is ``there`` in the words that it is ``said`` with."""
    for entry in table:
        if isinstance(entry, tables.Items):
            for element, other in itertools.zip_longest(entry.elements(there), entry.elements(said)):
                if element is not None:
                    _align(entry.members, element, xmlpath.empty_like(element) if other is None else other)
            continue
        now, wanted = entry.read(there), entry.read(said)
        if None not in (now, wanted) and now != entry.absent and _equal(entry, now, wanted):
            _reword(entry, there, said)


def _reword(entry: tables.Prop, there: Element, said: Element) -> None:
    """Say an option's place as the table does (a netmask as a prefix), unless that would lose anything around it."""
    steps, attribute = xmlpath.split(entry.path)
    mine = xmlpath.find(there, steps)
    texts = [xmlpath.get_text(root, entry.path) for root in (there, said)]
    if mine is None or (attribute and (texts[0] == texts[1] or texts[1] is None)):
        return
    trial = copy.deepcopy(there)
    entry.write(trial, entry.read(said))
    new, other = xmlpath.find(trial, steps), xmlpath.find(said, steps)
    if new is None or other is None:
        return
    words = dict(new.attrib), new.text
    if any(value not in (mine.get(name), other.get(name)) for name, value in words[0].items()):
        return
    _set_words(new, dict(mine.attrib), mine.text)
    if _contents(trial) == _contents(there):
        _set_words(mine, *words)


def _contents(element: Element) -> t.Any:
    return element.tag, dict(element.attrib), element.text, [_contents(child) for child in element]


def _set_words(element: Element, attributes: t.Dict[str, str], text: t.Optional[str]) -> None:
    element.attrib.clear()
    element.attrib.update(attributes)
    element.text = text


def _undo_new(spec: Spec, root: Element, there: tables.Desired) -> None:
    """Say of what a new object would get, and this one has not, that it shall not have it."""
    made = built(spec.kind, spec.state.key, spec.values, spec.host)
    new = tables.read(in_specs(spec.kind.table), made)
    now = tables.read(in_specs(spec.kind.table), root)
    for entry in in_specs(spec.kind.table):
        option = entry.option
        if option in spec.values or option not in new or agree((entry,), dict(now, **there), new):
            continue
        if isinstance(entry, tables.Items):
            if not entry.elements(root) and not all(map(entry.leave, entry.elements(made))):
                spec.values[option] = []
        elif option in now:
            if _accepted(entry, now[option]):
                spec.values[option] = now[option]
        elif entry.absent is not None or entry.type.spec["type"] == "bool":
            spec.values[option] = False if entry.absent is None else entry.absent
