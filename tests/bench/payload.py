# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible really sends for a task, run on its own: the module's process as it is on a managed host."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

from .playbooks import Playbook

#: What ansible.cfg has Ansible use on the hosts.
PYTHON = "/usr/bin/python3"

#: Starts the process that is measured. A small one, because Linux counts the memory of the process that starts another
#: until that runs its own program. What it needs itself is not measured.
STARTER = f"""
import os, sys, time
output = int(sys.argv[1])
started = time.monotonic()
pid = os.posix_spawn("{PYTHON}", ["{PYTHON}", *sys.argv[2:]], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, output)])
_pid, status, usage = os.wait4(pid, 0)
seconds = time.monotonic() - started
os.write(output, b"%f %f %d" % (seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""

#: Where a host keeps the collection's code (plugins/plugin_utils/kept_code). There is one version on a host of ours.
KEPT = pathlib.Path("/var/cache/kvm-fleet")

#: What is laid over Ansible to measure it.
CALLBACKS = pathlib.Path(__file__).parent / "phases/callback"

IMPORT_TIME = re.compile(r"^import time: +(\d+) \|", re.M)


@dataclasses.dataclass(frozen=True)
class ModuleRun:
    """A module's process: its wall-clock and CPU seconds, its largest resident set, its output."""

    seconds: float
    cpu: float
    peak_mib: float
    stdout: str
    stderr: str


@dataclasses.dataclass(frozen=True)
class Payload:
    """The file that Ansible copies to the host and runs there."""

    path: pathlib.Path

    @property
    def kib(self) -> float:
        return self.path.stat().st_size / 1024

    def run(self, *interpreter_options: str, **environment: str) -> ModuleRun:
        """Run it once."""
        return run_python([*interpreter_options, str(self.path)], **environment)

    def import_ms(self) -> float:
        """Milliseconds that its imports take, all that happen during its run, without those of a bare interpreter.

        With compiling what has no .pyc file: all of Ansible's own payload, nothing of the code that a host keeps.
        """
        total, bare = (
            sum(int(found) for found in IMPORT_TIME.findall(run.stderr))
            for run in (self.run("-X", "importtime"), run_python(["-X", "importtime", "-c", "pass"]))
        )
        return (total - bare) / 1000


def run_python(arguments: list[str], **environment: str) -> ModuleRun:
    """Run the host's Python with ``arguments``. :raises RuntimeError: it failed."""
    with tempfile.TemporaryFile() as measured:
        done = subprocess.run(
            [PYTHON, "-S", "-c", STARTER, str(measured.fileno()), *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=[measured.fileno()],
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"python3 {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        measured.seek(0)
        seconds, cpu, peak_kib = (float(number) for number in measured.read().split())
    return ModuleRun(seconds, cpu, peak_kib / 1024, done.stdout, done.stderr)


def of(playbook: Playbook, folder: pathlib.Path) -> Payload:
    """The payload of a playbook's only task, from a real run of it on a host that keeps the collection's code."""
    playbook.run()
    kept = pathlib.Path(tempfile.mkdtemp(prefix="payload-", dir=folder))
    playbook.but(changed=None).run(
        ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS),
        ANSIBLE_CALLBACKS_ENABLED="bench_files_stay",
        ANSIBLE_REMOTE_TMP=str(kept),
    )
    (path,) = kept.rglob("AnsiballZ_*.py")
    return Payload(path)
