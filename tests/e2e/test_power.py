# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs a restart waits for one, and gets one gracefully when that is allowed."""

from __future__ import annotations

import typing as t

import pytest

from ..functional.lifecycle import settle, verbs

#: Which vCPUs the guest's kernel knows, once that is what is expected: it learns of a change in its own time.
PRESENT = """\
for attempt in $(seq 60); do
    [ "$(cat /sys/devices/system/cpu/present)" = {0} ] && break
    sleep 1
done
cat /sys/devices/system/cpu/present"""


#: What the journal of the boot before says.
BEFORE = "sudo journalctl --boot=-1 --no-pager --quiet"


@pytest.fixture
def boot(in_guest) -> t.Callable[[], str]:
    return lambda: in_guest("cat /proc/sys/kernel/random/boot_id")


def drift(module, guest: str) -> list[str]:
    (found,) = module("domain_info", name=guest)["domains"]
    return [one["option"] for one in found["drift"]]


def restart(module, guest: str, **options: t.Any) -> None:
    """Restart the guest for these options, after which nothing waits any more."""
    waiting = settle(module, "domain", name=guest, **options)
    assert waiting["restart_required"] and sorted(drift(module, guest)) == sorted(options)
    restarted = module("domain", name=guest, restart="if_required", wait={"for": ["ssh"], "timeout": 900}, **options)
    assert verbs(restarted) == ["restart"] and not restarted["pending"]
    assert drift(module, guest) == []
    assert not module("domain", name=guest, restart="if_required", **options)["changed"]


def test_what_needs_a_restart_waits_for_one(module, summary, boot):
    before = boot()
    waiting = settle(module, "domain", name=summary["guest"], memory_max="1536MiB")
    assert waiting["restart_required"] and boot() == before


def test_a_guest_is_asked_to_restart_by_its_agent(module, summary, boot, in_guest):
    """It does not listen to its power button."""
    in_guest("sudo systemctl is-active qemu-guest-agent")
    in_guest("sudo mkdir -p /run/systemd/logind.conf.d")
    in_guest("printf '[Login]\\nHandlePowerKey=ignore\\n' | sudo tee /run/systemd/logind.conf.d/deaf.conf")
    in_guest("sudo systemctl restart systemd-logind")
    before = boot()
    restart(module, summary["guest"], memory_max="1536MiB", vcpus_max=3)
    assert boot() != before
    assert "guest-shutdown called" in in_guest(f"{BEFORE} --unit qemu-guest-agent")
    assert "Power key pressed" not in in_guest(f"{BEFORE} --unit systemd-logind")
    # The journal of a guest that was switched off would not say this.
    assert "Reached target" in in_guest(f"{BEFORE} --grep 'Power-Off|Shutdown'")


def test_a_guest_without_its_agent_is_asked_by_its_power_button(module, summary, boot, in_guest):
    in_guest("sudo systemctl stop qemu-guest-agent")
    before = boot()
    restart(module, summary["guest"], vcpus_max=4)
    assert boot() != before
    assert "guest-shutdown called" not in in_guest(f"{BEFORE} --unit qemu-guest-agent")
    assert "Power key pressed" in in_guest(f"{BEFORE} --unit systemd-logind")
    assert "Reached target" in in_guest(f"{BEFORE} --grep 'Power-Off|Shutdown'")


def test_a_vcpu_is_plugged_in_and_what_becomes_of_it_is_told_truly(module, summary, virsh, in_guest):
    """The guest has been restarted with room for more. Whether it gives a vCPU back is its own affair."""
    guest = summary["guest"]
    plugged = settle(module, "domain", name=guest, vcpus=2)
    assert verbs(plugged) == ["define", "set_vcpus"] and not plugged["pending"]
    assert virsh("vcpucount", guest, "--live", "--active") == ["2"]
    # Linux 6.12 makes no use of plugged vCPUs where QEMU emulates the machine.
    if in_guest("cat /sys/devices/system/cpu/possible") != "0":
        assert in_guest(PRESENT.format("0-1")) == "0-1"

    unplugged = module("domain", name=guest, vcpus=1)
    waiting = [field["option"] for one in unplugged["pending"] for field in one["fields"]]
    assert (virsh("vcpucount", guest, "--live", "--active"), waiting) in ((["1"], []), (["2"], ["vcpus"]))
