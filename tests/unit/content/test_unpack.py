# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives made by the real programs, whole and damaged."""

from __future__ import annotations

import os
import subprocess

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content import unpack as unpack_module
from ansible_collections.kvm.fleet.plugins.module_utils.content.unpack import packed_as, unpack
from ansible_collections.kvm.fleet.plugins.module_utils.errors import MissingDependency, SourceError

PROGRAMS = {"xz": "xz", "gz": "gzip", "bz2": "bzip2", "zst": "zstd"}
#: Data, a large hole, data that does not end on a block, and a hole that does.
CONTENT = os.urandom(100000) + bytes(2 * 1024 * 1024) + os.urandom(5000) + bytes(1024 * 1024 + 1496)


@pytest.fixture(params=sorted(PROGRAMS))
def kind(request):
    return request.param


@pytest.fixture
def packed(tmp_path, kind):
    """The path of ``CONTENT`` packed, under a name that says nothing."""
    path = tmp_path / "packed"
    with open(path, "wb") as file:
        subprocess.run([PROGRAMS[kind], "-1c"], input=CONTENT, stdout=file, check=True)
    return path


def test_a_packed_file_is_known_by_its_content_and_comes_out_sparse(packed, kind, tmp_path):
    target = tmp_path / "target"
    assert packed_as(str(packed)) == kind
    unpack(str(packed), kind, str(target))
    assert target.read_bytes() == CONTENT
    assert target.stat().st_blocks * 512 < 1024 * 1024


def test_archives_after_one_another_are_all_unpacked(packed, kind, tmp_path):
    with open(packed, "ab") as file:
        subprocess.run([PROGRAMS[kind], "-1c"], input=b"\0end\0", stdout=file, check=True)
    unpack(str(packed), kind, str(tmp_path / "target"))
    assert (tmp_path / "target").read_bytes() == CONTENT + b"\0end\0"


def test_a_link_to_a_packed_file_is_followed(packed, kind, tmp_path):
    (tmp_path / "link").symlink_to(packed)
    unpack(str(tmp_path / "link"), kind, str(tmp_path / "target"))
    assert (tmp_path / "target").stat().st_size == len(CONTENT)


def test_a_packed_file_that_ends_early_is_an_error(packed, kind, tmp_path):
    os.truncate(packed, packed.stat().st_size - 20)
    with pytest.raises(SourceError) as caught:
        unpack(str(packed), kind, str(tmp_path / "target"))
    assert caught.value.remedy


@pytest.mark.parametrize("position", [10, 4000])
def test_a_damaged_packed_file_is_an_error(kind, position, tmp_path):
    text = " ".join(map(str, range(90000))).encode()
    content = bytearray(subprocess.check_output([PROGRAMS[kind], "-1c"], input=text))
    assert len(content) > 2 * position
    content[position : position + 10] = b"\xff" * 10
    packed = tmp_path / "packed"
    packed.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        unpack(str(packed), kind, str(tmp_path / "target"))
    assert caught.value.remedy


def test_a_full_disk_while_unpacking_is_reported(packed, kind, on_small_disk):
    packed.write_bytes(subprocess.check_output([PROGRAMS[kind], "-1c"], input=os.urandom(1200 * 1024)))
    told = on_small_disk(
        f"from {unpack_module.__name__} import unpack\nunpack({str(packed)!r}, {kind!r}, DISK + '/target')"
    )
    assert told["error"] == "NoSpace" and "target" in told["text"]


@pytest.mark.parametrize("content", [b"", b"QFI\xfb" + bytes(100), bytes(1000), b"BZ", b"just text"])
def test_a_file_that_is_not_packed_stays_as_it_is(tmp_path, content):
    (tmp_path / "x.xz").write_bytes(content)
    assert packed_as(str(tmp_path / "x.xz")) is None


def test_error_for_missing_zstd_names_the_package(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(subprocess.check_output(["zstd", "-c"], input=CONTENT))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency) as caught:
        unpack(str(tmp_path / "x"), "zst", str(tmp_path / "target"))
    assert "zstd is not installed" in caught.value.what and "Install the package zstd" in caught.value.remedy
