# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that a host keeps: found only where nobody else can have written it, and there as a whole or not at all."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t
import zipfile

import pytest
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.kvm.fleet.plugins.action import converge
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code import archive as code
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.modules import kvm_fleet_kept_code as launcher

MODULE_UTILS = f"{code.OURS}/module_utils"
ROOT = code.roots()[MODULE_UTILS]


@pytest.fixture(scope="module")
def our_archive(tmp_path_factory) -> str:
    """What is sent to a host."""
    path = tmp_path_factory.mktemp("archive") / "code.zip"
    path.write_bytes(code.archive())
    return str(path)


@pytest.fixture
def keep(tmp_path, folder) -> t.Callable[..., str]:
    """``keep("one")``: keep the code of an archive with a file that has these words; returns the folder and digest."""

    def run(words: str, folder: pathlib.Path = folder) -> tuple[str, str]:
        files = {"package/module.py": words.encode()}
        path = tmp_path / "code.zip"
        with zipfile.ZipFile(path, "w") as content:
            for name, text in files.items():
                content.writestr(name, text)
        folder.mkdir(0o700, exist_ok=True)
        digest = launcher.digest_of(files)
        return launcher.find_code(str(folder), digest, str(path)), digest

    return run


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    return tmp_path / "cache"


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_code_is_kept_whole(our_archive, folder):
    path = pathlib.Path(launcher.keep(our_archive, make(folder), code.digest()))
    assert launcher.find_code(str(folder), code.digest()) == str(path)
    assert (path / MODULE_UTILS / "runner.py").read_bytes() == (ROOT / "runner.py").read_bytes()
    assert folder.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o700
    assert names(folder) == [code.digest()]


def test_the_archive_has_all_of_our_code_and_only_packages_that_are_nowhere_else(our_archive):
    with zipfile.ZipFile(our_archive) as content:
        sent = {pathlib.PurePath(path) for path in content.namelist()}
    ours = {
        pathlib.PurePath(package, path.relative_to(root))
        for package, root in code.roots().items()
        for path in root.rglob("*.py")
        if package.startswith(code.OURS)
    }
    assert ours <= sent and {path.parts[4] for path in ours} == {"module_utils", "modules"}
    more = {path for path in sent - ours if path.is_relative_to(code.OURS)}
    assert {path.name for path in more} == {"__init__.py"}
    folders = {folder for path in sent for folder in path.parents} - {pathlib.PurePath()}
    assert {folder / "__init__.py" for folder in folders} <= sent
    assert not any("facts" in path.parts for path in sent)


def test_the_digest_is_of_names_and_contents():
    files = ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""}, {"a": b"1b 0\n"})
    told = [launcher.digest_of(one) for one in files]
    assert len(set(told)) == 5
    assert launcher.digest_of({"b": b"", "a": b"1"}) == told[3], "the order counts"


def test_ansibles_tagged_values_are_sent_as_plain_ones():
    class Noted(str):
        """As Ansible's own."""

    told = converge.plain({Noted("a"): [Noted("b"), 1, True, None, {"c": 2.5}]})
    assert told == {"a": ["b", 1, True, None, {"c": 2.5}]}
    assert not any(isinstance(word, Noted) for word in (*told, *told["a"]))


def test_folder_that_others_can_write_to_is_not_used(keep, folder):
    _path, digest = keep("one")
    for mode in (0o720, 0o702):
        folder.chmod(mode)
        with pytest.raises(PermissionError):
            launcher.find_code(str(folder), digest)


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_code_that_others_could_have_changed_is_replaced(keep, mode):
    path, digest = keep("one")
    module = pathlib.Path(path, "package/module.py")
    module.write_text("two")
    os.chmod(path, mode)
    assert launcher.find_code(os.path.dirname(path), digest) is None
    assert keep("one") == (path, digest) and module.read_text() == "one"


def test_folder_of_another_user_is_not_used(keep, folder, monkeypatch):
    _path, digest = keep("one")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert not launcher.is_whole(str(folder / digest))
    with pytest.raises(PermissionError):
        launcher.find_code(str(folder), digest)


def test_a_link_is_not_followed(keep, folder, tmp_path):
    elsewhere, digest = keep("one", tmp_path / "elsewhere")
    folder.mkdir(0o700)
    (folder / digest).symlink_to(elsewhere)
    assert launcher.find_code(str(folder), digest) is None
    assert keep("one") == (str(folder / digest), digest)
    assert not (folder / digest).is_symlink() and names(folder) == [digest]


@pytest.mark.parametrize("damage", ["gone", "short", "sizes gone", "sizes unreadable"])
def test_code_with_parts_missing_is_replaced(keep, folder, damage):
    path, digest = keep("one")
    file = pathlib.Path(path, launcher.SIZES if damage.startswith("sizes") else "package/module.py")
    if damage.endswith("gone"):
        file.unlink()
    else:
        file.write_text("[")
    assert launcher.find_code(str(folder), digest) is None
    assert keep("one") == (path, digest)
    assert launcher.find_code(str(folder), digest) == path and names(folder) == [digest]


def test_concurrent_runs_keep_the_code_once(keep, folder):
    path, digest = keep("one")
    made = os.stat(path).st_ctime_ns
    assert launcher.keep(str(folder.parent / "code.zip"), str(folder), digest) == path
    assert os.stat(path).st_ctime_ns == made and names(folder) == [digest]


@pytest.mark.parametrize("content", [b"PK", b""])
def test_nothing_is_left_of_an_archive_that_is_none(folder, tmp_path, content):
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(zipfile.BadZipFile):
        launcher.keep(str(tmp_path / "broken"), make(folder), "one")
    assert names(folder) == []


def test_another_archive_than_was_sent_is_not_kept(keep, folder, tmp_path):
    _path, digest = keep("one")
    with pytest.raises(ValueError, match="not the one that was sent"):
        launcher.keep(str(tmp_path / "code.zip"), str(folder), digest[::-1])
    assert names(folder) == [digest]


def test_half_unpacked_code_of_a_killed_run_is_removed(keep, folder):
    (folder / "new-x" / "half").mkdir(parents=True)
    (folder / "new-x-old").write_text("")
    folder.chmod(0o700)
    _path, digest = keep("one")
    assert names(folder) == [digest]


def test_old_code_is_forgotten(keep, folder):
    made = [keep(str(number)) for number in range(launcher.KEPT + 2)]
    for number, (path, _digest) in enumerate(made[2:]):
        os.utime(path, (number, number))
    _path, last = keep("last")
    assert names(folder) == sorted([made[3][1], made[4][1], last])


#: With ansible-core 2.21 and newer what a module was given is echoed to those who ask for it.
ECHOED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
OPTIONS = {"networks": [{"name": "lan", "brigde": "virbr7", "bridge": '""" \U0001f600'}]}


def run(home: pathlib.Path, changed: tuple[str, str] = ("", ""), options: t.Any = None, **given: t.Any) -> t.Any:
    """What a host says where Python finds nothing of ours but what is sent; with something ``changed`` in that."""
    everything = {"module": "converge", "options": options or OPTIONS, "digest": code.digest(), **given}
    sent = (
        pathlib.Path(launcher.__file__)
        .read_text()
        .replace("<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>", json.dumps(everything))
    )
    path = home / "launcher.py"
    path.write_text(sent.replace("/var/cache/kvm-fleet", str(home / "cache")).replace(*changed))
    variables = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "xdg"), "TMPDIR": str(home)}
    done = subprocess.run(
        [sys.executable, "-I", "-B", path], env=variables, check=False, capture_output=True, text=True
    )
    answer = json.loads(done.stdout)
    own = {launcher.MISSING, launcher.UNUSABLE} & set(answer)
    assert done.stderr == ("" if own else f"{launcher.BEGUN}\n"), done.stderr
    return answer


def kept(home: pathlib.Path) -> pathlib.Path:
    return home / "cache" if os.geteuid() == 0 else home / "xdg/kvm-fleet"


def make(folder: pathlib.Path) -> str:
    folder.mkdir(0o700)
    return str(folder)


def test_a_host_without_the_code_says_so_and_one_with_it_uses_it(our_archive, tmp_path):
    missing = {"changed": False, launcher.MISSING: True}
    assert run(tmp_path) == missing
    for given in ({"archive": our_archive}, {}):
        answer = run(tmp_path, _ansible_verbosity=3, **ECHOED, **given)
        assert answer["failed"] and "networks[lan].brigde: there is no such option" in answer["msg"]
        assert answer["invocation"]["module_args"]["networks"][0]["bridge"] == '""" \U0001f600'
    (version,) = kept(tmp_path).iterdir()
    for kept_module in (version / MODULE_UTILS / "module", version / "ansible/module_utils/basic"):
        compiled = kept_module.parent.glob(f"__pycache__/{kept_module.name}.*.pyc")
        assert list(compiled), f"{kept_module} is compiled anew each time, or another one is used"
    assert run(tmp_path, digest="two") == missing


@pytest.fixture(scope="module")
def host(our_archive, tmp_path_factory) -> pathlib.Path:
    """The home on a host that keeps the code."""
    home = tmp_path_factory.mktemp("host")
    assert "msg" in run(home, archive=our_archive)
    return home


@pytest.mark.parametrize("module", ["domain", "pool_info", "host_kernel"])
def test_every_module_of_the_collection_can_be_run(host, module):
    assert "no_such_option" in run(host, module=module, options={"no_such_option": 1})["msg"]


def test_unwritable_cache_is_reported(our_archive, tmp_path):
    kept(tmp_path).parent.mkdir(exist_ok=True)
    kept(tmp_path).write_text("in the way")
    for given in ({}, {"archive": our_archive}):
        assert "FileExistsError" in run(tmp_path, **given)[launcher.UNUSABLE]
    assert kept(tmp_path).read_text() == "in the way"


CANNOT = {
    "options under another name": ('"_ANSIBLE_ARGS")', '"_OTHER_ARGS")', "LookupError"),
    "options in another form": ('{"ANSIBLE_MODULE_ARGS": {}}\'', '{"OTHER_ARGS": {}}\'', "SystemExit|Exception"),
    "no loading": ("basic._load_params", "basic._no_such", "AttributeError"),
    "no options": ("basic._load_params() != {}", "basic._load_params() == {}", "LookupError"),
    "no module": ("plugins.modules.", "plugins.no_such.", "ModuleNotFoundError"),
    "no entry point": ("module.main", "module.no_such", "AttributeError"),
}


@pytest.mark.parametrize("what", CANNOT)
def test_failure_before_the_module_begins_is_reported(host, what):
    before, after, error = CANNOT[what]
    assert before in pathlib.Path(launcher.__file__).read_text()
    answer = run(host, (before, after))
    assert re.match(error, answer[launcher.UNUSABLE]) and answer["changed"] is False
