# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt starts an object from: the XML that a kind of object is defined by, and what it has to become. Pure."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import typing as t

from .. import rule
from ..deps import Element, etree
from ..diff import LIVE, RECREATE, Change, plain
from ..errors import FleetError, InvalidOption, InvalidXml, Refused, together
from ..plan import Action
from ..xml import generated, hidden, identities, merge, parse, schema, secrets
from ..xml import path as xmlpath
from ..xml import table as tables
from ..xml.identities import Identities
from ..xml.types import HIDDEN
from .base import Key, Want, World
from .operations import Define


@dataclasses.dataclass(frozen=True)
class DefinedState:
    """An object as it is now. ``definition`` is what the next start uses, ``live`` what runs (``None``: nothing)."""

    name: str
    definition: str
    live: t.Optional[str]
    persistent: bool
    autostart: bool

    @property
    def key(self) -> Key:
        """What identifies it."""
        return self.name

    @property
    def active(self) -> bool:
        return self.live is not None

    @property
    def running(self) -> t.Optional[str]:
        """What runs, or will when it is resumed."""
        return self.live

    @functools.cached_property
    def root(self) -> Element:
        """The definition, parsed: for reading, and for making copies."""
        return parse.parse(self.definition)

    @functools.cached_property
    def live_root(self) -> t.Optional[Element]:
        """What runs, parsed likewise, or ``None``."""
        return None if self.live is None else parse.parse(self.live)

    @property
    def root_now(self) -> Element:
        """What runs, or the definition of what does not."""
        return self.root if self.live_root is None else self.live_root


class Contradiction(InvalidOption):
    """``xml`` and an option say different things."""


def option_of(table: tables.Table, change: Change) -> str:
    """The table's own option that a change is about: for an item of a list, or a part of it, the list."""
    list_of = change.items or change.option
    return next((entry.option for entry in table if _within(list_of, entry.option)), change.option)


def _within(path: str, option: str) -> bool:
    return path == option or path.startswith((option + ".", option + "["))


class Definition:
    """The definitions of one kind of object. A kind may override the methods that come first; the others use these.

    :arg noun: of the kind.
    :arg table: its properties.
    :arg root_tag: the element that is defined.
    :arg schema_file: libvirt's RelaxNG schema for it, unless a definition is not checked with that.
    :arg rules: those about a changed definition as a whole, what is declared and what is there besides; and of what is
        new, about what is declared alone.
    :arg ruled: the properties that these are about, if not all.
    """

    def __init__(
        self,
        noun: str,
        table: tables.Table,
        root_tag: str,
        schema_file: str = "",
        rules: t.Tuple[rule.Rule, ...] = (),
        ruled: t.Optional[tables.Table] = None,
    ) -> None:
        self.noun, self.table, self.root_tag, self.schema_file = noun, table, root_tag, schema_file
        self.rules, self.ruled = rules, table if ruled is None else ruled
        self.of_xml = tuple(one for one in rules if one.in_xml)
        about = {next(filter(None, (*one.of, one.at))) for one in self.of_xml}
        self.table_of_xml = tuple(entry for entry in table if entry.option in about)

    def skeleton(self, want: Want, world: World) -> Element:
        """The XML that a new object starts from."""
        root = tables.build(self.root_tag, (), {})
        etree.SubElement(root, "name").text = want.name
        return root

    def new_values(self, want: Want, world: World) -> tables.Desired:
        """The values that a new object gets where nothing is said."""
        return tables.defaults(self.table)

    def resolved(self, want: Want, world: World, root: t.Optional[Element]) -> tables.Desired:
        """The declared values with references to other objects replaced by what they come to in ``root``: the
        definition, what runs, or ``None`` for a new object."""
        return want.values

    def seen_in(self, want: Want, world: World, root: Element) -> Want:
        """What is declared, without what does not apply to ``root``, the definition or what runs: a kind may say so."""
        return want

    def bring(self, want: Want, world: World, root: Element) -> t.List[Change]:
        """Bring ``root``, the definition or what runs, to what is declared, in place."""
        return self.patch(self.seen_in(want, world, root), root, self.resolved(want, world, root))

    def patch(self, want: Want, root: Element, values: tables.Desired) -> t.List[Change]:
        """Bring ``root`` to the declared values and the declared ``xml``, in place."""
        changes = tables.patch(self.table, root, values)
        if want.params.get("xml"):
            changes += merge.merge(root, self.stated(want), self.identities)
            try:
                contradicted = tables.patch(self.table, copy.deepcopy(root), values)
            except FleetError as exc:  # a value that cannot be read
                raise exc.below(want.at("xml")) from exc.__cause__
            if contradicted:
                change = contradicted[0]
                raise Contradiction(
                    f"xml says {plain(change.before)} where the option {change.option} says {plain(change.after)}",
                    where=want.at("xml"),
                    remedy="Keep it in one of the two",
                    option=option_of(self.table, change),
                )
        return changes

    def stated(self, want: Want) -> Element:
        """What ``xml`` says, as far as libvirt keeps it."""
        return merge.partial(want.params["xml"], self.root_tag, want.name, want.where)

    def with_xml(self, want: Want) -> Want:
        """A new object as it is declared, by options or in ``xml``, as far as its rules are about what that says."""
        if not want.params.get("xml"):
            return want
        stated = self.stated(want)
        try:
            said = tables.said(self.ruled, stated)
        except FleetError as exc:  # a value that cannot be read
            raise exc.below(want.at("xml")) from exc.__cause__
        return dataclasses.replace(want, values={**said, **want.values})

    def without_generated(self, root: Element, world: World) -> Element:
        """A definition without what libvirt would give any such object on this host (``xml/generated.py``)."""
        return xmlpath.without(root, generated.GENERATED.get(self.root_tag, ()))

    def unsayable(self, root: Element) -> t.AbstractSet[str]:
        """Options that do not say all that a definition has in their place."""
        return frozenset()

    def yield_to(self, there: Element, said: Element, values: tables.Desired) -> None:
        """Take from a new object, ``said`` with ``values``, what it would not get if ``xml`` said what is ``there``."""

    def operation(self, want: Want, root: Element, before: t.Optional[str], state: t.Optional[DefinedState]) -> Define:
        """What defines it as the XML ``root``."""
        return Define(parse.to_text(root), before)

    @property
    def identities(self) -> Identities:
        """What identifies the elements of its XML that may be there several times."""
        return identities.of(self.root_tag, self.table)

    def check_new(self, want: Want) -> None:
        """:raises InvalidOption: what a new object needs is missing."""
        rule.check(self.rules, rule.RuleValues(self.with_xml(want).values, want.values), rule.NEW, want.where)

    def created(self, want: Want, world: World) -> t.Tuple[Element, t.List[Change]]:
        """A new object's XML, and what of it was asked for. A default yields to what ``xml`` says.

        :raises InvalidOption: ``xml`` contradicts a declared option, or too little is declared.
        """
        self.check_new(want)
        root = self.skeleton(want, world)  # refuses what cannot be made
        declared, news = self.resolved(want, world, None), self.new_values(want, world)
        while True:
            try:
                return root, self.patch(want, root, dict(news, **declared))
            except Contradiction as exc:
                if exc.option in declared or exc.option not in news:
                    raise
                del news[exc.option]
                root = self.skeleton(want, world)

    def after(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.Tuple[Element, t.List[Change]]:
        """The XML that the next start uses once all is as declared, and what that changes in the definition."""
        if state is None:
            root, changes = self.created(want, world)
            # What the skeleton says, or its silence means, was never there.
            return root, [dataclasses.replace(change, before=None) for change in changes]
        root = copy.deepcopy(state.root)
        changes = self.bring(want, world, root)
        return root, changes if state.persistent else [*changes, Change("persistent", False, True, LIVE)]

    def root_after(self, want: Want, world: World) -> t.Optional[Element]:
        """The same, for what is planned for others: of one that is mistaken what is there, as its own plan says why."""

        def answer() -> t.Optional[Element]:
            state: t.Optional[DefinedState] = world.state(self.noun, want.key)
            try:
                return self.after(self.kept(want, world), world, state)[0]
            except FleetError:
                return None if state is None else state.root

        return t.cast(t.Optional[Element], world.once(("root_after", self.noun, want.key), answer))

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> t.List[Action]:
        """``define`` when the persistent definition is not as declared."""
        text = None if state is None else state.definition
        root, changes = self.after(want, world, state)
        if state is not None and not changes:
            return []
        refused = [change for change in changes if change.apply == RECREATE and change.before is not None]
        if refused:
            raise Refused(
                f"{refused[0].option} is {refused[0].before} and cannot be changed to {refused[0].after} in place",
                where=want.where or f"{self.noun} {want.name}",
                remedy="Declare what is there, or make it absent first and then anew",
            )
        if self.rules:
            after = rule.RuleValues(tables.read(self.ruled, root), want.values)
            rule.check(self.rules, after, rule.DEFINITION, want.where)
        if want.params.get("xml"):
            self._check_xml(want, root, state)
        define = self.operation(want, root, text and parse.to_text(parse.parse(text)), state)
        return [Action(self.noun, want.name, define, tuple(changes))]

    def _check_xml(self, want: Want, root: Element, state: t.Optional[DefinedState]) -> None:
        """What is declared as an option is right by now: what else is new comes from ``xml``."""
        before = {} if state is None else tables.read(self.table_of_xml, state.root)
        new: tables.Desired = {}
        for entry in self.table_of_xml:
            value, old = tables.read((entry,), root).get(entry.option), before.get(entry.option)
            if isinstance(entry, tables.Items):
                value = [item for item in value or () if item not in (old or ())]
            if value and value != old:
                new[entry.option] = value
        errors = rule.broken(self.of_xml, new)
        if errors:
            where = want.at("xml")
            raise together([InvalidOption(error.what, where, error.remedy, "xml") for error in errors])

    def check_schema(
        self, want: Want, world: World, state: t.Optional[DefinedState], actions: t.Sequence[Action]
    ) -> None:
        """Check a planned definition with libvirt's schema, when all else has been checked that says more.

        :raises InvalidXml: about ``xml`` only if what the options alone say is allowed.
        """
        defined = [action.operation.xml for action in actions if isinstance(action.operation, Define)]
        if not defined or not self.schema_file:
            return
        before, xml = None if state is None else state.definition, want.params.get("xml")
        try:
            schema.check(parse.parse(defined[0]), before, self.schema_file, xml, want.where)
        except InvalidXml:
            if xml:
                without = dataclasses.replace(want, params=dict(want.params, xml=None))
                with contextlib.suppress(InvalidOption):  # without it there is too little
                    schema.check(self.after(without, world, state)[0], before, self.schema_file, None, want.where)
            raise

    def kept(self, want: Want, world: World) -> Want:
        """What is declared, with the secrets of the definition where they shall stay.

        :raises InvalidOption: it has none there, with the option's path.
        """
        state: t.Optional[DefinedState] = world.state(self.noun, want.key)
        root = None if state is None else state.root
        values = hidden.values(self.table, want.values, root, want.where)
        if HIDDEN in (want.params.get("xml") or ""):
            stated = merge.partial(want.params["xml"], self.root_tag, want.name, want.where)
            xml = parse.to_text(hidden.partial(stated, root, self.identities, want.at("xml")))
            want = dataclasses.replace(want, params=dict(want.params, xml=xml))
        return dataclasses.replace(want, values=values)

    def without_secure(self, want: Want) -> Want:
        """What is declared, but for secrets that libvirt does not return over a read-only connection."""
        xml = want.params.get("xml")
        if xml:
            stated = merge.partial(xml, self.root_tag, want.name, want.where)
            for element, attribute in secrets.found(stated, secrets.SECURE):
                secrets.put(element, attribute, None)
            xml = parse.to_text(stated)
        values = tables.without_secure(self.table, want.values)
        return dataclasses.replace(want, values=values, params=dict(want.params, xml=xml))
