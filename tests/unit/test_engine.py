# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that a host keeps: found only where nobody else can have written it, and there as a whole or not at all."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from ansible_collections.kvm.fleet.plugins.action import converge
from ansible_collections.kvm.fleet.plugins.module_utils import engine


@pytest.fixture
def archive(tmp_path) -> str:
    path = tmp_path / "engine.zip"
    path.write_bytes(converge.archive())
    return str(path)


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    return tmp_path / "cache"


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_code_is_kept_whole_and_compiled(archive, folder):
    path = pathlib.Path(engine.keep(archive, str(folder), "one"))
    assert engine.find(str(folder), "one") == str(path)
    assert (path / "runner.py").read_bytes() == pathlib.Path(converge.ROOT, "runner.py").read_bytes()
    assert list((path / "__pycache__").glob("runner.*.pyc"))
    assert folder.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o700
    assert names(folder) == ["one"]


def test_the_archive_has_all_of_the_code_and_nothing_else(archive):
    with zipfile.ZipFile(archive) as content:
        assert set(content.namelist()) == {
            str(path.relative_to(converge.ROOT)) for path in pathlib.Path(converge.ROOT).rglob("*.py")
        }


def test_the_digest_is_of_names_and_contents(monkeypatch):
    def digest(files: dict[str, bytes]) -> str:
        monkeypatch.setattr(converge, "files", lambda: files)
        return converge.digest.__wrapped__()

    told = [digest(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})]
    assert len(set(told)) == 4 and digest({"a": b"1"}) == told[0]


@pytest.mark.parametrize("which", ["folder", "code"])
@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_what_others_can_write_to_is_not_used(archive, folder, which, mode):
    path = engine.keep(archive, str(folder), "one")
    os.chmod(folder if which == "folder" else path, mode)
    assert engine.find(str(folder), "one") is None
    with pytest.raises(OSError):
        engine.keep(archive, str(folder), "one")


def test_what_is_somebody_elses_is_not_used(archive, folder, monkeypatch):
    engine.keep(archive, str(folder), "one")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert engine.find(str(folder), "one") is None


def test_a_link_is_not_followed(archive, folder, tmp_path):
    elsewhere = engine.keep(archive, str(tmp_path / "elsewhere"), "one")
    folder.mkdir(0o700)
    (folder / "one").symlink_to(elsewhere)
    assert engine.find(str(folder), "one") is None


def test_who_keeps_it_second_finds_it_kept(archive, folder):
    assert engine.keep(archive, str(folder), "one") == engine.keep(archive, str(folder), "one")
    assert names(folder) == ["one"]


def test_nothing_is_left_of_an_archive_that_is_none(folder, tmp_path):
    (tmp_path / "broken").write_bytes(b"PK")
    with pytest.raises(zipfile.BadZipFile):
        engine.keep(str(tmp_path / "broken"), str(folder), "one")
    assert names(folder) == []


def test_old_code_is_forgotten(archive, folder):
    for number in range(engine.KEPT + 2):
        path = engine.keep(archive, str(folder), str(number))
        os.utime(path, (number, number))
    engine.keep(archive, str(folder), "last")
    assert names(folder) == ["3", "4", "last"]


def run(home: pathlib.Path, **environment: str) -> str:
    """What a process says that loads a module of the code as on a host, where it has nothing but this one."""
    package = home / "sent" / "ansible_collections/kvm/fleet/plugins/module_utils"
    package.mkdir(parents=True, exist_ok=True)
    (package / "engine.py").write_text(pathlib.Path(engine.__file__).read_text())
    script = (
        "from ansible_collections.kvm.fleet.plugins.module_utils import engine\n"
        f"engine.home = lambda: {str(home / 'cache')!r}\n"
        "print(engine.load('units').__file__)"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PYTHONPATH": str(home / "sent"), "TMPDIR": str(home)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_a_host_without_the_code_says_so_and_one_with_it_uses_it(archive, tmp_path):
    assert json.loads(run(tmp_path, KVM_FLEET_ENGINE="one")) == {"changed": False, engine.MISSING: True}
    kept = str(tmp_path / "cache" / "one" / "units.py")
    assert run(tmp_path, KVM_FLEET_ENGINE="one", KVM_FLEET_ENGINE_ARCHIVE=archive) == kept
    assert run(tmp_path, KVM_FLEET_ENGINE="one") == kept
    assert engine.MISSING in run(tmp_path, KVM_FLEET_ENGINE="two")


def test_where_it_cannot_be_kept_it_is_used_once(archive, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    used = run(tmp_path, KVM_FLEET_ENGINE="one", KVM_FLEET_ENGINE_ARCHIVE=archive)
    assert used.endswith("/units.py") and used.startswith(str(tmp_path))
    assert not os.path.exists(used)
