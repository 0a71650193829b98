# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reconcile loop with a kind of the tests' own: a thing is a file, its content is its one option."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import pathlib
import time
import typing as t

import libvirt
import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import runner as runner_module
from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE, RESTART, Change
from ansible_collections.kvm.fleet.plugins.module_utils.errors import (
    FleetError,
    InvalidOption,
    LibvirtFailed,
    MissingReference,
    NotKept,
    TimedOut,
)
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Pending, Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind, Reference, Session, Want
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Runner, wants_of
from ansible_collections.kvm.fleet.plugins.module_utils.xml.table import Prop
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import STR


class Files(Kind):
    """Things are files below ``folder``. ``applied`` are the actions that were executed, over all kinds in order."""

    table = (Prop("text", "text", STR),)
    options = {"needs": {"type": "str"}}

    def __init__(self, noun: str, folder: pathlib.Path, applied: list[str], uses: str) -> None:
        self.noun, self.plural, self.folder, self.applied, self.uses = noun, noun + "s", folder, applied, uses
        self.fails: dict[str, Exception] = {}  # what goes wrong, by the name of the thing
        self.keeps: t.Callable[[str], str] = str  # what becomes of a text that is written
        self.late = False  # whether nothing happens in time
        self.seconds = 0.0  # how long an action takes

    def want(self, params, where):
        want = super().want(params, where)
        if not params.get("needs") or want.absent:
            return want
        return dataclasses.replace(want, references=(Reference(self.uses, params["needs"], want.at("needs")),))

    def implied(self, want):
        name = want.params.get("implies")
        return [(self.uses, {"name": name, "text": "implied", "state": "present"})] if name else []

    def read(self, _session, keys):
        return {path.name: path.read_text() for path in (self.folder / self.noun).glob("*") if path.name in keys}

    def plan(self, want, world):
        there = world.state(self.noun, want.key)
        if want.absent:
            return Plan((Action(self.noun, want.name, "delete"),)) if there is not None else Plan()
        text = want.values.get("text", "")
        if there == text:
            return Plan()
        change = Change("text", there, text, LIVE)
        verb = "create" if there is None else "write"
        xml = {name: value and f"<thing passwd='{value}'/>" for name, value in (("before", there), ("xml", text))}
        return Plan((Action(self.noun, want.name, verb, (change,), LIVE, {"text": text, **xml}),))

    def apply(self, _session, action):
        self.applied.append(str(action))
        if action.name in self.fails:
            raise self.fails[action.name]
        time.sleep(self.seconds)
        path = self.folder / self.noun / action.name
        if self.late:
            return Pending(self.noun, action.name, action.changes)
        if action.verb == "delete":
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            with path.open("x" if action.verb == "create" else "w") as file:  # twice created is an error
                file.write(self.keeps(action.payload["text"]))
        return None


class Loop:
    """Three kinds that use each other, in the order in which they need each other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.applied: list[str] = []
        self.kinds = [
            Files(noun, folder, self.applied, uses)
            for noun, uses in (("base", ""), ("disk", "base"), ("guest", "disk"))
        ]
        self.base, self.disk, self.guest = self.kinds
        self.runner = Runner(Session(None, f"test://{folder}"), self.kinds)

    def wants(self, document: dict[str, list[dict[str, t.Any]]], alone: bool = False) -> list[Want]:
        filled = {
            plural: [{"state": "present", "text": "x", **element} for element in elements]
            for plural, elements in document.items()
        }
        return wants_of(self.kinds, filled, alone)

    def run(self, document: dict[str, list[dict[str, t.Any]]], check: bool = False) -> dict[str, t.Any]:
        return self.runner.run(self.wants(document), check).public()


@pytest.fixture
def loop(tmp_path: pathlib.Path) -> Loop:
    return Loop(tmp_path)


def test_a_run_converges_and_the_second_has_nothing_to_do(loop, tmp_path):
    document = {"bases": [{"name": "a", "text": "one"}]}
    first, second = loop.run(document), loop.run(document)
    assert (first["changed"], second["changed"]) == (True, False)
    assert second["actions"] == [] and second["diff"] == {"prepared": ""}
    assert (tmp_path / "base" / "a").read_text() == "one"
    assert loop.applied == ["create base a"]


def test_check_mode_predicts_exactly_and_applies_nothing(loop):
    document = {"guests": [{"name": "g", "needs": "d"}], "disks": [{"name": "d"}]}
    checked = loop.run(document, check=True)
    assert loop.applied == []
    assert loop.run(document) == checked
    assert checked["changed"] and loop.applied == ["create disk d", "create guest g"]


def test_what_is_needed_comes_first_and_what_goes_lets_go_first(loop):
    for kind, name in (("bases", "old"), ("disks", "old"), ("guests", "old")):
        loop.run({kind: [{"name": name}]})
    loop.applied.clear()
    gone = {"name": "old", "state": "absent"}
    loop.run(
        {
            "bases": [gone, {"name": "new"}],
            "disks": [gone, {"name": "new"}],
            "guests": [{"name": "new", "needs": "new"}, gone],
        }
    )
    assert loop.applied == [
        "delete guest old",
        "create base new",
        "create disk new",
        "create guest new",
        "delete disk old",
        "delete base old",
    ]


def test_a_kind_arranges_its_own_and_is_taken_down_in_reverse(loop):
    loop.base.arrange = lambda wants: sorted(wants, key=lambda want: want.name)  # type: ignore[method-assign]
    names = [{"name": name} for name in "bca"]
    loop.run({"bases": names})
    loop.run({"bases": [dict(one, state="absent") for one in names]})
    assert loop.applied == [f"create base {name}" for name in "abc"] + [f"delete base {name}" for name in "cba"]


def test_a_reference_may_be_declared_in_any_order_or_be_there_already(loop):
    loop.run({"guests": [{"name": "g", "needs": "d"}], "disks": [{"name": "d"}]})
    assert loop.run({"guests": [{"name": "g", "needs": "d"}]})["changed"] is False


@pytest.mark.parametrize(
    ("disks", "message"),
    [
        ([], "guests[g].needs: disk 'd' neither exists on the host nor is declared. Declare it, or correct the name."),
        (
            [{"name": "d", "state": "absent"}],
            "guests[g].needs: disk 'd' is declared absent. Remove one of the two declarations.",
        ),
    ],
)
def test_a_reference_to_nothing_is_refused_before_anything_is_touched(loop, disks, message):
    with pytest.raises(MissingReference) as refused:
        loop.run({"bases": [{"name": "b"}], "disks": disks, "guests": [{"name": "g", "needs": "d"}]})
    assert str(refused.value) == message
    assert loop.applied == []


def test_an_object_that_is_declared_twice_is_refused(loop):
    with pytest.raises(InvalidOption) as refused:
        loop.wants({"disks": [{"name": "d"}, {"name": "e"}, {"name": "d"}]})
    assert str(refused.value) == "disks[d]: disk 'd' is declared twice. Merge the two declarations."


def test_objects_of_two_kinds_may_have_one_name(loop):
    assert len(loop.wants({"disks": [{"name": "d"}], "bases": [{"name": "d"}]})) == 2


def test_what_an_object_implies_is_declared_with_it(loop):
    implied = loop.wants({"guests": [{"name": "g", "implies": "seed"}]})
    assert [(want.kind, want.name, want.where) for want in implied] == [
        ("guest", "g", "guests[g]"),
        ("disk", "seed", "guests[g].disk"),
    ]
    assert implied[1].params == {"name": "seed", "state": "present", "text": "implied", "needs": None}


def test_what_is_implied_and_declared_is_declared_twice(loop):
    with pytest.raises(InvalidOption, match="disk 'seed' is declared twice"):
        loop.wants({"guests": [{"name": "g", "implies": "seed"}], "disks": [{"name": "seed"}]})


def test_the_options_of_a_single_module_stand_at_the_top(loop):
    assert [want.where for want in loop.wants({"disks": [{"name": "d"}]}, alone=True)] == [""]


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb"])
def test_a_name_that_cannot_be_one_is_refused(loop, name):
    with pytest.raises(InvalidOption, match=r"(?s)^disks\[.*\]\.name: .* cannot be a name"):
        loop.wants({"disks": [{"name": name}]})


def test_a_failure_is_reported_with_its_object_while_the_others_finish(loop, tmp_path):
    loop.disk.fails["d"] = FleetError("no room", where="pool data", remedy="Make some")
    with pytest.raises(FleetError) as failed:
        loop.run(
            {
                "bases": [{"name": "a"}, {"name": "b"}],
                "disks": [{"name": "d"}, {"name": "e"}],
                "guests": [{"name": "g", "needs": "d"}, {"name": "h", "needs": "e"}],
            }
        )
    assert str(failed.value) == (
        "pool data: create disk d failed: no room (done: create base a, create base b, create disk e, create guest h; "
        "not tried: guest g). Make some."
    )
    assert failed.value.args == (str(failed.value),)
    assert [path.name for path in (tmp_path / "guest").iterdir()] == ["h"]


def test_what_needs_what_was_not_tried_is_not_tried_either(loop):
    loop.base.fails["a"] = FleetError("no")
    document = {
        "bases": [{"name": "a"}],
        "disks": [{"name": "d", "needs": "a"}],
        "guests": [{"name": "g", "needs": "d"}],
    }
    with pytest.raises(FleetError, match=r"^create base a failed: no \(not tried: disk d, guest g\)\.$"):
        loop.run(document)
    assert loop.applied == ["create base a"]


def test_several_failures_are_all_told_in_the_order_of_the_plan(loop):
    loop.base.fails = {name: FleetError("no " + name, remedy="Make some") for name in "ab"}
    with pytest.raises(FleetError) as failed:
        loop.run({"bases": [{"name": name} for name in "abc"]})
    assert str(failed.value) == (
        "create base a failed: no a (done: create base c). Make some. Also: create base b failed: no b. Make some."
    )


def test_what_was_to_go_last_stays_when_anything_failed(loop, tmp_path):
    loop.run({"bases": [{"name": "old"}]})
    loop.guest.fails["g"] = FleetError("no")
    with pytest.raises(FleetError, match=r"create guest g failed: no \(not tried: base old\)"):
        loop.run({"bases": [{"name": "old", "state": "absent"}], "guests": [{"name": "g"}]})
    assert (tmp_path / "base" / "old").exists()


def test_a_long_message_lists_the_first_of_many(loop):
    loop.disk.fails["d"] = FleetError("no")
    with pytest.raises(FleetError) as failed:
        loop.run({"bases": [{"name": f"b{number:02}"} for number in range(30)], "disks": [{"name": "d"}]})
    assert "create base b19, and 10 more)" in str(failed.value) and "b20" not in str(failed.value)


def test_the_first_failure_of_all_has_nothing_before_it(loop):
    loop.base.fails["a"] = FleetError("no")
    with pytest.raises(FleetError, match=r"^create base a failed: no\.$"):
        loop.run({"bases": [{"name": "a"}]})


def test_an_error_of_libvirt_names_the_object(loop):
    loop.base.fails["a"] = libvirt.libvirtError("refused for the test")
    with pytest.raises(LibvirtFailed, match=r"^base a: create base a failed: libvirt refuses: refused for the test\.$"):
        loop.run({"bases": [{"name": "a"}]})


def test_what_was_not_kept_is_an_error_and_not_a_change_for_ever(loop):
    loop.base.keeps = str.upper
    with pytest.raises(NotKept) as refused:
        loop.run({"bases": [{"name": "a", "text": "quiet"}]})
    assert str(refused.value).startswith("base a: libvirt accepted 'write base a' and did not keep it: text. ")


def test_what_a_guest_has_not_done_yet_is_pending_and_no_error(loop):
    loop.guest.late = True
    result = loop.run({"guests": [{"name": "g", "text": "x"}]})
    assert result["restart_required"] is True
    assert result["pending"] == [
        {"kind": "guest", "name": "g", "fields": [{"option": "text", "before": None, "after": "x"}]}
    ]


def test_verify_accepts_as_late_only_what_was_said_to_be_late(loop):
    late = Pending("guest", "g", (Change("text", None, "x", LIVE),))
    another = Change("text", None, "y", LIVE)
    loop.runner.verify(Plan((Action("guest", "g", "create", late.changes),)), (late,))
    for action in (
        Action("guest", "g", "create", (*late.changes, another)),
        Action("guest", "h", "create", late.changes),
        Action("guest", "g", "start"),
    ):
        with pytest.raises(NotKept):
            loop.runner.verify(Plan((action,)), (late,))


def test_what_is_pending_twice_is_said_once(loop):
    waits = Change("text", "a", "b", RESTART)
    loop.guest.late = True
    plan = loop.guest.plan
    loop.guest.plan = lambda want, world: plan(want, world) + Plan((), (Pending("guest", "g", (waits,)),) * 2)
    (pending,) = loop.run({"guests": [{"name": "g"}]})["pending"]
    assert [field["before"] for field in pending["fields"]] == ["a", None]


def test_the_xml_of_a_definition_is_shown_on_request_without_its_secrets(loop):
    action = Action("base", "a", "define", payload={"before": "<a passwd='old'><b/></a>", "xml": "<a passwd='new'/>"})
    created = Action("base", "c", "define", payload={"before": None, "xml": "<c passwd='new'/>"})
    result = runner_module.Result(Plan((action, created)), t.cast(t.Any, None))
    assert "---" not in result.public()["diff"]["prepared"]
    assert result.public(with_xml=True)["diff"]["prepared"] == (
        "base a\n  define\nbase c\n  define\n"
        '--- base a\n+++ base a\n@@ -1,3 +1 @@\n-<a passwd="(hidden)">\n-  <b/>\n-</a>\n+<a passwd="(hidden)"/>\n'
        '--- base c\n+++ base c\n@@ -0,0 +1 @@\n+<c passwd="(hidden)"/>\n'
    )


# Several objects at the same time.


def test_what_is_independent_is_done_at_the_same_time(loop):
    loop.runner.parallel = 4
    loop.base.seconds = 0.2
    started = time.monotonic()
    loop.run({"bases": [{"name": name} for name in "abcd"]})
    assert time.monotonic() - started < 0.6
    assert sorted(loop.applied) == [f"create base {name}" for name in "abcd"]


def test_the_result_does_not_depend_on_what_ends_first(loop):
    document = {"bases": [{"name": name} for name in "dcba"], "guests": [{"name": "g", "needs": "d"}]}
    document["disks"] = [{"name": "d", "needs": "c"}]
    checked = loop.run(document, check=True)
    loop.runner.parallel = 4
    assert loop.run(document) == checked


def test_no_more_than_the_declared_number_are_at_work(loop):
    loop.runner.parallel = 2
    at_work: list[int] = []
    most: list[int] = []
    apply = loop.base.apply

    def watched(session, action):
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.05)
        apply(session, action)
        at_work.pop()

    loop.base.apply = watched
    loop.run({"bases": [{"name": name} for name in "abcdef"]})
    assert max(most) == 2


def test_an_object_waits_for_all_of_the_kinds_before_it(loop):
    loop.runner.parallel = 4
    loop.disk.seconds = 0.1
    loop.run({"disks": [{"name": "d"}, {"name": "e"}], "guests": [{"name": "g", "needs": "d"}]})
    assert loop.applied[-1] == "create guest g"


def test_an_object_whose_references_name_all_that_it_needs_waits_for_nothing_else(loop):
    loop.runner.parallel = 4
    loop.guest.named = lambda want: {"disk"}
    ended: list[str] = []
    apply = loop.disk.apply

    def slow(session, action):
        apply(session, action)
        time.sleep(0.5 if action.name == "slow" else 0)
        ended.append(action.name)

    loop.disk.apply = slow
    loop.guest.apply = lambda session, action: (ended.append(action.name), Files.apply(loop.guest, session, action))[1]
    loop.run({"disks": [{"name": "slow"}, {"name": "d"}], "guests": [{"name": "g", "needs": "d"}]})
    assert ended == ["d", "g", "slow"]


def test_what_one_gives_up_and_another_takes_goes_from_one_to_the_other(loop):
    loop.runner.parallel = 4
    loop.guest.exchanged = lambda actions: ({actions[0].name[0]}, {actions[0].name[1]})
    loop.guest.seconds = 0.05
    loop.run({"guests": [{"name": "xy"}, {"name": "zx"}, {"name": "yw"}]})
    assert loop.applied.index("create guest xy") < loop.applied.index("create guest zx")  # it takes what xy gives up
    assert loop.applied[0] == "create guest xy"


def test_a_bug_while_applying_is_not_taken_for_a_failure_of_an_object(loop):
    loop.runner.parallel = 2
    loop.base.fails["a"] = RuntimeError("a bug")
    with pytest.raises(RuntimeError, match="a bug"):
        loop.run({"bases": [{"name": "a"}, {"name": "b"}], "disks": [{"name": "d"}]})
    assert "create disk d" not in loop.applied


def test_what_is_done_to_another_for_an_object_is_its_step(loop, tmp_path):
    """A series of snapshots loses its oldest."""
    loop.run({"guests": [{"name": "old"}]})
    plan, read = loop.guest.plan, loop.guest.read

    def thinned(want, world):
        there = "old" in world.current["guest"]
        return plan(want, world) + Plan((Action("guest", "old", "delete"),) if there else ())

    loop.guest.plan = thinned
    loop.guest.read = lambda session, keys: read(session, keys | {"old"})
    assert [action["name"] for action in loop.run({"guests": [{"name": "new"}]})["actions"]] == ["new", "old"]
    assert [path.name for path in (tmp_path / "guest").iterdir()] == ["new"]


def test_only_what_was_touched_is_read_again(loop):
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


# Two runs at the same time.


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


def test_check_mode_waits_for_nobody(loop):
    with runner_module._lock(loop.runner.session, 0) as ours:
        assert ours
        assert loop.run({"bases": [{"name": "a"}]}, check=True)["changed"]


def test_a_run_with_nothing_to_do_waits_for_nobody(loop):
    loop.run({"bases": [{"name": "a"}]})
    with runner_module._lock(loop.runner.session, 0):
        assert loop.run({"bases": [{"name": "a"}]})["changed"] is False


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
