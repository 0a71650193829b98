# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloud-init seeds as volumes; xorriso and virsh are the witnesses."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

from .lifecycle import fields, settle, verbs

PASSWORD = "correct horse"


def seed(**documents: t.Any) -> dict[str, t.Any]:
    return {"user_data": {"password": PASSWORD}, "meta_data": {"instance-id": "web1"}, **documents}


def files_of(iso: pathlib.Path, into: pathlib.Path) -> dict[str, str]:
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", into], check=True, capture_output=True)
    return {path.name: path.read_text() for path in into.iterdir()}


def test_a_seed_lives_from_creation_to_removal(module, virsh, pool, folder, tmp_path):
    created = settle(module, "volume", pool=pool, name="seed.iso", seed=seed(network_config={"version": 2}))
    assert verbs(created) == ["create"]
    assert PASSWORD not in str(created)
    files = files_of(folder / "seed.iso", tmp_path / "files")
    assert files["user-data"].startswith("#cloud-config\n") and PASSWORD in files["user-data"]
    assert set(files) == {"user-data", "meta-data", "network-config"}
    assert "seed.iso" in virsh("vol-list", pool)
    settle(module, "volume", pool=pool, name="seed.iso", state="absent")
    assert list(folder.iterdir()) == []


def test_a_seed_is_written_anew_when_its_data_changes_and_only_then(module, folder, pool, tmp_path):
    settle(module, "volume", pool=pool, name="seed.iso", seed=seed())
    changed = settle(module, "volume", pool=pool, name="seed.iso", seed=seed(user_data={"packages": ["vim"] * 9000}))
    assert verbs(changed) == ["upload"]
    before, after = fields(changed)["seed"]
    assert before != after and before.startswith("(hidden")
    assert (folder / "seed.iso").stat().st_mode & 0o777 == 0o600
    assert "vim" in files_of(folder / "seed.iso", tmp_path / "files")["user-data"]
    assert "vim" not in str(changed)


def test_another_volume_of_that_name_is_not_overwritten(module, pool, folder):
    settle(module, "volume", pool=pool, name="seed.iso", capacity="1MiB", format="raw")
    failed = module("volume", pool=pool, name="seed.iso", seed=seed(), fails=True)
    assert "not a seed" in failed["msg"] and PASSWORD not in str(failed)
    assert (folder / "seed.iso").read_bytes() == bytes(1024**2)


def test_a_seed_survives_a_refresh_and_a_restart_of_its_pool(module, virsh, pool):
    options = {"pool": pool, "name": "seed.iso", "seed": seed()}
    settle(module, "volume", **options)
    virsh("pool-refresh", pool)  # libvirt now knows that it is an ISO image
    assert not module("volume", **options)["changed"]
    virsh("pool-destroy", pool)
    assert not module("volume", **options)["changed"]
    assert not module("converge", pools=[{"name": pool, "state": "present"}], volumes=[options])["changed"]
