# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs a restart waits for one, and gets one gracefully when that is allowed."""

from __future__ import annotations

from ..functional.lifecycle import settle, verbs

#: Which vCPUs the guest's kernel knows, once that is what is expected: it learns of a change in its own time.
PRESENT = """\
for attempt in $(seq 60); do
    [ "$(cat /sys/devices/system/cpu/present)" = {0} ] && break
    sleep 1
done
cat /sys/devices/system/cpu/present"""


def test_a_guest_restarts_gracefully_only_when_that_is_allowed(module, summary, virsh, in_guest):
    guest = summary["guest"]
    in_guest("sudo systemctl is-active qemu-guest-agent")
    boot = in_guest("cat /proc/sys/kernel/random/boot_id")
    waiting = settle(module, "domain", name=guest, memory_max="1536MiB", vcpus_max=3)
    assert waiting["restart_required"] and in_guest("cat /proc/sys/kernel/random/boot_id") == boot
    restarted = module(
        "domain", name=guest, memory_max="1536MiB", vcpus_max=3, restart="if_required", wait={"for": ["ssh"]}
    )
    assert verbs(restarted) == ["restart"] and not restarted["pending"]
    assert in_guest("cat /proc/sys/kernel/random/boot_id") != boot
    assert not module("domain", name=guest, memory_max="1536MiB", vcpus_max=3, restart="if_required")["changed"]
    # The journal of a guest that was switched off would not say this.
    assert "Reached target" in in_guest("sudo journalctl --boot=-1 --no-pager --grep 'Power-Off|Shutdown'")


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
