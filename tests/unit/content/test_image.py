# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images made by qemu-img: what they are, and which of them are refused."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content import image as image_module
from ansible_collections.kvm.fleet.plugins.module_utils.content.image import ImageInfo, convert, probe
from ansible_collections.kvm.fleet.plugins.module_utils.errors import MissingDependency, SourceError

MIB = 1024 * 1024


def make(path, format, *options, size="4M"):
    subprocess.run(["qemu-img", "create", "-q", "-f", format, *options, str(path), size], check=True)
    return str(path)


@pytest.mark.parametrize("format", ["qcow2", "raw", "vdi", "vhdx", "vmdk", "vpc", "qed"])
def test_format_and_size_are_probed_whatever_the_file_name(tmp_path, format):
    more = ["-o", "force_size=on"] if format == "vpc" else []  # else its geometry decides
    assert probe(make(tmp_path / "nbd:x,y.iso", format, *more)) == ImageInfo(format, 4 * MIB)


def test_a_vhd_of_fixed_size_is_detected_by_its_footer(tmp_path):
    """QEMU takes it for a raw disk, and the footer for the disk's end."""
    path = make(tmp_path / "x", "vpc", "-o", "subformat=fixed,force_size=on")
    assert probe(path) == ImageInfo("vpc", 4 * MIB)
    convert(path, "vpc", str(tmp_path / "raw"), "raw")
    assert os.path.getsize(tmp_path / "raw") == 4 * MIB


def test_an_image_in_use_is_probed(tmp_path):
    path = make(tmp_path / "x", "qcow2")
    process = subprocess.Popen(
        ["qemu-io", "-f", "qcow2", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )  # holds its write lock
    try:
        assert process.stdout.read(1)  # its prompt
        assert probe(path).format == "qcow2"
    finally:
        process.communicate(b"quit\n")


def test_an_image_with_a_backing_file_is_refused(tmp_path):
    with pytest.raises(SourceError) as caught:
        probe(make(tmp_path / "x", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw"))
    assert "content in another file, '/etc/shadow'" in caught.value.what and "qemu-img convert" in caught.value.remedy


def test_an_image_with_an_external_data_file_is_refused(tmp_path):
    data = str(tmp_path / "data")
    with pytest.raises(SourceError, match="content in another file"):
        probe(make(tmp_path / "x", "qcow2", "-o", f"data_file={data},data_file_raw=on"))


def test_a_description_that_names_other_files_is_refused(tmp_path):
    with pytest.raises(SourceError, match="content in another file"):
        probe(make(tmp_path / "x.vmdk", "vmdk", "-o", "subformat=monolithicFlat"))


def test_an_encrypted_image_is_refused(tmp_path):
    secret = ["--object", "secret,id=s,data=x", "-o", "encrypt.format=aes,encrypt.key-secret=s"]
    with pytest.raises(SourceError, match="is encrypted"):
        probe(make(tmp_path / "x", "qcow2", *secret))


def test_a_format_that_is_not_trusted_is_refused(tmp_path):
    with pytest.raises(SourceError, match="has the format parallels"):
        probe(make(tmp_path / "x", "parallels"))


def _archive(folder, form):
    made = shutil.make_archive(str(folder / "archive"), form, make_disk(folder))
    return pathlib.Path(made)


def make_disk(folder):
    (folder / "disks").mkdir()
    (folder / "disks/disk.raw").write_bytes(b"\1" * 4096)
    return folder / "disks"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("zip", "the content is a zip archive, not a disk image. Unpack it, and name the image that is in it."),
        ("tar", "the content is a tar archive, not a disk image"),
    ],
)
def test_an_archive_is_no_disk(tmp_path, form, message):
    with pytest.raises(SourceError) as refused:
        probe(str(_archive(tmp_path, form)))
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n<!DOCTYPE html>\n<html>", "the content is a web page, not a disk image. Look at the URL in a browser"),
        (b"\xef\xbb\xbf<HTML>", "the content is a web page"),
        (b"<!-- saved -->\n<html>", "the content is a web page"),
        (
            b"404 page not found\n",
            "the content is a text, not a disk image. Look at it: a server may have sent a message",
        ),
        ("Sp\u00e4ter.\t\u00e4".encode() * 100, "the content is a text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "the content is a pointer of Git LFS"),
        (b"\xfd7zXZ\0" + bytes(600), "the content is a xz file, not a disk image. Unpack it before"),
        (b"\x04\x22\x4d\x18" + bytes(600), "the content is a lz4 file"),
        (b"<?xml version='1.0'?><Envelope/>", "the content is an XML document"),
    ],
)
def test_a_page_is_no_disk(tmp_path, content, message):
    (tmp_path / "x").write_bytes(content.ljust(1024))
    with pytest.raises(SourceError) as refused:
        probe(str(tmp_path / "x"))
    assert str(refused.value).startswith(message)


def test_a_damaged_image_is_one_line_of_error(tmp_path):
    path = make(tmp_path / "x", "qcow2")
    os.truncate(path, 100)
    with pytest.raises(SourceError) as caught:
        probe(path)
    assert caught.value.what.startswith("qemu-img: ") and "\n" not in str(caught.value)
    assert not caught.value.what.startswith("qemu-img: qemu-img")


def test_conversion_keeps_the_content_and_stays_sparse(tmp_path):
    raw = tmp_path / "x.raw"
    raw.write_bytes(os.urandom(100 * 1024) + bytes(16 * MIB))
    convert(str(raw), "raw", str(tmp_path / "x.qcow2"), "qcow2")
    assert probe(str(tmp_path / "x.qcow2")).format == "qcow2"
    subprocess.run(["qemu-img", "compare", "-q", str(raw), str(tmp_path / "x.qcow2")], check=True)
    convert(str(tmp_path / "x.qcow2"), "qcow2", str(tmp_path / "back"), "raw")
    assert (tmp_path / "back").read_bytes() == raw.read_bytes()
    assert (tmp_path / "back").stat().st_blocks * 512 < MIB


def test_a_raw_disk_that_looks_like_qcow2_is_converted_as_declared(tmp_path):
    path = make(tmp_path / "x", "qcow2")
    convert(path, "raw", str(tmp_path / "copy"), "raw")
    assert (tmp_path / "copy").read_bytes()[:4] == b"QFI\xfb"


def test_a_full_disk_while_converting_is_reported(tmp_path, on_small_disk):
    (tmp_path / "x").write_bytes(os.urandom(2 * MIB))
    told = on_small_disk(
        f"from {image_module.__name__} import convert\n"
        f"convert({str(tmp_path / 'x')!r}, 'raw', DISK + '/target', 'qcow2')"
    )
    assert told["error"] == "NoSpace" and "No space left on device" in told["text"]


def test_error_for_missing_qemu_img_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency, match="qemu-img is not installed. Install the package qemu-utils"):
        probe("/etc/hostname")
