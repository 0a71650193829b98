# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a running guest can be tuned without a restart; virsh and the kernel are the witnesses."""

from __future__ import annotations

import os
import pathlib

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs
from .test_domain import dumpxml, guest

NOTE = "http://example.org/note"
HOST_CPUS = os.cpu_count() or 1
EVERYWHERE = f"0-{HOST_CPUS - 1}"


def affinity(virsh, name: str, thread: str) -> str:
    """The CPUs that the kernel lets a thread of a guest's QEMU run on."""
    pid = pathlib.Path(f"/run/libvirt/qemu/{name}.pid").read_text().strip()
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == thread:
            (line,) = [one for one in (task / "status").read_text().splitlines() if one.startswith("Cpus_allowed_list")]
            return line.split()[1]
    raise AssertionError(f"no thread {thread}")


def test_threads_are_pinned_live(module, virsh, unique):
    settle(module, "domain", **guest(unique, iothreads=1))
    assert affinity(virsh, unique, "IO iothread1") == EVERYWHERE
    options = guest(
        unique,
        cputune={
            "vcpupin": [{"vcpu": 0, "cpuset": "0"}],
            "iothreadpin": [{"iothread": 1, "cpuset": "0"}],
            "emulatorpin": "0",
        },
    )
    changed = settle(module, "domain", **options)
    assert verbs(changed) == ["define", "pin_vcpus", "pin_emulator", "pin_iothreads"] and not changed["pending"]
    assert affinity(virsh, unique, "IO iothread1") == "0"
    assert virsh("emulatorpin", unique, "--live").split()[-1] == "0"
    assert virsh("vcpupin", unique, "--config").split()[-1] == "0"
    moved = settle(module, "domain", **guest(unique, cputune={"vcpupin": [{"vcpu": 0, "cpuset": EVERYWHERE}]}))
    assert fields(moved) == {"cputune.vcpupin[0].cpuset": ("0", EVERYWHERE)} and not moved["pending"]
    removed = settle(module, "domain", **guest(unique, cputune={"vcpupin": []}))
    assert [field["option"] for field in removed["pending"][0]["fields"]] == ["cputune.vcpupin[0]"]


def test_iothreads_are_added_and_removed_live(module, virsh, unique):
    settle(module, "domain", **guest(unique))

    def threads() -> list[str]:
        lines = virsh("iothreadinfo", unique, "--live").splitlines()
        return sorted(line.split()[0] for line in lines if line.strip()[:1].isdigit())

    assert verbs(settle(module, "domain", **guest(unique, iothreads=2))) == ["define", "set_iothreads"]
    assert threads() == ["1", "2"]
    named = settle(module, "domain", **guest(unique, iothread_ids=[{"id": 2}, {"id": 7}]))
    assert verbs(named) == ["define", "set_iothreads"] and not named["pending"]
    assert threads() == ["2", "7"]
    settle(module, "domain", **guest(unique, iothreads=1))
    assert threads() == ["2"]
    settle(module, "domain", **guest(unique, iothreads=0))
    assert threads() == [] and dumpxml(virsh, unique, live=False).find("iothreads") is None


def test_metadata_changes_live_and_keeps_other_namespaces(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    virsh("metadata", unique, "http://example.org/other", "--key", "o", "--set", "<x/>", "--live", "--config")
    options = guest(unique, metadata={NOTE: f"<note xmlns='{NOTE}' by='me'><line>one</line></note>"})
    assert verbs(settle(module, "domain", **options)) == ["define", "set_metadata"]
    for which in ("--live", "--config"):
        kept = etree.fromstring(virsh("metadata", unique, NOTE, which))
        assert kept.get("by") == "me" and len(kept) == 1
        assert "<x" in virsh("metadata", unique, "http://example.org/other", which)
    settle(module, "domain", **guest(unique, metadata={NOTE: ""}))
    assert dumpxml(virsh, unique).find(f"metadata/{{{NOTE}}}note") is None


def test_perf_events_are_counted_live(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    changed = settle(module, "domain", **guest(unique, perf={"cpu_clock": True, "task_clock": True}))
    assert verbs(changed) == ["define", "set_perf_events"] and not changed["pending"]
    assert "perf.cpu_clock" in virsh("domstats", unique, "--perf")
    settle(module, "domain", **guest(unique, perf={"cpu_clock": False}))
    assert "perf.cpu_clock" not in virsh("domstats", unique, "--perf")


@pytest.mark.parametrize(
    ("options", "verb", "controller"),
    [
        ({"cputune": {"shares": 200, "quota": 50000}}, "set_scheduler", "cgroup CPU controller is not mounted"),
        ({"memtune": {"hard_limit": "1GiB"}}, "set_memory_limits", "cgroup memory controller is not mounted"),
        ({"blkiotune": {"weight": 200}}, "set_blkio", "blkio cgroup isn't mounted"),
    ],
)
def test_a_host_without_control_groups_is_an_error(module, unique, options, verb, controller):
    """The private host has none: this is how far libvirt gets."""
    settle(module, "domain", **guest(unique))
    failed = module("domain", fails=True, **guest(unique, **options))
    assert f"{verb} domain {unique} failed" in failed["msg"] and controller in failed["msg"]


def test_a_cpu_model_that_libvirt_expanded_is_no_difference(module, virsh, unique):
    cpu = {"mode": "custom", "model": "qemu64", "features": [{"name": "sse4.1"}, {"name": "svm", "policy": "disable"}]}
    settle(module, "domain", **guest(unique, cpu=cpu))
    live, definition = (dumpxml(virsh, unique, which).find("cpu") for which in (True, False))
    assert len(live) > len(definition), "libvirt shows more of what runs"
    waits = settle(module, "domain", **guest(unique, cpu=dict(cpu, features=[{"name": "sse4.1"}])))
    assert [field["option"] for field in waits["pending"][0]["fields"]] == ["cpu.features[svm]"]
