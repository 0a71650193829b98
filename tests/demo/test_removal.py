# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the demo made goes away without a trace, and nothing else does."""

from __future__ import annotations

import pathlib

from .. import cached
from .conftest import run


def test_demo_clean_leaves_nothing(clone, summary, virsh):
    done = run("make", "demo-clean", cwd=clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert virsh("list", "--all", "--name") == []
    assert virsh("net-list", "--all", "--name") == []
    assert virsh("pool-list", "--all", "--name") == []
    assert not pathlib.Path("/var/lib/kvm-fleet/demo").exists()
    assert not (clone / ".cache/demo").exists()
    assert cached.debian_image().exists(), "other trees of the machine use it"


def test_cleaning_twice_changes_nothing(clone, summary):
    done = run("make", "demo-clean", cwd=clone)
    assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
