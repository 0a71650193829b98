# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud-init seed of a guest: it stays until it is taken away, whatever disks are declared; virsh is a witness."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from .lifecycle import fields, settle, verbs
from .test_domain import guest

CLOUD_INIT = {"user_data": {"password": "geheim"}}


@pytest.fixture
def disks(module, pool) -> list[dict[str, t.Any]]:
    """The disks of a guest, as they are declared."""
    module("volume", pool=pool, name="root", capacity="1MiB")
    return [{"pool": pool, "volume": "root"}]


@pytest.fixture
def seed(folder, unique) -> pathlib.Path:
    """Where the seed is."""
    return folder / f"{unique}-seed.iso"


def drives(virsh, name: str, *which: str) -> dict[str, str]:
    """By their targets the files that a guest has, or will have with ``--inactive``."""
    return dict(line.split(maxsplit=1) for line in virsh("domblklist", name, *which).splitlines())


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_seed_stays_where_disks_are_declared_without_it(module, virsh, unique, pool, disks, seed, state):
    settle(module, "domain", **guest(unique, state=state, disks=disks, cloud_init=CLOUD_INIT))
    assert not module("domain", **guest(unique, state=state, disks=disks))["changed"]
    named = [*disks, {"pool": pool, "volume": seed.name}]
    assert not module("domain", **guest(unique, state=state, disks=named))["changed"]
    module("volume", pool=pool, name="data", capacity="1MiB")
    more = [*disks, {"pool": pool, "volume": "data"}]
    assert set(fields(settle(module, "domain", **guest(unique, state=state, disks=more)))) == {"disks[vdc]"}
    settle(module, "domain", **guest(unique, state="stopped", disks=[]))
    assert drives(virsh, unique, "--inactive") == {"vdb": str(seed)}
    assert seed.exists()


def test_a_seed_is_no_drift_and_is_in_the_spec(module, unique, disks, seed):
    settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=CLOUD_INIT))
    declared = guest(unique, state="stopped", disks=disks)
    assert module("domain_info", name=unique, declared=[declared])["domains"][0]["drift"] == []
    (spec,) = module("domain_info", name=unique, **{"as": "spec"})["domains"]
    assert [disk["file"] for disk in spec["disks"]][1] == str(seed)
    assert not module("domain", **spec)["changed"]
    assert not module("domain", **{**spec, "disks": spec["disks"][:1]})["changed"]


def test_an_empty_cloud_init_removes_the_seed_and_its_volume(module, virsh, unique, pool, disks, seed):
    settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=CLOUD_INIT))
    assert seed.exists()
    gone = settle(module, "domain", **guest(unique, state="stopped", cloud_init={}))
    assert verbs(gone) == ["define", "remove_seed"]
    assert fields(gone)["cloud_init"] == (f"{pool}/{seed.name}", None)
    assert list(drives(virsh, unique, "--inactive")) == ["vda"]
    assert not seed.exists() and seed.name not in virsh("vol-list", pool)


def test_a_seed_in_use_is_removed_when_the_guest_releases_it(soon_given_up, module, virsh, unique, disks, seed):
    """A guest without an operating system lets go of a drive when it is switched off."""
    settle(module, "domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT))
    options = guest(unique, disks=disks, cloud_init={})
    kept = module("domain", **options)
    assert verbs(kept) == ["define", "detach", "remove_seed"] and kept["restart_required"]
    assert list(drives(virsh, unique, "--inactive")) == ["vda"]
    assert seed.exists() and str(seed) in drives(virsh, unique).values()
    virsh("destroy", unique)
    gone = settle(module, "domain", **options)
    assert verbs(gone) == ["start", "remove_seed"]
    assert not seed.exists() and list(drives(virsh, unique)) == ["vda"]


def test_a_disk_is_pending_while_a_seed_in_use_has_its_target(soon_given_up, module, virsh, unique, disks, pool):
    settle(module, "domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT))
    virsh("vol-create-as", pool, "data", "1M")
    disks = [*disks, {"pool": pool, "volume": "data", "target": "vdb"}]
    waits = module("domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT))
    assert verbs(waits) == ["define", "detach", "attach", "attach"] and waits["restart_required"]
    assert drives(virsh, unique)["vdb"].endswith("-seed.iso") and list(drives(virsh, unique)) == ["vda", "vdb", "vdc"]
    again = module("domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT))
    assert not again["changed"] and again["pending"] == waits["pending"]
    restarted = settle(
        module, "domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT, restart="if_required", vcpus_max=2)
    )
    assert verbs(restarted) == ["define", "restart"]
    assert drives(virsh, unique) == drives(virsh, unique, "--inactive")
    assert drives(virsh, unique)["vdb"].endswith("/data")


def test_a_saved_guest_keeps_the_seed_that_it_was_saved_with(module, virsh, unique, disks, seed):
    settle(module, "domain", **guest(unique, disks=disks, cloud_init=CLOUD_INIT))
    settle(module, "domain", **guest(unique, state="saved", disks=disks, cloud_init=CLOUD_INIT))
    settle(module, "domain", **guest(unique, state="saved", disks=disks, cloud_init={}))
    assert seed.exists()
    virsh("start", unique)
    assert str(seed) in drives(virsh, unique).values()


def test_a_foreign_seed_file_is_unplugged_and_not_deleted(module, virsh, unique, pool, disks, seed):
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", seed, "1M"], check=True)
    virsh("pool-refresh", pool)
    drive = {"pool": pool, "volume": seed.name, "readonly": True}
    settle(module, "domain", **guest(unique, state="stopped", disks=[*disks, drive]))
    assert verbs(settle(module, "domain", **guest(unique, state="stopped", cloud_init={}))) == ["define"]
    assert list(drives(virsh, unique, "--inactive")) == ["vda"]
    assert seed.exists()


def test_a_seed_left_by_an_interrupted_run_is_removed_by_the_next(module, virsh, unique, disks, seed):
    settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=CLOUD_INIT))
    virsh("detach-disk", unique, "vdb", "--config")
    assert verbs(settle(module, "domain", **guest(unique, state="stopped", cloud_init={}))) == ["remove_seed"]
    assert not seed.exists()


def test_a_seed_moves_to_another_pool(module, virsh, unique, pool, disks, seed, tmp_path):
    settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=CLOUD_INIT))
    module("pool", name=unique + "s", type="dir", target=str(tmp_path / "seeds"))
    moved = {**CLOUD_INIT, "pool": unique + "s"}
    changed = settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=moved))
    assert verbs(changed) == ["create", "define", "remove_seed"]
    assert list(drives(virsh, unique, "--inactive").values())[1:] == [str(tmp_path / "seeds" / seed.name)]
    assert not seed.exists()


def test_a_disk_does_not_take_the_place_of_the_seed(module, virsh, unique, pool, disks, seed):
    settle(module, "domain", **guest(unique, state="stopped", disks=disks, cloud_init=CLOUD_INIT))
    module("volume", pool=pool, name="data", capacity="1MiB")
    more = [*disks, {"pool": pool, "volume": "data", "target": "vdb"}]
    failed = module("domain", **guest(unique, state="stopped", disks=more), fails=True)
    assert failed["msg"].startswith("disks[1].target: vdb is the target of the domain's cloud-init seed. ")
    settle(module, "domain", **guest(unique, state="stopped", disks=more, cloud_init=CLOUD_INIT))
    assert list(drives(virsh, unique, "--inactive")) == ["vda", "vdb", "vdc"]
    assert drives(virsh, unique, "--inactive")["vdc"] == str(seed)
    assert "<readonly" not in virsh("dumpxml", unique, "--inactive", "--xpath", "//disk[target/@dev='vdb']")
