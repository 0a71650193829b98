# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reconcile loop (loop.py): what is planned, applied, verified and told."""

from __future__ import annotations

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
    Mistakes,
    NotKept,
    Refused,
)
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Pending, Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources.operations import Define

from .loop import Does


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


def test_needed_objects_come_first_and_removed_ones_in_reverse(loop):
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


def test_a_kind_orders_its_objects_and_removes_them_in_reverse(loop):
    loop.base.arrange = lambda wants: sorted(wants, key=lambda want: want.name)  # type: ignore[method-assign]
    names = [{"name": name} for name in "bca"]
    loop.run({"bases": names})
    loop.run({"bases": [dict(one, state="absent") for one in names]})
    assert loop.applied == [f"create base {name}" for name in "abc"] + [f"delete base {name}" for name in "cba"]


def test_a_reference_to_a_declared_or_existing_object_is_accepted(loop):
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
def test_a_reference_to_a_missing_object_is_refused(loop, disks, message):
    with pytest.raises(MissingReference) as refused:
        loop.run({"bases": [{"name": "b"}], "disks": disks, "guests": [{"name": "g", "needs": "d"}]})
    assert str(refused.value) == message
    assert loop.applied == []


def test_what_needs_a_mistaken_object_is_no_mistake_of_its_own(loop):
    """What needs that neither; and nobody says that what such an object may let go of is still needed."""
    mistakes = Mistakes()
    document = {
        "bases": [{"name": "a/b"}, {"name": "gone", "state": "absent"}],
        "disks": [{"name": "d", "needs": "a/b"}, {"name": "e", "needs": "none"}, {"name": "f"}],
        "guests": [{"name": "g", "needs": "d"}, {"name": "h", "needs": "e"}, {"name": "i", "needs": "f"}],
    }
    wants = loop.wants(document, mistakes=mistakes)
    loop.disk.refuses["f"] = Refused("no")
    loop.guest.refuses["g"] = Refused("never asked")
    with pytest.raises(FleetError) as told:
        loop.runner.run(wants, True, mistakes)
    assert str(told.value) == (
        "bases[a/b].name: 'a/b' cannot be a name. Leave slashes and line breaks out of it. "
        "Also: disks[e].needs: base 'none' neither exists on the host nor is declared. Declare it, or correct the name."
        " Also: no."
    )
    assert loop.planned == ["disk f"]


def test_what_may_need_an_object_that_nobody_can_name_is_no_mistake_of_its_own(loop):
    mistakes = Mistakes()
    mistakes.found.append(InvalidOption("there is no such option", "bases[0].nmae"))
    mistakes.objects.add(("base", None))
    document = {"bases": [{"name": "b"}], "disks": [{"name": "d", "needs": "a"}, {"name": "e", "needs": "b"}]}
    with pytest.raises(FleetError, match=r"^bases\[0\]\.nmae: there is no such option\.$"):
        loop.runner.run(loop.wants(document, mistakes=mistakes), True, mistakes)
    assert loop.planned == ["base b", "disk e"]


def test_an_object_that_is_declared_twice_is_refused(loop):
    with pytest.raises(InvalidOption) as refused:
        loop.wants({"disks": [{"name": "d"}, {"name": "e"}, {"name": "d"}]})
    assert str(refused.value) == "disks[d]: disk 'd' is declared twice. Merge the two declarations."


def test_objects_of_two_kinds_may_have_one_name(loop):
    assert len(loop.wants({"disks": [{"name": "d"}], "bases": [{"name": "d"}]})) == 2


def test_implied_objects_are_declared_with_their_object(loop):
    implied = loop.wants({"guests": [{"name": "g", "implies": "seed"}]})
    assert [(want.kind, want.name, want.where) for want in implied] == [
        ("guest", "g", "guests[g]"),
        ("disk", "seed", "guests[g].implies"),
    ]
    assert implied[1].params == {"name": "seed", "state": "present", "text": "implied", "needs": None}


def test_what_is_wrong_with_an_implied_object_is_said_of_the_option_that_implies_it(loop):
    """The user has written nothing else of it."""
    with pytest.raises(InvalidOption, match=r"^guests\[g\]\.implies: 'a/b' cannot be a name"):
        loop.wants({"guests": [{"name": "g", "implies": "a/b"}]})
    seed = loop.wants({"guests": [{"name": "g", "implies": "seed"}]})[1]
    assert seed.at("needs") == "guests[g].implies"


def test_an_object_both_implied_and_declared_is_refused(loop):
    with pytest.raises(InvalidOption, match="disk 'seed' is declared twice"):
        loop.wants({"guests": [{"name": "g", "implies": "seed"}], "disks": [{"name": "seed"}]})


def test_the_options_of_a_single_module_stand_at_the_top(loop):
    assert [want.where for want in loop.wants({"disks": [{"name": "d"}]}, alone=True)] == [""]


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb", "."])
def test_an_invalid_name_is_refused(loop, name):
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
        "not tried: guest g). Make some. What is done stays, and the next run goes on from it."
    )
    assert failed.value.args == (str(failed.value),)
    assert [path.name for path in (tmp_path / "guest").iterdir()] == ["h"]


def test_what_fails_at_the_end_does_not_hide_what_failed_before(loop):
    """A daemon that dies fails every call from then on."""

    def finish(_session: t.Any) -> None:
        raise libvirt.libvirtError("the daemon has gone")

    loop.base.finish = finish
    loop.base.fails["a"] = FleetError("no room")
    with pytest.raises(FleetError, match=r"^create base a failed: no room\.$"):
        loop.run({"bases": [{"name": "a"}]})
    with pytest.raises(FleetError, match=r"^bases: .*the daemon has gone"):
        loop.run({"bases": [{"name": "b"}]})


def test_objects_that_need_an_untried_object_are_not_tried(loop):
    loop.base.fails["a"] = FleetError("no")
    document = {
        "bases": [{"name": "a"}],
        "disks": [{"name": "d", "needs": "a"}],
        "guests": [{"name": "g", "needs": "d"}],
    }
    with pytest.raises(FleetError, match=r"^create base a failed: no \(not tried: disk d, guest g\)\.$"):
        loop.run(document)
    assert loop.applied == ["create base a"]


def test_several_failures_are_reported_in_the_order_of_the_plan(loop):
    loop.base.fails = {name: FleetError("no " + name, remedy="Make some") for name in "ab"}
    with pytest.raises(FleetError) as failed:
        loop.run({"bases": [{"name": name} for name in "abc"]})
    assert str(failed.value) == (
        "create base a failed: no a (done: create base c). Make some. What is done stays, and the next run goes on "
        "from it. Also: create base b failed: no b. Make some."
    )


def test_removals_at_the_end_are_not_done_after_a_failure(loop, tmp_path):
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


def test_a_first_failure_lists_no_actions_before_it(loop):
    loop.base.fails["a"] = FleetError("no")
    with pytest.raises(FleetError, match=r"^create base a failed: no\.$"):
        loop.run({"bases": [{"name": "a"}]})


def test_an_error_of_libvirt_names_the_object(loop):
    loop.base.fails["a"] = libvirt.libvirtError("refused for the test")
    with pytest.raises(LibvirtFailed, match=r"^base a: create base a failed: libvirt refuses: refused for the test\.$"):
        loop.run({"bases": [{"name": "a"}]})


def test_an_option_that_libvirt_did_not_keep_is_an_error(loop):
    loop.base.keeps = str.upper
    with pytest.raises(NotKept) as refused:
        loop.run({"bases": [{"name": "a", "text": "quiet"}]})
    assert str(refused.value).startswith("base a: libvirt accepted 'write base a' and did not keep it: text. ")


def test_a_change_that_the_guest_has_not_made_yet_is_pending(loop):
    loop.guest.late = True
    result = loop.run({"guests": [{"name": "g", "text": "x"}]})
    assert result["restart_required"] is True
    assert result["pending"] == [
        {"kind": "guest", "name": "g", "fields": [{"option": "text", "before": None, "after": "x"}]}
    ]


def test_verify_accepts_only_differences_reported_as_pending(loop):
    late = Pending("guest", "g", (Change("text", None, "x", LIVE),))
    another = Change("text", None, "y", LIVE)
    loop.runner.verify(Plan((Action("guest", "g", Does("create"), late.changes),)), (late,))
    for action in (
        Action("guest", "g", Does("create"), (*late.changes, another)),
        Action("guest", "h", Does("create"), late.changes),
        Action("guest", "g", Does("start")),
    ):
        with pytest.raises(NotKept):
            loop.runner.verify(Plan((action,)), (late,))


def test_a_pending_change_is_reported_once(loop):
    waits = Change("text", "a", "b", RESTART)
    loop.guest.late = True
    plan = loop.guest.plan
    loop.guest.plan = lambda want, world: plan(want, world) + Plan((), (Pending("guest", "g", (waits,)),) * 2)
    (pending,) = loop.run({"guests": [{"name": "g"}]})["pending"]
    assert [field["before"] for field in pending["fields"]] == ["a", None]


def waiting(loop, *names):
    """Guests that wait for a restart, whatever is done to others; being written is one."""
    plan = loop.guest.plan
    pending = {name: Pending("guest", name, (Change("text", "a", "b", RESTART),)) for name in names}

    def planned(want, world):
        mine = pending.get(want.name)
        return plan(want, world) + Plan((), (mine,) if mine and world.state("guest", want.key) == "old" else ())

    loop.guest.plan = planned
    return [pending[name].public() for name in names]


def test_pending_changes_are_reported_beside_other_changes(loop):
    document = {"guests": [{"name": name, "text": "old"} for name in "gh"]}
    loop.run(document)
    pending = waiting(loop, "g", "h")
    assert loop.run(document)["pending"] == pending
    document["bases"] = [{"name": "a"}]
    checked, result = loop.run(document, check=True), loop.run(document)
    assert loop.applied[2:] == ["create base a"]
    assert checked == result
    assert (result["pending"], result["restart_required"]) == (pending, True)


def test_a_pending_change_is_not_reported_after_it_was_made(loop):
    guests = [{"name": name, "text": "old"} for name in "gh"]
    loop.run({"guests": guests})
    (_done, left) = waiting(loop, "g", "h")
    guests[0]["text"] = "new"
    assert loop.run({"guests": guests})["pending"] == [left]


def test_the_xml_of_a_definition_is_shown_on_request_without_its_secrets(loop):
    action = Action("base", "a", Define("<graphics passwd='new'/>", "<graphics passwd='old'><b/></graphics>"))
    created = Action("base", "c", Define("<cookie>new</cookie>", None))
    result = runner_module.Result(Plan((action, created)), t.cast(t.Any, None))
    assert "---" not in result.public()["diff"]["prepared"]
    assert result.public(with_xml=True)["diff"]["prepared"] == (
        "base a\n  define\nbase c\n  define\n"
        '--- base a\n+++ base a\n@@ -1,3 +1 @@\n-<graphics passwd="(hidden)">\n-  <b/>\n-</graphics>\n'
        '+<graphics passwd="(hidden)"/>\n'
        "--- base c\n+++ base c\n@@ -0,0 +1 @@\n+<cookie>(hidden)</cookie>\n"
    )
