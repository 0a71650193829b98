# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small guest (small/build.sh), up in seconds, once for all tests here; seen from inside and by its console."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import subprocess
import time
import typing as t

import pytest

from .. import cached
from ..functional.conftest import conn, module, pytest_configure, virsh
from ..functional.module_runner import ModuleRunner

__all__ = ["conn", "module", "pytest_configure", "virsh"]

HERE = pathlib.Path(__file__).parent
Virsh = t.Callable[..., str]


class SmallGuest:
    """A guest called ``name``, declared by ``options``, with its ``console``. Tests change what it is declared with."""

    def __init__(self, virsh: Virsh, folder: pathlib.Path, kernel: pathlib.Path) -> None:
        self.name = "small"
        self.virsh = virsh
        self.console = folder / "console.log"
        self.options: dict[str, t.Any] = {
            "name": self.name,
            "memory": "128MiB",
            "vcpus": 1,
            "kernel": str(kernel / "vmlinuz"),
            "initrd": str(kernel / "initrd.img"),
            "cmdline": "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable",
            "serials": [{"log": str(self.console), "log_append": True}],
            "shutdown_timeout": 30,
        }

    def says(self) -> str:
        """All that it has said on its console, of every boot."""
        return self.console.read_text(errors="replace") if self.console.exists() else ""

    def boots(self) -> list[str]:
        """The id of every boot."""
        return re.findall(r"boot ([0-9a-f-]{36})", self.says())

    def run(self, command: str) -> str:
        """What a command prints in it. The agent runs it."""
        asked = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
        pid = self._agent("guest-exec", asked)["pid"]
        while not (done := self._agent("guest-exec-status", {"pid": pid}))["exited"]:
            time.sleep(0.02)
        said = base64.b64decode(done.get("out-data", "") + done.get("err-data", "")).decode()
        assert done["exitcode"] == 0, f"{command}: {said}"
        return said.strip()

    def answers(self) -> bool:
        """Whether its agent does."""
        try:
            self._agent("guest-ping", {})
        except AssertionError:
            return False
        return True

    def _agent(self, command: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        asked = json.dumps({"execute": command, "arguments": arguments})
        return json.loads(self.virsh("qemu-agent-command", self.name, asked))["return"]


@pytest.fixture(scope="session")
def kernel() -> pathlib.Path:
    """The directory of the small guest's kernel and initramfs."""
    directory = cached.directory("small-guest")
    subprocess.run([HERE / "small/build.sh", directory], check=True)
    return directory / "small"


@pytest.fixture(scope="session")
def booted(tmp_path_factory: pytest.TempPathFactory, virsh: Virsh, kernel: pathlib.Path) -> SmallGuest:
    """The guest, running."""
    guest = SmallGuest(virsh, tmp_path_factory.mktemp("guest"), kernel)
    module = ModuleRunner(tmp_path_factory.mktemp("ansible-tmp"))
    module("domain", **guest.options, wait={"for": ["agent"], "timeout": 300})
    return guest
