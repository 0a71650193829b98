# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball that users install: only what they need is in it, and its modules work where it is installed."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tarfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FOR_USERS = {
    "CHANGELOG.rst",
    "CONTRIBUTING.md",  # the README refers to it
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}

PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  module_defaults:
    group/kvm.fleet.all:
      uri: qemu:///system
  tasks:
    - kvm.fleet.network:
        name: installed
        ips: [{address: 10.77.0.1, prefix: 24}]
"""


def run(*command: str | pathlib.Path, cwd: pathlib.Path = ROOT, **environment: str) -> str:
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("tarball")
    run(ROOT / "tools/export.sh", folder / "source")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, folder / "source")
    (built,) = folder.glob("*.tar.gz")
    return built


def test_the_tarball_has_nothing_that_only_developers_need(tarball):
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    assert {name.partition("/")[0] for name in names} <= FOR_USERS
    assert [name for name in names if "__pycache__" in name or "/." in name] == []


def test_modules_work_where_the_tarball_is_installed(tarball, tmp_path, virsh):
    # Away from this tree, whose ansible.cfg finds the collection in place.
    run("ansible-galaxy", "collection", "install", "--offline", tarball, "--collections-path", tmp_path, cwd=tmp_path)
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(PLAYBOOK)
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"}
    run("ansible-playbook", playbook, cwd=tmp_path, **environment)
    assert virsh("net-list", "--name").split() == ["installed"]
