# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every property of the tables with every kind of value that its type has: for test_properties.py."""

from __future__ import annotations

import copy
import functools
import itertools
import pathlib
import typing as t

from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import SizeType

from . import examples

RECORDED = pathlib.Path(__file__).parent.parent / "xml" / "recorded"
#: A recorded definition that has an item in every list of the kind's table, or, of a list, one in that; or a short one.
BASES = {
    "network": "every",
    "forward.interfaces": "macvtap",
    "domain": "legacy",
    "pool": "nfs",
    "source.hosts": "ceph",
    "config_options": "ceph",
    "volume": "volume/base.qcow2",
    "nwfilter": "nwfilter/web",
    "secret": "<secret ephemeral='no' private='no'><usage type='ceph'><name>client.admin</name></usage></secret>",
}


#: Of one option.
Values = list["Written"]


class Written(t.NamedTuple):
    """A value as a user writes it for ``prop``, which is in a list within lists (``items``, the outermost first)."""

    kind: Kind
    items: tuple[t.Any, ...]
    prop: t.Any
    value: t.Any

    @property
    def name(self) -> str:
        return f"{self.option}-{self.value}"

    @property
    def option(self) -> str:
        return ".".join([*(one.option for one in self.items), self.prop.option])

    @property
    def table(self) -> tables.Table:
        return self.items[-1].members if self.items else self.kind.table

    def normalised(self) -> tables.Desired:
        try:
            return tables.normalise((self.prop,), nested(self.prop.option, self.value))
        except InvalidOption as exc:
            raise AssertionError(f"{_SAY.format(self.option)} ({exc})") from exc


_SAY = "say in SPECIAL of examples.py what a user writes for {0}"


def written(kind: Kind) -> t.Iterator[Written]:
    """Every value of every property."""
    for items, prop in walk(kind.table):
        option = ".".join([*(one.option for one in items), prop.option])
        for value in _values(option, prop):
            if isinstance(value, str) and prop.type.spec.get("elements"):
                value = [value]
            if (kind.noun, option, value) not in examples.RESOLVED + examples.REFUSED:
                yield Written(kind, items, prop, value)


def in_schema(options: t.Iterable[Values]) -> list[Values]:
    """Those that the schema of the oldest libvirt here has a place for."""
    checked = ([one for one in values if not one.name.startswith(tuple(examples.NOT_CHECKED))] for values in options)
    return [values for values in checked if values]


def by_option(values: t.Iterable[Written]) -> list[Values]:
    """One test takes all values of an option: pytest costs more than most of them do."""
    return [list(group) for _option, group in itertools.groupby(values, lambda one: (one.kind.noun, one.option))]


def name(values: Values) -> str:
    """What a test of them is called."""
    return f"{values[0].kind.noun}.{values[0].option}"


def each(check: t.Callable[[Written], None], values: Values) -> None:
    """Check them all; a failure says which it is about."""
    for one in values:
        try:
            check(one)
        except Exception as exc:
            exc.add_note(f"with {one.name}")
            raise


def _values(option: str, prop: t.Any) -> list[t.Any]:
    """What a user may write."""
    for of_type, values in examples.OF_TYPE:
        if prop.type is of_type and option not in examples.SPECIAL:
            return values
    if isinstance(prop.type, SizeType) and option not in examples.SPECIAL:
        return ["4MiB"]
    spec = prop.type.spec
    values = examples.SPECIAL.get(option) or spec.get("choices") or examples.WRITTEN.get(spec["type"], [])
    assert values, _SAY.format(option)
    return [one for one in values if not (isinstance(one, int) and _out_of_range(prop, one))] or [1024]


def _out_of_range(prop: t.Any, number: int) -> bool:
    try:
        prop.type.parse(number)
    except InvalidOption:
        return True
    return False


def walk(table: tables.Table, items: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[tuple[t.Any, ...], t.Any]]:
    for entry in table:
        if isinstance(entry, tables.Items):
            yield from walk(entry.members, (*items, entry))
        else:
            yield items, entry


def place(one: Written) -> tuple[t.Any, t.Any]:
    """A realistic definition of one's own, and the element in it that the innermost list's first item is."""
    root = copy.deepcopy(_definition(one.kind, one.items))
    return root, _first(root, one.items)


@functools.cache
def _definition(kind: Kind, items: tuple[t.Any, ...]) -> t.Any:
    base = BASES.get(items[0].option if items else "") or BASES.get(kind.noun)
    assert base is not None, f"name a definition of a {kind.noun} in BASES of properties.py"
    root = element = parse.parse(base if base.startswith("<") else (RECORDED / f"{base}.xml").read_text())
    for number, entry in enumerate(items):
        if not entry.elements(element):
            table = items[number - 1].members if number else kind.table
            path = ".".join(one.option for one in items[: number + 1])
            beside = examples.AROUND.get(path, examples.AROUND.get(entry.option, {}))
            least = examples.LEAST.get(path, examples.LEAST.get(entry.option))
            assert least is not None, f"the test does not know what {path} needs: add it to LEAST in examples.py"
            around = {**beside, **nested(entry.option, [least])}
            tables.patch(table, element, tables.normalise(table, merged(beside, around)))
        element = entry.elements(element)[0]
    return root


def _first(root: t.Any, items: tuple[t.Any, ...]) -> t.Any:
    for entry in items:
        root = entry.elements(root)[0]
    return root


@functools.cache
def _said(kind: Kind, items: tuple[t.Any, ...]) -> tables.Desired:
    """All options of the element as they are before anything is written."""
    return tables.read(items[-1].members if items else kind.table, _first(_definition(kind, items), items))


@functools.cache
def _schema(kind: Kind) -> t.Any:
    return etree.RelaxNG(file=f"/usr/share/libvirt/schemas/{kind.definition.schema_file}")


@functools.cache
def _is_valid(kind: Kind, items: tuple[t.Any, ...]) -> bool:
    return bool(_schema(kind).validate(_definition(kind, items)))


def merged(one: dict[str, t.Any], other: dict[str, t.Any]) -> dict[str, t.Any]:
    """Nested options together."""
    result = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def nested(option: str, value: t.Any) -> dict[str, t.Any]:
    for part in reversed(option.split(".")):
        value = {part: value}
    return value


def check_reads_as_written(one: Written) -> None:
    root, element = place(one)
    desired = one.normalised()
    value = desired[one.prop.option]
    tables.patch((one.prop,), element, desired)
    assert one.prop.type.same(one.prop.read(element), value)
    assert tables.patch((one.prop,), element, desired) == [], "the second time there is nothing to change"
    # Also after libvirt has had it: as text and back.
    again = _first(parse.parse(parse.to_text(root)), one.items)
    assert tables.patch((one.prop,), again, desired) == []


def check_place_in_schema(one: Written) -> None:
    assert _is_valid(one.kind, one.items), (
        f"what LEAST in examples.py has for {one.name} is not enough for the schema of the libvirt here; if that is "
        "too old, put the option into NOT_CHECKED with the version that has it"
    )
    root, element = place(one)
    beside = max((start for start in examples.COMPANIONS if one.name.startswith(start)), key=len, default="")
    declared = merged(examples.COMPANIONS.get(beside, {}), nested(one.prop.option, one.value))
    schema = _schema(one.kind)
    if len(one.items) == 1 and one.items[0].option in examples.FRESH:
        values = {**tables.defaults(one.table), **tables.normalise(one.table, declared)}
        new = tables.build(element.tag, one.table, one.items[0].complete(values))
        element.getparent().replace(element, new)
        assert schema.validate(root), declared
        return
    tables.patch(one.table, element, tables.normalise(one.table, declared))
    assert schema.validate(root), (
        f"{etree.tostring(element, pretty_print=True).decode()}is not valid for the libvirt here: say in COMPANIONS of "
        f"examples.py what {one.name} needs beside it, or in NOT_CHECKED which libvirt has it"
    )


def check_touches_no_other_option(one: Written) -> None:
    _root, element = place(one)
    tables.patch((one.prop,), element, one.normalised())
    before, after = _said(one.kind, one.items), tables.read(one.table, element)
    told = {option for option in {*before, *after} if before.get(option) != after.get(option)}
    sources = {other.option for other in one.table if hasattr(one.prop, "kind") and hasattr(other, "kind")}
    assert told <= {one.prop.option, *sources, *examples.BELONG_TOGETHER.get(one.prop.option, ())}
