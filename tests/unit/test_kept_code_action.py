# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of code that hosts keep: what it makes of answers. Failures of Ansible: tests/ansible_core."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code import action as kept_code
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.modules import kvm_fleet_kept_code as launcher

ORDINARY = {"changed": True, "msg": "the ordinary way"}
MISSING = {"changed": False, launcher.MISSING: True}
DONE = {"changed": True}
SWITCH = kept_code.SWITCH


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[dict[str, t.Any], list[t.Any], list[str]]]:
    """``play(answer, …)``: the task's result, what the launcher was given, and what was said with ``-v``."""

    def run(
        *answers: t.Any, background: int = 0, **variables: t.Any
    ) -> tuple[dict[str, t.Any], list[t.Any], list[str]]:
        given: list[t.Any] = []
        said: list[str] = []
        queue = list(answers)

        def execute(module_name: str, module_args: dict[str, t.Any], task_vars: t.Any) -> t.Any:
            given.append(module_args)
            answer = queue.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        task = types.SimpleNamespace(action="kvm.fleet.converge", args={"parallel": 2}, async_val=background)
        action = kept_code.KeptCodeAction.__new__(kept_code.KeptCodeAction)
        action._task = task
        action._templar = types.SimpleNamespace(template=lambda value: value)
        action._execute_module = execute
        action._sent = lambda: "/tmp/code.zip"
        display = types.SimpleNamespace(v=lambda text, host: said.append(text))
        monkeypatch.setattr(kept_code, "Display", lambda: display)
        monkeypatch.setattr(kept_code.ActionBase, "run", lambda *_arguments: {})
        monkeypatch.setattr(kept_code.NormalAction, "run", lambda *_arguments: dict(ORDINARY))
        result = action.run(task_vars=variables)
        assert not queue and task.args == {"parallel": 2}
        return result, given, said

    return run


def test_a_host_that_keeps_the_code_is_sent_no_archive(play):
    result, (given,), said = play(DONE)
    assert result == DONE and said == []
    assert given["module"] == "converge" and given["options"] == {"parallel": 2} and given["archive"] is None


def test_a_host_without_the_code_is_sent_it_once(play):
    result, given, said = play(MISSING, DONE)
    assert result == DONE and said == []
    assert [one["archive"] for one in given] == [None, "/tmp/code.zip"]


@pytest.mark.parametrize(
    "answers",
    [
        [MISSING, MISSING],
        [{"changed": False, launcher.UNUSABLE: "OSError: no room"}],
        [MISSING, {"changed": False, launcher.UNUSABLE: "OSError: no room"}],
        [{"failed": True, "module_stdout": "", "module_stderr": "python3: not found"}],
        [None],
        [RuntimeError("s3cr3t")],
    ],
)
def test_falls_back_before_the_module_has_begun(play, answers):
    result, _given, said = play(*answers)
    assert result == ORDINARY and len(said) == 1
    assert "s3cr3t" not in said[0], "an option may stand in the message of an exception"


@pytest.mark.parametrize("output", ["module_stdout", "module_stderr"])
def test_after_the_module_has_begun_its_failure_is_the_result(play, output):
    failure = {"failed": True, "module_stdout": "", "module_stderr": "", output: f"{launcher.BEGUN}\nKilled"}
    result, _given, said = play(failure)
    assert result["failed"] and result[output] == "Killed" and said == []


def test_a_host_that_cannot_be_reached_is_not_tried_the_other_way(play):
    with pytest.raises(AnsibleConnectionFailure):
        play(AnsibleConnectionFailure("no route to host"))


def test_a_task_in_the_background_and_the_switch(play):
    for keywords in ({"background": 60}, {SWITCH: False}, {SWITCH: "no"}, {SWITCH: "0"}):
        result, given, said = play(**keywords)
        assert result == ORDINARY and given == [] and len(said) == 1
    assert play(DONE, **{SWITCH: "yes"})[0] == DONE
    with pytest.raises(AnsibleActionFail, match=f"{SWITCH}: neither true nor false"):
        play(**{SWITCH: "perhaps"})
