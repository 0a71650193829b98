# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What volumes are made with: format options, encryption, permissions; qemu-img, stat and du are the witnesses."""

from __future__ import annotations

import json
import os
import pathlib
import random
import shutil
import subprocess
import typing as t

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import encrypted

from .lifecycle import fields, settle, verbs

MIB = 1024**2
CONTENT = random.Random(7).randbytes(3 * MIB)
GUEST = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
  <devices>
    <disk type="file">
      <driver name="qemu" type="qcow2"/><source file="{path}">{more}</source><target dev="vda" bus="virtio"/>
    </disk>
  </devices>
</domain>
"""


def image(path: pathlib.Path) -> dict[str, t.Any]:
    done = subprocess.run(["qemu-img", "info", "-U", "--output=json", path], check=True, capture_output=True)
    told = json.loads(done.stdout)
    return {**told, **told.get("format-specific", {}).get("data", {})}


def permissions(path: pathlib.Path) -> tuple[str, int, int]:
    found = path.stat()
    return (f"{found.st_mode & 0o7777:04o}", found.st_uid, found.st_gid)


OPTIONS = {"compat": "1.1", "cluster_size": "128KiB", "lazy_refcounts": True, "extended_l2": True}


@pytest.fixture
def source(tmp_path: pathlib.Path) -> str:
    """A raw image with content."""
    path = tmp_path / "source.raw"
    path.write_bytes(CONTENT)
    return str(path)


@pytest.mark.parametrize("origin", ["empty", "source", "copy"])
def test_format_options(module, pool, folder, source, origin):
    options = {"pool": pool, "name": "disk", "format": "qcow2", "capacity": "8MiB", **OPTIONS}
    if origin == "source":
        options["source"] = {"path": source}
    if origin == "copy":
        settle(module, "volume", pool=pool, name="first", format="raw", source={"path": source})
        options["source"] = {"volume": "first"}
    created = settle(module, "volume", **options)
    assert fields(created)["cluster_size"] == (None, "128KiB")
    told = image(folder / "disk")
    assert (told["compat"], told["cluster-size"]) == ("1.1", 128 * 1024)
    assert (told["lazy-refcounts"], told["extended-l2"]) == (True, True)
    assert created["volume"]["cluster_size"] == "128KiB" and created["volume"]["extended_l2"]
    # An image in the same format already is made anew for them.
    again = {**options, "name": "again", "cluster_size": "64KiB", "source": {"path": str(folder / "disk")}}
    settle(module, "volume", **again)
    assert image(folder / "again")["cluster-size"] == 64 * 1024


@pytest.mark.parametrize(
    ("option", "value"),
    [("compat", "0.10"), ("cluster_size", "64KiB"), ("lazy_refcounts", False), ("extended_l2", False)],
)
def test_another_format_option_is_refused(module, pool, folder, option, value):
    options = {"pool": pool, "name": "disk", "capacity": "8MiB"}
    settle(module, "volume", **options, **OPTIONS)
    failed = module("volume", **options, **{option: value}, fails=True)
    assert failed["msg"].startswith(f"{option}: it is ") and "cannot be changed" in failed["msg"]


def test_a_file_not_yet_listed_by_libvirt_is_compared(module, virsh, pool, folder):
    create = ["qemu-img", "create", "-q", "-f", "qcow2"]
    subprocess.run([*create, "-o", "cluster_size=128k", folder / "new", "8M"], check=True)
    assert verbs(settle(module, "volume", pool=pool, name="new", cluster_size="128KiB")) == ["refresh"]
    subprocess.run([*create, folder / "other", "8M"], check=True)
    failed = module("volume", pool=pool, name="other", cluster_size="128KiB", fails=True)
    assert failed["msg"].startswith("cluster_size: it is 64KiB")
    assert "other" not in virsh("vol-list", pool)


def test_the_version_of_the_format(module, pool, folder):
    settle(module, "volume", pool=pool, name="new", capacity="8MiB")
    settle(module, "volume", pool=pool, name="old", capacity="8MiB", compat="0.10")
    assert (image(folder / "new")["compat"], image(folder / "old")["compat"]) == ("1.1", "0.10")


@pytest.mark.parametrize(
    ("image_format", "preallocation", "at_least"),
    [
        ("qcow2", "off", 0),
        ("qcow2", "metadata", 0),
        ("qcow2", "falloc", 32 * MIB),
        ("raw", "off", 0),
        ("raw", "falloc", 32 * MIB),
    ],
)
@pytest.mark.parametrize("with_source", [False, True])
def test_preallocation(module, pool, folder, source, image_format, preallocation, at_least, with_source):
    options = {"pool": pool, "name": "disk", "format": image_format, "capacity": "32MiB"}
    if with_source:
        options["source"] = {"path": source}
    settle(module, "volume", **options, preallocation=preallocation)
    taken = (folder / "disk").stat().st_blocks * 512
    assert taken >= at_least and (at_least or taken < 8 * MIB)
    command = ["qemu-img", "map", "--output=json", "-f", image_format, folder / "disk"]
    mapped = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    if image_format == "qcow2":  # the bookkeeping says where everything is, or will be
        assert all("offset" in one for one in mapped) == (preallocation != "off")


def test_permissions_are_set_and_corrected(module, pool, folder, source):
    wanted = {"mode": "0640", "owner": 0, "group": 6}
    settle(module, "volume", pool=pool, name="empty", capacity="1MiB", permissions=wanted)
    settle(module, "volume", pool=pool, name="full", source={"path": source}, permissions=wanted)
    for name in ("empty", "full"):
        assert permissions(folder / name) == ("0640", 0, 6)
        os.chmod(folder / name, 0o666)
        os.chown(folder / name, 0, 0)
        repaired = settle(module, "volume", pool=pool, name=name, permissions=wanted)
        assert verbs(repaired) == ["set_permissions"]
        assert fields(repaired) == {"permissions.mode": ("0666", "0640"), "permissions.group": (0, 6)}
        assert permissions(folder / name) == ("0640", 0, 6)


def test_the_owner_of_a_running_guests_disk_is_left_alone(module, virsh, pool, folder, unique, tmp_path):
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB", permissions={"owner": 0, "group": 0})
    guest = tmp_path / "guest.xml"
    guest.write_text(GUEST.format(name=unique, path=folder / "disk", more=""))
    virsh("create", guest)
    os.chown(folder / "disk", 65534, 6)  # as libvirt does where its emulator is another user
    assert not module("volume", pool=pool, name="disk", permissions={"owner": 0, "group": 0})["changed"]
    virsh("destroy", unique)
    os.chown(folder / "disk", 65534, 6)
    changed = settle(module, "volume", pool=pool, name="disk", permissions={"owner": 0, "group": 0})
    assert verbs(changed) == ["set_permissions"]


@pytest.fixture
def secret(module, unique) -> str:
    """A secret for volumes: what it is for."""
    name = f"/disks/{unique}"
    module("secret", usage="volume", name=name, value="geheim")
    return name


@pytest.mark.parametrize("image_format", ["qcow2", "raw"])
def test_an_encrypted_volume_opens_with_its_passphrase_only(module, pool, folder, secret, tmp_path, image_format):
    options = {"pool": pool, "name": "disk", "format": image_format, "capacity": "4MiB"}
    cipher = {"cipher": {"name": "aes", "size": 256, "mode": "cbc", "hash": "sha256"}, "ivgen": {"name": "plain64"}}
    created = settle(module, "volume", **options, encryption={"secret": {"usage": secret}, **cipher})
    assert "geheim" not in json.dumps(created) and created["volume"]["encrypted"]
    assert image(folder / "disk")["encrypted"]
    for password, opens in (("geheim", True), ("falsch", False)):
        kind = "luks" if image_format == "raw" else "qcow2"
        key = "key-secret" if image_format == "raw" else "encrypt.key-secret"
        done = subprocess.run(
            ["qemu-io", "-c", "read 0 4M", "--object", f"secret,id=s,data={password}"]
            + ["--image-opts", f"driver={kind},{key}=s,file.filename={folder / 'disk'}"],
            check=False,
            capture_output=True,
        )
        assert (done.returncode == 0) == opens, done.stderr


def test_encryption_is_compared_after_libvirt_lost_the_cipher(module, virsh, pool, folder, secret):
    options = {"pool": pool, "name": "disk", "encryption": {"secret": {"usage": secret}}}
    settle(module, "volume", **options, capacity="4MiB")
    virsh("pool-refresh", pool)
    assert not module("volume", **options)["changed"]
    failed = module("volume", **options, capacity="8MiB", fails=True)
    assert failed["msg"].startswith("capacity: an encrypted volume grows only while a domain runs with it")
    settle(module, "volume", pool=pool, name="plain", capacity="4MiB")
    failed = module("volume", pool=pool, name="plain", encryption=options["encryption"], fails=True)
    assert failed["msg"].startswith("encryption: it is not encrypted and cannot be changed to encrypted in place")
    assert not image(folder / "plain").get("encrypted")


def test_an_encrypted_volume_grows_while_a_guest_runs_with_it(
    module, virsh, conn, pool, folder, secret, unique, tmp_path
):
    options = {"pool": pool, "name": "disk", "encryption": {"secret": {"usage": secret}}}
    settle(module, "volume", **options, capacity="4MiB")
    virsh("pool-refresh", pool)
    guest = tmp_path / "guest.xml"
    key = f"<encryption format='luks'><secret type='passphrase' usage='{secret}'/></encryption>"
    guest.write_text(GUEST.format(name=unique, path=folder / "disk", more=key))
    virsh("create", guest)
    assert verbs(settle(module, "volume", **options, capacity="8MiB")) == ["resize"]
    assert etree.fromstring(virsh("dumpxml", unique)).find("devices/disk") is not None
    assert conn.lookupByName(unique).blockInfo("vda")[0] == 8 * MIB


def test_a_secret_and_its_volume_in_one_document(module, pool, folder, unique):
    volume = {"pool": pool, "name": "disk", "capacity": "4MiB", "encryption": {"secret": {"usage": f"/disks/{unique}"}}}
    failed = module("volume", **volume, fails=True)
    assert failed["msg"].startswith(f"encryption.secret.usage: secret 'volume//disks/{unique}' neither exists")
    assert list(folder.iterdir()) == []
    secret = {"usage": "volume", "name": f"/disks/{unique}", "value": "geheim"}
    made = settle(module, "converge", secrets=[secret], volumes=[volume])
    assert verbs(made) == ["define", "set_value", "create"]
    assert image(folder / "disk")["encrypted"]


@pytest.fixture
def qemu_that_measures_nothing(tmp_path: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """A ``qemu-img`` that fails to measure the processor as often as the file says, each time as the real one does: it
    happens by chance, and never to who waits for it. The real one does the rest."""
    program = pathlib.Path(shutil.which("qemu-img") or "")
    real, left, ours = tmp_path / "real", tmp_path / "left", tmp_path / "qemu-img"
    shutil.copy(program, real)
    ours.write_text(
        f"""#!/bin/sh
        left=$(cat {left})
        case "$*" in *encrypt.format=luks*) ;; *) exec {real} "$@" ;; esac
        [ "$left" -gt 0 ] || exec {real} "$@"
        echo $((left - 1)) >{left}
        echo "qemu-img: $1: Unable to get accurate CPU usage" >&2
        exit 1
        """
    )
    ours.chmod(0o755)
    subprocess.run(["mount", "--bind", ours, program], check=True)
    yield left
    subprocess.run(["umount", program], check=True)


def test_encryption_is_retried_when_qemu_cannot_benchmark_the_cpu(
    module, pool, folder, secret, qemu_that_measures_nothing
):
    qemu_that_measures_nothing.write_text("30")
    settle(module, "volume", pool=pool, name="disk", capacity="4MiB", encryption={"secret": {"usage": secret}})
    assert qemu_that_measures_nothing.read_text() == "0\n"
    assert image(folder / "disk")["encrypted"]


def test_encryption_fails_after_repeated_cpu_benchmark_failures(
    module, pool, folder, secret, qemu_that_measures_nothing, monkeypatch
):
    monkeypatch.setattr(encrypted, "ATTEMPTS", 3)
    qemu_that_measures_nothing.write_text("4")
    options = {"name": "disk", "capacity": "4MiB", "encryption": {"secret": {"usage": secret}}}
    failed = module("volume", pool=pool, **options, fails=True)
    assert failed["msg"].startswith(f"encryption: create volume {pool}/disk failed: QEMU failed to measure"), failed
    assert qemu_that_measures_nothing.read_text() == "1\n"
    assert list(folder.iterdir()) == []


def test_nocow_is_passed_to_libvirt(module, virsh, pool, folder):
    """There is no Btrfs here to see it on; libvirt takes it, and says nothing of it afterwards."""
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB", nocow=True)
    assert image(folder / "disk")["virtual-size"] == MIB


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"cluster_size": "100KiB"}, "cluster_size: clusters cannot have 100KiB"),
    ({"lazy_refcounts": True, "compat": "0.10"}, "compat: lazy_refcounts is not supported by the old version"),
    ({"extended_l2": True, "cluster_size": "4KiB"}, "cluster_size: clusters of less than 16KiB"),
    ({"format": "raw", "cluster_size": "64KiB"}, "cluster_size: a raw volume has no cluster_size"),
    ({"format": "raw", "preallocation": "metadata"}, "preallocation: a raw volume has no preallocation metadata"),
    ({"encryption": {"cipher": {"name": "aes", "size": 256}}}, "encryption.secret: the secret with the passphrase"),
    ({"encryption": {"secret": {"usage": "x", "uuid": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999"}}}, "encryption.secret: "),
    ({"encryption": {"secret": {"usage": "x"}, "cipher": {"name": "aes"}}}, "encryption.cipher: a cipher has a name"),
    ({"encryption": {"secret": {"usage": "x"}, "ivgen": {"name": "plain64"}}}, "encryption.cipher: ivgen goes with"),
    (
        {"encryption": {"secret": {"usage": "x"}}, "source": {"path": "/x"}},
        "encryption.secret.usage: a volume ",
    ),
    ({"nocow": True, "source": {"path": "/x"}}, "nocow: a volume with source has no nocow"),
    ({"permissions": {"mode": "0999"}}, "permissions.mode: "),
]


@pytest.mark.parametrize(("options", "where"), BAD)
def test_a_bad_option_is_named_and_nothing_is_created(module, pool, folder, options, where):
    failed = module("volume", pool=pool, name="disk", **{"capacity": "8MiB", **options}, fails=True)
    assert failed["msg"].startswith(where), failed["msg"]
    assert list(folder.iterdir()) == []


FOREIGN = [
    ("vmdk", "subformat=monolithicSparse"),
    ("vmdk", "subformat=streamOptimized"),
    ("vdi", "static=off"),
    ("vdi", "static=on"),
    ("vpc", "subformat=dynamic"),
    ("vpc", "subformat=fixed"),
    ("vhdx", "subformat=dynamic"),
    ("vhdx", "subformat=fixed"),
]


@pytest.mark.parametrize("want", ["qcow2", "raw"])
@pytest.mark.parametrize(("foreign", "how"), FOREIGN)
def test_images_of_other_hypervisors_are_converted(module, pool, folder, tmp_path, foreign, how, want):
    (tmp_path / "raw").write_bytes(CONTENT + bytes(5 * MIB))
    path = tmp_path / "from"
    command = ["qemu-img", "convert", "-f", "raw", "-O", foreign, "-o", how]
    subprocess.run([*command, tmp_path / "raw", path], check=True)
    created = settle(module, "volume", pool=pool, name="disk", format=want, source={"path": str(path)})
    assert created["volume"]["format"] == want == image(folder / "disk")["format"]
    subprocess.run(["qemu-img", "convert", "-O", "raw", folder / "disk", tmp_path / "back"], check=True)
    back = (tmp_path / "back").read_bytes()
    # The geometry of VHD makes the disk somewhat larger; what is added is zero.
    assert 8 * MIB <= len(back) < 9 * MIB and back.startswith(CONTENT) and not any(back[len(CONTENT) :])


def test_an_image_in_extents_is_refused(module, pool, folder, tmp_path):
    command = ["qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse"]
    subprocess.run([*command, tmp_path / "disk.vmdk", "8M"], check=True)
    failed = module("volume", pool=pool, name="disk", source={"path": str(tmp_path / "disk.vmdk")}, fails=True)
    assert "has content in another file" in failed["msg"]
    assert list(folder.iterdir()) == []


def test_volumes_are_told_as_their_options_and_made_anew_from_them(module, virsh, pool, folder, unique, tmp_path):
    (tmp_path / "content.raw").write_bytes(b"\1" * 1024 * 1024)
    declared = [
        {"name": "plain.qcow2", "capacity": "8MiB"},
        {"name": "raw.img", "capacity": "3MiB", "format": "raw"},
        {"name": "old.qcow2", "capacity": "8MiB", "compat": "0.10", "cluster_size": "128KiB"},
        {"name": "clone.qcow2", "capacity": "16MiB", "backing": "plain.qcow2"},
        {
            "name": "from-file.raw",
            "format": "raw",
            "capacity": "2MiB",
            "source": {"path": str(tmp_path / "content.raw")},
        },
        {"name": "seed.iso", "seed": {"user_data": {}}},
    ]
    volumes = [{"pool": pool, **one} for one in declared]
    module("converge", volumes=volumes)
    virsh("vol-create-as", pool, "by-hand", "5M", "--format", "qcow2")
    os.chown(folder / "raw.img", 64055, 64055)
    os.chmod(folder / "raw.img", 0o640)
    subprocess.run(["qemu-img", "create", "-q", "-f", "vmdk", folder / "other.vmdk", "1M"], check=True)
    virsh("pool-refresh", pool)
    told = module("volume_info", pool=pool, **{"as": "spec"})
    specs = {one["name"]: one for one in told["volumes"]}
    assert specs["plain.qcow2"] == volumes[0]
    assert specs["raw.img"] == {**volumes[1], "permissions": {"mode": "0640", "owner": 64055, "group": 64055}}
    assert specs["old.qcow2"] == volumes[2] and specs["clone.qcow2"] == volumes[3]
    assert specs["from-file.raw"]["source"].keys() == {"path", "checksum"}
    assert specs["by-hand"] == {"pool": pool, "name": "by-hand", "capacity": "5MiB", "compat": "0.10"}
    assert "seed.iso" not in specs and "it is a seed for cloud-init" in str(told["warnings"])
    assert "other.vmdk" not in specs and "its format is vmdk, and none is made in that" in str(told["warnings"])
    (content,) = [text for text in map(str, told["warnings"]) if "without its content" in text]
    assert "by-hand" in content and "from-file.raw" not in content and "clone" not in content
    assert not module("converge", volumes=list(specs.values()))["changed"]

    before = {one["name"]: one for one in module("volume_info", pool=pool)["volumes"] if one["name"] in specs}
    module("converge", volumes=[{"pool": pool, "name": name, "state": "absent"} for name in specs])
    module("converge", volumes=list(specs.values()))
    after = {one["name"]: one for one in module("volume_info", pool=pool)["volumes"] if one["name"] in specs}
    for one in (*before.values(), *after.values()):
        del one["allocation_bytes"]
    assert after == before


def test_a_volume_is_declared_by_xml(module, virsh, pool):
    xml = "<volume><capacity unit='MiB'>4</capacity><target><features><lazy_refcounts/></features></target></volume>"
    settle(module, "volume", pool=pool, name="a.qcow2", xml=xml)
    assert "<lazy_refcounts/>" in virsh("vol-dumpxml", "a.qcow2", pool)
    assert not module("volume", pool=pool, name="a.qcow2", xml=virsh("vol-dumpxml", "a.qcow2", pool))["changed"]
    other = virsh("vol-dumpxml", "a.qcow2", pool).replace("a.qcow2", "c.qcow2")
    settle(module, "volume", pool=pool, name="c.qcow2", xml=other)
    failed = module("volume", fails=True, pool=pool, name="a.qcow2", xml=xml.replace(">4<", ">8<"))
    assert "xml: xml:capacity is " in failed["msg"] and "cannot be changed" in failed["msg"]
    failed = module("volume", fails=True, pool=pool, name="b.qcow2", capacity="5MiB", xml=xml)
    assert "xml: the XML contradicts capacity" in failed["msg"]
    assert "b.qcow2" not in virsh("vol-list", pool)
