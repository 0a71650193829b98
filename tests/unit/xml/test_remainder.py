# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one definition says beyond another, which merged into that makes it say all."""

from __future__ import annotations

import copy
import itertools
import pathlib

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml.merge import contains, merge
from ansible_collections.kvm.fleet.plugins.module_utils.xml.remainder import remainder

from .document_identities import identities_of

RECORDED = sorted((pathlib.Path(__file__).parent / "recorded").glob("*.xml"))
DEFINITIONS = {path.stem: parse.parse(path.read_text()) for path in RECORDED}
PAIRS = [pair for pair in itertools.permutations(DEFINITIONS, 2) if len({DEFINITIONS[name].tag for name in pair}) == 1]


@pytest.mark.parametrize(
    ("there", "said", "more"),
    [
        # Text.
        ("<a>1</a>", "<a/>", "<a>1</a>"),
        ("<a>1</a>", "<a>2</a>", "<a>1</a>"),
        ("<a> 1 </a>", "<a>2</a>", "<a>1</a>"),
        ("<a> 1 </a>", "<a>1</a>", None),
        ("<a><b>1</b><c>2</c></a>", "<a><b>1</b><c/></a>", "<a><c>2</c></a>"),
        ("<a/>", "<a>1</a>", None),
        # A size is its number with its unit.
        ("<a unit='MiB'>2</a>", "<a unit='KiB'>2</a>", '<a unit="MiB">2</a>'),
        ("<a unit='MiB'>2</a>", "<a unit='KiB'>2048</a>", None),
        ("<a unit='MiB'>2</a>", "<a/>", '<a unit="MiB">2</a>'),
        ("<a>2048</a>", "<a unit='MiB'>2</a>", None),
        # Attributes, as they are written or as numbers.
        ("<a b='1' c='2'/>", "<a b='1'/>", '<a c="2"/>'),
        ("<a b='0x01'/>", "<a b='1'/>", None),
        ("<a unit='3'/>", "<a/>", '<a unit="3"/>'),
        # Elements: whole, or by what identifies them.
        ("<a><b c='1'/></a>", "<a/>", '<a><b c="1"/></a>'),
        (
            "<perf><event name='cmt' enabled='yes'/><event name='mbmt' enabled='no'/></perf>",
            "<perf><event name='mbmt' enabled='yes'/><event name='cmt' enabled='yes'/></perf>",
            '<perf><event name="mbmt" enabled="no"/></perf>',
        ),
    ],
)
def test_the_remainder_is_what_the_other_document_lacks(there, said, more):
    left = remainder(parse.parse(there), parse.parse(said), identities_of(parse.parse(there)))
    assert (None if left is None else "".join(parse.to_text(left).split("\n")).replace(">  <", "><")) == more


@pytest.mark.parametrize(("there", "said"), PAIRS, ids=map(" beyond ".join, PAIRS))
def test_merging_the_remainder_gives_the_whole_definition(there, said):
    left = remainder(DEFINITIONS[there], DEFINITIONS[said], identities_of(DEFINITIONS[there]))
    both = copy.deepcopy(DEFINITIONS[said])
    if left is not None:  # one may say all of the other
        merge(both, left, identities_of(both))
    assert contains(both, DEFINITIONS[there], identities_of(both))
    assert remainder(DEFINITIONS[there], both, identities_of(both)) is None


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_remainder_of_equal_documents_is_empty(name):
    assert remainder(DEFINITIONS[name], DEFINITIONS[name], identities_of(DEFINITIONS[name])) is None


def test_what_is_known_by_a_name_that_is_new_is_said_whole():
    said = parse.parse("<domain><devices><controller type='pci' index='0' model='pcie-root'/></devices></domain>")
    there = copy.deepcopy(said)
    etree.SubElement(there.find("devices/controller"), "alias", name="ua-root")
    rest = remainder(there, said, identities_of(there))
    assert dict(rest.find("devices/controller").attrib) == {"type": "pci", "index": "0", "model": "pcie-root"}
    merge(said, rest, identities_of(said))
    assert parse.to_text(said) == parse.to_text(there)
