# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user may write as a source, and what of it is ever shown."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content.checksum import Checksum, ChecksumFile
from ansible_collections.kvm.fleet.plugins.module_utils.content.source import parse_source
from ansible_collections.kvm.fleet.plugins.module_utils.content.url import shown_url, split_login
from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption

GOOD = "sha256:" + "A1" * 32


def test_the_name_of_a_url_is_its_decoded_last_part():
    source = parse_source(url="https://host/images/debian%2B12.qcow2?token=x", checksum=GOOD)
    assert source.name == "debian+12.qcow2"
    assert source.checksum == Checksum("sha256", "a1" * 32)


def test_a_path_needs_no_checksum():
    source = parse_source(path="/srv/debian.qcow2")
    assert (source.name, source.checksum, str(source)) == ("debian.qcow2", None, "/srv/debian.qcow2")


@pytest.mark.parametrize("location", ["https://host/SHA256SUMS", "file:///srv/SHA256SUMS", "/srv/SHA256SUMS"])
def test_a_checksum_may_be_in_a_file_of_checksums(location):
    source = parse_source(path="/srv/x", checksum="SHA512:" + location)
    assert source.checksum == ChecksumFile("sha512", location)


@pytest.mark.parametrize(
    "options, where, words",
    [
        ({"url": "https://h/x"}, "checksum", "required with a url"),
        ({"path": "images/x"}, "path", "not an absolute path"),
        ({"url": "ftp://h/x", "checksum": GOOD}, "url", "cannot be fetched"),
        ({"url": "https:///x", "checksum": GOOD}, "url", "cannot be fetched"),
        ({"url": "https://h:port/x", "checksum": GOOD}, "url", "cannot be fetched"),
        ({"url": "https://h/a b", "checksum": GOOD}, "url", "%20"),
        ({"url": "https://h/ä", "checksum": GOOD}, "url", "%20"),
        ({"url": "https://h/x\r\nHost: other", "checksum": GOOD}, "url", "cannot be fetched"),
        ({"url": "https://[::1/x", "checksum": GOOD}, "url", "cannot be fetched"),
        ({"url": "https://h/", "checksum": GOOD}, "url", "file name"),
        ({"path": "/x", "checksum": "md5:" + "a" * 32}, "checksum", "sha256:, sha384:, sha512:"),
        ({"path": "/x", "checksum": "a" * 64}, "checksum", "sha256:, sha384:, sha512:"),
        ({"path": "/x", "checksum": "sha256:" + "a" * 63}, "checksum", "64 hexadecimal digits"),
        ({"path": "/x", "checksum": "sha512:" + "a" * 64}, "checksum", "128 hexadecimal digits"),
        ({"path": "/x", "checksum": "sha256:" + "g" * 64}, "checksum", "64 hexadecimal digits"),
        ({"path": "/x", "checksum": "sha256:gopher://h/SUMS"}, "checksum", "cannot be fetched"),
    ],
)
def test_bad_options_are_refused_with_their_place_and_a_remedy(options, where, words):
    with pytest.raises(InvalidOption) as caught:
        parse_source(**options)
    assert caught.value.where == where
    assert words in str(caught.value)
    assert caught.value.remedy


def test_secrets_of_a_url_are_not_shown():
    url = "https://user:pass@host:8443/x.qcow2?sig=token#part"
    source = parse_source(url=url, checksum="sha256:https://user:pass@host/SUMS?sig=token")
    assert shown_url(url) == str(source) == "https://host:8443/x.qcow2?…"
    assert "pass" not in repr(source) and "token" not in repr(source)
    for malformed in (
        "ftp://user:pass@host/x?sig=token",
        "https://user:pass/token@host/x",
        "https://u:pass?token@host/x",
        "https://u:pass#token@host/x",
        "https://u:pass/token@host/@x",
        "http:/u:pass@host/token",
        "u:pass@token",
    ):
        with pytest.raises(InvalidOption) as caught:
            parse_source(url=malformed, checksum=GOOD)
        assert "pass" not in str(caught.value) and "token" not in str(caught.value)
        with pytest.raises(InvalidOption) as caught:
            parse_source(url="https://host/x", checksum=f"sha256:{malformed}")
        assert "pass" not in str(caught.value) and "token" not in str(caught.value)


def test_a_login_is_taken_out_of_the_url_and_decoded():
    assert split_login("http://me:p%40ss@host:81/x?y#z") == ("http://host:81/x?y", ("me", "p@ss"))
    assert split_login("http://host/x") == ("http://host/x", None)
