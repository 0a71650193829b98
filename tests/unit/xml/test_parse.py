# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML from people who may not mean well."""

from __future__ import annotations

import time

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidXml
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))

HOSTILE = {
    "a billion laughs": f"<!DOCTYPE d [<!ENTITY l0 'ha'>{LAUGHS}]><domain><title>&l11;</title></domain>",
    "a quadratic blow-up": f"<!DOCTYPE d [<!ENTITY a '{'a' * 50000}'>]><domain>{'&a;' * 5000}</domain>",
    "an external entity": "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><title>&x;</title></domain>",
    "an external entity in an attribute": "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain title='&x;'/>",
    "a parameter entity": "<!DOCTYPE d [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/x.dtd'> %x;]><domain/>",
    "an external document type": "<!DOCTYPE domain SYSTEM 'http://127.0.0.1:9/x.dtd'><domain/>",
    "a harmless document type": "<!DOCTYPE domain><domain/>",
    "an entity that nobody declared": "<domain><title>&nbsp;</title></domain>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_entities_and_document_types_are_refused_at_once(name):
    started = time.process_time()
    with pytest.raises(InvalidXml) as refused:
        parse.parse(HOSTILE[name], "domains[web1].xml")
    assert str(refused.value) == (
        "domains[web1].xml: a document type declaration or an entity is not accepted. "
        "Remove <!DOCTYPE …> and write the values out."
    )
    assert "root:" not in str(refused.value.__cause__)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text", ["<domain>", "<domain></network>", "<domain a=1/>", "<a/><b/>", "", "   ", "\0", "<a>\x01</a>", "<x:a/>"]
)
def test_malformed_xml_is_refused_in_one_line(text):
    with pytest.raises(InvalidXml) as refused:
        parse.parse(text)
    assert str(refused.value).startswith("xml: malformed XML: ")
    assert "\n" not in str(refused.value) and "<string>" not in str(refused.value)


def test_includes_are_not_followed():
    root = parse.parse(
        "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/passwd' parse='text'/></a>"
    )
    assert "root:" not in parse.to_text(root)


def test_comments_and_whitespace_are_dropped():
    root = parse.parse("<!-- one --><a>\n  <!-- two -->\n  <?three?><b/>\n</a>")
    assert parse.to_text(root) == "<a>\n  <b/>\n</a>\n"


@pytest.mark.parametrize("declared", ["", "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0'?>"])
def test_text_is_parsed_whatever_encoding_it_declares(declared):
    assert parse.parse(declared + "<a>äöü€</a>").text == "äöü€"
