# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds as a guest reads them: PyYAML and xorriso look at what was written."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time

import pytest
import yaml

from ansible_collections.kvm.fleet.plugins.module_utils.content.seed import (
    SeedData,
    build_iso,
    files,
    fingerprint,
    read_fingerprint,
)
from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption, MissingDependency

META = {"instance-id": "web1", "local-hostname": "web1"}
USER = {
    "users": ["default", {"name": "ops", "passwd": "$6$secret"}],
    "bootcmd": [["echo", "ä: #"]],
    "n": 1.5,
    "no": None,
}
FULL = SeedData(USER, META, {"version": 2, "ethernets": {"e": {"dhcp4": True}}}, "#!/bin/sh\ntrue\n")


def test_mappings_become_yaml_and_texts_stay_as_they_are():
    written = files(FULL)
    assert sorted(written) == ["meta-data", "network-config", "user-data", "vendor-data"]
    assert written["user-data"].startswith(b"#cloud-config\n{\n")
    assert yaml.safe_load(written["user-data"]) == USER
    assert yaml.safe_load(written["meta-data"]) == META and not written["meta-data"].startswith(b"#")
    assert yaml.safe_load(written["network-config"]) == FULL.network_config
    assert written["vendor-data"] == b"#!/bin/sh\ntrue\n"


def test_documents_that_are_not_given_have_no_file():
    assert sorted(files(SeedData({}, META))) == ["meta-data", "user-data"]


def test_every_character_reaches_the_guest():
    text = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000) + "\U0001f600 'x' \"y\" \\"
    assert yaml.safe_load(files(SeedData({text[-999:]: [text]}, META))["user-data"]) == {text[-999:]: [text]}


@pytest.mark.parametrize(
    "text",
    [
        "#cloud-config\nx: 1\n",
        "#!/bin/sh\n",
        "#cloud-boothook\ntrue\n",
        "#include-once\nhttp://a.example\n",
        "#cloud-config # and a comment\n",
        "## template: jinja\n",
        "Content-Type: text/x\n",
        "MIME-Version: 1.0\n",
        "",
    ],
)
def test_a_text_that_cloud_init_knows_is_taken(text):
    assert files(SeedData(text, META))["user-data"] == text.encode()


@pytest.mark.parametrize(
    "seed, where",
    [
        (SeedData({"x": object()}, META), "user_data"),
        (SeedData({"x": float("nan")}, META), "user_data"),
        (SeedData({"x": "\ud800"}, META), "user_data"),
        (SeedData({1: 2, "x": 3}, META), "user_data"),
        (SeedData("packages: [vim]", META), "user_data"),
        (SeedData({}, META, vendor_data="true"), "vendor_data"),
        (SeedData({}, {"instance-id": b"x"}), "meta_data"),
        (SeedData({}, META, network_config={"version": 2, "x": {1}}), "network_config"),
        (SeedData({}, META, network_config={"version": "2"}), "network_config.version"),
        (SeedData({}, META, network_config={"network": {"version": 3}}), "network_config.version"),
        (SeedData({}, META, network_config={"ethernets": {}}), "network_config.version"),
    ],
)
def test_invalid_cloud_init_data_is_refused_with_its_place(seed, where):
    with pytest.raises(InvalidOption) as caught:
        files(seed)
    assert caught.value.where == where and caught.value.remedy


@pytest.mark.parametrize(
    ("first", "meant"),
    [
        ("# cloud-config", "Make #cloud-config its first line"),
        ("#cloudconfig", "Make #cloud-config its first line"),
        ("#cloud_config", "Make #cloud-config its first line"),
        ("#cloud-configs", "Make #cloud-config its first line"),
        ("#upstart-job", "Make #cloud-config its first line"),
        ("# include", "Make #include its first line"),
        ("# !/bin/sh", "Start it with #!/bin/sh"),
    ],
)
def test_a_beginning_that_cloud_init_does_not_know_is_refused_with_what_was_meant(first, meant):
    with pytest.raises(InvalidOption, match="cloud-init does not recognise this text") as caught:
        files(SeedData(f"\n{first}\npackages: [vim]\n", META))
    assert caught.value.remedy == meant


def test_passwords_are_not_in_the_representation():
    assert "secret" not in repr(FULL)


def test_the_fingerprint_follows_content_and_not_the_order_of_keys():
    base = fingerprint(SeedData({"a": 1, "b": 2}, META))
    assert fingerprint(SeedData({"b": 2, "a": 1}, META)) == base
    others = [
        SeedData({"a": 1, "b": 3}, META),
        SeedData({"a": 1, "b": 2}, {"instance-id": "web2"}),
        SeedData({"a": 1, "b": 2}, META, {}),
        SeedData({"a": 1, "b": 2}, META, None, {}),
    ]
    assert len({base, *map(fingerprint, others)}) == 5


def test_the_iso_holds_the_files_for_root_alone_under_the_label_that_cloud_init_looks_for(tmp_path):
    (tmp_path / "iso").write_bytes(build_iso(FULL, str(tmp_path)))
    out = tmp_path / "out"
    read = ["xorriso", "-osirrox", "on", "-indev", str(tmp_path / "iso")]
    told = subprocess.run(
        [*read, "-pvd_info", "-lsl", "/", "--", "-extract", "/", str(out)], check=True, capture_output=True, text=True
    ).stdout
    assert "Volume Id    : cidata" in told
    assert told.count("-r--------    1 0        0 ") == 4
    assert {path.name: path.read_bytes() for path in out.iterdir()} == files(FULL)


def test_the_same_seed_gives_the_same_bytes_at_another_time(tmp_path):
    first = build_iso(FULL, str(tmp_path))
    time.sleep(1.01 - time.time() % 1)  # the dates of an ISO image have seconds: wait for the next
    (tmp_path / "other").mkdir()
    assert build_iso(FULL, str(tmp_path / "other")) == first
    assert len(first) < 100 * 1024


def test_the_fingerprint_is_read_back_from_the_beginning_of_the_iso(tmp_path):
    assert read_fingerprint(build_iso(FULL, str(tmp_path))[: 64 * 1024]) == fingerprint(FULL)


@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 2049, 100_000])
def test_files_of_every_size_are_where_the_image_says(tmp_path, size):
    seed = SeedData("#!".ljust(size, "#") if size > 1 else "\n" * size, META, network_config="x" * size)
    (tmp_path / "iso").write_bytes(build_iso(seed, str(tmp_path)))
    out = tmp_path / "out"
    read = ["xorriso", "-osirrox", "on", "-indev", str(tmp_path / "iso"), "-extract", "/", str(out)]
    subprocess.run(read, check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == files(seed)


def test_a_foreign_iso_has_no_fingerprint(tmp_path):
    (tmp_path / "user-data").touch()
    other = str(tmp_path / "iso")
    subprocess.run(
        ["xorriso", "-as", "mkisofs", "-quiet", "-V", "cidata", "-A", "OTHER", "-o", other, str(tmp_path)],
        check=True,
        capture_output=True,
    )
    with open(other, "rb") as file:
        assert read_fingerprint(file.read(65536)) is None
    assert read_fingerprint(b"") is None and read_fingerprint(bytes(65536)) is None


def test_passwords_are_neither_in_an_argv_nor_in_any_file(tmp_path, monkeypatch):
    """An xorriso that first writes down what it was given, and all that is in the files."""
    spy = tmp_path / "bin" / "xorriso"
    spy.parent.mkdir()
    log, folder, temporary = tmp_path / "log", tmp_path / "folder", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    spy.write_text(
        f'#!/bin/sh\n{{ echo "$@"; ls -lR {folder}; cat {folder}/*/*; }} > {log}\nPATH=${{PATH#*:}} exec xorriso "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert b"$6$secret" in build_iso(FULL, str(folder))
    seen = log.read_text()
    assert "mkisofs" in seen and "user-data" in seen and "secret" not in seen
    left = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(left) == 4 and not any(map(any, left)) and os.listdir(temporary) == []


def test_error_for_missing_xorriso_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency, match="Install the package xorriso"):
        build_iso(FULL, str(tmp_path))
