# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo from nothing to a login in the guest, and back to nothing, on a private host."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import typing as t

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def run(*command: str | pathlib.Path, cwd: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def virsh(*arguments: str) -> list[str]:
    done = run("virsh", "--quiet", "--connect", "qemu:///system", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[pathlib.Path]:
    """A copy of the tree with nothing cached, apart from a demo that this tree may have made on the machine itself."""
    folder = tmp_path_factory.mktemp("clone")
    run("tools/export.sh", folder).check_returncode()
    yield folder
    shutil.rmtree(folder)  # with its image of half a gigabyte


@pytest.fixture(scope="module")
def demo(clone: pathlib.Path) -> str:
    """The demo, run once; what it printed."""
    done = run("make", "demo", cwd=clone)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def summary(clone: pathlib.Path, demo: str) -> dict[str, t.Any]:
    return json.loads((clone / ".cache/demo/summary.json").read_text())


def test_the_second_run_changes_nothing(demo):
    assert re.findall(r"^second run: .*: changed=(\d+)$", demo, re.MULTILINE) == ["0"] * demo.count("second run: ")
    assert "second run: " in demo


def test_the_guest_runs(summary):
    assert virsh("list", "--name") == [summary["guest"]]


def test_one_can_log_in_as_the_summary_says(summary):
    done = run(*shlex.split(summary["ssh"]), "uname -srm; cloud-init status")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [summary["kernel"], "status: done"]


def test_demo_clean_leaves_nothing(clone, summary):
    done = run("make", "demo-clean", cwd=clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert virsh("list", "--all", "--name") == []
    assert virsh("net-list", "--all", "--name") == []
    assert virsh("pool-list", "--all", "--name") == []
