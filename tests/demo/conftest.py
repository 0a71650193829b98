# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo's guest, brought up once for all tests here, which run in the order of their files: removal is the last."""

from __future__ import annotations

import json
import pathlib
import shlex
import shutil
import subprocess
import typing as t

import pytest

from ..functional import module_runner

ROOT = pathlib.Path(__file__).parents[2]


def run(*command: str | pathlib.Path, cwd: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command's outcome; nothing is raised."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def virsh() -> t.Callable[..., list[str]]:
    """The words that ``virsh`` prints."""

    def words(*arguments: str) -> list[str]:
        done = run("virsh", "--quiet", "--connect", "qemu:///system", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return words


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[pathlib.Path]:
    """A copy of the tree with nothing cached, apart from a demo that this tree may have made on the machine itself."""
    folder = tmp_path_factory.mktemp("clone")
    run("tools/export.sh", folder).check_returncode()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def demo(clone: pathlib.Path) -> str:
    """The demo, run once; what it printed."""
    done = run("make", "demo", cwd=clone)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def summary(clone: pathlib.Path, demo: str) -> dict[str, t.Any]:
    """What the demo says at its end."""
    return json.loads((clone / ".cache/demo/summary.json").read_text())


@pytest.fixture(scope="session")
def in_guest(summary: dict[str, t.Any]) -> t.Callable[[str], str]:
    """Run a command in the guest, logged in as the summary says."""

    def ssh(command: str) -> str:
        done = run(*shlex.split(summary["ssh"]), command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return ssh


@pytest.fixture
def module(tmp_path_factory: pytest.TempPathFactory) -> module_runner.ModuleRunner:
    """Runs a module of the collection."""
    return module_runner.ModuleRunner(tmp_path_factory.mktemp("ansible-tmp"))
