# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who waits for whom, with the real kinds."""

from __future__ import annotations

import graphlib
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.order import Waiting, steps_of
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.operations import Define
from ansible_collections.kvm.fleet.plugins.module_utils.runner import wants_of

from .loop import Does


def element(plural: str, **options: t.Any) -> dict[str, t.Any]:
    """One element of a document as Ansible hands it over."""
    spec = next(kind.argument_spec() for kind in KINDS if kind.plural == plural)
    return {name: options.get(name, one.get("default")) for name, one in spec.items()}


def domain(name: str, **options: t.Any) -> dict[str, t.Any]:
    return element("domains", name=name, memory="1GiB", **options)


def disk(volume: str) -> dict[str, t.Any]:
    return {"pool": "data", "volume": volume, "target": "vda"}


def definition(*files: str, inner: str = "") -> str:
    disks = "".join(f"<disk type='file'><source file='{file}'/>{inner}</disk>" for file in files)
    return f"<domain><devices>{disks}</devices></domain>"


def waiting(document: dict[str, t.Any], actions: t.Sequence[Action]) -> dict[t.Any, set[t.Any]]:
    """By object all that is done before it, whatever is between them."""
    steps = steps_of(actions)
    graph = Waiting(KINDS, wants_of(KINDS, document), steps).graph
    before: dict[t.Any, set[t.Any]] = {}
    for node in graphlib.TopologicalSorter(graph).static_order():
        before[node] = set().union(*({need} | before[need] for need in graph[node]))
    return {name: before[name] & set(steps) for name in steps}


VOLUMES = [element("volumes", name=name, pool="data", capacity="1GiB") for name in ("a", "b")]
CREATE = [Action("volume", f"data/{name}", Does("create")) for name in ("a", "b")]


def test_a_domain_waits_for_its_own_volumes_only():
    document = {"volumes": VOLUMES, "domains": [domain("one", disks=[disk("a")])]}
    found = waiting(document, [*CREATE, Action("domain", "one", Does("start"))])
    assert found["domain", "one"] == {("volume", "data/a")}
    assert found["volume", "data/a"] == found["volume", "data/b"] == set()


@pytest.mark.parametrize(
    "options",
    [
        {"disks": [{"file": "/srv/a"}]},
        {"kernel": "/srv/vmlinuz"},
        {"xml": "<domain/>"},
    ],
)
def test_a_domain_with_a_file_path_waits_for_all_volumes(options):
    document = {"volumes": VOLUMES, "domains": [domain("one", **options)]}
    found = waiting(document, [*CREATE, Action("domain", "one", Does("start"))])
    assert found["domain", "one"] == {("volume", "data/a"), ("volume", "data/b")}


def test_pools_wait_for_secrets_and_networks_and_others_for_pools():
    document = {
        "networks": [element("networks", name="lan")],
        "pools": [element("pools", name="data", type="dir", target="/srv")],
        "volumes": VOLUMES,
        "domains": [domain("one")],
    }
    actions = [Action("network", "lan", Does("start")), Action("pool", "data", Does("start")), *CREATE]
    found = waiting(document, [*actions, Action("domain", "one", Does("start"))])
    assert found["pool", "data"] == {("network", "lan")}
    assert found["volume", "data/b"] == {("network", "lan"), ("pool", "data")}
    assert found["domain", "one"] == {("network", "lan"), ("pool", "data")}


def test_networks_wait_for_each_other():
    names = ["one", "two", "three"]
    document = {"networks": [element("networks", name=name) for name in names]}
    found = waiting(document, [Action("network", name, Does("start")) for name in names])
    assert found["network", "three"] == {("network", "one"), ("network", "two")}
    assert found["network", "one"] == set()


def test_a_clone_waits_for_what_it_is_based_on():
    clone = element("volumes", name="clone", pool="data", backing="b")
    found = waiting({"volumes": [*VOLUMES, clone]}, [*CREATE, Action("volume", "data/clone", Does("create"))])
    assert found["volume", "data/clone"] == {("volume", "data/b")}


def test_removed_domains_are_first_and_other_removals_last():
    gone = {"state": "absent"}
    document = {
        "volumes": [VOLUMES[0], element("volumes", name="b", pool="data", **gone)],
        "pools": [element("pools", name="old", **gone)],
        "domains": [element("domains", name="old", **gone), domain("new")],
    }
    names = [("domain", "old"), ("volume", "data/a"), ("domain", "new"), ("volume", "data/b"), ("pool", "old")]
    found = waiting(document, [Action(*name, Does("go or come")) for name in names])
    assert found["domain", "old"] == set()
    assert found["volume", "data/a"] == found["domain", "new"] == {("domain", "old")}
    assert found["volume", "data/b"] == set(names[:3])
    assert found["pool", "old"] == set(names[:4])


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        (("/a", None), (None, "/a"), True),  # passes from one to the other
        ((None, "/a"), ("/a", None), True),  # as the plan has it, though libvirt may refuse
        (("/a", "/a"), (None, "/a"), False),  # nobody gives it up
        ((None, "/a"), (None, "/b"), False),
    ],
)
def test_a_disk_passes_from_one_domain_to_another_in_the_order_of_the_plan(first, second, waits):
    def define(name: str, before: str | None, after: str | None) -> Action:
        xml = definition(*filter(None, [after]))
        return Action("domain", name, Define(xml, definition(*filter(None, [before]))))

    found = waiting({"domains": [domain("one"), domain("two")]}, [define("one", *first), define("two", *second)])
    assert found["domain", "two"] == ({("domain", "one")} if waits else set())
    assert found["domain", "one"] == set()


@pytest.mark.parametrize("inner", ["<readonly/>", "<shareable/>"])
def test_a_shareable_disk_delays_no_domain(inner):
    with_it, without = definition("/a", inner=inner), definition()
    actions = [
        Action("domain", "one", Define(without, with_it)),
        Action("domain", "two", Define(with_it, without)),
    ]
    assert waiting({"domains": [domain("one"), domain("two")]}, actions)["domain", "two"] == set()


def test_an_object_is_not_tried_if_one_that_it_waits_for_failed():
    """A disk that two domains have goes with the second, and only when the first is gone."""
    document = {"domains": [domain(name, state="absent") for name in ("one", "two", "three")]}
    actions = [
        Action("domain", "one", Does("undefine")),
        Action("domain", "two", Does("undefine")),
        Action("domain", "two", Does("remove_volumes"), after=(("domain", "one"), ("domain", "nobody"))),
        Action("domain", "three", Does("undefine")),
    ]
    found = waiting(document, actions)
    assert found["domain", "two"] == {("domain", "one")}
    assert found["domain", "one"] == found["domain", "three"] == set()
    order = Waiting(KINDS, wants_of(KINDS, document), steps_of(actions))
    assert order.is_hopeless(("domain", "two"), {("domain", "one")})
    assert not order.is_hopeless(("domain", "three"), {("domain", "one")})
