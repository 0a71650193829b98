# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools and volumes over a URI that hides the host's files: everything goes through libvirt."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
import typing as t

import pytest

from .lifecycle import settle, verbs

CONTENT = random.Random(2).randbytes(3 * 1024**2)


@pytest.fixture
def pool(module, uri: str, unique: str, tmp_path: pathlib.Path) -> dict[str, t.Any]:
    """An active pool, as options."""
    (tmp_path / "pool").mkdir()
    options = {"uri": uri, "name": unique, "type": "dir", "target": str(tmp_path / "pool")}
    assert verbs(settle(module, "pool", **options)) == ["define", "start"]
    return options


def content_of(path: pathlib.Path, tmp_path: pathlib.Path) -> bytes:
    subprocess.run(["qemu-img", "convert", "-O", "raw", path, tmp_path / "raw"], check=True)
    return (tmp_path / "raw").read_bytes()


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_volumes_with_content_copies_and_growth(module, pool, tmp_path, uri, image_format):
    (tmp_path / "image").write_bytes(CONTENT)
    options = {"uri": uri, "pool": pool["name"], "format": image_format}
    settle(module, "volume", **options, name="disk", capacity="4MiB", source={"path": str(tmp_path / "image")})
    settle(module, "volume", **options, name="copy", capacity="5MiB", source={"volume": "disk"})
    assert verbs(settle(module, "volume", **options, name="copy", capacity="6MiB")) == ["resize"]
    for name, size in (("disk", 4), ("copy", 6)):
        expected = CONTENT + bytes(size * 1024**2 - len(CONTENT))
        assert content_of(tmp_path / "pool" / name, tmp_path) == expected
    settle(module, "volume", uri=uri, pool=pool["name"], name="clone", backing="disk")
    settle(module, "volume", uri=uri, pool=pool["name"], name="clone", state="absent")


def test_uploads_keep_sparse_files_sparse(module, pool, tmp_path, uri):
    with (tmp_path / "image").open("wb") as file:
        file.write(CONTENT)
        file.seek(64 * 1024**2, os.SEEK_CUR)
        file.write(CONTENT)
        file.truncate(128 * 1024**2)
    options = {"uri": uri, "pool": pool["name"], "name": "disk", "format": "raw"}
    settle(module, "volume", **options, source={"path": str(tmp_path / "image")})
    there = tmp_path / "pool" / "disk"
    assert there.read_bytes() == (tmp_path / "image").read_bytes()
    assert there.stat().st_blocks * 512 < 2 * len(CONTENT) + 1024**2


@pytest.mark.parametrize("size", [512, 513, 1024])
def test_uploading_content_of_one_or_two_blocks(module, pool, tmp_path, uri, size):
    (tmp_path / "image").write_bytes(CONTENT[:size])
    options = {"uri": uri, "pool": pool["name"], "name": "disk", "format": "raw"}
    settle(module, "volume", **options, source={"path": str(tmp_path / "image")})
    assert (tmp_path / "pool" / "disk").read_bytes() == CONTENT[:size].ljust(-(-size // 512) * 512, b"\0")


def test_preallocated_content_is_allocated(module, pool, tmp_path, uri):
    (tmp_path / "image").write_bytes(CONTENT)
    options = {"uri": uri, "pool": pool["name"], "name": "disk", "format": "raw", "preallocation": "falloc"}
    settle(module, "volume", **options, capacity="8MiB", source={"path": str(tmp_path / "image")})
    assert (tmp_path / "pool" / "disk").stat().st_blocks * 512 >= 8 * 1024**2


def test_seeds_over_a_remote_connection(module, pool, tmp_path, uri):
    options = {"uri": uri, "pool": pool["name"], "name": "seed.iso"}
    settle(module, "volume", **options, seed={"user_data": {"packages": ["vim"]}})
    small = (tmp_path / "pool" / "seed.iso").stat().st_size
    assert verbs(settle(module, "volume", **options, seed={"user_data": {"packages": ["emacs"] * 9000}})) == ["upload"]
    assert (tmp_path / "pool" / "seed.iso").stat().st_size > small


def test_content_that_does_not_fit_leaves_nothing(module, virsh, uri, unique, tmp_path):
    (tmp_path / "image").write_bytes(CONTENT)
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
    try:
        virsh("pool-create-as", unique, "dir", "--target", str(small))
        options = {"uri": uri, "pool": unique, "name": "disk", "format": "raw"}
        failed = module("volume", **options, source={"path": str(tmp_path / "image")}, fails=True)
        assert "no space left" in failed["msg"].lower()
        assert list(small.iterdir()) == []
    finally:
        virsh("pool-destroy", unique)
        subprocess.run(["umount", small], check=True)


def test_permissions_of_a_running_pool_need_the_host_itself(module, pool):
    failed = module("pool", **pool, permissions={"mode": "0700"}, fails=True)
    assert failed["msg"].startswith("permissions.mode: ") and "local uri" in failed["msg"]


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_guest_stays_on_an_overlay_that_only_libvirt_can_see(module, virsh, pool, uri, unique, state):
    volume = {"uri": uri, "pool": pool["name"], "name": "a.qcow2"}
    disks = [{"pool": pool["name"], "volume": "a.qcow2", "target": "vda"}]
    domain = {"uri": uri, "name": unique, "memory": "32MiB", "machine": "q35", "state": state, "disks": disks}
    module("volume", **volume, capacity="8MiB")
    module("domain", **domain)
    virsh("snapshot-create-as", unique, "nightly", "--disk-only")
    if state == "stopped":  # of a guest that runs libvirt says what is below
        refused = module("domain", **domain, fails=True)
        assert "a.nightly', and its backing file cannot be read" in refused["msg"]
        assert "a.nightly" in virsh("domblklist", unique)
        virsh("pool-refresh", pool["name"])
    assert module("domain", **domain)["actions"] == []
    assert f"needed by domain {unique}" in module("volume", **volume, state="absent", fails=True)["msg"]
