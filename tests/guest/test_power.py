# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs a restart waits for one, and gets one gracefully when that is allowed."""

from __future__ import annotations

import time
import typing as t

from ..functional.lifecycle import settle, verbs

#: Which vCPUs the guest's kernel knows, once that is what is expected: it learns of a change in its own time.
PRESENT = """\
for attempt in $(seq 100); do
    [ "$(cat /sys/devices/system/cpu/present)" = {0} ] && break
    sleep 0.1
done
cat /sys/devices/system/cpu/present"""


def drift(module, guest) -> list[str]:
    """What differs, but for memory that the guest has not given back yet since it booted."""
    deadline = time.monotonic() + 30
    while True:
        (found,) = module("domain_info", name=guest.name)["domains"]
        options = [one["option"] for one in found["drift"]]
        if options != ["memory"] or time.monotonic() > deadline:
            return options
        time.sleep(0.2)


def restart(module, guest, **options: t.Any) -> None:
    """Restart the guest for these options, after which nothing waits any more."""
    waiting = settle(module, "domain", name=guest.name, **options)
    assert waiting["restart_required"] and sorted(drift(module, guest)) == sorted(options)
    wait = {"for": ["agent"], "timeout": 300}
    restarted = module("domain", name=guest.name, restart="if_required", shutdown_timeout=30, wait=wait, **options)
    assert verbs(restarted) == ["restart"] and not restarted["pending"]
    assert drift(module, guest) == []
    assert not module("domain", name=guest.name, restart="if_required", **options)["changed"]


def test_a_change_that_needs_a_restart_is_pending(module, booted):
    before = booted.boots()
    waiting = settle(module, "domain", name=booted.name, memory_max="256MiB")
    assert waiting["restart_required"] and booted.boots() == before


def test_a_guest_is_asked_to_restart_by_its_agent(module, booted):
    """It does not listen to its power button."""
    booted.run("touch /run/deaf")
    before = booted.boots()
    restart(module, booted, memory_max="256MiB", vcpus_max=3)
    assert len(booted.boots()) == len(before) + 1
    said = booted.says().partition(before[-1])[2]
    assert "the agent called shutdown" in said
    assert "power button" not in said


def test_a_guest_without_its_agent_is_asked_by_its_power_button(module, booted):
    before = booted.boots()
    booted.run("(sleep 0.2; kill $(cat /var/run/qemu-ga.pid)) >/dev/null 2>&1 </dev/null &")
    while booted.answers():
        time.sleep(0.05)
    restart(module, booted, vcpus_max=4)
    assert len(booted.boots()) == len(before) + 1
    said = booted.says().partition(before[-1])[2]
    assert "the power button was pressed" in said
    assert "the agent called" not in said


def test_a_plugged_in_vcpu_is_reported_correctly(module, booted):
    """The guest has been restarted with room for more. Whether it gives a vCPU back is its own affair."""
    plugged = settle(module, "domain", name=booted.name, vcpus=2)
    assert verbs(plugged) == ["define", "set_vcpus"] and not plugged["pending"]
    assert booted.virsh("vcpucount", booted.name, "--live", "--active").split() == ["2"]
    # Linux 6.12 makes no use of plugged vCPUs where QEMU emulates the machine.
    if booted.run("cat /sys/devices/system/cpu/possible") != "0":
        assert booted.run(PRESENT.format("0-1")) == "0-1"

    unplugged = module("domain", name=booted.name, vcpus=1)
    waiting = [field["option"] for one in unplugged["pending"] for field in one["fields"]]
    live = booted.virsh("vcpucount", booted.name, "--live", "--active").split()
    assert (live, waiting) in ((["1"], []), (["2"], ["vcpus"]))


def test_a_restart_is_asked_for_once(module, booted):
    """For what waits, whoever changed it; but not where a domain says never."""
    booted.virsh("setmaxmem", booted.name, "512M", "--config")
    before = booted.boots()
    never = {"name": booted.name, "restart": "never"}
    assert not module("converge", domains=[never], restart="if_required")["changed"] and booted.boots() == before
    once = {"name": booted.name, "shutdown_timeout": 30, "wait": {"for": ["agent"], "timeout": 300}}
    assert not module("converge", domains=[once])["changed"]
    restarted = module("converge", domains=[once], restart="if_required")
    assert verbs(restarted) == ["restart"] and len(booted.boots()) == len(before) + 1
    assert not module("converge", domains=[once], restart="if_required")["changed"]
    assert module("domain", name=booted.name, restart="if_required")["actions"] == []
