# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No guest writes to an image that another one is based on, and none is based on what a guest writes to."""

from __future__ import annotations

import os
import sys
import time

import pytest

from . import images
from .images import Guest
from .lifecycle import settle, verbs, warnings


@pytest.fixture
def guest(virsh, pool, folder):
    """Declared to be on a.qcow2, on which the linked clone web.qcow2 is based."""
    return Guest(pool, folder, virsh)


@pytest.fixture
def clone(guest):
    return {"pool": guest.name, "name": "web.qcow2", "backing": "a.qcow2"}


def test_the_base_of_a_clone_may_be_defined_as_a_disk_and_not_started(module, guest, clone):
    module("converge", volumes=[guest.volume, clone])
    settle(module, "domain", **dict(guest.domain, state="present"))
    for state in ("running", "paused"):
        refused = module("domain", **dict(guest.domain, state=state), fails=True)
        assert f"volume {guest.name}/web.qcow2 is based on it" in refused["msg"]
    assert guest.virsh("domstate", guest.name).strip() == "shut off"
    module("volume", pool=guest.name, name="web.qcow2", state="absent")
    assert verbs(settle(module, "domain", **guest.domain)) == ["start"]


def test_the_base_of_a_clone_is_not_started_by_the_boot_of_the_host(module, guest, clone):
    module("converge", volumes=[guest.volume, clone])
    template = dict(guest.domain, state="stopped")
    refused = module("domain", **template, autostart=True, fails=True)
    assert "web.qcow2 is based on it" in refused["msg"] and "autostart: false" in refused["msg"]
    settle(module, "domain", **{**template, "disks": []}, autostart=True)
    assert "web.qcow2 is based on it" in module("domain", **template, fails=True)["msg"]
    settle(module, "domain", **template, autostart=False)


def test_a_document_that_would_start_a_guest_on_a_base_changes_nothing(module, guest, clone):
    refused = module("converge", **{**guest.document, "volumes": [guest.volume, clone]}, fails=True)
    assert f"volume {guest.name}/web.qcow2 is based on it" in refused["msg"]
    assert guest.files() == []


def test_a_read_only_or_transient_disk_may_be_a_base(module, guest, clone):
    guest.domain["disks"][0]["readonly"] = True
    settle(module, "converge", **{**guest.document, "volumes": [guest.volume, clone]})
    module("domain", name=guest.name, state="absent", shutdown_timeout=0, force=True)
    del guest.domain["disks"][0]["readonly"]
    before = (guest.folder / "a.qcow2").read_bytes()
    transient = "<domain><devices><disk><target dev='vda'/><transient/></disk></devices></domain>"
    disks = [dict(guest.domain["disks"][0], target="vda")]
    module("domain", **dict(guest.domain, disks=disks, xml=transient))
    assert guest.virsh("domstate", guest.name).strip() == "running"
    assert (guest.folder / "a.qcow2").read_bytes() == before


def test_a_base_is_not_plugged_into_a_running_guest(module, guest, clone):
    module("converge", volumes=[guest.volume, clone], domains=[dict(guest.domain, disks=[])])
    refused = module("domain", **guest.domain, fails=True)
    assert f"volume {guest.name}/web.qcow2 is based on it" in refused["msg"]
    assert guest.virsh("domblklist", guest.name).split() == []


def test_a_saved_guest_is_not_resumed_on_a_base(module, guest):
    module("converge", **guest.document)
    module("domain", **dict(guest.domain, state="saved"))
    images.overlay(guest.folder / "web.qcow2", guest.folder / "a.qcow2")
    assert "web.qcow2 is based on it" in module("domain", **guest.domain, fails=True)["msg"]


def test_cloning_a_disk_that_a_running_guest_writes_to_is_refused(module, guest, clone):
    module("converge", **guest.document)
    for document in ({"volumes": [clone]}, {**guest.document, "volumes": [guest.volume, clone]}):
        assert f"domain {guest.name} is writing to" in module("converge", **document, fails=True)["msg"]
    assert guest.files() == ["a.qcow2"]
    gone = {"name": guest.name, "state": "absent", "shutdown_timeout": 0, "force": True}
    settle(module, "converge", volumes=[guest.volume, clone], domains=[gone])
    assert guest.files() == ["a.qcow2", "web.qcow2"]


def test_a_clone_is_found_in_any_pool_or_directory(module, virsh, guest, tmp_path):
    """Outside of every pool, in one that is not active, and through a symbolic link to the directory."""
    module("converge", volumes=[guest.volume])
    (tmp_path / "link").symlink_to(guest.folder)
    for number, folder in enumerate(("none", "inactive")):
        (tmp_path / folder).mkdir()
        clone = images.overlay(tmp_path / folder / f"{number}.qcow2", tmp_path / "link" / "a.qcow2")
        if folder == "none":
            other = {"name": guest.name + "b", "memory": "32MiB", "state": "present"}
            module("domain", **other, disks=[{"file": str(clone), "format": "qcow2"}])
        else:
            module("domain", name=guest.name + "b", state="absent")
            virsh("pool-define-as", guest.name + "b", "dir", "--target", tmp_path / folder)
        refused = module("domain", **guest.domain, fails=True)
        assert f"{number}.qcow2" in refused["msg"] and "is based on it" in refused["msg"]
    virsh("pool-undefine", guest.name + "b")
    settle(module, "domain", **guest.domain)


def test_an_outdated_overlay_prevents_a_start(module, guest):
    """Its base may have been grown, or copied with another time, and not only written to by a guest."""
    module("converge", volumes=[guest.volume])
    left = images.overlay(guest.folder / "a.old", guest.folder / "a.qcow2")
    os.utime(left, (time.time() - 60, time.time() - 60))
    refused = module("domain", **guest.domain, fails=True)
    assert "a.old is based on it" in refused["msg"] and "remove the overlays" in refused["msg"]
    left.unlink()
    settle(module, "domain", **guest.domain)


def test_a_base_that_was_grown_is_a_base_all_the_same(module, guest):
    template = dict(guest.domain, state="stopped")
    clone = {"pool": guest.name, "name": "web.qcow2", "backing": "a.qcow2"}
    module("converge", volumes=[guest.volume, clone], domains=[template])
    os.utime(guest.folder / "web.qcow2", (time.time() - 60, time.time() - 60))
    module("converge", volumes=[dict(guest.volume, capacity="16MiB")], domains=[template])
    refused = module("domain", **guest.domain, fails=True)
    assert "web.qcow2 is based on it" in refused["msg"]


def test_a_base_is_not_put_into_a_floppy_drive_of_a_running_guest(module, guest):
    module("volume", pool=guest.name, name="a.img", capacity="1440KiB", format="raw")
    images.make(guest.folder / "web.qcow2", "-F", "raw", "-b", str(guest.folder / "a.img"))
    drive = {"device": "floppy", "bus": "fdc", "target": "fda"}
    machine = {"name": guest.name, "memory": "32MiB", "machine": "pc"}
    module("domain", **machine, disks=[dict(drive, empty=True)])
    refused = module("domain", **machine, disks=[dict(drive, pool=guest.name, volume="a.img")], fails=True)
    assert "is written to by disk fda" in refused["msg"] and "web.qcow2 is based on it" in refused["msg"]


def test_what_a_disk_is_copied_to_is_written_to_as_well(module, virsh, guest):
    """As soon as the copy is ended with ``--pivot`` it is what the guest writes to."""
    module("converge", **guest.document)
    copy = {"pool": guest.name, "name": "copy"}
    virsh("blockcopy", guest.name, "vda", guest.folder / "copy", "--wait", "--transient-job")
    virsh("pool-refresh", guest.name)
    for options in ({"backing": "copy"}, {"source": {"volume": "copy"}}):
        refused = module("volume", pool=guest.name, name="new.qcow2", **options, fails=True)
        assert f"domain {guest.name} is writing to '{guest.name}/copy'" in refused["msg"]
    for volume in (copy, guest.volume):
        refused = module("volume", **{**volume, "capacity": "16MiB"}, fails=True)
        assert f"a disk of domain {guest.name} is being copied or merged with it" in refused["msg"]
    assert "needed by domain" in module("volume", **copy, state="absent", fails=True)["msg"]
    other = {"name": guest.name + "b", "memory": "32MiB", "disks": [{"pool": guest.name, "volume": "copy"}]}
    assert "only one guest can write to it" in module("domain", **other, fails=True)["msg"]
    assert "job='copy'" in virsh("dumpxml", guest.name), "it was at work all the time"
    gone = {"name": guest.name, "state": "absent", "shutdown_timeout": 0, "force": True, "remove_volumes": True}
    removed = settle(module, "domain", **gone)
    assert warnings(removed) == [
        f"Volume '{guest.name}/copy', which disk vda of domain '{guest.name}' was being copied to, stays"
    ]
    assert guest.files() == ["copy"]


def test_a_run_with_nothing_to_do_opens_no_image(module, guest, clone, tmp_path):
    document = {"volumes": [guest.volume, clone], "domains": [dict(guest.domain, state="stopped")]}
    settle(module, "converge", **document)
    opened = tmp_path / "opened"
    opened.touch()

    def listen() -> None:
        log = opened.open("a")

        def hear(event: str, arguments: tuple) -> None:
            if event == "open" and str(arguments[0]).endswith(".qcow2"):
                print(arguments[0], file=log, flush=True)

        sys.addaudithook(hear)

    for options in (document, {**document, "volumes": [guest.volume, clone, dict(clone, name="other.qcow2")]}):
        module.start("converge", first=listen, **options).result()
        seen = opened.read_text().split()
        assert bool(seen) == (options is not document), seen
