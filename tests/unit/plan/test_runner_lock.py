# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs of the reconcile loop at the same time."""

from __future__ import annotations

import json
import multiprocessing
import pathlib
import threading
import time
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import runner as runner_module
from ansible_collections.kvm.fleet.plugins.module_utils.errors import (
    FleetError,
    MissingReference,
    TimedOut,
)

from .loop import Loop


def _run(folder: pathlib.Path, barrier: t.Any, answers: t.Any, check: bool, seconds: float) -> None:
    loop = Loop(folder)
    loop.base.seconds = seconds
    barrier.wait()
    started = time.monotonic()
    try:
        result = loop.run({"bases": [{"name": "a"}, {"name": "b"}]}, check)
    except Exception as exc:
        result = {"error": repr(exc)}
    answers.put(json.dumps({"result": result, "seconds": time.monotonic() - started}))


def at_once(folder: pathlib.Path, *runs: tuple[bool, float]) -> list[dict[str, t.Any]]:
    """Runs ``(check, seconds per action)`` in processes of their own; their answers in the order of ending."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(len(runs)), context.Queue()
    processes = [context.Process(target=_run, args=(folder, barrier, answers, *run)) for run in runs]
    for process in processes:
        process.start()
    found = [json.loads(answers.get(timeout=20)) for _process in processes]
    for process in processes:
        process.join()
    return found


def test_of_two_runs_one_does_the_work_and_the_other_finds_it_done(tmp_path):
    answers = at_once(tmp_path, (False, 0.15), (False, 0.15))
    assert [answer["result"].get("error") for answer in answers] == [None, None]
    assert sorted(answer["result"]["changed"] for answer in answers) == [False, True]


def test_check_mode_does_not_wait_for_the_lock(loop):
    with runner_module._lock(loop.runner.session, 0) as ours:
        assert ours
        assert loop.run({"bases": [{"name": "a"}]}, check=True)["changed"]


def test_a_run_without_changes_does_not_wait_for_the_lock(loop):
    loop.run({"bases": [{"name": "a"}]})
    with runner_module._lock(loop.runner.session, 0):
        assert loop.run({"bases": [{"name": "a"}]})["changed"] is False


def test_a_refusal_is_checked_again_after_another_run_ended(tmp_path):
    """The thing that is referred to is being made."""
    (tmp_path / "base").mkdir()
    loop = Loop(tmp_path)
    begun = threading.Event()

    def make_it() -> None:
        with runner_module._lock(loop.runner.session, 0):
            begun.set()
            time.sleep(0.2)
            (tmp_path / "base" / "a").write_text("x")

    other = threading.Thread(target=make_it)
    other.start()
    begun.wait()
    assert loop.run({"disks": [{"name": "d", "needs": "a"}]})["changed"]
    other.join()
    with pytest.raises(MissingReference):
        loop.run({"disks": [{"name": "e", "needs": "b"}]})


def test_waiting_for_another_run_ends_with_a_plain_error(loop, monkeypatch):
    monkeypatch.setattr(runner_module, "LOCK_TIMEOUT", 0.2)
    with runner_module._lock(loop.runner.session, 0), pytest.raises(TimedOut, match="another run has been changing"):
        loop.run({"bases": [{"name": "a"}]})
    assert loop.applied == []


def test_the_lock_is_free_after_a_failure(loop):
    loop.base.fails["a"] = FleetError("no")
    with pytest.raises(FleetError):
        loop.run({"bases": [{"name": "a"}]})
    with runner_module._lock(loop.runner.session, 0) as ours:
        assert ours
