# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest writes the header of an image into its raw disk, based on a file of the host: nobody follows that.

libvirt does when it looks into the pool again. virsh, qemu-img and the files are the witnesses.
"""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs, warnings

MIB = 2**20
SIZE = 4 * MIB


@pytest.fixture
def secret(tmp_path: pathlib.Path) -> pathlib.Path:
    """A file of the host that no guest is to see."""
    path = tmp_path / "shadow"
    path.write_bytes(b"root:secret".ljust(MIB, b"\n"))
    return path


@pytest.fixture
def forge(virsh, pool, folder, secret, tmp_path) -> t.Callable[[str], bytes]:
    """Does to a volume what its guest may have done, and returns what is in it then."""

    def write(name: str) -> bytes:
        forged = tmp_path / "forged"
        how = ["-q", "-u", "-f", "qcow2", "-F", "raw", "-b", str(secret)]
        subprocess.run(["qemu-img", "create", *how, forged, "64M"], check=True)
        with (folder / name).open("rb+") as file:
            file.write(forged.read_bytes())
        virsh("pool-refresh", pool)
        listed = etree.fromstring(virsh("vol-dumpxml", name, "--pool", pool))
        assert listed.find("target/format").get("type") == "qcow2"
        assert listed.findtext("backingStore/path") == str(secret)
        return (folder / name).read_bytes()

    return write


@pytest.fixture
def guest(module, virsh, unique, pool) -> dict[str, t.Any]:
    """A domain on a raw volume that its document does not have."""
    virsh("vol-create-as", pool, "disk", str(SIZE), "--format", "raw")
    options = {"name": unique, "memory": "32MiB", "state": "stopped", "disks": [{"pool": pool, "volume": "disk"}]}
    settle(module, "domain", **options)
    return options


def drivers(virsh: t.Callable[..., str], name: str, *which: str) -> list[str]:
    return etree.fromstring(virsh("dumpxml", name, *which)).xpath("devices/disk/driver/@type")


def test_the_disk_stays_raw(module, virsh, guest, forge):
    forge("disk")
    settled = settle(module, "domain", **guest)
    assert verbs(settled) == [] and drivers(virsh, guest["name"]) == ["raw"]
    assert "looks like a qcow2 image" in " ".join(warnings(settled))
    started = settle(module, "domain", **{**guest, "state": "running"})
    assert verbs(started) == ["start"]
    assert drivers(virsh, guest["name"]) == drivers(virsh, guest["name"], "--inactive") == ["raw"]


def test_what_was_taken_over_before_is_given_back(module, virsh, guest, forge, tmp_path):
    """It runs with a raw disk, and an older version has defined it otherwise for the next start."""
    settle(module, "domain", **{**guest, "state": "running"})
    forge("disk")
    (tmp_path / "defined.xml").write_text(
        virsh("dumpxml", guest["name"], "--inactive").replace("type='raw'", "type='qcow2'")
    )
    virsh("define", tmp_path / "defined.xml")
    mended = settle(module, "domain", **{**guest, "state": "running"})
    assert list(fields(mended).values()) == [("qcow2", "raw")]
    assert drivers(virsh, guest["name"], "--inactive") == ["raw"]


@pytest.mark.parametrize("declared", [None, "raw"])
def test_another_guest_has_to_say_what_it_is(module, virsh, guest, forge, declared):
    forge("disk")
    disk = {**guest["disks"][0], **({"format": declared} if declared else {})}
    failed = module("domain", **{**guest, "name": guest["name"] + "b", "disks": [disk]}, fails=True)
    assert "looks like a qcow2 image, and the disk is raw" in failed["msg"]
    assert guest["name"] + "b" not in virsh("list", "--all", "--name").split()


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_a_copy_has_what_the_guest_wrote(module, guest, pool, folder, forge, tmp_path, image_format):
    written = forge("disk")
    settle(module, "volume", pool=pool, name="copy", format=image_format, source={"volume": "disk"})
    subprocess.run(
        ["qemu-img", "convert", "-f", image_format, "-O", "raw", folder / "copy", tmp_path / "copy"], check=True
    )
    assert (tmp_path / "copy").read_bytes() == written
    assert image_format == "qcow2" or (folder / "copy").read_bytes() == written


def test_a_clone_is_one_of_the_raw_image(module, guest, pool, folder, forge, tmp_path):
    written = forge("disk")
    settle(module, "volume", pool=pool, name="clone", backing="disk")
    subprocess.run(
        ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", folder / "clone", tmp_path / "clone"], check=True
    )
    assert (tmp_path / "clone").read_bytes() == written


def test_the_volume_is_as_large_as_it_was_and_grows_as_what_it_is(module, guest, pool, folder, forge):
    written = forge("disk")
    volume = {"pool": pool, "name": "disk", "format": "raw"}
    assert verbs(settle(module, "volume", **volume, capacity=f"{SIZE // MIB}MiB")) == []
    grown = settle(module, "volume", **volume, capacity="8MiB")
    assert fields(grown)["capacity"] == ("4MiB", "8MiB")
    assert (folder / "disk").read_bytes() == written.ljust(8 * MIB, b"\0")


@pytest.mark.parametrize("made", ["of a file", "empty"])
def test_it_stays_raw_when_its_guest_has_gone(module, virsh, unique, pool, folder, forge, tmp_path, made):
    """It is recorded as what it was made."""
    (tmp_path / "image.raw").write_bytes(bytes(SIZE))
    how = {"source": {"path": str(tmp_path / "image.raw")}} if made == "of a file" else {"capacity": "4MiB"}
    module("volume", pool=pool, name="disk", format="raw", **how)
    written = forge("disk")
    guest = {"name": unique, "memory": "32MiB", "state": "stopped", "disks": [{"pool": pool, "volume": "disk"}]}
    assert "looks like a qcow2 image, and the disk is raw" in module("domain", **guest, fails=True)["msg"]
    settle(module, "volume", pool=pool, name="copy", format="raw", source={"volume": "disk"})
    assert (folder / "copy").read_bytes() == written
