# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""libvirt's schemas: what they do not allow is named, and what was wrong before is not ours to judge."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidXml
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse, schema
from ansible_collections.kvm.fleet.plugins.module_utils.xml.merge import merge

from .document_identities import identities_of

RECORDED = pathlib.Path(__file__).parent / "recorded"


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.xml")), ids=lambda path: path.stem)
def test_recorded_definitions_are_valid(path):
    root = parse.parse(path.read_text())
    schema.check(root, None, f"{root.tag}.rng", None, "")


def refusal(stated: str, before: str | None = None, where: str = "") -> str:
    text = (RECORDED / "web1.xml").read_text() if before is None else before
    root = parse.parse(text)
    merge(root, parse.parse(stated), identities_of(root))
    with pytest.raises(InvalidXml) as refused:
        schema.check(root, text, "domain.rng", stated, where)
    return str(refused.value)


@pytest.mark.parametrize(
    ("stated", "offender"),
    [
        ("<domain><devises/></domain>", "<devises> at domain/devises"),
        ("<domain><title><b/></title></domain>", "<title> at domain/title"),
        ("<domain id='red'/>", "id='red' in domain"),
        ("<domain password='s3cr3t'/>", "password='(hidden)' in domain"),
        ("<domain passwd='s3cr3t'/>", "passwd='(hidden)' in domain"),
        ("<domain><pass>s3cr3t</pass></domain>", "<pass> with the text '(hidden)' at domain/pass"),
        ("<domain><passwd>s3cr3t</passwd></domain>", "<passwd> with the text '(hidden)' at domain/passwd"),
        (
            "<domain><vcpu>many</vcpu></domain>",
            "<vcpu placement='static' current='1'> with the text 'many' at domain/vcpu",
        ),
        ("<domain><on_crash>party</on_crash></domain>", "<on_crash> with the text 'party' at domain/on_crash"),
        (
            "<domain><features><kvm><hidden state='maybe'/></kvm></features></domain>",
            "<hidden state='maybe'> at domain/features/kvm/hidden",
        ),
        (
            "<domain><devices><disk><target dev='vdb' bus='!'/></disk></devices></domain>",
            "bus='!' in domain/devices/disk[2]",
        ),
        (
            "<domain><cpu><feature policy='x' name='svm'/></cpu></domain>",
            "<feature policy='x' name='svm'> at domain/cpu/feature",
        ),
        ("<domain><devices><toaster slots='2'/></devices></domain>", "<toaster slots='2'> at domain/devices/toaster"),
    ],
)
def test_a_schema_error_names_the_element(stated, offender):
    message = refusal(stated)
    assert message.startswith(f"xml: libvirt's schema does not allow {offender}"), message


def test_two_schema_errors_are_reported():
    assert refusal("<domain><devises/><featurs/></domain>").startswith("xml: libvirt's schema does not allow this")


def test_a_schema_error_has_the_path_of_the_option():
    assert refusal("<domain><devises/></domain>", where="domains[web1]").startswith("domains[web1].xml: ")


def test_a_schema_error_shows_no_secret():
    message = refusal("<domain><devices><graphics type='pigeon' passwd='s3cr3t-!'/></devices></domain>")
    assert "graphics" in message and "s3cr3t-!" not in message


def test_finding_the_schema_error_leaves_the_document_alone():
    root = parse.parse("<network><name>n</name><devises/></network>")
    before = parse.to_text(root)
    with pytest.raises(InvalidXml):
        schema.check(root, None, "network.rng", None, "")
    assert parse.to_text(root) == before


def test_a_definition_that_was_not_allowed_before_may_be_changed():
    """The host's schema is older or newer than what is there: it says nothing about our change."""
    before = "<network><name>n</name><novelty/></network>"
    root = parse.parse(before)
    merge(root, parse.parse("<network><title>t</title></network>"), identities_of(root))
    schema.check(root, before, "network.rng", None, "")


def test_a_host_without_schemas_is_no_error():
    schema.check(parse.parse("<nonsense/>"), None, "no-such-schema.rng", None, "")
