# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole way from a source to an image that can be uploaded."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import signal
import subprocess
import threading
import time

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content import scratch as scratch_module
from ansible_collections.kvm.fleet.plugins.module_utils.content.prepare import prepare
from ansible_collections.kvm.fleet.plugins.module_utils.content.source import parse_source
from ansible_collections.kvm.fleet.plugins.module_utils.errors import ChecksumMismatch, Refused, SourceError

DISK = os.urandom(700 * 1024) + bytes(3 * 1024 * 1024 + 324 * 1024)


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / "work"


@pytest.fixture
def qcow2(tmp_path):
    (tmp_path / "disk.raw").write_bytes(DISK)
    path = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(tmp_path / "disk.raw"), str(path)], check=True)
    return path


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def test_a_packed_image_from_a_url_is_verified_unpacked_and_converted(site, workdir, qcow2):
    published = lzma.compress(qcow2.read_bytes(), preset=0)
    url = site.publish("/images/disk.qcow2.xz", published)
    sums = site.publish("/images/SHA256SUMS", sha256(published)[7:].encode() + b"  disk.qcow2.xz\n")
    with prepare(parse_source(url=url, checksum="sha256:" + sums), "raw", str(workdir)) as prepared:
        with open(prepared.path, "rb") as file:
            assert file.read() == DISK
        assert (prepared.format, prepared.virtual_size) == ("raw", len(DISK))
        assert str(prepared.checksum) == sha256(published)
        assert [name for _path, _folders, names in os.walk(workdir) for name in names] == ["converted"]
    assert not workdir.exists()


def test_a_file_that_is_ready_stays_where_it_is(workdir, qcow2):
    for wanted in ("qcow2", None):
        source = parse_source(path=str(qcow2), checksum=sha256(qcow2.read_bytes()))
        with prepare(source, wanted, str(workdir)) as prepared:
            assert prepared.path == str(qcow2)
    assert qcow2.exists()


def test_a_packed_file_of_the_host_is_unpacked_elsewhere_and_kept(workdir, tmp_path):
    packed = tmp_path / "disk.xz"
    packed.write_bytes(lzma.compress(DISK, preset=0))
    with prepare(parse_source(path=str(packed)), "qcow2", str(workdir)) as prepared:
        assert prepared.format == "qcow2" and os.path.dirname(os.path.dirname(prepared.path)) == str(workdir)
        assert str(prepared.checksum) == sha256(packed.read_bytes())
    assert packed.exists() and not workdir.exists()


def test_a_file_with_another_checksum_is_not_used(workdir, qcow2):
    source = parse_source(path=str(qcow2), checksum=sha256(b""))
    with pytest.raises(ChecksumMismatch), prepare(source, None, str(workdir)):
        pytest.fail("it was used")
    assert not workdir.exists()


def test_an_image_that_names_a_file_of_the_host_is_refused_after_a_good_download(site, workdir, tmp_path):
    path = tmp_path / "evil"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", str(path), "1M"], check=True
    )
    source = parse_source(url=site.publish("/evil", path.read_bytes()), checksum=sha256(path.read_bytes()))
    with pytest.raises(SourceError, match="/etc/shadow"), prepare(source, "raw", str(workdir)):
        pytest.fail("it was used")
    assert not workdir.exists()


def test_nothing_is_left_when_the_upload_fails(workdir, qcow2):
    with pytest.raises(KeyboardInterrupt), prepare(parse_source(path=str(qcow2)), "raw", str(workdir)):
        raise KeyboardInterrupt
    assert not workdir.exists()


def test_an_interrupted_download_keeps_its_part_for_the_next_run(site, workdir, other_process):
    url = site.publish("/disk", DISK, pause=0.02)
    source = parse_source(url=url, checksum=sha256(DISK))
    process = other_process(
        "import signal\nfrom PACKAGE.prepare import prepare\nfrom PACKAGE.source import parse_source\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        f"with prepare(parse_source(url={url!r}, checksum={sha256(DISK)!r}), None, {str(workdir)!r}): pass"
    )
    deadline = time.monotonic() + 10
    while not any(path.stat().st_size for path in workdir.glob(".*.part")):
        assert time.monotonic() < deadline, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert not list(workdir.glob(".scratch-*"))
    site.files["/disk"].pause = 0
    with prepare(source, None, str(workdir)) as prepared, open(prepared.path, "rb") as file:
        assert file.read() == DISK
    assert site.requests[-1]["Range"].startswith("bytes=") and len(site.requests) == 2
    assert not workdir.exists()


def test_leftovers_of_killed_runs_are_removed_and_of_running_ones_not(workdir, other_process):
    hold = (
        "import time\nfrom PACKAGE.scratch import scratch\n"
        f"with scratch({str(workdir)!r}): print(1, flush=True); time.sleep(60)"
    )
    killed, running = other_process(hold), other_process(hold)
    assert killed.stdout.readline() and running.stdout.readline()
    killed.kill()
    killed.communicate()
    old, new = workdir / ".sha256-old.part", workdir / ".sha256-new.part"
    old.touch()
    new.touch()
    os.utime(old, (0, time.time() - scratch_module.KEEP_PARTS - 60))
    assert len(list(workdir.glob(".scratch-*"))) == 2
    with scratch_module.scratch(str(workdir)) as mine:
        left = sorted(workdir.iterdir())
        assert len(left) == 3 and new in left and workdir / os.path.basename(mine) in left


def test_a_run_that_ends_while_sweeping_leaves_nothing(workdir, monkeypatch):
    answers: list[bool] = []
    other = threading.Thread(target=lambda: answers.append(scratch_module.is_left(str(workdir))))
    remove = shutil.rmtree

    def slowly(folder: str, **options: bool) -> None:
        remove(folder, **options)
        other.start()
        other.join(0.1)  # it waits, or it would see an empty directory

    monkeypatch.setattr(scratch_module.shutil, "rmtree", slowly)
    with scratch_module.scratch(str(workdir)):
        pass
    other.join()
    assert answers == [False] and not workdir.exists()


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_working_directory_that_others_may_write_to_is_refused(workdir, qcow2, mode):
    workdir.mkdir()
    workdir.chmod(mode)
    source = parse_source(path=str(qcow2))
    with pytest.raises(Refused, match="is writable by other users"), prepare(source, None, str(workdir)):
        pytest.fail("it was used")


def test_a_working_directory_is_made_private(workdir, qcow2):
    with prepare(parse_source(path=str(qcow2)), None, str(workdir / "below")):
        assert (workdir / "below").stat().st_mode & 0o777 == 0o700
