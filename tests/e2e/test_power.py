# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs a restart waits for one, and gets one gracefully when that is allowed."""

from __future__ import annotations

from ..functional.lifecycle import settle, verbs

#: What is online, once that is what is expected; the guest's kernel takes its time, and leaves a new vCPU offline.
ONLINE = """\
cd /sys/devices/system/cpu
for attempt in $(seq 30); do
    echo 1 | sudo tee cpu*/online >/dev/null
    [ "$(cat online)" = {0} ] && break
    sleep 1
done
cat online"""


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


def test_vcpus_are_plugged_in_and_out(module, summary, in_guest):
    """The guest has been restarted with room for three."""
    for vcpus, online in ((3, "0-2"), (1, "0")):
        changed = settle(module, "domain", name=summary["guest"], vcpus=vcpus)
        assert verbs(changed) == ["define", "set_vcpus"] and not changed["pending"]
        assert in_guest(ONLINE.format(online)) == online
