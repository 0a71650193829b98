# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What image headers say, of images that qemu-img made; and where their names lead."""

from __future__ import annotations

import pathlib
import struct
import subprocess

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content.header import Header, read_header, where

MIB = 2**20


def header(path: pathlib.Path) -> Header | None:
    content = path.read_bytes()
    return read_header(lambda offset, length: content[offset : offset + length])


def create(path: pathlib.Path, *options: str, form: str = "qcow2", size: str = "8M") -> pathlib.Path:
    command = ["qemu-img", "create", "-q", "-u", "-f", form, *options, str(path), size]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.parametrize("compat", ["0.10", "1.1"])
@pytest.mark.parametrize("cluster", [512, 65536, 2 * MIB])
def test_the_backing_file_is_read_from_the_header(tmp_path, compat, cluster):
    options = ("-o", f"compat={compat},cluster_size={cluster}")
    assert header(create(tmp_path / "alone", *options)) == Header("qcow2", 8 * MIB)
    below = ("-b", "/srv/größe $x.qcow2", "-F", "raw")
    found = header(create(tmp_path / "above", *options, *below, size="3M"))
    assert found == Header("qcow2", 3 * MIB, "/srv/größe $x.qcow2", "raw")


def test_a_header_without_a_backing_format(tmp_path):
    path = create(tmp_path / "above", "-b", "base", "-F", "qcow2")
    content = path.read_bytes()
    (end,) = struct.unpack_from(">I", content, 100)
    path.write_bytes(content[:end] + struct.pack(">II", 0x12345678, 5) + content[end + 8 :])  # an unknown extension
    assert header(path) == Header("qcow2", 8 * MIB, "base", None)


def test_an_external_data_file_is_detected(tmp_path):
    create(tmp_path / "data", form="raw")
    found = header(create(tmp_path / "image", "-o", f"data_file={tmp_path / 'data'},data_file_raw=on"))
    assert found == Header("qcow2", 8 * MIB, None, None, (str(tmp_path / "data"),))


def test_a_qcow1_header_is_read(tmp_path):
    assert header(create(tmp_path / "old", "-b", "/srv/base", "-F", "raw", form="qcow")) == Header(
        "qcow", 8 * MIB, "/srv/base"
    )


@pytest.mark.parametrize(
    ("subformat", "size", "parts"),
    [
        ("monolithicFlat", 8, ("image-flat.vmdk",)),
        ("twoGbMaxExtentFlat", 3072, ("image-f001.vmdk", "image-f002.vmdk")),
        ("twoGbMaxExtentSparse", 3072, ("image-s001.vmdk", "image-s002.vmdk")),
    ],
)
def test_the_text_of_a_vmdk_says_where_its_content_is(tmp_path, subformat, size, parts):
    path = create(tmp_path / "image.vmdk", "-o", f"subformat={subformat}", form="vmdk", size=f"{size}M")
    found = Header("vmdk", size * MIB, None, None, parts)
    assert header(path) == found
    for part in parts:
        (tmp_path / part).unlink()
        assert header(path) == found, "also when some of it has gone"


def test_the_text_of_a_vmdk_may_be_anybodys():
    text = b"""# Disk DescriptorFile\r
version=1\r
createType="custom"\r
parentFileNameHint = "base.vmdk"\r
# RW 1 FLAT "not-this" 0\r
RW 4 FLAT "a b.vmdk" 0\r
RDONLY 2 VMFS "/srv/gr\xc3\xb6\xc3\x9fe" 0\r
NOACCESS 2 ZERO\r
RW 1 FLAT "a b.vmdk" 4\r
RW x FLAT "not-this-either"\r
"""
    found = read_header(lambda offset, length: text[offset : offset + length])
    assert found == Header("vmdk", 9 * 512, "base.vmdk", None, ("a b.vmdk", "/srv/größe"))


@pytest.mark.parametrize("form", ["qed", "vmdk", "vhdx", "vpc"])
def test_rare_formats_are_left_to_qemu(tmp_path, form):
    assert header(create(tmp_path / "image", form=form)) is None


@pytest.mark.parametrize("content", [b"", b"QFI", b"QFI\xfb\0\0\0\3", b"\0" * 512, b"#!/bin/sh\n"])
def test_content_without_a_known_header_is_raw(content):
    assert read_header(lambda offset, length: content[offset : offset + length]) == Header("raw")


def test_reading_a_forged_header_terminates(tmp_path):
    """Extensions without an end, and a name beyond the end of the file."""
    reads = []

    def read(offset: int, length: int) -> bytes:
        reads.append(offset)
        forged = b"QFI\xfb" + struct.pack(">IQI", 3, 2**60, 2**31) + bytes(80) + struct.pack(">I", 104)
        return forged[offset : offset + length] if offset < 104 else struct.pack(">II", 1, 0)[:length]

    found = read_header(read)
    assert found is not None and found.format == "qcow2"
    assert len(reads) < 100


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/srv/a.qcow2", "/srv/a.qcow2"),
        ("a.qcow2", "/pool/a.qcow2"),
        ("../b/a.qcow2", "/pool/../b/a.qcow2"),
        ("./odd:name", "/pool/./odd:name"),
        ("file:/srv/a", "/srv/a"),
        ("file:a", "/pool/a"),
        ("rbd:vms/web1:id=admin:conf=/etc/ceph.conf", ("rbd", "vms/web1")),
        ("nbd://host:10809/web1", ("nbd", "web1")),
        ("nbd+unix:///web1?socket=/run/nbd", ("nbd", "web1")),
        ("gluster+tcp://host/vms/dir/web1", ("gluster", "vms/dir/web1")),
        ("https://host/images/web1.qcow2?x=1", ("https", "images/web1.qcow2")),
        ('json:{"driver": "qcow2", "file": {"driver": "file", "filename": "a.qcow2"}}', "/pool/a.qcow2"),
        ('json:{"driver": "raw", "file.driver": "host_device", "file.filename": "/dev/vg/a"}', "/dev/vg/a"),
        ('json:{"driver": "raw", "file": {"driver": "rbd", "pool": "vms", "image": "web1"}}', ("rbd", "vms/web1")),
        ('json:{"driver": "nbd", "export": "web1", "server.type": "inet"}', ("nbd", "web1")),
        ('json:{"driver": "iscsi", "target": "iqn.x:t", "lun": 1}', ("iscsi", "iqn.x:t/1")),
        ('json:{"driver": "null-co"}', None),
        ("json:{", None),
        ("json:[1]", None),
        ("fat:rw:/srv", None),
    ],
)
def test_backing_file_names_are_resolved(name, expected):
    assert where(name, "/pool") == expected
