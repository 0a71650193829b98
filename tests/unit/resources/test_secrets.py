# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module says of its own parameters: nothing that may be secret."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.kind import DomainState

RECORDED = pathlib.Path(__file__).parent.parent / "xml" / "recorded"
WEB1 = (RECORDED / "web1.xml").read_text()


@pytest.mark.parametrize("option", ["user_data", "meta_data", "network_config", "vendor_data"])
@pytest.mark.parametrize("value", ["s3cr3t-!", {"password": "s3cr3t-!"}, ["s3cr3t-!"]])
def test_cloud_init_documents_are_not_echoed(option, value):
    domain = {"name": "web1", "cloud_init": {option: value, "pool": "data"}}
    for parameters in (domain, {"domains": [domain]}, {"seed": {option: value}}):
        echoed = module._echo(parameters)
        assert "s3cr3t-!" not in json.dumps(echoed)
        assert "(hidden)" in json.dumps(echoed)
    assert module._echo(domain) == {"name": "web1", "cloud_init": {option: "(hidden)", "pool": "data"}}


def test_declared_xml_is_not_echoed():
    assert module._echo({"xml": "<domain><graphics passwd='s3cr3t-!'/></domain>"}) == {"xml": "(hidden)"}


def test_what_is_not_given_is_echoed_as_such():
    assert module._echo({"cloud_init": {"user_data": None}, "xml": None}) == {
        "cloud_init": {"user_data": None},
        "xml": None,
    }


def test_echoing_leaves_the_parameters_alone():
    parameters = {"cloud_init": {"user_data": {"password": "s3cr3t-!"}}}
    module._echo(parameters)
    assert parameters == {"cloud_init": {"user_data": {"password": "s3cr3t-!"}}}


def test_passwords_are_marked_for_ansible_wherever_a_spec_has_them():
    values = {"secret": ("value", "value_base64")}

    def passwords(spec, besides):
        for name, one in spec.items():
            if "password" in name or name in besides:
                yield one
            yield from passwords(one.get("options") or {}, besides)

    found = [one for kind in KINDS for one in passwords(kind.argument_spec(), values.get(kind.noun, ()))]
    assert found and all(one["no_log"] for one in found)


def test_a_domain_is_shown_without_its_passwords():
    shown = DOMAIN.show(DomainState("web1", WEB1, None, True, False))
    assert "s3cr3t-!" in WEB1
    assert "s3cr3t-!" not in json.dumps(shown)
    assert shown["graphics"][0]["password"] == "(hidden)"


@pytest.mark.parametrize("option", ["value", "value_base64"])
def test_the_values_of_a_document_are_not_echoed_before_they_are_validated(option):
    assert module._echo({"secrets": [{"usage": "tls", option: "s3cr3t-!"}]}) == {
        "secrets": [{"usage": "tls", option: "(hidden)"}]
    }
    domain = {"name": "web1", "graphics": [{"type": "vnc", "password": "s3cr3t-!"}]}
    assert "s3cr3t-!" not in json.dumps(module._echo({"domains": [domain]}))
