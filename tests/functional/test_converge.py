# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole host's document in one call: everything in dependency order, whatever the order of the document."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from .lifecycle import fields, settle


@pytest.fixture
def document(unique, tmp_path) -> dict[str, t.Any]:
    """A network, a pool, a base image from a file, a linked clone of it, and a running guest with a seed."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "image", "8M"], check=True)
    return {
        "networks": [{"name": unique, "forward": {"mode": "isolated"}, "autostart": True}],
        "pools": [{"name": unique, "type": "dir", "target": str(tmp_path / "pool"), "autostart": True}],
        "volumes": [
            {"name": "clone.qcow2", "pool": unique, "backing": "base.qcow2", "capacity": "16MiB"},
            {"name": "base.qcow2", "pool": unique, "source": {"path": str(tmp_path / "image")}},
        ],
        "domains": [
            {
                "name": unique,
                "memory": "64MiB",
                "shutdown_timeout": 0,
                "force": True,
                "disks": [{"pool": unique, "volume": "clone.qcow2", "target": "vda"}],
                "interfaces": [{"network": unique}],
                "cloud_init": {"user_data": {"hostname": unique}},
            }
        ],
    }


def absent(document: dict[str, t.Any], *kinds: str) -> dict[str, t.Any]:
    """The same objects, not to be there."""
    gone: dict[str, t.Any] = {}
    for kind in kinds:
        gone[kind] = [
            {key: one[key] for key in ("name", "pool", "shutdown_timeout", "force") if key in one} | {"state": "absent"}
            for one in document[kind]
        ]
    return gone


def steps(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    """The kinds and verbs of what was done, in order."""
    return [(action["kind"], action["verb"]) for action in result["actions"]]


def test_host_lifecycle_from_empty_to_empty(module, virsh, unique, document):
    created = settle(module, "converge", **document)
    assert [kind for kind, _verb in steps(created)] == sorted(
        (kind for kind, _verb in steps(created)), key=["network", "pool", "volume", "domain"].index
    )
    assert virsh("domstate", unique).strip() == "running"
    assert f"{unique}-seed.iso" in virsh("vol-list", unique)
    assert "base.qcow2" in virsh("vol-dumpxml", "clone.qcow2", unique)

    gone = absent(document, "networks", "pools", "volumes", "domains")
    gone["volumes"].append({"name": f"{unique}-seed.iso", "pool": unique, "state": "absent"})
    removed = settle(module, "converge", **gone)
    assert steps(removed)[0] == ("domain", "shutdown") and steps(removed)[-1] == ("network", "undefine")
    for listing in (("list", "--all", "--name"), ("net-list", "--all", "--name"), ("pool-list", "--all", "--name")):
        assert unique not in virsh(*listing).split()


def test_drift_of_every_kind_is_found_at_once_and_repaired(module, virsh, unique, document, tmp_path):
    settle(module, "converge", **document)
    virsh("net-autostart", unique, "--disable")
    virsh("pool-autostart", unique, "--disable")
    virsh("setmem", unique, "32M", "--config")
    (tmp_path / "pool").chmod(0o700)
    document["pools"][0]["permissions"] = {"mode": "0711"}
    repaired = settle(module, "converge", **document)
    assert steps(repaired) == [
        ("network", "set_autostart"),
        ("pool", "set_autostart"),
        ("pool", "set_permissions"),
        ("domain", "define"),
    ]
    assert (tmp_path / "pool").stat().st_mode & 0o777 == 0o711


def test_changed_user_data_rewrites_the_seed_and_nothing_else(module, virsh, unique, document):
    settle(module, "converge", **document)
    document["domains"][0]["cloud_init"]["user_data"]["hostname"] = "other"
    changed = settle(module, "converge", **document)
    assert {kind for kind, _verb in steps(changed)} == {"volume"}
    assert "seed" in fields(changed)


def test_nothing_is_touched_when_one_element_is_wrong(module, virsh, unique, document):
    document["domains"].append({"name": f"{unique}b", "memory": "2XB"})
    failed = module("converge", fails=True, **document)
    assert f"domains[{unique}b].memory" in failed["msg"]
    assert unique not in virsh("net-list", "--all", "--name").split()


def test_all_mistakes_are_reported_at_once(module, virsh, unique, document):
    document["networks"] += [
        {"name": f"{unique}b", "mtu": 9000000},
        {"name": f"{unique}c", "dns": {"txt": [{"name": " ", "value": "x"}]}},
    ]
    document["domains"].append({"name": f"{unique}b", "memory": "64MiB", "vcpus": 0, "disks": [{"file": "a"}]})
    told = module("converge", fails=True, **document)["msg"]
    assert f"networks[{unique}b].mtu: " in told and f"Also: domains[{unique}b].disks[0].file: " in told
    assert unique not in virsh("net-list", "--all", "--name").split()


def test_absent_object_that_is_referred_to_is_refused(module, virsh, unique, document):
    settle(module, "converge", **document)
    document["networks"][0]["state"] = "absent"
    failed = module("converge", fails=True, **document)
    assert f"domains[{unique}].interfaces[0].network: network '{unique}' is declared absent" in failed["msg"]
    assert unique in virsh("net-list", "--name").split()


def test_an_object_declared_twice_is_refused(module, unique, document):
    document["networks"] *= 2
    assert "is declared twice" in module("converge", fails=True, **document)["msg"]


def test_one_failure_names_its_object_and_all_else_is_done(module, virsh, unique, tmp_path):
    folder = tmp_path / "pool"
    names = [f"{unique}{number}" for number in range(4)]
    document = {
        "pools": [{"name": unique, "type": "dir", "target": str(folder)}],
        "volumes": [
            {"name": name, "pool": unique, "source": {"path": str(tmp_path / name)}, "format": "raw"} for name in names
        ],
        "domains": [
            {"name": name, "state": "stopped", "memory": "64MiB", "disks": [{"pool": unique, "volume": name}]}
            for name in names
        ],
    }
    for name in names:
        (tmp_path / name).write_bytes(b"\1" * 1024 * 1024)
    content = document["volumes"][2]["source"]
    # What a URL leads to is not looked at before.
    document["volumes"][2]["source"] = {"url": f"file://{tmp_path / names[2]}", "checksum": "sha256:" + "0" * 64}
    failed = module("converge", fails=True, parallel=3, **document)
    assert f"create volume {unique}/{names[2]} failed" in failed["msg"]
    assert f"not tried: domain {names[2]}" in failed["msg"]
    there = set(virsh("list", "--all", "--name").split())
    assert there & set(names) == {names[0], names[1], names[3]}
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [names[0], names[1], names[3]]
    document["volumes"][2]["source"] = content
    finished = settle(module, "converge", **document)
    assert [action["name"] for action in finished["actions"]] == [f"{unique}/{names[2]}", names[2]]
    module("converge", **absent(document, "domains", "volumes", "pools"))


def test_mistakes_of_all_stages_are_told_at_once(module, unique):
    """Options that do not exist, values, rules, references, and what only the host shows."""
    document = {
        "networks": [{"name": unique, "forward": {"mode": "bridge"}}],
        "pools": [{"name": "a", "type": "dir", "target": "/tmp/a", "traget": "/b"}, {"name": "b"}],
        "volumes": [
            {"name": "of-a", "pool": "a", "capacity": "1GiB"},
            {"name": "v", "pool": "none", "capacity": "2XB"},
            {"name": "w", "pool": "none", "capacity": "2GiB"},
        ],
        "domains": [
            {"name": "one", "memroy": "1GiB"},
            {"name": "two", "memory": "1GiB", "vcpus": 4, "vcpus_max": 2},
            {"name": "three"},
            {"name": "four", "memory": "1GiB", "disks": [{"pool": "a", "volume": "of-a"}]},
        ],
    }
    wrong = (
        "pools[a].traget: there is no such option",
        "domains[one].memroy: there is no such option",
        "volumes[v].capacity: '2XB' is not a size",
        "domains[two].vcpus: vcpus is more than vcpus_max",
        "volumes[w].pool: pool 'none' neither exists on the host nor is declared",
        f"networks[{unique}].bridge: forward mode bridge uses a bridge of the host",
        "pools[b].type: a new pool needs a type",
        "domains[three].memory: the domain does not exist yet and has no memory",
    )
    told = module("converge", fails=True, **document)["msg"].split(" Also: ")
    assert [one.partition(what)[:2] for one, what in zip(told, wrong, strict=True)] == [("", what) for what in wrong]


def test_mistakes_are_told_although_the_host_cannot_be_asked(module):
    failed = module("converge", fails=True, uri="qemu:///none", domains=[{"name": "one", "memroy": "1GiB"}], parallel=0)
    assert failed["msg"].startswith("parallel: the number has to be at least 1.")
    assert "Also: domains[one].memroy: there is no such option." in failed["msg"]
    assert "Also: uri: libvirt has no driver" in failed["msg"]


def test_what_is_wrong_with_a_seed_is_said_of_cloud_init_once(module):
    seeds = {"cloud_init": {"pool": "nope", "user_data": {}}}
    document = {"domains": [{"name": "t1", "memory": "1GiB", "disks": [], **seeds}]}
    what = "pool 'nope' neither exists on the host nor is declared. Declare it, or correct the name."
    assert module("converge", fails=True, **document)["msg"] == f"domains[t1].cloud_init: {what}"
    assert module("domain", fails=True, **document["domains"][0])["msg"] == f"cloud_init: {what}"


def test_an_element_that_is_nothing_is_named(module):
    failed = module("converge", fails=True, domains=[None, {"name": "a"}])
    assert failed["msg"].startswith("domains[0]: there is nothing behind the dash. Remove it.")
