# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``converge`` runs from code that the host keeps; where anything is not as expected it goes Ansible's own way.

Both ways have the same result. What is broken, and for which task, is in callback/broken.py.
"""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from .callback.broken import BROKEN, WITH_PIPELINING
from .conftest import CACHE, Played, converge, forget, forget_code, networks

#: Ansible's own default, and, with ``--every-way``, pipelining too.
WAYS = pytest.mark.parametrize(
    "pipelining", [False, pytest.param(True, marks=pytest.mark.every_way)], ids=["files", "pipelining"]
)
NOT_USED = "does not use the code that the host keeps"


@pytest.mark.parametrize("pipelining", [False, True], ids=["files", "pipelining"])
def test_code_is_sent_once(ansible, nothing, pipelining):
    checked = ansible(converge("one"), "--check", pipelining=pipelining)
    assert checked.results["one"]["changed"] and "one" not in networks()
    (kept,) = CACHE.iterdir()
    sent = kept.stat().st_ctime_ns
    said = {"environment": {"SAID": "by the user"}}
    first = ansible(converge("one", **said), "-v", pipelining=pipelining)
    assert first.results["one"]["changed"] and "one" in networks()
    second = ansible(converge("one", **said), "-v", pipelining=pipelining)
    assert not second.results["one"]["changed"]
    assert [path.stat().st_ctime_ns for path in CACHE.iterdir()] == [sent]
    assert NOT_USED not in first.text + second.text


@WAYS
def test_with_the_switch_off_nothing_is_kept_and_the_result_is_the_same(ansible, nothing, pipelining):
    results = []
    for variables in ({}, {"kvm_fleet_keep_code": "{{ 'no' }}" if pipelining else False}):
        forget()
        played = ansible(converge("one", vars=variables), "-v", "--diff", pipelining=pipelining)
        assert bool(list(CACHE.iterdir())) == (not variables)
        assert ("kvm_fleet_keep_code is false" in played.text) == bool(variables)
        del played.results["one"]["networks"][0]["uuid"]
        results.append(played.results["one"])
    assert results[0] == results[1]
    assert results[0]["changed"] and results[0]["diff"]["prepared"]


def test_a_switch_that_is_neither_on_nor_off_is_a_mistake(ansible, nothing):
    failed = ansible(converge("one", vars={"kvm_fleet_keep_code": "perhaps"}), rc=2)
    assert "kvm_fleet_keep_code: neither true nor false" in failed.results["one"]["msg"]
    assert networks() == set()


def test_fallback_is_shown_with_v_only(ansible, nothing):
    assert NOT_USED not in ansible(converge("one"), "-e", "kvm_fleet_keep_code=false").text


@pytest.fixture(
    scope="module", params=[False, pytest.param(True, marks=pytest.mark.every_way)], ids=["files", "pipelining"]
)
def broken(ansible, request) -> dict[str, t.Any]:
    """A run with a task for each thing that can be broken, and its second run with all of it whole."""
    forget()
    names = [*BROKEN, *(WITH_PIPELINING if request.param else ())]
    first = ansible(*map(converge, names), "-v", pipelining=request.param)
    made = networks()
    forget_code()
    whole = ansible({**converge("whole"), "kvm.fleet.converge": _all(names)}, "-v", pipelining=request.param)
    return {"first": first, "made": made, "whole": whole, "names": names}


def _all(names: list[str]) -> dict[str, t.Any]:
    return {"networks": [one for name in names for one in converge(name)["kvm.fleet.converge"]["networks"]]}


@pytest.mark.parametrize("what", BROKEN)
def test_unexpected_ansible_falls_back(broken, what):
    first: Played = broken["first"]
    said = first.said(what)
    assert first.results[what]["changed"] and what in broken["made"]
    assert NOT_USED in said and BROKEN[what][1] in said, said
    assert "WARNING" not in said and "Traceback" not in said


def test_fallback_returns_the_same_result(broken):
    assert not broken["whole"].results["whole"]["changed"]
    assert NOT_USED not in broken["whole"].text and len(list(CACHE.iterdir())) == 1


def test_folder_that_cannot_be_made_falls_back(broken):
    for what in set(broken["names"]) & set(WITH_PIPELINING):
        assert WITH_PIPELINING[what][1] in broken["first"].said(what) and what in broken["made"]


@WAYS
@pytest.mark.parametrize("refusal", ["others can write there", "no room", "read-only"])
def test_host_that_cannot_keep_code_falls_back(ansible, nothing, pipelining, refusal):
    undo = refuse(refusal)
    try:
        played = ansible(converge("one"), "-v", pipelining=pipelining)
    finally:
        undo()
    error = {"others can write there": "PermissionError", "no room": "No space left", "read-only": "Read-only"}[refusal]
    assert NOT_USED in played.text and error in played.text
    assert played.results["one"]["changed"] and networks() == {"one"}
    assert list(CACHE.iterdir()) == []


def refuse(how: str) -> t.Callable[[], t.Any]:
    """Let the host refuse to keep code; returns what undoes it."""
    if how == "others can write there":
        CACHE.chmod(0o777)
        return lambda: CACHE.chmod(0o755)
    option, undone = {"no room": ("size=64k", "size=50%"), "read-only": ("ro", "rw")}[how]
    subprocess.run(["mount", "-o", f"remount,{option}", CACHE], check=True)
    return lambda: subprocess.run(["mount", "-o", f"remount,{undone}", CACHE], check=True)


def test_code_that_others_could_have_changed_is_not_run(ansible, nothing):
    ansible(converge("one"))
    (kept,) = CACHE.iterdir()
    kept.chmod(0o777)
    for path in kept.rglob("module.py"):
        path.write_text("raise SystemExit('not ours')")
    again = ansible(converge("one"), "-v")
    assert not again.results["one"]["changed"] and NOT_USED not in again.text


def test_async_task_falls_back(ansible, nothing):
    background = {"async": 60, "poll": 1}
    assert ansible(converge("one", **background), "-v").results["one"]["changed"] and "one" in networks()
    again = ansible(converge("one", **background), "-v")
    assert not again.results["one"]["changed"] and NOT_USED in again.text and list(CACHE.iterdir()) == []


def test_files_that_are_kept_on_the_host_are_those_that_ansible_documents(ansible, nothing, tmp_path):
    kept = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote")}
    assert ansible(converge("one"), "-v", **kept).results["one"]["changed"]
    (sent,) = tmp_path.rglob("AnsiballZ_*.py")
    subprocess.run(["/usr/bin/python3", sent, "explode"], check=True, capture_output=True)
    assert list(tmp_path.rglob("debug_dir/args")) and list(CACHE.iterdir()) == []


@WAYS
@pytest.mark.parametrize("crash", ["os._exit(7)", "os.kill(os.getpid(), 9)", "raise OSError(7)"])
def test_a_module_that_has_begun_is_not_run_again(ansible, nothing, pipelining, tmp_path, crash):
    runs = tmp_path / "runs"
    code = f"import os; open({str(runs)!r}, 'a').write('run '); {crash}"
    failed = ansible(converge("one"), "-v", rc=2, pipelining=pipelining, KVM_FLEET_CRASH=code)
    assert runs.read_text() == "run " and networks() == set()
    assert NOT_USED not in failed.text and "has begun" not in failed.text
