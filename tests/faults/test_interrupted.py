# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a kill somebody else acts, or another run than the same: nothing that is anybody's is lost."""

from __future__ import annotations

import json
import os
import pathlib
import random
import shutil
import subprocess
import time
import typing as t

import pytest

from .host import BASE, LOCAL, REMOTE, STATE, Host
from .runs import Runs

CONTENT = random.Random(8).randbytes(1024**2)
OTHER = random.Random(9).randbytes(1024**2)
SOURCE = BASE / "source.img"


@pytest.fixture
def pool(host: Host) -> pathlib.Path:
    """The directory of the pool, which is active and empty."""
    host.be_empty()
    SOURCE.write_bytes(CONTENT)
    host.make_pool()
    return host.pool


@pytest.fixture
def disk() -> dict[str, t.Any]:
    """A volume whose content goes through libvirt, as options."""
    return {"uri": REMOTE, "pool": "data", "name": "disk", "format": "raw", "source": {"path": str(SOURCE)}}


def verbs(result: dict[str, t.Any]) -> list[str]:
    """What was done, in order, but for cleaning up."""
    return [action["verb"] for action in result["actions"] if action["kind"] != "leftovers"]


def define(host: Host, name: str, file: pathlib.Path) -> None:
    """A domain with one disk, by hand."""
    host.conn.defineXML(
        f"""<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><os><type>hvm</type></os><devices>
        <disk type='file'><driver name='qemu' type='raw'/><source file='{file}'/><target dev='vda' bus='virtio'/></disk>
        </devices></domain>"""
    )


def fill_half(runs: Runs, disk: dict[str, t.Any]) -> None:
    """What comes first is the mark."""
    runs.killed("after virStreamSend", "volume", nth=2, **disk)


def records() -> list[dict[str, t.Any]]:
    """What is recorded as begun."""
    return [json.loads(path.read_text()) for path in (STATE / "unfinished").glob("*.json")]


@pytest.mark.parametrize("as_user", [True, False], ids=["as another user", "over a remote uri"])
def test_a_volume_made_by_hand_after_a_killed_run_is_kept(host, runs, pool, disk, as_user):
    runs.as_user = as_user
    disk["uri"] = LOCAL if as_user else REMOTE
    runs.killed("before virStorageVolCreateXML", "volume", **disk)
    (pool / "disk").write_bytes(OTHER)
    host.conn.storagePoolLookupByName("data").refresh()
    assert verbs(runs("volume", **disk)) == ["finish"]
    assert not runs("volume", **disk)["changed"]
    assert (pool / "disk").read_bytes() == OTHER


@pytest.mark.parametrize("uri", [LOCAL, REMOTE])
@pytest.mark.parametrize("content", [OTHER, bytes(4096)], ids=["content", "zeros"])
def test_a_volume_without_a_record_is_kept(host, runs, pool, disk, uri, content):
    (pool / "disk").write_bytes(content)
    host.conn.storagePoolLookupByName("data").refresh()
    assert not runs("volume", **disk | {"uri": uri})["changed"]
    assert (pool / "disk").read_bytes() == content


@pytest.mark.parametrize("moment", [("after virStorageVolCreateXML", 1), ("after virStreamSend", 2)], ids=str)
def test_an_incomplete_volume_is_detected_over_a_remote_connection(runs, pool, disk, moment):
    """One that has no records."""
    with SOURCE.open("r+b") as file:
        file.truncate(2 * 1024**2)
    runs.killed(moment[0], "volume", nth=moment[1], **disk)
    shutil.rmtree(STATE)
    assert verbs(runs("volume", **disk)) == ["delete", "create"]
    assert not runs("volume", **disk)["changed"]
    assert (pool / "disk").read_bytes() == CONTENT + bytes(1024**2)


def test_an_incomplete_volume_of_a_running_guest_is_not_deleted(host, runs, pool, disk):
    fill_half(runs, disk)
    define(host, "web1", pool / "disk")
    host.conn.lookupByName("web1").create()
    there = (pool / "disk").stat()
    failed = runs("volume", fails=True, **disk)
    assert "incomplete, and domain web1 runs with it" in failed["msg"] and "Stop the domain first" in failed["msg"]
    assert (pool / "disk").stat().st_ino == there.st_ino
    host.conn.lookupByName("web1").destroy()
    assert verbs(runs("volume", **disk)) == ["delete", "create"]


def test_no_guest_is_defined_with_an_incomplete_volume(runs, pool, disk):
    fill_half(runs, disk)
    guest = {"name": "web1", "memory": "32MiB", "disks": [{"pool": "data", "volume": "disk"}]}
    failed = runs("domain", fails=True, uri=REMOTE, **guest)
    assert "disks[0].volume: the content of volume 'data/disk' is not complete" in failed["msg"]
    volume = {name: value for name, value in disk.items() if name != "uri"}
    assert "create" in verbs(runs("converge", uri=REMOTE, volumes=[volume], domains=[guest | {"state": "stopped"}]))
    assert (pool / "disk").read_bytes() == CONTENT


@pytest.mark.parametrize("uri", [LOCAL, REMOTE])
def test_an_incomplete_volume_is_used_for_nothing_without_its_record(host, runs, pool, disk, uri):
    """It says so itself, whoever asks: on a host that was installed anew, over another URI, by its path."""
    fill_half(runs, disk)
    shutil.rmtree(STATE)
    guest = {"uri": uri, "name": "web1", "memory": "32MiB", "state": "running"}
    volume = {"uri": uri, "pool": "data", "format": "raw"}
    define(host, "byhand", pool / "disk")
    for module, options in (
        ("domain", guest | {"disks": [{"pool": "data", "volume": "disk"}]}),
        ("domain", guest | {"disks": [{"file": str(pool / "disk"), "format": "raw"}]}),
        ("domain", {"uri": uri, "name": "byhand", "state": "running"}),
        ("volume", volume | {"name": "disk", "capacity": "16MiB"}),
        ("volume", volume | {"name": "copy", "source": {"volume": "disk"}}),
        ("volume", volume | {"name": "clone", "format": "qcow2", "backing": "disk"}),
    ):
        failed = runs(module, fails=True, **options)
        assert "is not complete: it is being created, or the run that created it was interrupted" in failed["msg"]
    assert not host.conn.lookupByName("byhand").isActive()


def test_an_incomplete_volume_in_a_started_pool_is_created_again(host, runs, pool, disk):
    fill_half(runs, disk)
    host.conn.storagePoolLookupByName("data").destroy()
    document = {
        "pools": [{"name": "data", "type": "dir", "target": str(pool)}],
        "volumes": [{name: value for name, value in disk.items() if name != "uri"}],
    }
    assert verbs(runs("converge", uri=REMOTE, **document)) == ["start", "find_or_create"]
    assert (pool / "disk").read_bytes() == CONTENT
    assert not runs("converge", uri=REMOTE, **document)["changed"]


def test_an_incomplete_volume_can_be_removed(runs, pool, disk):
    fill_half(runs, disk)
    absent = {"uri": REMOTE, "pool": "data", "name": "disk", "state": "absent"}
    assert verbs(runs("volume", **absent)) == ["delete"]
    assert list(pool.iterdir()) == [] and records() == []


COPY = {"uri": LOCAL, "pool": "data", "name": "copy", "format": "raw", "source": {"volume": "disk"}}


@pytest.mark.parametrize("rebooted", [False, True])
def test_a_copy_by_libvirt_is_complete_unless_the_host_rebooted(host, runs, pool, rebooted):
    """libvirt finishes what was asked of it; what a host left behind that went down is only half of it, maybe."""
    runs.as_user = True
    (pool / "disk").write_bytes(CONTENT)
    host.conn.storagePoolLookupByName("data").refresh()
    runs.killed("after virStorageVolCreateXMLFrom", "volume", **COPY)
    inode = (pool / "copy").stat().st_ino
    if rebooted:
        (pool / "copy").write_bytes(CONTENT[: 4096 * 3].ljust(len(CONTENT), b"\0"))
        reboot()
    assert verbs(runs("volume", **COPY)) == (["delete", "create"] if rebooted else ["finish"])
    assert (pool / "copy").read_bytes() == CONTENT
    assert ((pool / "copy").stat().st_ino == inode) is not rebooted
    assert not runs("volume", **COPY)["changed"]


def reboot() -> None:
    """As far as the one record tells."""
    (record,) = BASE.glob("home/.local/share/kvm-fleet/unfinished/*.json")
    told = json.loads(record.read_text())
    record.write_text(json.dumps({**told, "boot": "another"}))


def copied(host: Host, runs: Runs, pool: pathlib.Path) -> None:
    """A copy that libvirt finished when the run that wanted it was killed."""
    runs.as_user = True
    (pool / "disk").write_bytes(CONTENT)
    host.conn.storagePoolLookupByName("data").refresh()
    runs.killed("after virStorageVolCreateXMLFrom", "volume", **COPY)


def test_a_copy_that_any_run_has_found_whole_is_never_made_anew(host, runs, pool):
    copied(host, runs, pool)
    guest = {"name": "web1", "memory": "32MiB", "state": "stopped", "disks": [{"pool": "data", "volume": "copy"}]}
    defined = runs("domain", **guest)
    assert [(one["kind"], one["name"], one["verb"]) for one in defined["actions"] if one["kind"] == "volume"] == [
        ("volume", "data/copy", "finish")
    ]
    assert not [*BASE.glob("home/.local/share/kvm-fleet/unfinished/*.json")]
    assert not runs("domain", **guest)["changed"]
    (pool / "copy").write_bytes(OTHER)  # as the guest does
    host.conn.lookupByName("web1").undefine()
    assert not runs("volume", **COPY)["changed"]
    assert (pool / "copy").read_bytes() == OTHER


def test_a_copy_that_somebody_has_by_now_is_not_made_anew(host, runs, pool):
    copied(host, runs, pool)
    define(host, "web1", pool / "copy")
    (pool / "copy").write_bytes(OTHER)
    reboot()
    failed = runs("volume", fails=True, **COPY)
    (record,) = BASE.glob("home/.local/share/kvm-fleet/unfinished/*.json")
    assert "and domain web1 has it by now: whether its content is whole is not known" in failed["msg"]
    assert f"remove the record '{record}'" in failed["msg"]
    record.unlink()
    assert not runs("volume", **COPY)["changed"]
    assert (pool / "copy").read_bytes() == OTHER


@pytest.mark.parametrize("as_user", [True, False], ids=["as another user", "over a remote uri"])
def test_a_copy_that_libvirt_is_still_making_is_waited_for(host, runs, pool, as_user):
    """By whoever runs the module again. The program that libvirt uses for it waits for a file to go."""
    program, hold = shutil.which("qemu-img"), BASE / "hold"
    shutil.copy(program, BASE / "qemu-img")
    slow = BASE / "slow"
    slow.write_text(
        f"""#!/bin/sh
        for new; do :; done
        while [ "$1" = convert ] && [ -e {hold} ]; do
            [ -e "$new" ] || {{ : >"$new"; chmod 644 "$new"; }}
            sleep 0.05
        done
        exec {BASE}/qemu-img "$@"
        """
    )
    slow.chmod(0o755)
    subprocess.run(["mount", "--bind", slow, program], check=True)
    try:
        (pool / "disk").write_bytes(CONTENT)
        host.conn.storagePoolLookupByName("data").refresh()
        hold.touch()
        runs.as_user = as_user  # who may read what is in the file already
        copy = {**COPY, "uri": LOCAL if as_user else REMOTE, "format": "qcow2"}
        run = runs.start("volume", **copy)
        listed = host.conn.storagePoolLookupByName("data").listVolumes
        deadline = time.monotonic() + 20
        while "copy" not in listed():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(run.pid, 9)
        os.waitpid(run.pid, 0)
        failed = runs("volume", fails=True, **copy)
        assert "volume data/copy: " in failed["msg"] and "Run again when that is done" in failed["msg"]
        assert not runs("network", uri=copy["uri"], name="none", state="absent")["changed"]
        disk = {"file": str(pool / "copy"), "format": "raw" if as_user else "qcow2"}  # nothing is in the file so far
        failed = runs("domain", fails=True, uri=copy["uri"], name="web1", memory="32MiB", disks=[disk])
        assert f"whether the content of '{pool}/copy' is complete is not known" in failed["msg"]
        hold.unlink()
        while subprocess.run(["pgrep", "--count", "qemu-img"], capture_output=True, check=False).stdout.strip() != b"0":
            time.sleep(0.02)
        assert verbs(runs("volume", **copy)) == ["finish"]
    finally:
        hold.unlink(missing_ok=True)
        subprocess.run(["umount", "--lazy", program], check=True)
    command = ["qemu-img", "compare", pool / "disk", pool / "copy"]
    compared = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "identical" in compared.stdout, compared


GUEST = {
    "name": "web1",
    "memory": "32MiB",
    "state": "stopped",
    "disks": [{"pool": "data", "volume": "disk"}, {"pool": "data", "volume": "second"}],
    "cloud_init": {"user_data": {"password": "correct horse"}},
}
GONE = {"name": "web1", "state": "absent", "remove_volumes": True}


@pytest.fixture
def left(host: Host, runs: Runs, pool: pathlib.Path) -> pathlib.Path:
    """The directory in which a removal that was killed has left two disks and a seed."""
    (pool / "disk").write_bytes(CONTENT)
    (pool / "second").write_bytes(OTHER)
    runs("domain", **GUEST)
    runs.killed("after virDomainUndefineFlags", "domain", **GONE)
    assert sorted(path.name for path in pool.iterdir()) == ["disk", "second", "web1-seed.iso"]
    return pool


def test_volumes_left_by_an_interrupted_removal_are_removed_next(host, runs, left):
    removed = runs("domain", **GONE)
    assert [field["before"] for action in removed["actions"] for field in action["fields"]] == [
        "data/disk",
        "data/second",
        "data/web1-seed.iso",
    ]
    assert list(left.iterdir()) == [] and records() == []
    assert not runs("domain", **GONE)["changed"]


def test_volumes_left_by_an_interrupted_removal_stay_when_needed(host, runs, left):
    define(host, "other", left / "second")
    volume = {"name": "disk", "pool": "data", "format": "raw"}
    runs("converge", volumes=[volume], domains=[GONE])
    assert sorted(path.name for path in left.iterdir()) == ["disk", "second"]
    assert (left / "disk").read_bytes() == CONTENT and (left / "second").read_bytes() == OTHER


def test_a_new_file_in_place_of_a_volume_left_by_a_removal_stays(runs, left):
    (left / "new").write_bytes(OTHER)
    os.replace(left / "new", left / "disk")
    runs("domain", **GONE)
    assert [path.name for path in left.iterdir()] == ["disk"] and (left / "disk").read_bytes() == OTHER


def test_a_recreated_guest_keeps_its_volumes(runs, left):
    runs("domain", **GUEST)
    assert (left / "disk").read_bytes() == CONTENT and records() == []
    runs("domain", name="web1", state="absent")
    assert not runs("domain", **GONE)["changed"]
    assert (left / "disk").read_bytes() == CONTENT


def test_volumes_left_by_a_removal_stay_when_it_is_no_longer_declared(runs, left):
    assert not runs("domain", name="web1", state="absent")["changed"]
    assert len(list(left.iterdir())) == 3


def test_volumes_left_by_a_removal_are_remembered_while_the_pool_is_off(host, runs, left):
    host.conn.storagePoolLookupByName("data").destroy()
    failed = runs("domain", fails=True, **GONE)
    assert failed["msg"].startswith("remove_volumes: ") and "Start the pool first" in failed["msg"]
    host.conn.storagePoolLookupByName("data").create()
    runs("domain", **GONE)
    assert list(left.iterdir()) == []


def test_a_failed_undefine_deletes_no_volume(host, runs, pool):
    (pool / "disk").write_bytes(CONTENT)
    (pool / "second").write_bytes(OTHER)
    runs("domain", firmware="efi", **GUEST)
    nvram = pathlib.Path("/var/lib/libvirt/qemu/nvram/web1_VARS.fd")
    nvram.mkdir(parents=True)  # which is not removed as a file
    try:
        assert "nvram" in runs("domain", fails=True, **GONE)["msg"].lower()
        assert (pool / "disk").read_bytes() == CONTENT and (pool / "second").read_bytes() == OTHER
        assert (pool / "web1-seed.iso").exists() and host.conn.lookupByName("web1")
    finally:
        nvram.rmdir()
    runs("domain", **GONE)
    assert list(pool.iterdir()) == [] and records() == []


def test_files_of_a_running_run_are_not_removed_as_leftovers(host, runs, pool):
    """Another run over another URI does not know of the lock of the first."""
    site = host.site
    source = {
        "url": site.publish("/image.raw", CONTENT, pause=0.5),
        "checksum": f"sha256:{site.files['/image.raw'].sha256}",
    }
    slow = runs.start("volume", pool="data", name="slow", format="raw", source=source)
    deadline = time.monotonic() + 20
    while not list(pool.glob(".kvm-fleet/.scratch-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # Not predicted in check mode first: files that are watched then change, as the first run is at work.
    other = runs.start("volume", uri="qemu+unix:///system", pool="data", name="other", capacity="1MiB").result()
    assert verbs(other) == ["create"]
    assert list(pool.glob(".kvm-fleet/.scratch-*"))
    site.files["/image.raw"].pause = 0
    slow.result()
    assert (pool / "slow").read_bytes() == CONTENT


def test_any_run_removes_leftovers_in_its_pools(host, runs, pool):
    runs.killed("before os.link", "volume", pool="data", name="disk", format="raw", source={"path": str(SOURCE)})
    assert [path.name for path in pool.iterdir()] == [".kvm-fleet"]
    told = runs("pool", name="data", state="present")
    assert [(action["kind"], action["name"]) for action in told["actions"]] == [("leftovers", str(pool / ".kvm-fleet"))]
    assert f"leftovers {pool}/.kvm-fleet\n  remove\n" in told["diff"]["prepared"]
    assert list(pool.iterdir()) == []
    assert not runs("pool", name="data", state="present")["changed"]
