# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are declared as they are shown: what is there stays, and where nothing is that is an error."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.xml import hidden, merge, parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml.table import Items, Prop
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import SECRET, STR, confidential, values

from .document_identities import KINDS

QEMU = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

TABLE = (
    Prop("title", "title", STR),
    Prop("key", "key", SECRET),
    Prop("strings", "s/entry", values(confidential(STR))),
    Items("screens", "screen", (Prop("type", "@type", STR), Prop("password", "@p", SECRET)), identity=(("type",),)),
)
THERE = parse.parse(
    "<a><key>k</key><s><entry>one</entry><entry>two</entry></s><screen type='x' p='px'/><screen type='y'/></a>"
)


def test_hidden_is_replaced_by_the_present_value():
    desired = {
        "title": "(hidden)",
        "key": "(hidden)",
        "strings": ["new", "(hidden)"],
        "screens": [{"type": "y", "password": "new"}, {"type": "x", "password": "(hidden)"}],
    }
    assert hidden.values(TABLE, desired, THERE) == {
        "title": "(hidden)",  # which is no secret
        "key": "k",
        "strings": ["new", "two"],
        "screens": [{"type": "y", "password": "new"}, {"type": "x", "password": "px"}],
    }


def test_values_without_hidden_are_left_alone():
    desired = {"key": "mine", "screens": [{"type": "x", "password": "p"}]}
    assert hidden.values(TABLE, desired, None) is desired


@pytest.mark.parametrize(
    ("desired", "root", "where"),
    [
        ({"key": "(hidden)"}, None, "domains[a].key"),
        ({"key": "(hidden)"}, parse.parse("<a/>"), "domains[a].key"),
        ({"strings": ["x", "y", "(hidden)"]}, THERE, "domains[a].strings[2]"),
        ({"screens": [{"type": "x"}, {"type": "y", "password": "(hidden)"}]}, THERE, "domains[a].screens[1].password"),
        ({"screens": [{"type": "z", "password": "(hidden)"}]}, THERE, "domains[a].screens[0].password"),
    ],
)
def test_hidden_without_a_present_value_names_the_option(desired, root, where):
    with pytest.raises(InvalidOption) as caught:
        hidden.values(TABLE, desired, root, "domains[a]")
    assert caught.value.where == where and caught.value.remedy


DEFINED = f"""<domain {QEMU}><title>t</title>
  <devices><graphics type='vnc' passwd='pv'/><graphics type='spice'/></devices>
  <qemu:commandline><qemu:arg value='-a'/><qemu:arg value='one'/><qemu:arg value='-b'/><qemu:arg value='two'/>
  <qemu:env name='X' value='ex'/><qemu:env name='Y' value='ey'/></qemu:commandline></domain>"""


@pytest.mark.parametrize(
    ("stated", "filled"),
    [
        ("<domain><title>(hidden)</title></domain>", "<domain><title>t</title></domain>"),
        (
            "<domain><devices><graphics type='vnc' passwd='(hidden)'/></devices></domain>",
            "<domain><devices><graphics type='vnc' passwd='pv'/></devices></domain>",
        ),
        (
            f"<domain {QEMU}><qemu:commandline><qemu:env name='Y' value='(hidden)'/></qemu:commandline></domain>",
            f"<domain {QEMU}><qemu:commandline><qemu:env name='Y' value='ey'/></qemu:commandline></domain>",
        ),
        (  # what is said in full takes its own
            f"""<domain {QEMU}><qemu:commandline><qemu:arg value='-a'/><qemu:arg value='(hidden)'/>
                <qemu:arg value='-b'/><qemu:arg value='(hidden)'/></qemu:commandline></domain>""",
            f"""<domain {QEMU}><qemu:commandline><qemu:arg value='-a'/><qemu:arg value='one'/>
                <qemu:arg value='-b'/><qemu:arg value='two'/></qemu:commandline></domain>""",
        ),
        (
            f"""<domain {QEMU}><qemu:commandline><qemu:arg value='(hidden)'/><qemu:arg value='one'/>
                <qemu:arg value='-a'/><qemu:arg value='-b'/></qemu:commandline></domain>""",
            f"""<domain {QEMU}><qemu:commandline><qemu:arg value='two'/><qemu:arg value='one'/>
                <qemu:arg value='-a'/><qemu:arg value='-b'/></qemu:commandline></domain>""",
        ),
    ],
)
def test_hidden_in_xml_stands_for_any_value(stated, filled):
    root = parse.parse(DEFINED)
    found = hidden.partial(parse.parse(stated), root, KINDS["domain"], "xml")
    assert parse.to_text(found) == parse.to_text(parse.parse(filled))
    assert not merge.merge(root, found, KINDS["domain"]), "it is what is there"


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        ("<domain><uuid>(hidden)</uuid></domain>", "uuid"),
        (
            "<domain><devices><graphics type='spice' passwd='(hidden)'/></devices></domain>",
            "devices/graphics[spice]/@passwd",
        ),
        (
            "<domain><devices><graphics type='sdl' passwd='(hidden)'/></devices></domain>",
            "devices/graphics[sdl]/@passwd",
        ),
        (
            f"<domain {QEMU}><qemu:commandline>" + "<qemu:arg value='(hidden)'/>" * 5 + "</qemu:commandline></domain>",
            "qemu:commandline/qemu:arg[(hidden)]/@value",
        ),
    ],
)
@pytest.mark.parametrize("root", [parse.parse(DEFINED), None])
def test_hidden_in_xml_without_a_present_value_names_the_place(stated, place, root):
    with pytest.raises(InvalidOption, match="^domains.a..xml: ") as caught:
        hidden.partial(parse.parse(stated), root, KINDS["domain"], "domains[a].xml")
    assert f"there is none at {place}." in str(caught.value)
