# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop of the host's modules: where check mode stops, what is verified, and what a module returns."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.diff import Change
from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption, NotKept
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostAction, HostModule, HostPlan
from ansible_collections.kvm.fleet.plugins.module_utils.rule import Rule

Host = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Set(HostAction):
    """Sets a number of a host that is a dictionary; one that is ``stubborn`` keeps what it has."""

    def do(self, host: Host) -> Host:
        host.setdefault("done", []).append(self.name)
        if self.name not in host.get("stubborn", ()):
            host[self.name] = self.changes[0].after
        return {"set_last": self.name}

    def detail(self) -> str:
        return f"    about {self.name}\n"

    def waits(self) -> str:
        return "b waits for the next boot" if self.name == "b" else ""


class Elsewhere(Set):
    """Comes about when the module has ended."""

    verified = False


def module(action: type[HostAction] = Set) -> HostModule[Host, Host]:
    def plan(found: Host, params: Host) -> HostPlan:
        wanted = {name: value for name, value in params.items() if value is not None and value != found.get(name)}
        actions = [
            action("number", name, "set", (Change(name, found.get(name), value),)) for name, value in wanted.items()
        ]
        return HostPlan(tuple(actions), values={"found": dict(found)})

    return HostModule(
        options={},
        host=lambda module: {},
        read=lambda host, _params: dict(host),
        plan=plan,
        result=lambda first, last: {"before": first.values["found"].get("a"), "waiting": list(last.waiting)},
        rules=(Rule(lambda params: params["a"] < 0, "a", "it is negative", "Use 0 or more"),),
    )


def test_check_mode_says_what_a_run_does_and_does_nothing():
    host: Host = {"a": 1}
    predicted = module().run(host, {"a": 2, "b": None}, check=True)
    assert host == {"a": 1}
    done = module().run(host, {"a": 2, "b": None}, check=False)
    assert host["a"] == 2
    assert done == {**predicted, "set_last": "a"}
    assert predicted == {
        "changed": True,
        "actions": [
            {
                "kind": "number",
                "name": "a",
                "verb": "set",
                "apply": "live",
                "fields": [{"option": "a", "before": 1, "after": 2}],
            }
        ],
        "diff": {"prepared": "number a\n  set\n    a: 1 → 2\n    about a\n"},
        "before": 1,
        "waiting": [],
    }
    assert module().run(host, {"a": 2, "b": None}, check=False) == {
        "changed": False,
        "actions": [],
        "diff": {"prepared": ""},
        "before": 2,
        "waiting": [],
    }


def test_action_without_effect_is_an_error():
    with pytest.raises(NotKept, match="number a: the host accepted 'set number a' and did not keep it: a"):
        module().run({"a": 1, "stubborn": ["a"]}, {"a": 2}, check=False)


def test_waiting_action_is_reported_and_not_among_the_done_ones():
    result = module().run({"stubborn": ["b"]}, {"a": 2, "b": 3}, check=False)
    assert [action["name"] for action in result["actions"]] == ["a"]
    assert result["waiting"] == ["b waits for the next boot"]


def test_unverified_action_is_not_read_again():
    reads = []

    def read(host: Host, _params: Host) -> Host:
        reads.append(dict(host))
        return reads[-1]

    elsewhere = dataclasses.replace(module(Elsewhere), read=read)
    result = elsewhere.run({"a": 1, "stubborn": ["a"]}, {"a": 2}, check=False)
    assert (result["changed"], result["set_last"], len(reads)) == (True, "a", 1)


def test_broken_rules_come_before_anything_else():
    host: Host = {"a": 1}
    with pytest.raises(InvalidOption, match="a: it is negative. Use 0 or more."):
        module().run(host, {"a": -1}, check=False)
    assert host == {"a": 1}
