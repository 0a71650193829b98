# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools that come up in the run that uses what is in them: one run is enough, and check mode predicts it exactly.

What is in a directory is seen in any case. What is in a file system is seen once it is mounted: it stands for all
pools (iSCSI, Fibre Channel) whose volumes are known only then.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import typing as t

import pytest

from .lifecycle import verbs
from .test_domain import OFF, dumpxml
from .test_pool import loop_device  # noqa: F401  # pylint: disable=unused-import

Document = dict[str, t.Any]


def make_image(path: pathlib.Path, image_format: str = "qcow2") -> None:
    subprocess.run(["qemu-img", "create", "-q", "-f", image_format, path, "4M"], check=True)


def converge(module, document: Document) -> Document:
    """Converge, and then find nothing left to do."""
    done = module("converge", **document)
    again = module("converge", **document)
    assert not again["changed"], again["diff"]["prepared"]
    return done


@pytest.fixture
def file_system(module, unique, tmp_path, loop_device) -> Document:  # noqa: F811
    """A pool on a file system that is not mounted, with two images on it."""
    mount = tmp_path / "elsewhere"
    mount.mkdir()
    subprocess.run(["mount", loop_device, mount], check=True)
    make_image(mount / "one", "qcow2")
    make_image(mount / "two", "raw")
    subprocess.run(["umount", mount], check=True)
    (tmp_path / "mounted").mkdir()
    return {"name": unique, "type": "fs", "target": str(tmp_path / "mounted"), "source": {"devices": [loop_device]}}


def guest_on(pool: str, *volumes: str, **options: t.Any) -> Document:
    disks = [{"pool": pool, "volume": volume} for volume in volumes]
    return {"name": pool, "memory": "64MiB", "disks": disks, **OFF, **options}


def sources(virsh, name: str, live: bool = True) -> list[tuple[str, str]]:
    """Of each disk the path and the format."""
    disks = dumpxml(virsh, name, live).iterfind("devices/disk")
    return [(disk.find("source").get("file"), disk.find("driver").get("type")) for disk in disks]


@pytest.mark.parametrize("defined", (True, False))
def test_a_disk_on_a_file_of_a_directory_whose_pool_does_not_run(module, virsh, unique, tmp_path, defined):
    (tmp_path / "pool").mkdir()
    make_image(tmp_path / "pool" / "disk.img", "raw")
    if defined:
        virsh("pool-define-as", unique, "dir", "--target", tmp_path / "pool")
    pool = {"name": unique, "type": "dir", "target": str(tmp_path / "pool")}
    converge(module, {"pools": [pool], "domains": [guest_on(unique, "disk.img")]})
    assert sources(virsh, unique) == [(f"{tmp_path}/pool/disk.img", "raw")]


@pytest.mark.parametrize("state", ("running", "stopped"))
def test_a_disk_in_an_inactive_pool_that_must_be_started(module, virsh, unique, file_system, state):
    document = {"pools": [file_system], "domains": [guest_on(unique, "one", "two", state=state)]}
    done = converge(module, document)
    assert verbs(done) == ["define", "start", "define"] + ["start"] * (state == "running")
    (defined,) = [action for action in done["actions"] if (action["kind"], action["verb"]) == ("domain", "define")]
    disk = next(field for field in defined["fields"] if field["option"] == "disks[vdb]")
    assert (disk["after"]["pool"], disk["after"]["volume"]) == (unique, "two")
    target = file_system["target"]
    for live in (False, True) if state == "running" else (False,):
        assert sources(virsh, unique, live) == [(f"{target}/one", "qcow2"), (f"{target}/two", "raw")]


def test_a_stopped_pool_is_started_for_its_disk(module, virsh, unique, file_system):
    document = {"pools": [file_system], "domains": [guest_on(unique, "one", "two", state="stopped")]}
    converge(module, document)
    virsh("pool-destroy", unique)
    done = converge(module, document)
    assert verbs(done) == ["start"]


def test_a_disk_is_plugged_into_a_running_guest(module, virsh, unique, file_system, tmp_path):
    make_image(tmp_path / "root")
    guest = guest_on(unique)
    guest["disks"] = [{"file": str(tmp_path / "root"), "format": "qcow2"}]
    module("domain", **guest)
    guest["disks"] += [{"pool": unique, "volume": "two"}]
    done = converge(module, {"pools": [file_system], "domains": [guest]})
    assert verbs(done) == ["define", "start", "define", "attach"]
    assert sources(virsh, unique)[1] == (f"{file_system['target']}/two", "raw")


def test_error_for_a_missing_volume_names_the_existing_ones(module, virsh, unique, file_system):
    document = {"pools": [file_system], "domains": [guest_on(unique, "three")]}
    assert module("converge", check_mode=True, **document)["changed"]  # nobody can know better
    wrong = module.start("converge", **document).result(fails=True)
    assert wrong["msg"].startswith(
        f"domains[{unique}].disks[0].volume: define domain {unique} failed: there is no volume"
    )
    assert "it has lost+found, one, two" in wrong["msg"]
    assert unique not in virsh("list", "--all", "--name").split()


def test_a_disk_in_a_pool_that_is_not_started_is_refused(module, unique, file_system):
    document = {"pools": [dict(file_system, state="present")], "domains": [guest_on(unique, "one")]}
    wrong = module("converge", fails=True, **document)
    assert f"domains[{unique}].disks[0].volume: what is in pool '{unique}' is not known" in wrong["msg"]


def test_an_existing_volume_in_a_started_pool_is_used(module, virsh, unique, file_system):
    volumes = [
        {"name": "one", "pool": unique, "capacity": "8MiB"},
        {"name": "clone", "pool": unique, "backing": "one"},
        {"name": "copy", "pool": unique, "source": {"volume": "two"}},
    ]
    document = {"pools": [file_system], "volumes": volumes, "domains": [guest_on(unique, "one", state="stopped")]}
    done = converge(module, document)
    assert verbs(done) == ["define", "start", "find_or_create", "find_or_create", "find_or_create", "define"]
    target = file_system["target"]
    assert "8.00 MiB" in virsh("vol-info", "one", "--pool", unique)
    assert f"<path>{target}/one</path>" in virsh("vol-dumpxml", "clone", "--pool", unique)
    assert os.path.getsize(f"{target}/copy")


def test_an_existing_volume_with_other_options_is_left_alone(module, unique, file_system):
    document = {"pools": [file_system], "volumes": [{"name": "two", "pool": unique, "capacity": "4MiB"}]}
    wrong = module.start("converge", **document).result(fails=True)
    assert wrong["msg"].startswith("volumes[two].format: ") and "it is there as raw, not qcow2" in wrong["msg"]


def seed(pool: str, *packages: str) -> Document:
    return {"name": "seed", "pool": pool, "seed": {"user_data": {"packages": list(packages)}}}


@pytest.mark.parametrize("renewed", (False, True))
def test_an_existing_seed_is_rewritten_when_it_differs(module, virsh, unique, file_system, renewed):
    converge(module, {"pools": [file_system], "volumes": [seed(unique, "vim")]})
    path = pathlib.Path(file_system["target"], "seed")
    before = path.read_bytes(), path.stat().st_ino
    virsh("pool-destroy", unique)
    done = converge(module, {"pools": [file_system], "volumes": [seed(unique, "emacs" if renewed else "vim")]})
    assert verbs(done) == ["start", "find_or_create"]
    assert ((path.read_bytes(), path.stat().st_ino) != before) == renewed


def test_a_volume_that_is_no_seed_is_not_overwritten(module, unique, file_system):
    document = {"pools": [file_system], "volumes": [dict(seed(unique, "vim"), name="one")]}
    wrong = module.start("converge", **document).result(fails=True)
    assert wrong["msg"].startswith("volumes[one]: ") and "exists and is not a seed of this collection" in wrong["msg"]


def test_a_guest_that_is_as_declared_does_not_need_its_pool(module, virsh, unique, file_system):
    document = {"pools": [file_system], "domains": [guest_on(unique, "one", "two", state="stopped")]}
    converge(module, document)
    virsh("pool-destroy", unique)
    assert not module("domain", **document["domains"][0])["changed"]
    (found,) = module("domain_info", name=unique, declared=document["domains"])["domains"]
    assert found["drift"] == []
