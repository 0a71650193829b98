# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of cloud-init's documents: what is no YAML is refused on the controller, without a word of it."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.plugin_utils import documents

META = "instance-id: web1\nlocal-hostname: web1\n"
NETWORK = "# from a template\nversion: 2\nethernets: {e: {dhcp4: true}}\n"


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("domain", {}),
        ("domain", {"cloud_init": None}),
        ("domain", {"cloud_init": "which is another error"}),
        ("domain", {"cloud_init": {"user_data": "#!/bin/sh\n: [\n", "vendor_data": "{", "network_config": None}}),
        ("domain", {"cloud_init": {"meta_data": META, "network_config": NETWORK}}),
        ("domain", {"cloud_init": {"meta_data": {"any": "thing"}, "network_config": {"version": 2}}}),
        ("domain", {"cloud_init": {"meta_data": '{"instance-id": "web1"}', "network_config": " \n"}}),
        ("domain", {"cloud_init": {"network_config": "network: {config: disabled}"}}),
        ("volume", {"seed": {"network_config": "config: disabled"}}),
        ("volume", {"seed": {"meta_data": "local-hostname: web1", "network_config": NETWORK}}),
        ("volume", {"source": {"path": "/x"}}),
    ],
)
def test_valid_cloud_init_documents_are_accepted(module, options):
    documents.check(module, options)
    documents.check_document({module + "s": [{"name": "a", **options}, "which is another error"]})


def test_a_text_may_have_what_ansible_notes_of_it():
    class Noted(str):
        """As Ansible's own."""

    documents.check("domain", {"cloud_init": {"meta_data": Noted(META), "network_config": Noted(NETWORK)}})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("version: 2\nethernets: [c4nary\n", "this is not YAML at line 3, column 1"),
        ("password: c4nary: x\n", "this is not YAML at line 1, column 17"),
        ("version: 2\n\tc4nary: 1\n", "this is not YAML at line 2"),
        ("a: !vault c4nary", "this is not YAML at line 1"),
        ("a: 1\n---\nb: c4nary\n", "this is not YAML at line 2"),
        ("\x00c4nary", "this is not YAML"),
        ("c4nary", "this is YAML, but not a dictionary"),
        ("- c4nary\n", "this is YAML, but not a dictionary"),
    ],
)
@pytest.mark.parametrize("name", documents.YAML)
@pytest.mark.parametrize("module", documents.OPTIONS)
def test_invalid_cloud_init_documents_are_refused_without_showing_them(module, name, text, what):
    option = documents.OPTIONS[module]
    with pytest.raises(InvalidOption) as caught:
        documents.check(module, {option: {name: text}})
    assert str(caught.value).startswith(f"{option}.{name}: {what}") and "c4nary" not in str(caught.value)
    with pytest.raises(InvalidOption) as caught:
        documents.check_document({module + "s": [{"name": "a"}, {option: {name: text}}]})
    assert str(caught.value).startswith(f"{module}s[1].{option}.{name}: {what}")


@pytest.mark.parametrize(
    ("documents_of_it", "message"),
    [
        ({"user_data": "#cloud-config\n- c4nary\n"}, "user_data: this is YAML, but not a dictionary."),
        ({"vendor_data": "#cloud-config\na: [c4nary\n"}, "vendor_data: this is not YAML at line 3, column 1."),
        ({"network_config": "version: '2'\n"}, "network_config.version: the version is neither the number 1 nor 2"),
        (
            {"network_config": "ethernets: {}\n"},
            "network_config.version: there is no version, and cloud-init would pass",
        ),
        ({"network_config": "network: {version: true}\n"}, "network_config.version: the version is neither"),
    ],
)
def test_document_that_cloud_init_ignores_is_refused(documents_of_it, message):
    with pytest.raises(InvalidOption) as caught:
        documents.check("volume", {"seed": documents_of_it})
    assert str(caught.value).startswith("seed." + message) and "c4nary" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "#cloud-config\n",
        "#cloud-config\n# nothing yet\n",
        "#cloud-config-archive\n- type: text/plain\n",
        "#!/bin/sh\n[",
    ],
)
def test_a_user_data_that_says_nothing_or_is_no_yaml_is_taken(text):
    documents.check("domain", {"cloud_init": {"user_data": text}})


def test_meta_data_as_text_needs_an_instance_id():
    """It goes to the guest as it is: without one, a guest made of another's disk would take itself for that one."""
    with pytest.raises(InvalidOption, match="^cloud_init.meta_data: .* has no instance-id"):
        documents.check("domain", {"cloud_init": {"meta_data": "local-hostname: web1\n"}})
