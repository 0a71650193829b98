# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks on a private host (tests/private_host.sh) by the ``ansible-playbook`` of whatever ansible-core there is.

These tests run with every supported ansible-core (`make test-ansible`): they use nothing else of Ansible. With the one
that is installed (`make test`) a process that has imported it forks for each playbook, which saves half of the time.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import typing as t

import pytest

from ..functional.agent import Agent

ROOT = pathlib.Path(__file__).parents[2]
CALLBACKS = (ROOT / "tests/functional/callback", pathlib.Path(__file__).parent / "callback")
SETTINGS = {
    "ANSIBLE_CALLBACKS_ENABLED": "results,broken",
    "ANSIBLE_CALLBACK_PLUGINS": ":".join(map(str, CALLBACKS)),
    "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections"),
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "true",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_NOCOLOR": "true",
    "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
}
#: Where the host keeps code.
CACHE = pathlib.Path("/var/cache/kvm-fleet")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-way", action="store_true", help="what keeps code also with pipelining, as test-ansible does"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--every-way"):
        left = [item for item in items if item.get_closest_marker("every_way") is not None]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_way: only with --every-way")
    if socket.gethostname() != "private-host":
        pytest.exit("These tests change a host's guests: run them on a private one, as `make functional` does", 2)


@dataclasses.dataclass(frozen=True)
class Played:
    """A playbook that was run: its exit status, what it printed, and each task's result by the name of the task."""

    rc: int
    text: str
    results: dict[str, dict[str, t.Any]]

    def said(self, task: str) -> str:
        """What was printed of a task."""
        return re.split(r"^TASK ", self.text.partition(f"TASK [{task}]")[2], maxsplit=1, flags=re.M)[0]


@dataclasses.dataclass(frozen=True)
class Ansible:
    """``ansible(task, …, "--check", pipelining=True, ANSIBLE_…="…")`` runs tasks on this host.

    ``agent`` has imported Ansible; it is not used where there is none, and where Ansible reads a setting at its start.
    """

    folder: pathlib.Path
    agent: Agent | None = None

    def __call__(
        self,
        *tasks: dict[str, t.Any] | str,
        pipelining: bool = False,
        rc: int = 0,
        play: t.Mapping[str, t.Any] | None = None,
        **environment: str,
    ) -> Played:
        """Tasks are dictionaries; words are options of the command. Nothing may be left on the host."""
        plays = [
            {
                "hosts": "localhost",
                "gather_facts": False,
                "tasks": [task for task in tasks if isinstance(task, dict)],
                **(play or {}),
            }
        ]
        (self.folder / "play.json").write_text(json.dumps(plays))
        (self.folder / "results").write_text("")
        remote = self.folder / "remote"
        said = {"ANSIBLE_PIPELINING": str(pipelining), "ANSIBLE_REMOTE_TMP": str(remote), **environment}
        arguments = ["-i", "localhost,", "-c", "local", *(task for task in tasks if isinstance(task, str))]
        arguments.append(str(self.folder / "play.json"))
        if self.agent is not None and "ANSIBLE_KEEP_REMOTE_FILES" not in environment:
            status, text, results = self.agent.ansible_playbook(*arguments, warm=False, **said)
        else:
            status, text = self._run(arguments, said)
            results = dict(json.loads(line) for line in (self.folder / "results").read_text().splitlines())
        assert status == rc, text
        assert "code_missing" not in text and "code_unusable" not in text
        if "ANSIBLE_KEEP_REMOTE_FILES" not in environment and not any("async" in task for task in tasks):
            assert not remote.exists() or list(remote.iterdir()) == [], "temporary files are left on the host"
        return Played(status, text, results)

    def _run(self, arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "ansible.cli.playbook", *arguments],
            env={**os.environ, **SETTINGS, **self.own(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def own(self) -> dict[str, str]:
        """Settings with places of its own."""
        return {"ANSIBLE_HOME": str(self.folder / "ansible"), "KVM_FLEET_RESULTS": str(self.folder / "results")}


@pytest.fixture(scope="module")
def ansible(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> t.Iterator[Ansible]:
    folder = tmp_path_factory.mktemp("ansible")
    if request.config.getoption("--every-way"):
        yield Ansible(folder)
        return
    agent = Agent(folder, **SETTINGS, **Ansible(folder).own())
    yield Ansible(folder, agent)
    agent.close()


def converge(name: str, **keywords: t.Any) -> dict[str, t.Any]:
    """The task that converges an isolated network. The name is the task's too, the keywords are the task's."""
    options = {"networks": [{"name": name, "forward": {"mode": "isolated"}}]}
    return {"name": name, "kvm.fleet.converge": options, **keywords}


def networks() -> set[str]:
    """The networks that libvirt's own client sees."""
    command = ["virsh", "--quiet", "--connect", "qemu:///system", "net-list", "--all", "--name"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def forget() -> None:
    """Remove all objects of libvirt that these tests make, and the code that the host keeps."""
    for name in networks():
        subprocess.run(["virsh", "--quiet", "net-destroy", name], check=False, capture_output=True)
        subprocess.run(["virsh", "--quiet", "net-undefine", name], check=True, capture_output=True)
    forget_code()


def forget_code() -> None:
    for path in CACHE.iterdir():
        subprocess.run(["rm", "-r", path], check=True)


@pytest.fixture
def nothing() -> None:
    """A host without networks, and without code."""
    forget()
