# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``converge`` through Ansible itself: a host is sent the collection's code once, and keeps it."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

CACHE = pathlib.Path("/var/cache/kvm.fleet")
Play = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def play(agent, tmp_path, unique) -> Play:
    """Converges an isolated network by a playbook; returns the result. The keywords are the task's."""
    for path in CACHE.iterdir():
        subprocess.run(["rm", "-r", path], check=True)

    def run(*arguments: str, pipelining: bool = False, **keywords: t.Any) -> dict[str, t.Any]:
        task = {
            "name": "converge",
            "kvm.fleet.converge": {"networks": [{"name": unique, "forward": {"mode": "isolated"}}]},
            "environment": {"SAID": "by the user"},
            **keywords,
        }
        settings = {
            "ANSIBLE_PIPELINING": str(pipelining),
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "ANSIBLE_REMOTE_TMP": str(tmp_path / "tmp"),
        }
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]
        played = agent.playbook(plays, *arguments, warm=False, **settings)
        assert played.rc == 0, played.text
        if "async" not in keywords:  # of such a task Ansible itself leaves its files, whatever the module
            assert list((tmp_path / "tmp").iterdir()) == [], "temporary files are left on the host"
        result = played.results["converge"]
        assert "code_missing" not in result
        return result

    return run


@pytest.mark.parametrize("pipelining", [False, True])
def test_converge_sends_its_code_once(play, virsh, unique, pipelining):
    assert play("--check", pipelining=pipelining)["changed"] and unique not in virsh("net-list", "--all")
    (kept,) = CACHE.iterdir()
    sent = kept.stat().st_ctime_ns
    assert play(pipelining=pipelining)["changed"] and unique in virsh("net-list")
    assert not play(pipelining=pipelining)["changed"]
    assert [path.stat().st_ctime_ns for path in CACHE.iterdir()] == [sent]


def test_code_in_a_directory_writable_by_others_is_not_run(play):
    play()
    (kept,) = CACHE.iterdir()
    kept.chmod(0o777)
    for path in kept.rglob("module.py"):
        path.write_text("raise SystemExit('not ours')")
    assert not play()["changed"]


def test_an_async_task_sends_the_code_with_it(play, virsh, unique):
    assert play(**{"async": 60, "poll": 1})["changed"] and unique in virsh("net-list")
    assert not play(**{"async": 60, "poll": 1})["changed"]
