# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges, case by case: from a host and a declaration to files and commands, or to an error.

A case has the network `stack` (`then` another one), the host's `links` beside CARD by name, `files` of others by path,
the bridges that were made `before`, what has `vanished` since or is otherwise `later`, and the `declared` ones. It
expects the `error`, or the `changed` files (null: removed) and the `commands`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t
from unittest import mock

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.bridges.actions import BEFORE, RULES, changes_of, plan_elements
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.facts import NetworkDevice, NetworkFacts
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.model import OPTIONS
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.plan import RECORD, Exchange
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.stacks import created
from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.paths import HEADER
from ansible_collections.kvm.fleet.plugins.module_utils.rule import Rule
from ansible_collections.kvm.fleet.plugins.module_utils.rule import broken as broken_rules

PATHS = sorted((pathlib.Path(__file__).parent / "cases").glob("*/*.yml"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in PATHS]

Tree = dict[str, t.Any]

#: The card that the host is reached through.
CARD = {
    "mac": "52:54:00:00:00:01",
    "addresses": ["192.0.2.10/24"],
    "default_route": True,
    "network_file": "/run/systemd/network/10-netplan-main.network",
    "client_id": "ff56504d9800020000ab11a41d",
}


def elements(declared: list[Tree]) -> list[Tree]:
    validator = ArgumentSpecValidator(OPTIONS)
    checked = [validator.validate(one) for one in declared]
    assert not any(one.error_messages for one in checked), [one.error_messages for one in checked]
    return [one.validated_parameters for one in checked]


def host_of(case: Tree) -> NetworkFacts:
    declared = {"eno1": CARD, **(case.get("links") or {})}
    links = {name: NetworkDevice(name=name, **_tuples(values or {})) for name, values in declared.items()}
    return NetworkFacts(
        {"lo": NetworkDevice("lo", kind="loopback", addresses=("127.0.0.1/8",)), **links}, dict(case.get("files", {}))
    )


def _tuples(values: Tree) -> Tree:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def settled(host: NetworkFacts, change: Exchange) -> NetworkFacts:
    """The host after the change, as far as planning looks at it."""
    files = {**host.files, **change.files}
    after = change.after
    links = {name: link for name, link in host.links.items() if name not in created(change.before)}
    links.update({name: NetworkDevice(name, kind="bridge") for name in after})
    for bridge in after.values():
        for device in bridge.devices:
            links[device] = dataclasses.replace(
                links.get(device, NetworkDevice(device, kind="vlan")), master=bridge.name
            )
    return NetworkFacts(links, {path: text for path, text in files.items() if text is not None})


def said(change: Exchange) -> Tree:
    def commands(both: tuple[list[t.Any], list[t.Any]]) -> str:
        lines = [[("- " if one.may_fail else "") + " ".join(one.argv) for one in some] for some in both]
        return "\n".join([*lines[0], "(files)", *lines[1]]) + "\n"

    files = {path: text for path, text in change.files.items() if path != RECORD}
    result = {"changed": {path: text and text.replace(HEADER, "") for path, text in files.items()}}
    return {**result, "commands": commands(change.commands)} if change else result


def situation(case: Tree) -> tuple[NetworkFacts, str]:
    """The host as it is when the case's bridges are declared, and its network stack."""
    host = host_of(case)
    if "before" in case:
        host = settled(host, plan_elements(elements(case["before"]), host, case["stack"]))
        later = case.get("later", {})
        for name in case.get("vanished", ()):
            del host.links[name]
        host.links.update({name: link for name, link in host_of({"links": later}).links.items() if name in later})
    return host, case.get("then", case["stack"])


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_bridge_declaration_gives_the_expected_files_and_commands(path: pathlib.Path) -> None:
    case = yaml.safe_load(path.read_text())
    host, stack = situation(case)
    if "error" in case:
        with pytest.raises(FleetError) as failed:
            plan_elements(elements(case["declared"]), host, stack)
        assert str(failed.value) == case["error"]
        return
    change = plan_elements(elements(case["declared"]), host, stack)
    assert said(change) == {key: case[key] for key in ("changed", "commands") if key in case}
    if change:
        after = settled(host, change)
        assert not plan_elements(elements(case["declared"]), after, stack), "what was done needs nothing more"
        assert {path: after.files.get(path) for path in change.former} == dict(change.files)
        assert {path: host.files.get(path) for path in change.former} == dict(change.former)


def test_every_rule_is_broken_in_a_case() -> None:
    broken: set[tuple[str, str]] = set()
    errors = Rule.errors

    def watched(rule: Rule, outcome: t.Any) -> list[t.Any]:
        broken.add((rule.at, rule.what))
        return errors(rule, outcome)

    with mock.patch.object(Rule, "errors", watched):
        for case in (yaml.safe_load(path.read_text()) for path in PATHS):
            if "error" in case:
                host, stack = situation(case)
                with contextlib.suppress(FleetError):
                    plan_elements(elements(case["declared"]), host, stack)
    unbroken = [rule for rule in RULES if (rule.at, rule.what) not in broken and rule not in BEFORE]
    assert not unbroken, [f"{rule.at}: {rule.what}" for rule in unbroken]


def test_a_change_is_told_by_the_options_that_differ() -> None:
    host = host_of({})
    first = plan_elements(elements([{"name": "br0", "ports": ["eno1"], "dhcp4": True}]), host, "networkd")
    (came,) = changes_of(first)
    new = {"ports": ["eno1"], "dhcp4": True, "mac": CARD["mac"]}
    assert (came.option, came.before, came.after) == ("bridges[br0]", None, new)
    declared = [{"name": "br0", "ports": ["eno1"], "dhcp4": True, "mtu": 1400}]
    (changed,) = changes_of(plan_elements(elements(declared), settled(host, first), "networkd"))
    assert (changed.option, changed.before, changed.after) == ("bridges[br0].mtu", None, 1400)
    gone = plan_elements(elements([{"name": "br0", "state": "absent"}]), settled(host, first), "networkd")
    assert [(one.option, one.before, one.after) for one in changes_of(gone)] == [("bridges[br0]", new, None)]


def test_a_timeout_in_which_no_host_comes_back_is_refused() -> None:
    (mistake,) = broken_rules(BEFORE, {"timeout": 19})
    assert str(mistake).startswith("timeout: 19 s are too few to find a host again. Give 20 or more")
    assert not broken_rules(BEFORE, {"timeout": 20})
