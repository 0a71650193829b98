# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a change of bridges: what it makes of a host that answers, breaks off, or is lost."""

from __future__ import annotations

import types
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.kvm.fleet.plugins.action import host_bridges
from ansible_collections.kvm.fleet.plugins.modules import host_bridges as module

BEGUN = {
    "changed": True,
    "rollback": {"state": "applying", "token": "t0"},
}
BROKEN = AnsibleConnectionFailure("no route to host")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[dict[str, t.Any], list[t.Any]]]:
    """``play(answer, …)``: the task's result, and what was done, when the host answers so; the last answer repeats."""
    clock = iter(range(10**6))
    monkeypatch.setattr(host_bridges.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(host_bridges.time, "sleep", lambda _seconds: None)

    def run(*answers: t.Any) -> tuple[dict[str, t.Any], list[t.Any]]:
        done: list[t.Any] = []
        queue = list(answers)

        def execute(module_args: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
            done.append(module_args)
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
            if isinstance(answer, Exception):
                raise answer
            return dict(answer)

        action = host_bridges.ActionModule.__new__(host_bridges.ActionModule)
        monkeypatch.setattr(host_bridges.ActionBase, "run", lambda *_arguments: {})
        action._task = types.SimpleNamespace(args={"bridges": []})
        action._connection = types.SimpleNamespace(reset=lambda: done.append("reset"))
        action._execute_module = execute
        return action.run(), done

    return run


def state(name: str, **more: str) -> dict[str, t.Any]:
    return {"changed": False, "rollback": {"state": name, **more}}


def test_a_change_is_confirmed_as_soon_as_it_is_applied(play):
    result, done = play(BEGUN, state("applying"), state("confirmed"))
    assert result["changed"] and "failed" not in result and result["rollback"] == {"state": "confirmed"}
    assert done == [{"bridges": []}, "reset", {"confirm": "t0"}, "reset", {"confirm": "t0"}]


def test_a_connection_that_breaks_is_made_anew(play):
    result, done = play(BEGUN, BROKEN, {"failed": True, "msg": "cut off"}, state("confirmed"))
    assert result["rollback"] == {"state": "confirmed"}
    assert done[1:] == ["reset", {"confirm": "t0"}] * 3


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"reason": "timeout", "missing": ""}, "was not reachable within 120 s"),
        ({"reason": "timeout", "missing": "there is no br0"}, "not as declared: there is no br0."),
        (
            {"reason": "failed", "missing": "failed: netplan apply", "log": "+ x\nwhy"},
            "failed: netplan apply\n+ x\nwhy",
        ),
        ({"reason": "boot", "missing": ""}, "was rebooted"),
    ],
)
def test_a_change_that_was_undone_is_a_failure_that_says_why(play, outcome, said):
    result, _done = play(BEGUN, BROKEN, state("undone", **outcome))
    assert result["failed"] and not result["changed"]
    assert said in result["msg"] and "former configuration" in result["msg"]


def test_a_host_that_does_not_come_back_is_given_up_in_the_end(play):
    result, _done = play(BEGUN, BROKEN)
    assert result["failed"] and result["rollback"]["state"] == "lost"
    assert "not even 120 s after" in result["msg"] and "no route to host" in result["msg"]


@pytest.mark.parametrize("answer", [{"failed": True, "msg": "no"}, {"changed": True, "rollback": {"state": "none"}}])
def test_a_run_without_changes_confirms_nothing(play, answer):
    result, done = play(answer)
    assert result == answer and len(done) == 1


def test_the_action_waits_as_long_as_the_module_does_by_itself():
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]["timeout"]["default"]
    assert documented == host_bridges.TIMEOUT
