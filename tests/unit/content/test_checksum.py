# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checksum files as distributions publish them, and what they are read from."""

from __future__ import annotations

import hashlib
import os

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content.checksum import (
    Checksum,
    ChecksumFile,
    file_checksum,
)
from ansible_collections.kvm.fleet.plugins.module_utils.content.checksum_file import find_digest, resolve
from ansible_collections.kvm.fleet.plugins.module_utils.errors import SourceError

ONE, TWO = "1" * 64, "2" * 64


@pytest.mark.parametrize(
    "text",
    [
        f"{TWO}  other.img\n{ONE}  debian.qcow2\n",
        f"{ONE} *debian.qcow2\n",
        f"{ONE}  ./images/debian.qcow2\r\n",
        f"{ONE.upper()}\tdebian.qcow2",
        f"SHA256 (debian.qcow2) = {ONE}\n",
        f"SHA2-256(debian.qcow2)= {ONE}\n",
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# debian.qcow2: 4 bytes\nSHA256 (debian.qcow2) = {ONE}\n",
        f"SHA512 (debian.qcow2) = {TWO}{TWO}\nSHA256 (debian.qcow2) = {ONE}\n",
        f"{TWO}{TWO}  debian.qcow2\n{ONE}  debian.qcow2\n",
        f"{ONE}\n",
        f"{ONE}  debian.qcow2\n{ONE}  ./debian.qcow2\n",
    ],
)
def test_every_common_format_is_read(text):
    assert find_digest(text, "sha256", "debian.qcow2") == ONE


def test_error_for_a_missing_name_suggests_close_ones():
    with pytest.raises(SourceError) as caught:
        find_digest(f"{ONE}  debian-12.qcow2\n{TWO}  README\n", "sha256", "debian-13.qcow2")
    assert "no sha256 of 'debian-13.qcow2'" in caught.value.what
    assert caught.value.remedy == "Did you mean debian-12.qcow2?"


def test_a_digest_of_another_algorithm_is_ignored():
    with pytest.raises(SourceError, match="no sha256"):
        find_digest("3" * 128 + "  debian.qcow2\n", "sha256", "debian.qcow2")


def test_two_different_digests_of_one_name_are_an_error():
    with pytest.raises(SourceError, match="several sha256"):
        find_digest(f"{ONE}  a/debian.qcow2\n{TWO}  b/debian.qcow2\n", "sha256", "debian.qcow2")


def test_a_checksum_file_is_read_from_its_url(site):
    url = site.publish("/SHA256SUMS", f"{ONE}  x.img\n".encode())
    assert resolve(ChecksumFile("sha256", url), "x.img") == Checksum("sha256", ONE)


def test_a_checksum_file_is_read_from_a_path_and_a_file_url(tmp_path):
    sums = tmp_path / "SUMS"
    sums.write_text(f"{ONE}  x.img\n")
    assert resolve(ChecksumFile("sha256", str(sums)), "x.img").digest == ONE
    assert resolve(ChecksumFile("sha256", sums.as_uri()), "x.img").digest == ONE


def test_errors_of_checksum_files_name_the_file(site, tmp_path):
    url = site.publish("/SUMS", b"nothing\n").replace("http://", "http://me:secret@")
    for location, words in (
        (url, "/SUMS: the checksum file has no sha256 of 'x'"),
        (site.base + "/gone/SUMS", "answers 404 Not Found"),
        (site.publish("/image", bytes(9 * 1024 * 1024)), "too long for a checksum file"),
        (str(tmp_path / "none"), "does not exist"),
        (str(tmp_path), "not a regular file"),
    ):
        with pytest.raises(SourceError) as caught:
            resolve(ChecksumFile("sha256", location), "x")
        assert words in str(caught.value) and caught.value.where == "checksum"
        assert "secret" not in str(caught.value)


def test_the_checksum_of_a_file_is_what_hashlib_says(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"content" * 400000)
    assert file_checksum(str(path), "sha384").digest == hashlib.sha384(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "path, words",
    [
        ("/nowhere/x", "'/nowhere/x' does not exist"),
        ("/dev/zero", "not a regular file"),
        ("/proc/self/mem", "Input/output error"),
        ("/proc/1/attr/exec/x", "is a file, not a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_error(path, words):
    with pytest.raises(SourceError) as caught:
        file_checksum(path)
    assert words in str(caught.value) and caught.value.where == "path"


def test_a_file_without_permission_is_reported_with_a_remedy(tmp_path, other_process):
    secret = tmp_path / "secret"
    secret.touch(mode=0)
    output, messages = other_process(
        "import os\nfrom PACKAGE.checksum import file_checksum\nos.geteuid() or os.setuid(65534)\n"
        f"try:\n    file_checksum({str(secret)!r})\n"
        "except Exception as exc:\n    print(type(exc).__name__, exc)"
    ).communicate()
    assert output.startswith("AccessDenied path: '") and "Run with become" in output, messages


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a regular file"):
        file_checksum(str(tmp_path / "pipe"))
