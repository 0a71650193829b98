# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of networks and domains as a whole; properties.py has their properties one by one."""

from __future__ import annotations

import collections
import inspect
import pathlib
import re

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS, NETWORK, POOL
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices.interfaces import _Is
from ansible_collections.kvm.fleet.plugins.module_utils.resources.shared.permissions import MODE
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import SECRET, UUID

from .properties import RECORDED, walk

TABLES = {kind.definition.root_tag if hasattr(kind, "definition") else kind.noun: kind.table for kind in KINDS}


@pytest.mark.parametrize("kind", [NETWORK, DOMAIN], ids=lambda kind: kind.noun)
def test_no_two_options_have_the_same_place(kind):
    places = [
        (tuple(one.option for one in items), prop.path, getattr(prop, "kind", None))
        for items, prop in walk(kind.table)
        if not isinstance(prop.type, _Is)
    ]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("kind", [NETWORK, DOMAIN], ids=lambda kind: kind.noun)
def test_every_option_is_in_the_argument_spec(kind):
    spec = kind.argument_spec()
    for items, prop in walk(kind.table):
        options = spec
        *parents, last = ".".join([*(one.option for one in items), prop.option]).split(".")
        for parent in parents:
            options = options[parent]["options"]
        assert options[last]["type"] == prop.type.spec["type"]


@pytest.mark.parametrize("name", [path.stem for path in sorted(RECORDED.glob("*.xml"))])
def test_declaring_what_is_there_changes_nothing(name):
    """What libvirt says of an object, declared as it is, is what is there: options, their order, identities."""
    root = parse.parse((RECORDED / f"{name}.xml").read_text())
    (kind,) = [kind for kind in (NETWORK, DOMAIN, POOL) if kind.definition.root_tag == root.tag]
    before = parse.to_text(root)
    assert tables.patch(kind.table, root, tables.read(kind.table, root)) == []
    assert parse.to_text(root) == before


ROOTS = [parse.parse(path.read_text()) for path in sorted(RECORDED.glob("**/*.xml"))]
EMPTY = [parse.parse(f"<{tag}/>") for tag in TABLES]


@pytest.mark.parametrize("root", ROOTS + EMPTY, ids=lambda root: f"{root.tag}-{root.findtext('name') or len(root)}")
def test_reading_a_table_leaves_no_option_out(root):
    """It does not even look for most of them."""
    read_one_by_one(TABLES[root.tag], root)


def read_one_by_one(table, root):
    found = tables.read(table, root)
    for entry in table:
        if isinstance(entry, tables.Items):
            for element in entry.elements(root):
                read_one_by_one(entry.members, element)
        else:
            assert found.get(entry.option) == entry.read(root), entry.option


def test_secrets_and_nothing_else_are_hidden():
    secret = [prop.option for kind in (NETWORK, DOMAIN) for _items, prop in walk(kind.table) if prop.type is SECRET]
    assert secret == ["password"]
    assert SECRET.show("geheim") != "geheim" and SECRET.spec["no_log"]
    assert UUID.show("x") == "x"


def test_every_mode_of_files_is_of_one_type():
    """What is no octal mode is refused for all of them, and so is one that YAML made another number of."""
    modes = {"permissions.mode", "fmode", "dmode"}
    found = [prop for kind in KINDS for _items, prop in walk(kind.table) if prop.option in modes]
    assert {prop.option for prop in found} == modes and all(prop.type is MODE for prop in found)
    assert MODE.parse("600") == MODE.load("0600") == "0600"
    for refused in (384, "9999", "rw", "01777", "-1"):
        with pytest.raises(InvalidOption):
            MODE.parse(refused)


def test_no_choices_of_two_files_are_written_in_both():
    """A new choice is to be one for all options that have it. Which types were made together, only the source says."""
    resources = pathlib.Path(inspect.getfile(tables)).parents[1] / "resources"
    found = collections.defaultdict(set)
    for path in resources.rglob("*.py"):
        for choices in re.findall(r'choice\(((?:"[^"]+",?\s*){2,})\)', path.read_text()):
            found[" ".join(choices.split()).rstrip(",")].add(path.stem)
    found.pop('"tcp", "udp"')  # of a service in DNS, and of ports that are forwarded to a guest: others may come to one
    assert {choices: sorted(where) for choices, where in found.items() if len(where) > 1} == {}
