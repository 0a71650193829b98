# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks as a user runs them: ``ansible-playbook`` in a process of its own, with this tree's collection."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import time
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".cache/venv/bin/ansible-playbook"
LOCAL = ("--inventory", "localhost,", "--connection", "local")
RECAP = re.compile(r"^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.M)


def environment(**more: str) -> dict[str, str]:
    """This process's without what would tell Ansible to behave in its own way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **more}


@dataclasses.dataclass(frozen=True)
class Playbook:
    """A playbook on disk, and how it is run.

    ``changed``: whether each host's run has to change something; ``None``: it may.
    """

    path: pathlib.Path
    changed: bool | None = False
    options: tuple[str, ...] = LOCAL
    environment: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def run(self, **more: str) -> str:
        """Run it with ``more`` in its environment; what it printed.

        :raises RuntimeError: it failed, or changed something where it should not, or the other way round.
        """
        done = subprocess.run(
            [str(PROGRAM), *self.options, str(self.path)],
            cwd=self.path.parent,
            env=environment(**self.environment, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        recaps = [[int(number) for number in found[1:]] for found in RECAP.findall(done.stdout)]
        as_expected = bool(recaps) and all(
            self.changed in (None, bool(changed)) for _ok, changed, _gone, _failed in recaps
        )
        if done.returncode or not as_expected:
            raise RuntimeError(f"{self.path} (changed expected: {self.changed}):\n{done.stdout[-4000:]}")
        return done.stdout

    def seconds(self) -> float:
        """Run it; how long that took."""
        started = time.monotonic()
        self.run()
        return time.monotonic() - started

    def but(self, **changes: t.Any) -> Playbook:
        """The same with other options, environment or expectation."""
        return dataclasses.replace(self, **changes)


def write(
    folder: pathlib.Path,
    task: t.Mapping[str, t.Any],
    variables: t.Mapping[str, t.Any] | None = None,
    **how: t.Any,
) -> Playbook:
    """A playbook of one task in a folder of its own, its variables in ``group_vars`` in YAML, as users have them."""
    folder.mkdir(exist_ok=True)
    if variables is not None:
        # JSON first: YAML's anchors for what is shared are nothing that a user writes.
        plain = json.loads(json.dumps(variables))
        (folder / "group_vars").mkdir(exist_ok=True)
        (folder / "group_vars/all.yml").write_text(yaml.dump(plain, Dumper=yaml.CSafeDumper, sort_keys=False))
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}], sort_keys=False))
    return Playbook(path, **how)


def ping(folder: pathlib.Path, **how: t.Any) -> Playbook:
    """What Ansible takes at least: a single ``ansible.builtin.ping``."""
    return write(folder / "ping", {"name": "Ping", "ansible.builtin.ping": {}}, **how)


def converge(folder: pathlib.Path, document: t.Mapping[str, t.Any], **how: t.Any) -> Playbook:
    """A single ``kvm.fleet.converge`` of a document that is in variables."""
    task = {"name": "Converge", "kvm.fleet.converge": {kind: f"{{{{ bench_{kind} }}}}" for kind in document}}
    return write(folder, task, {f"bench_{kind}": elements for kind, elements in document.items()}, **how)
