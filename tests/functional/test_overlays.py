# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that snapshots, backups and copies put above a declared volume: it is still the disk that was declared.

What a guest would write is written into its image while it is off; virsh and qemu-img are the witnesses.
"""

from __future__ import annotations

import pytest

from . import images
from .images import MIB, Guest
from .lifecycle import fields, settle, verbs, warnings

HOW = {
    "ours": (),
    "virsh": ("snapshot-create-as", "nightly", "--disk-only"),
    "no-metadata": ("snapshot-create-as", "nightly", "--disk-only", "--no-metadata"),
}


@pytest.fixture
def guest(virsh, pool, folder):
    return Guest(pool, folder, virsh)


def snap(module, guest, how: str = "ours") -> None:
    """Make the overlay a.nightly, on which the guest is from then on."""
    if HOW[how]:
        guest.virsh(HOW[how][0], guest.name, *HOW[how][1:])
    else:
        module("snapshot", domain=guest.name, name="nightly", mode="external")
    assert (guest.source(), guest.source("--inactive")) == (guest.folder / "a.nightly", guest.folder / "a.nightly")


@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("how", HOW)
def test_a_guest_stays_on_the_overlay_that_a_snapshot_made(module, guest, how, state):
    guest.domain.update(state=state)
    if state == "stopped":  # and one that has none is known by its image
        guest.domain["disks"][0]["target"] = "vda"
    module("converge", **guest.document)
    snap(module, guest, how)
    assert module("converge", **guest.document)["actions"] == []
    alone = module("domain", **guest.domain)
    assert (alone["actions"], alone["pending"]) == ([], [])
    (adopted,) = module("domain_info", name=guest.name, **{"as": "spec"})["domains"]
    assert adopted["disks"][0]["file"].endswith("a.nightly") and "backingStore" not in str(adopted)
    changed = settle(module, "converge", **{**guest.document, "domains": [dict(guest.domain, memory_max="64MiB")]})
    assert list(fields(changed)) == ["memory_max"]
    assert (guest.source(), guest.source("--inactive")) == (guest.folder / "a.nightly", guest.folder / "a.nightly")


def test_merging_a_snapshot_loses_no_data(module, guest):
    guest.domain.update(state="stopped")
    module("converge", **guest.document)
    snap(module, guest)
    images.write(guest.folder / "a.nightly", 7)
    assert module("converge", **guest.document)["actions"] == []
    assert verbs(settle(module, "snapshot", domain=guest.name, name="nightly", state="absent")) == ["delete"]
    assert (guest.source(), images.read(guest.source())) == (guest.folder / "a.qcow2", 7)
    assert module("converge", **guest.document)["actions"] == []


def test_a_running_block_commit_and_copy_are_left_alone(module, virsh, guest):
    module("converge", **guest.document)
    snap(module, guest, "no-metadata")
    virsh("blockcommit", guest.name, "vda", "--active", "--wait")
    assert module("converge", **guest.document)["actions"] == []
    virsh("blockjob", guest.name, "vda", "--abort")
    virsh("blockcopy", guest.name, "vda", guest.folder / "copy", "--wait", "--transient-job")
    assert module("converge", **guest.document)["actions"] == []
    assert "job='copy'" in virsh("dumpxml", guest.name), "it was at work all the time"


def test_cloning_the_base_of_a_running_block_commit_is_refused(module, virsh, guest):
    golden = {"pool": guest.name, "name": "golden.qcow2", "capacity": "8MiB"}
    guest.volume["backing"] = "golden.qcow2"
    module("converge", volumes=[golden, guest.volume])
    for block in range(32):
        images.write(guest.folder / "a.qcow2", 1, block)
    module("domain", **guest.domain)
    snap(module, guest, "no-metadata")
    clone = {"pool": guest.name, "name": "clone.qcow2", "backing": "golden.qcow2"}
    module("volume", check_mode=True, **clone)
    virsh("blockcommit", guest.name, "vda", "--top", guest.folder / "a.qcow2", "--bytes", "--bandwidth", "65536")
    refused = module("volume", **clone, fails=True)
    assert f"an image of domain {guest.name} is being merged into '{guest.name}/golden.qcow2'" in refused["msg"]
    assert "Commit" in virsh("blockjob", guest.name, "vda", "--info", "--raw"), "it was at work all the time"


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_growing_a_volume_grows_the_overlay_that_the_guest_sees(module, virsh, guest, state):
    guest.domain.update(state=state)
    module("converge", **guest.document)
    snap(module, guest)
    guest.volume["capacity"] = "16MiB"
    grown = settle(module, "converge", **guest.document)
    assert fields(grown) == {"capacity": ("8MiB", "16MiB")}
    assert images.size(guest.folder / "a.nightly") == 16 * MIB
    assert images.size(guest.folder / "a.qcow2") == 8 * MIB
    assert virsh("domblkinfo", guest.name, "vda").split()[1] == str(16 * MIB)
    guest.volume["capacity"] = "12MiB"
    assert "below the current 16MiB" in module("converge", **guest.document, fails=True)["msg"]
    guest.volume["capacity"] = "24MiB"
    assert verbs(settle(module, "volume", **guest.volume)) == ["resize"], "also when no domain is declared with it"
    assert virsh("domblkinfo", guest.name, "vda").split()[1] == str(24 * MIB)
    module("snapshot", domain=guest.name, name="nightly", state="absent")
    assert images.size(guest.folder / "a.qcow2") == 24 * MIB
    assert module("converge", **guest.document)["actions"] == []


def test_growing_the_base_of_a_running_guest_is_refused(module, guest):
    module("converge", volumes=[guest.volume])
    images.overlay(guest.folder / "clone", guest.folder / "a.qcow2")
    disks = [{"file": str(guest.folder / "clone"), "format": "qcow2"}]
    module("domain", **dict(guest.domain, disks=disks))
    guest.volume["capacity"] = "16MiB"
    assert "runs with it below another image" in module("volume", **guest.volume, fails=True)["msg"]
    guest.virsh("destroy", guest.name)
    grown = settle(module, "volume", **guest.volume)
    assert warnings(grown) == [f"Volume '{guest.name}/a.qcow2' grows, and volume {guest.name}/clone above it will not"]


def absent(guest, **options):
    return {"name": guest.name, "state": "absent", "shutdown_timeout": 0, "force": True, **options}


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_remove_volumes_deletes_the_whole_chain_but_not_its_base(module, guest, state):
    guest.domain.update(state=state)
    golden = {"pool": guest.name, "name": "golden.qcow2", "capacity": "8MiB"}
    guest.volume["backing"] = "golden.qcow2"
    module("converge", volumes=[golden, guest.volume], domains=[guest.domain])
    snap(module, guest)
    assert guest.files() == ["a.nightly", "a.qcow2", "golden.qcow2"]
    removed = settle(module, "domain", **absent(guest, remove_volumes=True))
    assert [field["before"] for field in removed["actions"][-1]["fields"]] == [
        f"{guest.name}/a.qcow2",
        f"{guest.name}/a.nightly",
    ]
    assert guest.files() == ["golden.qcow2"]
    assert warnings(removed) == [
        f"Volume '{guest.name}/golden.qcow2', which volume '{guest.name}/a.qcow2' of domain '{guest.name}' "
        "is based on, stays"
    ]


def test_remove_volumes_deletes_what_is_below_an_overlay_that_is_declared_absent(module, guest):
    module("converge", **guest.document)
    snap(module, guest)
    gone = {"pool": guest.name, "name": "a.nightly", "state": "absent"}
    settle(module, "converge", volumes=[gone], domains=[absent(guest, remove_volumes=True)])
    assert guest.files() == []


def test_the_base_of_a_clone_stays_that_the_guest_reads_as_another_disk(module, guest):
    """Neither is it the guest's own, nor is the clone its overlay."""
    golden = {"pool": guest.name, "name": "golden.qcow2", "capacity": "8MiB"}
    guest.volume["backing"] = "golden.qcow2"
    read = {"pool": guest.name, "volume": "golden.qcow2", "target": "vdb", "readonly": True}
    guest.domain.update(state="stopped", disks=[*guest.domain["disks"], read])
    module("converge", volumes=[golden, guest.volume], domains=[guest.domain])
    gone = absent(guest, disks=guest.domain["disks"])
    refused = module("converge", volumes=[dict(golden, state="absent")], domains=[gone], fails=True)
    assert f"is needed by volume {guest.name}/a.qcow2" in refused["msg"]
    settle(module, "domain", **gone, remove_volumes=True)
    assert guest.files() == ["golden.qcow2"]


def test_remove_volumes_keeps_a_chain_that_another_guest_needs(module, guest):
    guest.domain.update(state="stopped")
    module("converge", **guest.document)
    snap(module, guest)
    images.overlay(guest.folder / "clone.qcow2", guest.folder / "a.qcow2")
    removed = settle(module, "domain", **absent(guest, remove_volumes=True))
    assert verbs(removed) == ["undefine"]
    assert warnings(removed) == [
        f"Volumes '{guest.name}/a.nightly', '{guest.name}/a.qcow2' of domain '{guest.name}' stay: "
        f"volume {guest.name}/clone.qcow2 needs it"
    ]
    assert guest.files() == ["a.nightly", "a.qcow2", "clone.qcow2"]


def test_remove_volumes_fails_if_the_end_of_the_chain_is_unknown(module, guest):
    module("converge", **guest.document)
    snap(module, guest, "no-metadata")
    refused = module("domain", **absent(guest, remove_volumes=True), fails=True)
    assert "belongs to the domain is not known" in refused["msg"]
    assert guest.virsh("domstate", guest.name).strip() == "running"
    settle(module, "domain", **absent(guest, remove_volumes=True, disks=guest.domain["disks"]))
    assert guest.files() == []


def test_a_volume_below_an_overlay_is_in_use_and_deleted_with_it(module, guest):
    module("converge", **guest.document)
    snap(module, guest)
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    assert f"needed by domain {guest.name}" in module("volume", **gone, fails=True)["msg"]
    removed = settle(module, "converge", volumes=[gone], domains=[absent(guest)])
    assert verbs(removed) == ["shutdown", "undefine", "delete"]
    assert fields(removed) == {"overlay": (f"{guest.name}/a.nightly", None)}
    assert guest.files() == []


def test_a_clone_is_based_on_the_overlay_of_its_volume(module, guest):
    module("converge", **guest.document)
    snap(module, guest)
    clone = {"pool": guest.name, "name": "clone.qcow2", "backing": "a.qcow2"}
    copy = {"pool": guest.name, "name": "copy.qcow2", "source": {"volume": "a.qcow2"}}
    for options in (clone, copy):
        assert f"domain {guest.name} is writing to" in module("volume", **options, fails=True)["msg"]
    guest.virsh("destroy", guest.name)
    images.write(guest.folder / "a.nightly", 9)
    settle(module, "volume", **copy)
    settle(module, "converge", volumes=[guest.volume, clone])
    assert (images.read(guest.folder / "copy.qcow2"), images.read(guest.folder / "clone.qcow2")) == (9, 9)
    merge = module("snapshot", domain=guest.name, name="nightly", state="absent", fails=True)
    assert f"volume {guest.name}/clone.qcow2 is based on it" in merge["msg"]
    refused = module("domain", **guest.domain, fails=True)
    assert f"volume {guest.name}/clone.qcow2 is based on it" in refused["msg"]
    assert (images.read(guest.folder / "clone.qcow2"), guest.source()) == (9, guest.folder / "a.nightly")


def test_merging_into_the_base_of_a_clone_is_refused(module, guest):
    guest.domain.update(state="stopped")
    module("converge", **guest.document)
    snap(module, guest)
    images.overlay(guest.folder / "clone.qcow2", guest.folder / "a.qcow2")
    clone = {"pool": guest.name, "name": "clone.qcow2", "backing": "a.qcow2"}
    assert verbs(module("volume", **clone)) == ["refresh"]
    merge = module("snapshot", domain=guest.name, name="nightly", state="absent", fails=True)
    assert f"a.qcow2' would change, and volume {guest.name}/clone.qcow2 is based on it" in merge["msg"]
    module("domain", **dict(guest.domain, state="running"))  # which writes to the overlay


def test_reverting_the_base_of_a_clone_is_refused(module, guest):
    guest.domain.update(state="stopped")
    module("converge", **guest.document)
    module("snapshot", domain=guest.name, name="before")
    images.overlay(guest.folder / "clone.qcow2", guest.folder / "a.qcow2")
    refused = module("snapshot", domain=guest.name, name="before", state="reverted", fails=True)
    assert f"volume {guest.name}/clone.qcow2 is based on it" in refused["msg"]


def test_replacing_a_disk_removes_its_old_backing_chain(module, virsh, guest):
    guest.domain.update(state="running")
    module("converge", **guest.document)
    snap(module, guest, "no-metadata")
    assert "<backingStore" in virsh("dumpxml", guest.name, "--inactive"), "libvirt says what is below"
    virsh("destroy", guest.name)
    other = {"pool": guest.name, "name": "b.qcow2", "capacity": "8MiB"}
    disks = [{"pool": guest.name, "volume": "b.qcow2", "target": "vda"}]
    settle(module, "converge", volumes=[other], domains=[dict(guest.domain, disks=disks)])
    assert guest.source() == guest.folder / "b.qcow2"
    assert "a.qcow2" not in virsh("dumpxml", guest.name)


def test_a_linked_clone_and_its_base_are_different_disks(module, guest):
    """Its base is what is declared, and the clone is declared as a volume of its own: that is a change."""
    guest.domain.update(state="stopped")
    clone = {"pool": guest.name, "name": "clone.qcow2", "backing": "a.qcow2"}
    on_clone = dict(guest.domain, disks=[{"pool": guest.name, "volume": "clone.qcow2", "target": "vda"}])
    on_base = dict(guest.domain, disks=[{"pool": guest.name, "volume": "a.qcow2", "target": "vda"}])
    volumes = [guest.volume, clone]
    module("converge", volumes=volumes, domains=[on_clone])
    assert "disks[vda].file" in fields(settle(module, "converge", volumes=volumes, domains=[on_base]))
    assert guest.source() == guest.folder / "a.qcow2"


@pytest.mark.parametrize("state", ["stopped", "running"])
@pytest.mark.parametrize("where", ["pool", "elsewhere"])
def test_a_disk_in_xml_stays_on_its_overlay(module, guest, tmp_path, state, where):
    disk = f"<driver name='qemu' type='qcow2'/><source file='{guest.folder / 'a.qcow2'}'/><target dev='vda'/>"
    xml = f"<domain><devices><disk type='file' device='disk'>{disk}</disk></devices></domain>"
    domain = {"name": guest.name, "memory": "32MiB", "machine": "q35", "state": state, "xml": xml}
    module("converge", volumes=[guest.volume], domains=[domain])
    tmp_path.chmod(0o777)
    overlay = (guest.folder if where == "pool" else tmp_path) / "a.nightly"
    spec = f"vda,file={overlay}"
    guest.virsh("snapshot-create-as", guest.name, "n", "--disk-only", "--no-metadata", "--diskspec", spec)
    assert not module("converge", volumes=[guest.volume], domains=[domain])["changed"]
    module("domain", **dict(domain, state="running"))
    assert guest.source() == guest.source("--inactive") == overlay
