# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record is about one file, and not about the next of its name, which may well get its inode."""

from __future__ import annotations

import types

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import file_identity, record_files
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain import left
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import records

RECORD = records.Record("https://example.org/golden.qcow2", format="qcow2")
#: How often a file is made anew: ext4 gives its inode out again at once, unless somebody else gets it.
TIMES = 20


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record_files, "folder", lambda: str(tmp_path / "records"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.qcow2"
    path.write_text("a guest's")
    return path


@pytest.fixture(params=["as it is", "told"])
def anew(request, file, monkeypatch):
    """Puts another file in the place of the one that is there, with its inode if that can be: on the file system as it
    is, or where that says what it is told."""
    said = [1]
    if request.param == "told" or file_identity.generation(str(file)) is None:
        monkeypatch.setattr(file_identity, "generation", lambda _path: said[0])
        return lambda: said.append(said.pop() + 1)

    def make():
        before = file.stat().st_ino
        for _time in range(TIMES):
            file.unlink()
            file.write_text("somebody else's")
            if file.stat().st_ino == before:
                break

    return make


def left_files(one):
    """Which files a removal has left of which that is recorded."""
    want = types.SimpleNamespace(absent=True)
    host = types.SimpleNamespace(unfinished={(left.STEP, "web1"): {"files": [one]}}, is_missing=lambda _path: False)
    world = types.SimpleNamespace(want=lambda *_key: want, state=lambda *_key: None, host=host)
    return [found.path for found in left.files(world, "web1")]


def recorded(path):
    """What is recorded of a file that a removal leaves."""
    return {"option": "snapshots[s1].memory_file", "path": str(path), "inode": file_identity.of(str(path))}


def test_another_file_of_the_name_is_not_what_a_removal_has_left(file, anew):
    then = recorded(file)
    assert left_files(then) == [str(file)]
    anew()
    assert left_files(then) == []


def test_another_file_of_the_name_is_not_the_volume_of_a_record(file, anew):
    records.write("data", file.name, str(file), str(file), RECORD)
    assert records.read("data", file.name, str(file), str(file)) == RECORD
    anew()
    assert records.read("data", file.name, str(file), str(file)) is None


def test_a_file_is_the_same_under_another_name_and_with_other_content(file):
    records.write("data", "b.qcow2", str(file), str(file.with_name("b.qcow2")), RECORD)
    file.with_name("b.qcow2").hardlink_to(file)
    file.unlink()
    file.with_name("b.qcow2").write_text("more of the guest's")
    path = str(file.with_name("b.qcow2"))
    assert records.read("data", "b.qcow2", path, path) == RECORD


@pytest.mark.parametrize("when", ["then", "now"])
def test_where_no_more_is_known_it_is_the_inode(file, monkeypatch, when):
    """An older version recorded no more, and the file may not have been this user's to open."""
    known = file_identity.of(str(file))
    monkeypatch.setattr(file_identity, "generation", lambda _path: None)
    less = file_identity.of(str(file))
    assert less == str(file.stat().st_ino)
    monkeypatch.undo()
    monkeypatch.setattr(file_identity, "generation", lambda _path: None if when == "now" else 5)
    assert file_identity.is_of(less if when == "then" else known, str(file))
    assert not file_identity.is_of("7" if when == "then" else "7.5", str(file))


def test_a_volume_that_an_older_version_recorded_is_known(file):
    data = {"source": None, "checksum": None, "identity": f"{file}:{file.stat().st_ino}"}
    record_files.write("volumes", f"data/{file.name}", data)
    assert records.read("data", file.name, str(file), str(file)) == records.Record(None)


def test_what_is_no_file_has_no_identity(tmp_path):
    assert file_identity.of("/dev/null") == file_identity.of(str(tmp_path / "gone")) == ""
    assert file_identity.is_of("", "/dev/null") and not file_identity.is_of("17", "/dev/null")
    records.write("data", "vol1", "/dev/null", "/dev/null", RECORD)
    assert records.read("data", "vol1", "/dev/null", "/dev/null") == RECORD
