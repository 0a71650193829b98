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
import typing as t
import zipfile

import pytest

from ansible_collections.kvm.fleet.plugins.action import converge
from ansible_collections.kvm.fleet.plugins.modules import converge as module

OURS = "ansible_collections/kvm/fleet/plugins/module_utils"
ROOT = pathlib.Path(converge.ROOTS[OURS])


@pytest.fixture(scope="module")
def our_archive(tmp_path_factory) -> str:
    """What is sent to a host."""
    path = tmp_path_factory.mktemp("archive") / "code.zip"
    path.write_bytes(converge.archive())
    return str(path)


@pytest.fixture
def archive(tmp_path) -> str:
    """One of a single file: how it is kept does not depend on what is in it."""
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as content:
        content.writestr("package/module.py", "")
    return str(path)


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    return tmp_path / "cache"


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_kept_code_is_complete(our_archive, folder):
    path = pathlib.Path(module.keep(our_archive, str(folder), "one"))
    assert module.find_code(str(folder), "one") == str(path)
    assert (path / OURS / "runner.py").read_bytes() == (ROOT / "runner.py").read_bytes()
    assert folder.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o700
    assert names(folder) == ["one"]


def test_the_archive_has_all_of_our_code_and_only_packages_that_are_nowhere_else(our_archive):
    with zipfile.ZipFile(our_archive) as content:
        sent = {pathlib.PurePath(path) for path in content.namelist()}
    ours = {OURS / path.relative_to(ROOT) for path in ROOT.rglob("*.py")}
    assert ours <= sent
    assert {path for path in sent - ours if path.is_relative_to(OURS)} == {pathlib.PurePath(OURS, "__init__.py")}
    folders = {folder for path in sent for folder in path.parents} - {pathlib.PurePath()}
    assert {folder / "__init__.py" for folder in folders} <= sent
    assert not any("facts" in path.parts for path in sent)


def test_the_digest_is_of_names_and_contents(monkeypatch):
    def digest(files: dict[str, bytes]) -> str:
        monkeypatch.setattr(converge, "files", lambda: files)
        return converge.digest()

    told = [digest(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})]
    assert len(set(told)) == 4 and digest({"a": b"1"}) == told[0]


def test_ansibles_data_tags_are_not_sent():
    class Noted(str):
        """As Ansible's own."""

    told = converge.plain({Noted("a"): [Noted("b"), 1, True, None, {"c": 2.5}]})
    assert told == {"a": ["b", 1, True, None, {"c": 2.5}]}
    assert not any(isinstance(word, Noted) for word in (*told, *told["a"]))


@pytest.mark.parametrize("which", ["folder", "code"])
@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_code_directory_writable_by_others_is_not_used(archive, folder, which, mode):
    path = module.keep(archive, str(folder), "one")
    os.chmod(folder if which == "folder" else path, mode)
    assert module.find_code(str(folder), "one") is None
    with pytest.raises(OSError):
        module.keep(archive, str(folder), "one")


def test_a_code_directory_of_another_user_is_not_used(archive, folder, monkeypatch):
    module.keep(archive, str(folder), "one")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert module.find_code(str(folder), "one") is None


def test_a_symbolic_link_to_a_code_directory_is_not_followed(archive, folder, tmp_path):
    elsewhere = module.keep(archive, str(tmp_path / "elsewhere"), "one")
    folder.mkdir(0o700)
    (folder / "one").symlink_to(elsewhere)
    assert module.find_code(str(folder), "one") is None


def test_keeping_the_same_code_twice_keeps_it_once(archive, folder):
    assert module.keep(archive, str(folder), "one") == module.keep(archive, str(folder), "one")
    assert names(folder) == ["one"]


def test_a_broken_archive_leaves_nothing(folder, tmp_path):
    (tmp_path / "broken").write_bytes(b"PK")
    with pytest.raises(zipfile.BadZipFile):
        module.keep(str(tmp_path / "broken"), str(folder), "one")
    assert names(folder) == []


def test_a_half_unpacked_archive_of_a_killed_run_is_removed(archive, folder):
    (folder / "new-x" / "half").mkdir(parents=True)
    folder.chmod(0o700)
    module.keep(archive, str(folder), "one")
    assert names(folder) == ["one"]


def test_old_code_is_removed(archive, folder):
    for number in range(module.KEPT + 2):
        path = module.keep(archive, str(folder), str(number))
        os.utime(path, (number, number))
    module.keep(archive, str(folder), "last")
    assert names(folder) == ["3", "4", "last"]


NETWORKS = '{"networks": [{"name": "lan", "brigde": "virbr7", "bridge": "\\"\\"\\" \\ud83d\\ude00"}]}'


def run(home: pathlib.Path, arguments: str = NETWORKS, **environment: str) -> dict[str, t.Any]:
    """What the module says on a host where Python finds nothing of ours but what is sent."""
    sent = pathlib.Path(module.__file__).read_text().replace("<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>", arguments)
    path = home / "converge.py"
    path.write_text(sent.replace("/var/cache/kvm.fleet", str(home / "cache")))
    variables = {**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / "xdg"), "TMPDIR": str(home)}
    done = subprocess.run(
        [sys.executable, "-I", "-B", path], env=variables, check=False, capture_output=True, text=True
    )
    assert not done.stderr, done.stderr
    answer: dict[str, t.Any] = json.loads(done.stdout)
    return answer


def kept(home: pathlib.Path) -> pathlib.Path:
    return home / "cache" if os.geteuid() == 0 else home / "xdg/kvm.fleet"


def test_a_host_without_the_code_says_so_and_one_with_it_uses_it(our_archive, tmp_path):
    missing = {"changed": False, module.MISSING: True}
    assert run(tmp_path, KVM_FLEET_CODE="one") == missing
    for environment in ({"KVM_FLEET_CODE_ARCHIVE": our_archive}, {}):
        answer = run(tmp_path, KVM_FLEET_CODE="one", **environment)
        assert answer["failed"] and "networks[lan].brigde: there is no such option" in answer["msg"]
        assert answer["invocation"]["module_args"]["networks"][0]["bridge"] == '""" \U0001f600'
    (code,) = kept(tmp_path).iterdir()
    for kept_module in (code / OURS / "module", code / "ansible/module_utils/basic"):
        compiled = kept_module.parent.glob(f"__pycache__/{kept_module.name}.*.pyc")
        assert list(compiled), f"{kept_module} is compiled anew each time, or another one is used"
    assert run(tmp_path, KVM_FLEET_CODE="two") == missing


def test_converge_without_its_action_plugin_is_an_error(tmp_path):
    answer = run(tmp_path)
    assert answer["failed"] and "action plugin" in answer["msg"]


def test_code_that_cannot_be_kept_is_used_once(our_archive, tmp_path):
    kept(tmp_path).parent.mkdir(exist_ok=True)
    kept(tmp_path).write_text("in the way")
    answer = run(tmp_path, KVM_FLEET_CODE="one", KVM_FLEET_CODE_ARCHIVE=our_archive)
    assert "networks[lan].brigde" in answer["msg"]
    assert kept(tmp_path).read_text() == "in the way"
