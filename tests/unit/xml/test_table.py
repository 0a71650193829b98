# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths and tables on XML that is small enough to see."""

from __future__ import annotations

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml import path as xmlpath
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables
from ansible_collections.kvm.fleet.plugins.module_utils.xml.table import Items, Prop
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import (
    INT,
    LINES,
    MAC,
    ON_OFF,
    PATH,
    PRESENCE,
    SECRET,
    STR,
    choice,
    size,
    values,
)


def plain(xml: str | etree._Element) -> str:
    return etree.tostring(parse.parse(xml) if isinstance(xml, str) else xml, encoding="unicode")


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("<a/>", "b", "<a><b>x</b></a>"),
        ("<a/>", "b/c/@d", "<a><b><c d='x'/></b></a>"),
        ("<a/>", "@d", "<a d='x'/>"),
        ("<a><b k='1'/><b k='2'/></a>", "b[@k='2']/c", "<a><b k='1'/><b k='2'><c>x</c></b></a>"),
        ("<a><b k='1'/></a>", "b[@k='2']/@c", "<a><b k='1'/><b k='2' c='x'/></a>"),
    ],
)
def test_writing_creates_missing_elements_and_removing_deletes_them(before, path, after):
    root = parse.parse(before)
    assert xmlpath.get_text(root, path) is None
    xmlpath.set_text(root, path, "x")
    assert plain(root) == plain(after)
    assert xmlpath.get_text(root, path) == "x"
    xmlpath.set_text(root, path, None)
    assert xmlpath.get_text(root, path) is None


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("<a><b><c d='1'/></b></a>", "b/c/@d", "<a/>"),
        ("<a><b><c d='1' e='2'/></b></a>", "b/c/@d", "<a><b><c e='2'/></b></a>"),
        ("<a><b e='2'><c d='1'/></b></a>", "b/c/@d", "<a><b e='2'/></a>"),
        ("<a><b><c>t</c><e/></b></a>", "b/c", "<a><b><e/></b></a>"),
        ("<a><b>t<c/></b></a>", "b/c", "<a><b>t</b></a>"),
        ("<a d='1'/>", "@d", "<a/>"),
        ("<a><b/></a>", "nowhere/@at", "<a><b/></a>"),
    ],
)
def test_removing_deletes_only_elements_that_become_empty(before, path, after):
    root = parse.parse(before)
    xmlpath.remove(root, path)
    assert plain(root) == plain(after)


def test_a_new_element_is_inserted_after_its_siblings():
    root = parse.parse("<a><b n='1'/><b n='2'/><c/></a>")
    xmlpath.append(root, "b", etree.Element("b", n="3"))
    xmlpath.append(root, "d/e", etree.Element("e"))
    assert plain(root) == plain("<a><b n='1'/><b n='2'/><b n='3'/><c/><d><e/></d></a>")


def test_an_invalid_path_is_refused():
    with pytest.raises(ValueError, match="not a path"):
        xmlpath.split("a[b]")


DISKS = Items(
    "disks",
    "devices/disk",
    (Prop("target", "target/@dev", STR), Prop("alias", "alias/@name", STR), Prop("file", "source/@file", STR)),
    identity=(("target",), ("alias",), ("file",)),
)


@pytest.mark.parametrize(
    ("wanted", "current", "found"),
    [
        ([{"target": "b"}, {"target": "a"}], [{"target": "a"}, {"target": "b"}], [1, 0]),
        ([{"target": "c"}], [{"target": "a"}], [None]),
        # The strongest first, whoever comes first.
        ([{"file": "x"}, {"target": "a", "file": "x"}], [{"target": "a", "file": "x"}], [None, 0]),
        # A weaker one does not match what a stronger one distinguishes.
        ([{"target": "b", "file": "x"}], [{"target": "a", "file": "x"}], [None]),
        ([{"target": "b", "file": "x"}], [{"file": "x"}], [0]),
        # Nothing stated, nothing matched; and none twice.
        ([{}], [{"target": "a"}], [None]),
        ([{"file": "x"}, {"file": "x"}], [{"target": "a", "file": "x"}], [0, None]),
        ([{"file": "x"}, {"file": "x"}], [{"target": "a", "file": "x"}, {"target": "b", "file": "x"}], [0, 1]),
        ([], [{"target": "a"}], []),
    ],
)
def test_items_are_matched_by_identity_and_never_by_position(wanted, current, found):
    assert tables.match(DISKS, wanted, current) == found


def test_what_states_more_of_an_identity_is_matched_first():
    servers = Items("hosts", "host", (Prop("name", "@name", STR), Prop("port", "@port", STR)), (("name", "port"),))
    wanted = [{"name": "a"}, {"name": "a", "port": "2"}]
    assert tables.match(servers, wanted, [{"name": "a", "port": "2"}, {"name": "a", "port": "1"}]) == [1, 0]
    assert tables.match(servers, wanted, [{"name": "a", "port": "2"}]) == [None, 0]


def test_a_complete_list_removes_and_adds_items_and_keeps_the_others():
    root = parse.parse(
        "<domain><devices><disk a='kept'><target dev='a'/><source file='1'/><x/></disk><emulator/>"
        "<disk><target dev='b'/></disk></devices></domain>"
    )
    table = (DISKS,)
    changes = tables.patch(table, root, {"disks": [{"target": "c"}, {"target": "a", "file": "2"}]})
    assert plain(root) == plain(
        "<domain><devices><disk a='kept'><target dev='a'/><source file='2'/><x/></disk><disk><target dev='c'/></disk>"
        "<emulator/></devices></domain>"
    )
    assert [(change.option, change.op, change.before, change.after) for change in changes] == [
        ("disks[b]", "remove", {"target": "b"}, None),
        ("disks[c]", "add", None, {"target": "c"}),
        ("disks[a].file", "set", "1", "2"),
    ]


def test_an_undeclared_option_is_not_managed_but_an_empty_list_is():
    text = "<domain><devices><disk><target dev='a'/></disk></devices></domain>"
    for options, left in (({}, 1), ({"disks": None}, 1), ({"disks": []}, 0)):
        root = parse.parse(text)
        tables.patch((DISKS,), root, tables.normalise((DISKS,), options))
        assert len(root.findall("devices/disk")) == left


@pytest.mark.parametrize(
    ("type_", "written", "message"),
    [
        (size(), "2XB", "'2XB' is not a size"),
        (MAC, "52:54", "is not a MAC address"),
        (MAC, "41137505405", "Quote it"),  # what YAML makes of 52:54:00:11:10:05
        (PATH, "relative/path", "'relative/path' is not an absolute path. Start it with /."),
        (PATH, "/a\0b", "control characters are not accepted"),
        (STR, "a\x1bb", "control characters are not accepted"),
        (STR, "a\ud800b", "control characters are not accepted"),
        (STR, "a\uffffb", "control characters are not accepted"),
        (STR, "a\nb", "a line break is not accepted here"),
        (LINES, "a\nb\x00", "control characters are not accepted"),
    ],
)
def test_an_invalid_value_is_refused_with_its_place(type_, written, message):
    table = (Items("disks", "disk", (Prop("a.b", "@b", type_),), identity=()),)
    with pytest.raises(InvalidOption) as refused:
        tables.normalise(table, {"disks": [{}, {"a": {"b": written}}]}, "domains[web1]")
    assert str(refused.value).startswith("domains[web1].disks[1].a.b: ")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("type_", "xml", "value"),
    [
        (size(), "<a><b unit='MiB'>2</b></a>", 2 * 1024**2),
        (size(), "<a><b>2</b></a>", 2048),
        (size(default_unit="bytes"), "<a><b>2048</b></a>", 2048),
        (size(), "<a><b/></a>", None),
        (PRESENCE, "<a><b/></a>", True),
        (PRESENCE, "<a/>", False),
        (ON_OFF, "<a><b>on</b></a>", True),
        (INT, "<a><b>-1</b></a>", -1),
        (values(STR), "<a><b>z</b><b>a</b></a>", ["z", "a"]),
        (values(STR, ordered=False), "<a><b>z</b><b>a</b></a>", ["a", "z"]),
    ],
)
def test_xml_reads_as_the_compared_form(type_, xml, value):
    assert type_.read(parse.parse(xml), "b") == value


@pytest.mark.parametrize(
    ("step", "written", "read"), [(1024, "1000 bytes", 1024), (1024, "1GB", 976563 * 1024), (512, "513", 1024)]
)
def test_a_size_is_rounded_up_as_libvirt_does(step, written, read):
    assert size(step).parse(written) == read


def test_an_argument_spec_nests_dotted_options():
    table = (Prop("a.b", "@b", choice("x", "y")), Prop("c", "@c", SECRET, required=True), DISKS)
    spec = tables.argument_spec(table, {"a.z": {"type": "int"}})
    assert spec["a"] == {
        "type": "dict",
        "no_log": False,
        "options": {"b": {"type": "str", "choices": ["x", "y"]}, "z": {"type": "int"}},
    }
    assert spec["c"] == {"type": "str", "no_log": True, "required": True}
    assert spec["disks"]["type"] == "list" and set(spec["disks"]["options"]) == {"target", "alias", "file"}


def test_nested_secrets_are_hidden():
    table = (Items("graphics", "g", (Prop("password", "@p", SECRET), Prop("a.size", "@s", size())), identity=()),)
    desired = tables.normalise(table, {"graphics": [{"password": "s3cr3t-!", "a": {"size": "2GiB"}}]})
    assert tables.show(table, desired) == {"graphics": [{"password": "(hidden)", "a": {"size": "2GiB"}}]}
    root = parse.parse("<d><g p='old'/></d>")
    changes = tables.patch(table, root, desired)
    assert "s3cr3t-!" not in repr([change.public() for change in changes]) and "old" not in repr(changes)
