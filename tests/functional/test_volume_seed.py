# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloud-init seeds as volumes; xorriso and virsh are the witnesses."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from .lifecycle import fields, settle, verbs
from .test_domain import guest

PASSWORD = "correct horse"


def seed(**documents: t.Any) -> dict[str, t.Any]:
    return {"user_data": {"password": PASSWORD}, "meta_data": {"instance-id": "web1"}, **documents}


def files_of(iso: pathlib.Path, into: pathlib.Path) -> dict[str, str]:
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", into], check=True, capture_output=True)
    return {path.name: path.read_text() for path in into.iterdir()}


def test_seed_lifecycle_from_creation_to_removal(module, virsh, pool, folder, tmp_path):
    created = settle(module, "volume", pool=pool, name="seed.iso", seed=seed(network_config={"version": 2}))
    assert verbs(created) == ["create"]
    assert PASSWORD not in str(created)
    files = files_of(folder / "seed.iso", tmp_path / "files")
    assert files["user-data"].startswith("#cloud-config\n") and PASSWORD in files["user-data"]
    assert set(files) == {"user-data", "meta-data", "network-config"}
    assert "seed.iso" in virsh("vol-list", pool)
    settle(module, "volume", pool=pool, name="seed.iso", state="absent")
    assert list(folder.iterdir()) == []


def test_a_seed_is_rewritten_only_when_its_data_changes(module, folder, pool, tmp_path):
    settle(module, "volume", pool=pool, name="seed.iso", seed=seed())
    changed = settle(module, "volume", pool=pool, name="seed.iso", seed=seed(user_data={"packages": ["vim"] * 9000}))
    assert verbs(changed) == ["upload"]
    before, after = fields(changed)["seed"]
    assert before != after and before.startswith("(hidden")
    assert (folder / "seed.iso").stat().st_mode & 0o777 == 0o600
    assert "vim" in files_of(folder / "seed.iso", tmp_path / "files")["user-data"]
    assert "vim" not in str(changed)


def test_a_volume_that_is_no_seed_of_that_name_is_not_overwritten(module, pool, folder):
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


#: Documents as they come out of templates, comments and all.
TEXTS = {
    "user_data": f"#!/bin/sh\necho 'root:{PASSWORD}' | chpasswd  # : [\n",
    "vendor_data": f"#cloud-config\npassword: {PASSWORD}\n",
    "meta_data": "# of a template\ninstance-id: web1\nlocal-hostname: web1\n",
    "network_config": "version: 2  # of a template\nethernets: {e: {dhcp4: true}}\n",
}


def declared(pool: str, name: str, documents: dict[str, t.Any]) -> dict[str, t.Any]:
    """What makes the same seed, by the modules that do."""
    disks = [{"file": "/nowhere", "format": "raw"}]
    cloud_init = {"pool": pool, **documents}
    return {
        "volume": {"pool": pool, "name": f"{name}-seed.iso", "seed": documents},
        "domain": guest(name, state="stopped", disks=disks, cloud_init=cloud_init),
    }


@pytest.mark.parametrize("kind", ["volume", "domain"])
def test_texts_go_to_the_guest_as_they_are(module, folder, pool, unique, tmp_path, kind):
    made = settle(module, kind, **declared(pool, unique, TEXTS)[kind])
    files = files_of(folder / f"{unique}-seed.iso", tmp_path / "files")
    assert files == {name.replace("_", "-"): text for name, text in TEXTS.items()}
    assert PASSWORD not in str(made) and "(hidden" in str(made)


@pytest.mark.parametrize("kind", ["volume", "domain"])
@pytest.mark.parametrize(
    ("document", "text", "message"),
    [
        ("network_config", f"password: {PASSWORD}: x", "this is not YAML at line 1, column 24"),
        ("meta_data", f"- {PASSWORD}", "this is YAML, but not a dictionary"),
        ("user_data", PASSWORD, "cloud-init does not recognise this text"),
        ("network_config", [PASSWORD], "it is neither a dictionary nor a text"),
    ],
)
def test_invalid_cloud_init_data_is_refused_without_showing_it(
    module, folder, pool, unique, kind, document, text, message
):
    option = "seed" if kind == "volume" else "cloud_init"
    options = declared(pool, unique, {**TEXTS, document: text})[kind]
    for name, said, place in (
        (kind, options, ""),
        ("converge", {kind + "s": [options]}, f"{kind}s[{options['name']}]."),
    ):
        failed = module(name, fails=True, **said)
        assert message in failed["msg"] and PASSWORD not in str(failed)
        assert kind == "domain" or failed["msg"].startswith(f"{place}{option}.{document}: ")
    assert list(folder.iterdir()) == []


def test_an_empty_template_is_no_cloud_init_document(module, folder, pool, unique, tmp_path):
    settle(module, "domain", **declared(pool, unique, {"user_data": "", "network_config": " \n"})["domain"])
    files = files_of(folder / f"{unique}-seed.iso", tmp_path / "files")
    assert set(files) == {"user-data", "meta-data"} and unique in files["meta-data"]
