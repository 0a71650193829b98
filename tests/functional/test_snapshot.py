# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots: contents come back, are merged, and nothing else of the domain or its snapshots goes with them.

The guests have no operating system: what one would write is written into its images while it is off.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import time
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs, warnings

RECORDS = pathlib.Path("/var/lib/libvirt/kvm-fleet/snapshots")
BLOCK = 64 * 1024


@dataclasses.dataclass
class Guest:
    """A domain with a qcow2 disk and a raw or a second qcow2 one, below ``folder``."""

    name: str
    folder: pathlib.Path
    virsh: t.Callable[..., str]

    def source(self, target: str = "vda") -> pathlib.Path:
        """The file that is written to now."""
        xml = etree.fromstring(self.virsh("dumpxml", self.name))
        (file,) = xml.xpath(f"devices/disk[target/@dev='{target}']/source/@file")
        return pathlib.Path(file)

    def write(self, pattern: int, block: int = 0, target: str = "vda") -> None:
        """Fill a block, as the guest would."""
        command = f"write -P {pattern} {block * BLOCK} {BLOCK}"
        image = self.source(target)
        form = "raw" if image.suffix == ".raw" else "qcow2"
        subprocess.run(["qemu-io", "-f", form, "-c", command, image], check=True, capture_output=True)

    def read(self, blocks: int = 3, target: str = "vda") -> list[int]:
        """The first byte of each block, also while the guest runs."""
        raw = self.folder / "read.raw"
        subprocess.run(["qemu-img", "convert", "-U", "-O", "raw", self.source(target), raw], check=True)
        content = raw.read_bytes()
        raw.unlink()
        return [content[block * BLOCK] for block in range(blocks)]

    def state(self) -> str:
        return self.virsh("domstate", self.name).strip()

    def snapshots(self) -> list[str]:
        return self.virsh("snapshot-list", self.name, "--name", "--topological").split()


@pytest.fixture
def define(virsh, unique, tmp_path):
    """``define("qcow2", "raw")`` makes a guest with disks of these formats, off."""

    def guest(*formats: str) -> Guest:
        disks = ""
        for letter, form in zip("abc", formats, strict=False):
            image = tmp_path / f"{letter}.{form}"
            subprocess.run(["qemu-img", "create", "-q", "-f", form, image, "8M"], check=True)
            disks += f"""<disk type='file'><driver name='qemu' type='{form}'/><source file='{image}'/>
                <target dev='vd{letter}' bus='virtio'/></disk>"""
        (tmp_path / "guest.xml").write_text(
            f"""<domain type='qemu'><name>{unique}</name><memory unit='MiB'>32</memory>
            <os><type machine='q35'>hvm</type></os><devices>{disks}<disk type='file' device='cdrom'>
            <target dev='sda' bus='sata'/><readonly/></disk></devices></domain>"""
        )
        virsh("define", tmp_path / "guest.xml")
        return Guest(unique, tmp_path, virsh)

    return guest


def test_reverting_a_stopped_guest_restores_its_disk(module, define):
    guest = define("qcow2", "qcow2")
    guest.write(1)
    guest.write(2, target="vdb")
    remembered = set(RECORDS.glob("*"))
    made = settle(module, "snapshot", domain=guest.name, name="before", description="an upgrade")
    assert verbs(made) == ["create"]
    shown = made["snapshot"]
    assert (shown["mode"], shown["memory"], shown["state"], shown["ours"]) == ("internal", False, "shutoff", True)
    assert [disk["target"] for disk in shown["disks"]] == ["vda", "vdb"]
    assert (
        "before"
        in subprocess.run(
            ["qemu-img", "snapshot", "-l", guest.source()], capture_output=True, text=True, check=True
        ).stdout
    )
    guest.write(9)
    guest.write(9, target="vdb")
    options = {"domain": guest.name, "name": "before", "state": "reverted"}
    predicted = module("snapshot", check_mode=True, **options)
    assert (guest.read(1), guest.read(1, "vdb")) == ([9], [9])
    reverted = module("snapshot", **options)
    assert verbs(reverted) == ["revert"] and reverted["actions"] == predicted["actions"]
    assert (guest.read(1), guest.read(1, "vdb")) == ([1], [2])
    guest.write(8)
    assert module("snapshot", **options)["changed"], "what was written since is not known"
    assert guest.read(1) == [1]
    removed = settle(module, "snapshot", domain=guest.name, name="before", state="absent")
    assert verbs(removed) == ["delete"] and guest.snapshots() == []
    assert guest.read(1) == [1]
    assert set(RECORDS.iterdir()) == remembered


def test_reverting_a_running_guest_restores_its_memory(module, define, virsh):
    guest = define("qcow2")
    guest.write(1)
    virsh("start", guest.name)
    made = settle(module, "snapshot", domain=guest.name, name="live")
    assert made["snapshot"]["memory"] is True and guest.state() == "running"
    virsh("destroy", guest.name)
    guest.write(9)
    reverted = module("snapshot", domain=guest.name, name="live", state="reverted")
    assert reverted["actions"][0]["fields"] == [{"option": "power", "before": "shut off", "after": "running"}]
    assert guest.state() == "running" and guest.read(1) == [1]
    assert verbs(module("snapshot", domain=guest.name, name="live", state="reverted")) == ["revert"]
    assert guest.state() == "running"
    settle(module, "snapshot", domain=guest.name, name="live", state="absent")
    assert guest.state() == "running"


def test_reverting_shuts_off_a_running_guest_by_force_only(module, define, virsh):
    guest = define("qcow2")
    guest.write(1)
    settle(module, "snapshot", domain=guest.name, name="off")
    guest.write(9)
    virsh("start", guest.name)
    options = {"domain": guest.name, "name": "off", "state": "reverted"}
    for check_mode in (True, False):
        refused = module("snapshot", check_mode=check_mode, fails=True, **options)
        assert "is running, and would be shut off after it. Declare force: true" in refused["msg"]
    assert guest.state() == "running" and guest.read(1) == [9]
    module("snapshot", force=True, **options)
    assert guest.state() == "shut off" and guest.read(1) == [1]


@pytest.mark.parametrize("running", [False, True], ids=["off", "running"])
def test_an_external_snapshot_keeps_the_old_image_and_is_merged_into_it(module, define, virsh, running):
    guest = define("qcow2", "raw")
    guest.write(1)
    if running:
        virsh("start", guest.name)
    made = settle(module, "snapshot", domain=guest.name, name="ext", mode="external")
    old, overlay = guest.folder / "a.qcow2", guest.folder / "a.ext"
    assert made["snapshot"]["disks"] == [
        {"target": "vda", "file": str(overlay)},
        {"target": "vdb", "file": str(guest.folder / "b.ext")},
    ]
    assert guest.source() == overlay
    if running:
        virsh("destroy", guest.name)
    guest.write(2, block=1)
    guest.write(3, target="vdb")
    before = old.read_bytes()
    if running:
        virsh("start", guest.name)
    removed = settle(module, "snapshot", domain=guest.name, name="ext", state="absent")
    assert verbs(removed) == ["delete"]
    assert guest.source() == old and guest.source("vdb") == guest.folder / "b.raw"
    assert old.read_bytes() != before, "what was written since has to be in it"
    assert (guest.read(2), guest.read(1, "vdb")) == ([1, 2], [3])
    assert not overlay.exists() and guest.snapshots() == []
    assert guest.state() == ("running" if running else "shut off")


def test_reverting_to_an_external_snapshot(module, define, virsh):
    guest = define("qcow2", "raw")
    guest.write(1)
    guest.write(2, target="vdb")
    settle(module, "snapshot", domain=guest.name, name="ext", mode="external")
    guest.write(9)
    guest.write(9, block=1, target="vdb")
    virsh("start", guest.name)
    options = {"domain": guest.name, "name": "ext", "state": "reverted"}
    assert "would be shut off" in module("snapshot", fails=True, **options)["msg"]
    assert guest.read(1) == [9]
    assert verbs(module("snapshot", force=True, **options)) == ["revert"]
    assert guest.state() == "shut off"
    assert (guest.read(1), guest.read(2, "vdb")) == ([1], [2, 0])
    virsh("start", guest.name)  # the new files may be opened by the emulator
    settle(module, "snapshot", domain=guest.name, name="ext", state="absent")
    assert (guest.read(1), guest.read(2, "vdb")) == ([1], [2, 0])


def test_reverting_below_a_later_snapshot_loses_no_data(module, define, conn):
    guest = define("qcow2")
    settle(module, "snapshot", domain=guest.name, name="one", mode="external")
    guest.write(1)
    settle(module, "snapshot", domain=guest.name, name="two", mode="external")
    options = {"domain": guest.name, "name": "one", "state": "reverted"}
    if conn.getLibVersion() < 9_009_000:
        assert "disk vda does not write to" in module("snapshot", fails=True, **options)["msg"]
        assert guest.read(1) == [1]
    else:
        module("snapshot", **options)
        assert guest.read(1) == [0]


def test_external_snapshot_of_one_disk_with_a_declared_file(module, define, virsh):
    guest = define("qcow2", "raw")
    file = guest.folder / "own"
    settle(
        module, "snapshot", domain=guest.name, name="one", mode="external", disks=[{"target": "vdb", "file": str(file)}]
    )
    assert (guest.source(), guest.source("vdb")) == (guest.folder / "a.qcow2", file)


def test_external_snapshot_with_memory_of_a_running_guest(module, define, virsh):
    guest = define("qcow2")
    virsh("start", guest.name)
    memory = guest.folder / "memory"
    options = {"domain": guest.name, "name": "mem", "mode": "external"}
    made = settle(module, "snapshot", memory=True, memory_file=str(memory), **options)
    assert made["snapshot"]["memory_file"] == str(memory) and memory.stat().st_size > 1024
    assert guest.state() == "running"
    settle(module, "snapshot", state="absent", **options)
    assert not memory.exists() and guest.source() == guest.folder / "a.qcow2"
    assert guest.state() == "running"


@pytest.mark.parametrize("remove_volumes", [True, False])
def test_the_memory_of_a_guest_goes_with_its_volumes_or_is_told_of(module, define, virsh, remove_volumes):
    """That of a snapshot that somebody else made stays. What is remembered of the snapshots goes in any case."""
    before = set(RECORDS.glob("*"))
    guest = define("qcow2")
    virsh("start", guest.name)
    ours, theirs = guest.folder / "ours", guest.folder / "theirs"
    module("snapshot", domain=guest.name, name="n1", mode="external", memory=True, memory_file=str(ours))
    virsh("snapshot-create-as", guest.name, "n2", "--memspec", f"{theirs},snapshot=external")
    absent = {"state": "absent", "shutdown_timeout": 0, "force": True, "remove_volumes": remove_volumes}
    removed = settle(module, "domain", name=guest.name, **absent)
    assert (ours.exists(), theirs.exists()) == (not remove_volumes, True)
    changed = {"snapshots[n1].memory_file": (str(ours), None)} if remove_volumes else {}
    assert fields(removed) == changed
    stays = [] if remove_volumes else [(ours, "n1", "remove_volumes is not declared")]
    stays.append((theirs, "n2", "this collection did not make that"))
    assert [text for text in warnings(removed) if "Memory file" in text] == [
        f"Memory file '{file}' of snapshot '{name}' of domain '{guest.name}' stays, with all that the guest had in "
        f"memory: {why}"
        for file, name, why in stays
    ]
    assert set(RECORDS.glob("*")) == before


def test_merging_a_middle_snapshot_keeps_the_others(module, define, virsh):
    guest = define("qcow2")
    for number, name in enumerate(("one", "two", "three")):
        settle(module, "snapshot", domain=guest.name, name=name, mode="external")
        guest.write(number + 1, block=number)
    virsh("start", guest.name)
    settle(module, "snapshot", domain=guest.name, name="two", state="absent")
    assert guest.snapshots() == ["one", "three"] and guest.read() == [1, 2, 3]
    assert not (guest.folder / "a.two").exists() and (guest.folder / "a.one").exists()


def test_merging_an_earlier_snapshot_of_a_stopped_guest(module, define, conn):
    guest = define("qcow2")
    for number, name in enumerate(("one", "two")):
        settle(module, "snapshot", domain=guest.name, name=name, mode="external")
        guest.write(number + 1, block=number)
    options = {"domain": guest.name, "name": "one", "state": "absent"}
    if conn.getLibVersion() < 9_001_000:
        for check_mode in (True, False):
            refused = module("snapshot", check_mode=check_mode, fails=True, **options)
            assert "merges only its latest external snapshot" in refused["msg"]
        assert guest.snapshots() == ["one", "two"]
        guest.virsh("start", guest.name)
    settle(module, "snapshot", **options)
    assert guest.snapshots() == ["two"] and guest.read(2) == [1, 2]


def test_merging_a_snapshot_that_no_disk_is_based_on_is_refused(module, define, virsh):
    guest = define("qcow2")
    settle(module, "snapshot", domain=guest.name, name="ext", mode="external")
    xml = virsh("dumpxml", guest.name, "--inactive").replace("a.ext", "a.qcow2")
    (guest.folder / "back.xml").write_text(xml)
    virsh("define", guest.folder / "back.xml")
    before = (guest.folder / "a.qcow2").read_bytes()
    refused = module("snapshot", domain=guest.name, name="ext", state="absent", fails=True)
    assert "is not based on" in refused["msg"]
    assert (guest.folder / "a.qcow2").read_bytes() == before and guest.snapshots() == ["ext"]


def test_keep_removes_the_oldest_snapshots_of_the_series_only(module, define, virsh):
    guest = define("qcow2")
    virsh("snapshot-create-as", guest.name, "nightly-by-hand")
    settle(module, "snapshot", domain=guest.name, name="weekly-1")
    for number in range(4):
        virsh("destroy" if guest.state() == "running" else "start", guest.name)
        last = settle(module, "snapshot", domain=guest.name, name=f"nightly-{number}", keep=2, keep_prefix="nightly-")
        assert verbs(last) == (["create"] if number < 2 else ["create", "delete"])
    assert sorted(guest.snapshots()) == ["nightly-2", "nightly-3", "nightly-by-hand", "weekly-1"]
    last = settle(module, "snapshot", domain=guest.name, name="nightly-3", keep=1, keep_prefix="nightly-")
    assert verbs(last) == ["delete"]
    assert sorted(guest.snapshots()) == ["nightly-3", "nightly-by-hand", "weekly-1"]


def test_keep_merges_external_snapshots_of_a_running_guest(module, define, virsh):
    guest = define("qcow2")
    guest.write(1)
    virsh("start", guest.name)
    for number in range(4):
        options = {"mode": "external", "keep": 2, "keep_prefix": "n"}
        settle(module, "snapshot", domain=guest.name, name=f"n{number}", **options)
    assert guest.snapshots() == ["n2", "n3"] and guest.read(1) == [1]
    assert sorted(path.name for path in guest.folder.glob("a.*")) == ["a.n2", "a.n3", "a.qcow2"]


def test_keep_leaves_a_snapshot_recreated_by_hand_alone(module, define, virsh):
    guest = define("qcow2")
    made = settle(module, "snapshot", domain=guest.name, name="s-1")
    virsh("snapshot-delete", guest.name, "s-1")
    deadline = time.monotonic() + 5
    while int(time.time()) <= made["snapshot"]["created"] and time.monotonic() < deadline:
        time.sleep(0.05)  # the time of its making tells one from the other
    virsh("snapshot-create-as", guest.name, "s-1")
    settle(module, "snapshot", domain=guest.name, name="s-2", keep=1, keep_prefix="s-")
    assert sorted(guest.snapshots()) == ["s-1", "s-2"]


def test_the_info_module_sees_what_the_module_returns(module, define):
    guest = define("qcow2")
    made = settle(module, "snapshot", domain=guest.name, name="one")["snapshot"]
    two = settle(module, "snapshot", domain=guest.name, name="two")["snapshot"]
    assert two["parent"] == "one" and two["current"]
    shown = module("snapshot_info", domain=guest.name)["snapshots"]
    assert shown == [{**made, "current": False}, two]
    assert module("snapshot_info", name="two")["snapshots"] == [two]
    assert module("snapshot_info", domain="nobody")["snapshots"] == []


def test_quiesce_without_an_agent_fails(module, define, virsh):
    guest = define("qcow2")
    virsh("start", guest.name)
    options = {"domain": guest.name, "name": "quiet", "mode": "external", "quiesce": True}
    for check_mode in (True, False):
        refused = module("snapshot", check_mode=check_mode, fails=True, **options)
        assert "has no channel, so its file systems cannot be quiesced" in refused["msg"]
    assert guest.snapshots() == [] and guest.source() == guest.folder / "a.qcow2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "a/b"}, "'a/b' cannot be a name"),
        ({"name": "s"}, "disk vdb is raw; only qcow2 images keep internal snapshots"),
        ({"name": "s", "mode": "external", "disks": [{"target": "vdz"}]}, "There are vda, vdb"),
        ({"name": "qcow2", "mode": "external"}, "a.qcow2' is there already"),
        ({"name": "s", "state": "reverted"}, "has no snapshot 's'. There are none"),
        ({"name": "s", "domain": "nobody"}, "domain 'nobody' neither exists on the host nor is declared"),
        ({"name": "s", "mode": "external", "memory": True, "memory_file": "/srv/m"}, "it has no memory to keep"),
    ],
)
def test_bad_input_is_refused_with_its_place(module, define, options, message):
    guest = define("qcow2", "raw")
    assert message in module("snapshot", fails=True, **{"domain": guest.name, **options})["msg"]
    assert guest.snapshots() == [] and guest.source() == guest.folder / "a.qcow2"
