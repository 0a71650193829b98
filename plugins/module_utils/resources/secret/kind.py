# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: definition and value. A value is compared where it can be, and shown nowhere."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t

from ...connection import find
from ...deps import Element
from ...diff import LIVE, Change
from ...errors import InvalidOption, Refused
from ...plan import Action, Operation, Plan
from ...rule import check
from ...xml import parse
from ...xml import table as tables
from ...xml.types import HIDDEN, SECRET, nothing_to_keep
from ..activity import Activity
from ..base import Executors, Key, Session, Want, World
from ..defined import DefinedKind
from ..definition import DefinedState, Definition
from ..spec import AS
from . import records
from .references import new_uuid
from .rules import RULES
from .table import NAMED_BY, NONE, TABLE

_VALUES = ("value", "value_base64")


@dataclasses.dataclass(frozen=True)
class SecretState(DefinedState):
    """A secret as it is now. ``value`` is ``None`` when it has none, or it may not be read.

    ``known`` is what is remembered of a value that may not be read, ``empty`` that there surely is none.
    """

    value: t.Optional[bytes] = dataclasses.field(default=None, repr=False)
    known: t.Optional[records.Fingerprint] = None
    empty: bool = False

    @property
    def key(self) -> t.Tuple[str, str]:
        values = tables.read(TABLE, parse.parse(self.definition))
        return (values["usage"], values["uuid"] if values["usage"] == NONE else values["name"])

    @property
    def private(self) -> bool:
        return parse.parse(self.definition).get("private") == "yes"

    def has(self, value: bytes) -> bool:
        """Whether its value is known to be this one."""
        if self.private:
            return self.known is not None and self.known.fits(value)
        return self.value == value


@dataclasses.dataclass(eq=False, repr=False)
class SetValue(Operation):
    verb = "set_value"
    key: t.Tuple[str, str]
    value: bytes


@dataclasses.dataclass(eq=False, repr=False)
class Undefine(Operation):
    verb = "undefine"
    key: t.Tuple[str, str]


class SecretDefinition(Definition):
    """What libvirt does not return of a secret is its value."""

    def skeleton(self, want: Want, world: World) -> Element:
        if "uuid" in want.values or want.key[0] == NONE:
            return tables.build(self.root_tag, (), {})
        return tables.build(self.root_tag, self.table, {"uuid": new_uuid(t.cast("t.Tuple[str, str]", want.key))})


class SecretActivity(Activity):
    """A secret's value, which it has or has not."""

    def plan(self, want: Want, world: World, state: t.Optional[DefinedState]) -> Plan:
        there = t.cast(t.Optional[SecretState], state)
        for option in _VALUES:
            if want.params.get(option) == HIDDEN and (there is None or there.empty):
                raise nothing_to_keep(want.at(option))
        value = _value(want)
        if value is None or (there is not None and there.has(value)):
            return Plan()
        unknown = there is not None and (there.private or there.value is not None)
        change = Change("value", HIDDEN if unknown else None, HIDDEN, LIVE)
        key = t.cast("t.Tuple[str, str]", want.key)
        return Plan((Action(self.noun, want.name, SetValue(key, value), (change,)),))

    def plan_absent(self, want: Want, world: World, state: DefinedState) -> t.List[Action]:
        return [Action(self.noun, want.name, Undefine(t.cast("t.Tuple[str, str]", want.key)))]


class Secret(DefinedKind):
    """``kvm.fleet.secret``."""

    noun, plural = "secret", "secrets"
    table = TABLE
    rules = RULES
    options = {**dict.fromkeys(_VALUES, SECRET.spec), "xml": {"type": "str"}}
    confidential = ("xml",)
    info_options = {
        "usage": {"type": "str", "choices": list(NAMED_BY)},
        "name": {"type": "str"},
        "uuid": {"type": "str"},
        **AS,
    }
    needs_write_access = True
    definition = SecretDefinition("secret", TABLE, "secret", "secret.rng")
    activity = SecretActivity(definition)

    def argument_spec(self) -> t.Dict[str, t.Any]:
        spec = super().argument_spec()
        spec["name"] = {"type": "str"}  # one of no usage has none
        return spec

    def key(self, params: t.Mapping[str, t.Any]) -> Key:
        """libvirt allows one secret for each usage; those of no usage are identified by their UUIDs."""
        values = tables.normalise(self.table, params)
        return (values["usage"], values["uuid"] if values["usage"] == NONE else values["name"])

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        values = tables.normalise(self.table, params, where)
        key = (values["usage"], values.get("uuid" if values["usage"] == NONE else "name", ""))
        want = Want(self.noun, key, where, params["state"], values, params)
        check(self.rules, want.with_options(_VALUES), where=where)
        _value(want)  # that it has a meaning
        return want

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[t.Any]:
        asked = tables.normalise(self.table, {option: params[option] for option in ("usage", "name", "uuid")})
        found = set()
        for key, state in self.read(session, set()).items():
            there = tables.read(self.table, parse.parse(state.definition))
            if all(there.get(option) == value for option, value in asked.items()):
                found.add(key)
        return found

    def read(self, session: Session, keys: t.Set[t.Any]) -> t.Dict[t.Any, SecretState]:
        """All secrets, since a declared UUID may be that of another; values of those of ``keys`` only."""
        states = {}
        for secret in session.connection.listAllSecrets():
            text = find(secret.XMLDesc)
            if text is None:
                continue
            state = SecretState(secret.UUIDString(), text, None, True, False)
            if state.key in keys and not session.readonly:
                state = _with_value(session, secret, state)
            states[state.key] = state
        return states

    def declared(self, state: DefinedState) -> t.Dict[str, t.Any]:
        return {} if t.cast(SecretState, state).empty else {"value": HIDDEN}

    def plan(self, want: Want, world: World) -> Plan:
        for key, other in world.current[self.noun].items():
            if key != want.key and other.name == want.values.get("uuid"):
                raise Refused(
                    f"this is the UUID of the secret {'/'.join(key)}",
                    where=want.at("uuid"),
                    remedy="Declare that one, or use another UUID",
                )
        return super().plan(want, world)

    def executors(self) -> Executors:
        from .apply import EXECUTORS

        return EXECUTORS

    def show(self, state: DefinedState) -> t.Dict[str, t.Any]:
        shown = {"name": None, "description": None}
        return dict(shown, **tables.show(self.table, tables.read(self.table, parse.parse(state.definition))))


def _with_value(session: Session, secret: t.Any, state: SecretState) -> SecretState:
    if not state.private:
        value = find(secret.value)
        return dataclasses.replace(state, value=value, empty=value is None)
    known = records.read(session.uri, session.local, state.name)
    return dataclasses.replace(state, known=known, empty=records.is_empty(session.local, state.name))


def _value(want: Want) -> t.Optional[bytes]:
    """The declared value, if it is not the one that is there. :raises InvalidOption: it is none; without showing it."""
    text, encoded = (None if want.params.get(one) == HIDDEN else want.params.get(one) for one in _VALUES)
    try:
        value = text.encode() if text is not None else None
        if encoded is not None:
            value = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidOption(
            "this is not base64", where=want.at("value_base64"), remedy="Encode it, or use value for a text"
        ) from None
    if value == b"":
        option = "value" if encoded is None else "value_base64"
        raise InvalidOption("a secret cannot have an empty value", where=want.at(option), remedy="Declare a value")
    return value
