# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reconcile loop with several objects at the same time."""

from __future__ import annotations

import time

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Plan

from .loop import Does


def test_independent_objects_are_applied_in_parallel(loop):
    loop.runner.parallel = 4
    loop.base.seconds = 0.2
    started = time.monotonic()
    loop.run({"bases": [{"name": name} for name in "abcd"]})
    assert time.monotonic() - started < 0.6
    assert sorted(loop.applied) == [f"create base {name}" for name in "abcd"]


def test_the_result_does_not_depend_on_the_order_of_completion(loop):
    document = {"bases": [{"name": name} for name in "dcba"], "guests": [{"name": "g", "needs": "d"}]}
    document["disks"] = [{"name": "d", "needs": "c"}]
    checked = loop.run(document, check=True)
    loop.runner.parallel = 4
    assert loop.run(document) == checked


def test_no_more_objects_than_declared_are_applied_in_parallel(loop):
    loop.runner.parallel = 2
    at_work: list[int] = []
    most: list[int] = []
    execute = loop.base.execute

    def watched(session, action):
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.05)
        execute(session, action)
        at_work.pop()

    loop.base.execute = watched
    loop.run({"bases": [{"name": name} for name in "abcdef"]})
    assert max(most) == 2


def test_an_object_waits_for_all_of_the_kinds_before_it(loop):
    loop.runner.parallel = 4
    loop.disk.seconds = 0.1
    loop.run({"disks": [{"name": "d"}, {"name": "e"}], "guests": [{"name": "g", "needs": "d"}]})
    assert loop.applied[-1] == "create guest g"


def test_an_object_with_complete_references_waits_only_for_those(loop):
    loop.runner.parallel = 4
    loop.guest.named = lambda want: {"disk"}
    ended: list[str] = []
    execute = loop.disk.execute

    def slow(session, action):
        execute(session, action)
        time.sleep(0.5 if action.name == "slow" else 0)
        ended.append(action.name)

    loop.disk.execute = slow
    fast = loop.guest.execute
    loop.guest.execute = lambda session, action: (ended.append(action.name), fast(session, action))[1]
    loop.run({"disks": [{"name": "slow"}, {"name": "d"}], "guests": [{"name": "g", "needs": "d"}]})
    assert ended == ["d", "g", "slow"]


def test_an_exchanged_disk_passes_in_order(loop):
    loop.runner.parallel = 4
    loop.guest.exchanged = lambda actions: ({actions[0].name[0]}, {actions[0].name[1]})
    loop.guest.seconds = 0.05
    loop.run({"guests": [{"name": "xy"}, {"name": "zx"}, {"name": "yw"}]})
    assert loop.applied.index("create guest xy") < loop.applied.index("create guest zx")  # it takes what xy gives up
    assert loop.applied[0] == "create guest xy"


def test_an_unexpected_exception_while_applying_is_raised(loop):
    loop.runner.parallel = 2
    loop.base.fails["a"] = RuntimeError("a bug")
    with pytest.raises(RuntimeError, match="a bug"):
        loop.run({"bases": [{"name": "a"}, {"name": "b"}], "disks": [{"name": "d"}]})
    assert "create disk d" not in loop.applied


def test_an_action_on_another_object_belongs_to_its_step(loop, tmp_path):
    """A series of snapshots loses its oldest."""
    loop.run({"guests": [{"name": "old"}]})
    plan, read = loop.guest.plan, loop.guest.read

    def thinned(want, world):
        there = "old" in world.current["guest"]
        return plan(want, world) + Plan((Action("guest", "old", Does("delete")),) if there else ())

    loop.guest.plan = thinned
    loop.guest.read = lambda session, keys: read(session, keys | {"old"})
    assert [action["name"] for action in loop.run({"guests": [{"name": "new"}]})["actions"]] == ["new", "old"]
    assert [path.name for path in (tmp_path / "guest").iterdir()] == ["new"]


def test_only_changed_objects_are_read_again(loop):
    loop.run({"bases": [{"name": "a"}], "disks": [{"name": "d", "needs": "a"}]})
    read: list[set[str]] = []
    for kind in loop.kinds:
        original = kind.read
        kind.read = lambda session, keys, original=original: (read.append(set(keys)), original(session, keys))[1]
    document = {"bases": [{"name": "a"}, {"name": "b"}], "disks": [{"name": "d", "needs": "a", "text": "new"}]}
    loop.run(document)
    assert read == [{"a", "b"}, {"d"}, {"a", "b"}, {"d"}]
    read.clear()
    document["disks"][0]["text"] = "newer"
    assert loop.run(document)["changed"]
    assert read == [{"a", "b"}, {"d"}, {"a"}, {"d"}]
