# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: their values reach libvirt, are rotated when they change, and appear nowhere else."""

from __future__ import annotations

import base64
import json
import pathlib

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

UUID = "2f5f0a4e-9c53-4f0b-8a51-4a3c2c0a7b11"
VALUES = ("first-s3cr3t", "second-s3cr3t")
RECORDS = pathlib.Path("/var/lib/libvirt/kvm-fleet/secrets")
USAGES = {"volume": "volume", "ceph": "name", "iscsi": "target", "tls": "name", "vtpm": "name"}


@pytest.fixture
def value_of(virsh):
    """What libvirt gives to a guest as the value of a secret that may be read."""

    def read(uuid):
        return base64.b64decode(virsh("secret-get-value", uuid))

    return read


@pytest.fixture(autouse=True)
def nothing_told(module):
    """No value of a test stands in anything that the module returned."""
    told = []
    run = type(module).start

    def start(self, *arguments, **options):
        started = run(self, *arguments, **options)
        result = started.result

        def kept(fails=False):
            returned = result(fails)
            told.append(json.dumps(returned))
            return returned

        started.result = kept
        return started

    type(module).start = start
    yield
    type(module).start = run
    encoded = [base64.b64encode(value.encode()).decode() for value in VALUES]
    assert told and not any(value in text for text in told for value in (*VALUES, *encoded))


@pytest.mark.parametrize("usage", USAGES)
def test_secret_lifecycle_of_each_usage(module, virsh, value_of, unique, usage):
    name = f"/srv/{unique}" if usage == "volume" else unique
    options = {"usage": usage, "name": name, "description": "for a test"}
    created = settle(module, "secret", **options, value=VALUES[0])
    assert verbs(created) == ["define", "set_value"]
    uuid = created["secret"]["uuid"]
    xml = etree.fromstring(virsh("secret-dumpxml", uuid))
    assert xml.find("usage").get("type") == usage
    assert xml.findtext(f"usage/{USAGES[usage]}") == name
    assert value_of(uuid) == VALUES[0].encode()
    assert module("secret_info", usage=usage, name=name)["secrets"] == [created["secret"]]
    removed = settle(module, "secret", usage=usage, name=name, state="absent")
    assert verbs(removed) == ["undefine"]
    assert uuid not in virsh("secret-list")


def test_a_secret_of_no_usage_is_identified_by_its_uuid(module, virsh, value_of):
    created = settle(module, "secret", usage="none", uuid=UUID.upper(), value=VALUES[0])
    assert created["secret"]["uuid"] == UUID and created["secret"]["name"] is None
    assert value_of(UUID) == VALUES[0].encode()
    assert verbs(settle(module, "secret", usage="none", uuid=UUID, state="absent")) == ["undefine"]
    assert UUID not in virsh("secret-list")


def test_a_value_is_rotated_and_the_rest_stays(module, virsh, value_of, unique):
    options = {"usage": "ceph", "name": unique}
    uuid = settle(module, "secret", **options, value=VALUES[0], description="kept")["secret"]["uuid"]
    rotated = settle(module, "secret", **options, value=VALUES[1])
    assert verbs(rotated) == ["set_value"] and fields(rotated) == {"value": ("(hidden)", "(hidden)")}
    assert value_of(uuid) == VALUES[1].encode()
    assert etree.fromstring(virsh("secret-dumpxml", uuid)).findtext("description") == "kept"


def test_a_binary_secret_value_in_base64(module, value_of, unique):
    options = {"usage": "ceph", "name": unique}
    uuid = settle(module, "secret", **options, value_base64="/wD+\n/Q==")["secret"]["uuid"]
    assert value_of(uuid) == b"\xff\x00\xfe\xfd"


def test_a_value_that_was_changed_by_hand_is_set_back(module, virsh, value_of, unique):
    options = {"usage": "tls", "name": unique, "value": VALUES[0]}
    uuid = settle(module, "secret", **options)["secret"]["uuid"]
    virsh("secret-set-value", uuid, base64.b64encode(b"by hand").decode())
    assert verbs(settle(module, "secret", **options)) == ["set_value"]
    assert value_of(uuid) == VALUES[0].encode()


def kept_by_libvirt(uuid):
    """The value of a private secret, where nobody but root can look."""
    return base64.b64decode(pathlib.Path(f"/etc/libvirt/secrets/{uuid}.base64").read_text())


def test_a_private_value_is_rotated_although_nobody_may_read_it(module, virsh, unique):
    options = {"usage": "vtpm", "name": unique, "private": True}
    others = {*RECORDS.glob("*")}  # of secrets that somebody else removed
    uuid = settle(module, "secret", **options, value=VALUES[0])["secret"]["uuid"]
    assert etree.fromstring(virsh("secret-dumpxml", uuid)).get("private") == "yes"
    assert kept_by_libvirt(uuid) == VALUES[0].encode()
    assert verbs(settle(module, "secret", **options, value=VALUES[1])) == ["set_value"]
    assert kept_by_libvirt(uuid) == VALUES[1].encode()
    assert {*RECORDS.iterdir()} > others
    for file in RECORDS.iterdir():
        assert not any(value in file.read_text() for value in VALUES)
    settle(module, "secret", **options, state="absent")
    assert {*RECORDS.iterdir()} == others


def test_a_private_value_that_was_changed_by_hand_is_set_back(module, virsh, unique):
    options = {"usage": "vtpm", "name": unique, "private": True, "value": VALUES[0]}
    uuid = settle(module, "secret", **options)["secret"]["uuid"]
    virsh("secret-set-value", uuid, base64.b64encode(b"by hand").decode())
    assert verbs(settle(module, "secret", **options)) == ["set_value"]
    assert kept_by_libvirt(uuid) == VALUES[0].encode()


def test_an_ephemeral_secret_is_in_memory_only(module, value_of, unique):
    options = {"usage": "iscsi", "name": unique, "value": VALUES[0]}
    uuid = settle(module, "secret", **options, ephemeral=True)["secret"]["uuid"]
    assert not list(pathlib.Path("/etc/libvirt/secrets").glob(f"{uuid}*"))
    assert value_of(uuid) == VALUES[0].encode()
    settle(module, "secret", **options, ephemeral=True, private=False)
    changed = settle(module, "secret", **options, ephemeral=False)
    assert fields(changed) == {"ephemeral": (True, False)}
    assert kept_by_libvirt(uuid) == VALUES[0].encode()
    settle(module, "secret", **options, ephemeral=True)
    assert not pathlib.Path(f"/etc/libvirt/secrets/{uuid}.base64").exists()


def test_an_ephemeral_private_secret_is_unchanged_the_second_time(module, unique):
    options = {"usage": "iscsi", "name": unique, "ephemeral": True, "private": True}
    settle(module, "secret", **options, value=VALUES[0])
    assert verbs(settle(module, "secret", **options, value=VALUES[1])) == ["set_value"]


def test_converge_and_the_info_module_see_the_same_secret(module, virsh, unique):
    document = {"secrets": [{"usage": "ceph", "name": unique, "value": VALUES[0]}]}
    converged = settle(module, "converge", **document)
    assert module("secret_info", name=unique)["secrets"] == converged["secrets"]
    assert module("secret_info", uuid=converged["secrets"][0]["uuid"])["secrets"] == converged["secrets"]
    assert module("secret_info", usage="tls")["secrets"] == []


def test_errors_about_a_secret_do_not_contain_its_value(module, virsh, unique):
    document = {
        "secrets": [
            {"usage": "nonsense", "name": unique},
            {"usage": "ceph", "name": unique, "value": VALUES[0], "private": True},
        ]
    }
    failed = module("converge", fails=True, **document)
    assert "secrets[" in failed["msg"] and "nonsense" in failed["msg"]
    assert unique not in virsh("secret-list")


def test_unchangeable_option_is_refused_before_any_change(module, virsh, value_of, unique):
    options = {"usage": "ceph", "name": unique}
    uuid = settle(module, "secret", **options, value=VALUES[0])["secret"]["uuid"]
    failed = module("secret", **options, private=True, value=VALUES[1], fails=True)
    assert "private is False and cannot be changed" in failed["msg"]
    assert value_of(uuid) == VALUES[0].encode()


def test_the_spec_of_a_secret_keeps_its_value(module, virsh, value_of, unique):
    kept = [
        {"usage": "none", "uuid": UUID, "value": VALUES[0]},
        {"usage": "tls", "name": unique, "value": VALUES[0], "private": True, "description": "mine"},
        {"usage": "ceph", "name": unique, "value": VALUES[0], "ephemeral": True},
        {"usage": "vtpm", "name": unique},
        {"usage": "iscsi", "name": unique, "private": True},
    ]
    module("converge", secrets=kept)
    told = module("secret_info", **{"as": "spec"})["secrets"]
    assert sorted(one["usage"] for one in told if one.get("value") == "(hidden)") == ["ceph", "none", "tls"]
    assert not module("converge", secrets=told)["changed"]
    assert value_of(UUID) == VALUES[0].encode()
    uuids = {(one["usage"], one["name"]): one["uuid"] for one in module("secret_info")["secrets"]}
    assert [one["uuid"] for one in told if "uuid" in one] == [UUID], "the others would get the same anywhere"
    for one in told:
        if "value" in one:
            uuid = uuids[one["usage"], one.get("name")]
            virsh("secret-undefine", uuid)
            assert "(hidden) stands for the value that is there" in module("secret", **one, fails=True)["msg"]
            assert uuid not in virsh("secret-list")
    for one in told:
        if "value" not in one:
            failed = module("secret", **one, value="(hidden)", fails=True)
            assert failed["msg"].startswith("value: (hidden) stands for the value that is there, and there is none")


def test_a_secret_is_declared_by_xml(module, virsh, unique):
    xml = "<secret><description>Made from XML</description></secret>"
    settle(module, "secret", usage="ceph", name=unique, xml=xml)
    (secret,) = module("secret_info", name=unique)["secrets"]
    assert secret["description"] == "Made from XML"
    assert not module("secret", usage="ceph", name=unique, xml=virsh("secret-dumpxml", secret["uuid"]))["changed"]
    failed = module("secret", fails=True, usage="ceph", name=unique, description="Another", xml=xml)
    assert "xml: xml says" in failed["msg"]
