# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo from nothing to a login in the guest, on a private host."""

from __future__ import annotations

import re


def test_the_same_playbook_again_changes_nothing(demo):
    assert re.findall(r"^last run: .*: changed=(\d+)$", demo, re.MULTILINE) == ["0", "0"]


def test_the_guest_runs(summary, virsh):
    assert virsh("list", "--name") == [summary["guest"]]


def test_the_summary_has_a_working_login(summary, in_guest):
    assert in_guest("hostname") == "demo1"
    assert "status: done" in in_guest("cloud-init status")


def test_the_guest_is_healthy(in_guest):
    assert in_guest("systemctl is-system-running --wait") == "running"
