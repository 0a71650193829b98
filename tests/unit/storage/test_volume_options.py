# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume is made with, as libvirt and as qemu-img are told; and what of it a later look finds."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources import VOLUME
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Want
from ansible_collections.kvm.fleet.plugins.module_utils.resources.storage import Image
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import content, options
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import state_of_file

SCHEMA = etree.RelaxNG(file="/usr/share/libvirt/schemas/storagevol.rng")
EVERYTHING: dict[str, t.Any] = {
    "compat": "1.1",
    "cluster_size": "128KiB",
    "lazy_refcounts": True,
    "extended_l2": True,
    "nocow": True,
    "permissions": {"mode": "640", "owner": 1, "group": 2, "label": "virt_image_t"},
    "encryption": {
        "secret": {"usage": "/disks/x"},
        "cipher": {"name": "aes", "size": 256, "mode": "xts", "hash": "sha256"},
        "ivgen": {"name": "plain64", "hash": "sha256"},
    },
}


def want(**declared: t.Any) -> Want:
    checked = ArgumentSpecValidator(VOLUME.argument_spec()).validate({"pool": "p", "name": "disk", **declared})
    assert not checked.error_messages
    return VOLUME.want(checked.validated_parameters, "")


def new(declared: Want, image_format: str = "qcow2", **more: t.Any) -> content.NewVolume:
    return content.NewVolume(
        "p", "disk", "/srv/p/disk", image_format, True, True, "", capacity=2**20, values=declared.values, **more
    )


def test_a_new_volumes_xml_has_every_declared_option():
    root = etree.fromstring(content._xml(new(want(**EVERYTHING)), 2**20))
    assert SCHEMA.validate(root), SCHEMA.error_log
    told = {
        path: root.xpath(f"string({path})")
        for path in (
            "target/compat",
            "target/clusterSize",
            "target/permissions/mode",
            "target/permissions/label",
            "target/encryption/@format",
            "target/encryption/secret/@usage",
            "target/encryption/cipher/@size",
            "target/encryption/ivgen/@hash",
        )
    }
    assert list(told.values()) == ["1.1", "131072", "0640", "virt_image_t", "luks", "/disks/x", "256", "sha256"]
    assert [element.tag for element in root.find("target/features")] == ["lazy_refcounts", "extended_l2"]
    assert root.find("target/nocow") is not None and root.findtext("allocation") == "0"


@pytest.mark.parametrize(
    ("declared", "image_format", "version"),
    [({}, "qcow2", "1.1"), ({"compat": "0.10"}, "qcow2", None), ({}, "raw", None)],
)
def test_a_new_image_is_of_the_new_version_unless_another_is_declared(declared, image_format, version):
    """libvirt's own default is the old one."""
    root = etree.fromstring(content._xml(new(want(**declared), image_format), 2**20))
    assert root.findtext("target/compat") == version


def test_the_secret_is_named_by_its_uuid_too():
    uuid = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999"
    root = etree.fromstring(content._xml(new(want(encryption={"secret": {"uuid": uuid}})), 2**20))
    assert dict(root.find("target/encryption/secret").attrib) == {"type": "passphrase", "uuid": uuid}
    assert SCHEMA.validate(root)


def test_qemu_img_gets_the_declared_options_only():
    declared = want(compat="0.10", cluster_size="4KiB", lazy_refcounts=False)
    assert new(declared).image_options == ["compat=0.10", "cluster_size=4096", "lazy_refcounts=off"]
    assert new(want(), preallocation="metadata").image_options == ["preallocation=metadata"]
    assert new(want()).image_options == new(want(), "raw").image_options == []


@pytest.mark.parametrize(("preallocation", "allocation"), [("off", "0"), ("metadata", "0"), ("falloc", str(2**20))])
def test_preallocation_of_new_volumes(preallocation, allocation):
    root = etree.fromstring(content._xml(new(want(), preallocation=preallocation), 2**20))
    assert root.findtext("allocation") == allocation


def test_planned_volume_changes_have_option_names():
    declared = want(preallocation="off", **EVERYTHING)
    changes = {change.option: change.after for change in options.changes_of_new(declared, new(declared))}
    assert changes["cluster_size"] == "128KiB" and changes["encryption.secret.usage"] == "/disks/x"
    assert changes["preallocation"] == "off" and changes["permissions.mode"] == "0640"
    assert changes["format"] == "qcow2" and changes["capacity"] == "1MiB"
    assert len(changes) == 19


def test_a_file_not_listed_by_libvirt_has_the_options_of_its_image():
    image = Image(
        "qcow2",
        2**20,
        None,
        {"compat": "1.1", "cluster_size": 2**17, "lazy_refcounts": True, "extended_l2": False},
        encrypted=True,
    )
    state = state_of_file("p", "disk", "/srv/p/disk", image)
    assert state.encrypted and state.format == "qcow2"
    options.refuse_another(want(compat="1.1", cluster_size="128KiB", lazy_refcounts=True, extended_l2=False), state)
    luks = state_of_file("p", "disk", "/srv/p/disk", Image("luks", 2**20, None, encrypted=True))
    assert (luks.format, luks.encrypted) == ("raw", True)


@pytest.mark.parametrize(
    ("declared", "where"),
    [
        ({"seed": {"user_data": {}}, "permissions": {"mode": "0600"}}, "permissions.mode"),
        ({"seed": {"user_data": {}}, "preallocation": "off"}, "preallocation"),
        ({"backing": "base", "encryption": {"secret": {"usage": "x"}}}, "encryption.secret.usage"),
        ({"source": {"path": "/x"}, "permissions": {"label": "x"}}, "permissions.label"),
    ],
)
def test_volume_options_that_exclude_each_other_are_refused(declared, where):
    with pytest.raises(InvalidOption, match=f"^{where}: a volume with "):
        want(**declared)
