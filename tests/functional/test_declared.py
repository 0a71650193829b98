# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an info module tells of the three: what is declared, what is defined, what runs. Drift is made with virsh."""

from __future__ import annotations

import itertools
import os
import subprocess
import typing as t

import pytest

from .lifecycle import settle
from .test_domain import guest


def drift(module, noun: str, *declared: dict[str, t.Any], **options: t.Any) -> dict[str, dict[str, t.Any]]:
    """By the option what differs of the only object that is asked for."""
    found = module(f"{noun}_info", name=declared[0]["name"], declared=list(declared), **options)
    assert found["missing"] == []
    (one,) = found[noun + "s"]
    return {entry.pop("option"): entry for entry in one["drift"]}


@pytest.fixture
def images(tmp_path) -> list[str]:
    paths = [str(tmp_path / name) for name in ("a", "b", "c")]
    for path in paths:
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "1M"], check=True)
    return paths


def test_an_object_as_declared_has_no_drift(module, virsh, unique, images):
    module("network", name=unique, forward={"mode": "isolated"})
    declared = guest(
        unique,
        autostart=True,
        memory_max="128MiB",
        cpu={"mode": "custom", "model": "qemu64"},
        disks=[{"file": images[0], "format": "qcow2"}, {"device": "cdrom"}],
        interfaces=[{"network": unique}],
        graphics=[{"type": "vnc", "password": "s3cret!"}],
        xml="<domain><features><pmu state='off'/></features></domain>",
    )
    module("domain", **declared)
    assert drift(module, "domain", declared) == {}
    virsh("destroy", unique)
    declared["state"] = "stopped"
    assert drift(module, "domain", declared) == {}


CPUS = {
    "the host's": {"mode": "host-model"},
    "the host's, less a feature": {"mode": "host-model", "features": [{"name": "erms", "policy": "disable"}]},
    "all that emulation can": {"mode": "maximum"},
    "one": {"mode": "custom", "model": "EPYC"},
    "one with features": {"mode": "custom", "model": "EPYC", "features": [{"name": "bmi2", "policy": "disable"}]},
}


@pytest.mark.parametrize("cpu", CPUS)
def test_a_cpu_expanded_at_the_start_has_no_drift(module, unique, cpu):
    declared = guest(unique, cpu=CPUS[cpu])
    settle(module, "domain", **declared)
    assert drift(module, "domain", declared) == {}


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise([*CPUS, next(iter(CPUS))])))
def test_a_changed_cpu_is_drift_until_the_restart(module, unique, before, after):
    module("domain", **guest(unique, cpu=CPUS[before]))
    declared = guest(unique, cpu=CPUS[after])
    assert settle(module, "domain", **declared)["restart_required"]
    assert drift(module, "domain", declared)
    settle(module, "domain", **declared, restart="if_required")
    assert drift(module, "domain", declared) == {}


def test_drift_of_definition_and_running_guest_are_distinguished(module, virsh, unique, images):
    declared = guest(unique, title="declared", description="said")
    module("domain", **declared)
    virsh("desc", unique, "--title", "by hand", "--config")
    virsh("desc", unique, "another", "--live")
    virsh("setmem", unique, "32M", "--config")
    virsh("memtune", unique, "--hard-limit", "1048576", "--config")
    assert drift(module, "domain", declared) == {
        "title": {"declared": "declared", "defined": "by hand", "live": "declared"},
        "description": {"declared": "said", "defined": "said", "live": "another"},
        "memory": {"declared": "64MiB", "defined": "32MiB", "live": "64MiB"},
        "memtune.hard_limit": {"defined": "1GiB", "live": "unlimited"},  # of which nothing is declared
    }


def test_drift_of_single_devices(module, virsh, unique, images):
    disks = [
        {"file": path, "format": "qcow2", "target": name} for path, name in zip(images[:2], ("vda", "vdb"), strict=True)
    ]
    declared = guest(unique, disks=disks)
    module("domain", **declared)
    virsh("detach-disk", unique, "vdb", "--config")
    virsh("attach-disk", unique, images[2], "vdc", "--subdriver", "qcow2", "--live")
    virsh("blkdeviotune", unique, "vda", "--total-iops-sec", "100", "--live")
    found = drift(module, "domain", declared)
    assert list(found) == ["disks[vdc]", "disks[vdb]", "disks[vda].iotune.total_iops_sec"]
    assert found["disks[vda].iotune.total_iops_sec"] == {"defined": None, "live": 100}  # of which nothing is declared
    assert (found["disks[vdc]"]["declared"], found["disks[vdc]"]["defined"]) == (None, None)
    assert found["disks[vdc]"]["live"]["file"] == images[2]
    assert found["disks[vdb]"]["defined"] is None
    assert found["disks[vdb]"]["live"]["file"] == found["disks[vdb]"]["declared"]["file"] == images[1]


def test_drift_of_state_and_autostart(module, virsh, unique):
    declared = guest(unique, autostart=True)
    module("domain", **declared)
    virsh("destroy", unique)
    virsh("autostart", unique, "--disable")
    assert drift(module, "domain", declared) == {
        "state": {"declared": "running", "live": "shut off"},
        "autostart": {"declared": True, "defined": False},
    }
    assert drift(module, "domain", {"name": unique, "state": "absent"}) == {
        "state": {"declared": "absent", "live": "shut off"}
    }


def test_drift_of_an_option_that_cannot_be_changed(module, unique):
    module("domain", **guest(unique, machine="pc", state="stopped"))
    found = drift(module, "domain", guest(unique, state="stopped", arch="i686"))
    assert found == {"arch": {"declared": "i686", "defined": "x86_64"}}


def test_a_declared_object_that_does_not_exist_is_missing(module, unique):
    module("domain", **guest(unique, state="stopped"))
    declared = [guest(unique, state="stopped"), guest(unique + "x"), {"name": unique + "y", "state": "absent"}]
    found = module("domain_info", declared=declared)
    assert found["missing"] == [unique + "x"]
    assert [one["drift"] for one in found["domains"] if one["name"] == unique] == [[]]


def test_drift_of_a_network(module, virsh, unique):
    declared = {
        "name": unique,
        "forward": {"mode": "isolated"},
        "ips": [
            {
                "address": "10.91.0.1",
                "prefix": 24,
                "dhcp": {"hosts": [{"mac": "52:54:00:91:00:05", "ip": "10.91.0.5"}]},
            }
        ],
        "domain": {"name": "declared.example"},
    }
    module("network", **declared)
    assert drift(module, "network", declared) == {}
    host = "<host mac='52:54:00:91:00:06' ip='10.91.0.6'/>"
    virsh("net-update", unique, "add", "ip-dhcp-host", host, "--live")
    found = drift(module, "network", declared)
    assert found == {
        "ips[10.91.0.1].dhcp.hosts[52:54:00:91:00:06]": {
            "declared": None,
            "defined": None,
            "live": {"mac": "52:54:00:91:00:06", "ip": "10.91.0.6"},
        }
    }
    virsh("net-destroy", unique)
    assert drift(module, "network", declared) == {"state": {"declared": "active", "live": "inactive"}}


def test_drift_of_a_pool(module, virsh, unique, tmp_path):
    declared = {"name": unique, "type": "dir", "target": str(tmp_path / "p"), "permissions": {"mode": "0750"}}
    module("pool", **declared)
    assert drift(module, "pool", declared) == {}
    os.chmod(tmp_path / "p", 0o700)
    assert drift(module, "pool", declared) == {"permissions.mode": {"declared": "0750", "live": "0700"}}
    declared["target"] = str(tmp_path / "q")
    assert drift(module, "pool", declared)["target"] == {
        "declared": str(tmp_path / "q"),
        "defined": str(tmp_path / "p"),
        "live": str(tmp_path / "p"),
    }


def test_a_bad_declaration_is_refused(module, unique):
    wrong = module("domain_info", fails=True, declared=[{"name": unique, "memry": "1GiB"}])
    assert wrong["msg"].startswith(f"declared[{unique}].memry: there is no such option. Perhaps it is memory")
    wrong = module("domain_info", fails=True, declared=[{"name": unique, "memory": "much"}])
    assert wrong["msg"].startswith(f"declared[{unique}].memory: ")
    both = module("domain_info", fails=True, declared=[], **{"as": "spec"})
    assert both["msg"].startswith("declared: ")


def test_secrets_are_neither_compared_nor_shown(module, unique):
    declared = guest(unique, graphics=[{"type": "vnc", "password": "s3cret!"}])
    module("domain", **declared)
    declared["graphics"][0]["password"] = "an0ther!"
    found = module("domain_info", name=unique, declared=[declared])
    assert found["domains"][0]["drift"] == []
    assert "an0ther!" not in str(found) and "s3cret!" not in str(found)


def test_a_guest_with_its_seed_has_no_drift(module, unique, tmp_path):
    module("pool", name=unique, type="dir", target=str(tmp_path / "pool"))
    module("volume", pool=unique, name="a.qcow2", capacity="1MiB")
    declared = guest(unique, disks=[{"pool": unique, "volume": "a.qcow2"}], cloud_init={"user_data": {"a": 1}})
    module("domain", **declared)
    assert drift(module, "domain", declared) == {}
