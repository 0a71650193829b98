# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run groups of checks, as many at a time as two cores can: ``check.py lint unit functional``.

A check is a command. It is quiet when all is well and shows all it said when not; while it runs, a line of it tells
where it is. One that only looks at the tree is not run again where it has passed on this very tree. At the end: what
each took, and how many tests passed, failed and were skipped, where a check without tests of its own counts as one.
Exit status 0: everything passed and nothing was skipped.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import Counter

import cache

CORES = 2.5  # what the checks that run at a time may keep busy together: more than there are, for all wait at times
PROGRESS_EVERY = 10.0  # seconds
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_RESULT = re.compile(r"(ok|changed|skipping|included|FAILED - RETRYING): ")
ON_MANAGED_HOSTS = ("plugins/modules", "plugins/module_utils", "plugins/plugin_utils/kept_code/modules")
FUNCTIONAL_SHARDS = 4


@dataclasses.dataclass
class Check:
    """A command, how many cores it keeps busy, and about how many seconds: what takes longest begins first.

    ``static``: it looks at nothing but the tree, and the tools that setup.sh installs.
    """

    name: str
    command: list[str]
    cores: float = 1.0
    seconds: float = 10.0
    static: bool = False


def _pytest(*arguments: str) -> list[str]:
    return ["pytest", "--no-header", "--color=no", "--durations=10", "--durations-min=2", *arguments]


def _on_private_host(*arguments: str) -> list[str]:
    return ["tests/private_host.sh", *_pytest(*arguments)]


def _with_internet(*arguments: str) -> list[str]:
    return ["tests/private_host.sh", "--internet", *_pytest(*arguments)]


def _unit(number: int) -> Check:
    return Check(f"unit {number}/2", _pytest("tests/unit", f"--shard={number}/2"), 1.0, 25)


def _functional(number: int) -> Check:
    shard = f"{number}/{FUNCTIONAL_SHARDS}"
    return Check(f"functional {shard}", _on_private_host("tests/functional", f"--shard={shard}"), 0.4, 150)


GROUPS: dict[str, list[Check]] = {
    "lint": [
        Check("ansible-test sanity", ["tools/sanity.sh", "--entries"], seconds=60, static=True),
        Check("galaxy-importer", ["tools/galaxy.sh"], seconds=30, static=True),
        Check("ansible-lint", ["ansible-lint", "--offline", "--strict", "--nocolor"], seconds=40, static=True),
        Check("mypy", ["mypy"], seconds=30, static=True),
        Check(
            "antsibull-docs", ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."], seconds=20, static=True
        ),
        Check("antsibull-changelog", ["antsibull-changelog", "lint"], seconds=2, static=True),
        Check("yamllint", ["yamllint", "--strict", "."], static=True),
        Check("Python 3.9", ["vermin", "--target=3.9-", "--violations", "--no-tips", *ON_MANAGED_HOSTS], static=True),
        Check("ruff check", ["ruff", "check", "."], seconds=1, static=True),
        Check("ruff format", ["ruff", "format", "--diff", "."], seconds=1, static=True),
    ],
    "pylint": [Check("ansible-test pylint", ["tools/sanity.sh", "--test=pylint"], seconds=80, static=True)],
    "unit": [_unit(1), _unit(2)],
    "functional": [
        *(_functional(number) for number in range(1, FUNCTIONAL_SHARDS + 1)),
        Check("ansible-core", _on_private_host("tests/ansible_core"), 0.7, 100),
    ],
    "faults": [Check("faults", _on_private_host("tests/faults"), 0.5, 60)],
    "lab": [Check("namespace hosts", _on_private_host("tests/lab"), 0.6, 90)],
    "guest": [
        Check("demo", _with_internet("tests/demo"), 0.9, 240),
        Check("small guest", _with_internet("tests/guest"), 0.4, 45),
    ],
    "molecule": [Check("molecule", _with_internet("tests/molecule"), CORES, 200)],
    "hosts": [Check("KVM hosts", ["tests/lab/kvm_hosts.sh", *os.environ.get("SCENARIO", "").split()], CORES, 2700)],
}


@dataclasses.dataclass
class Running:
    """A check at work, in a process group of its own."""

    check: Check
    log: t.IO[bytes] = dataclasses.field(default_factory=tempfile.TemporaryFile)
    started: float = dataclasses.field(default_factory=time.monotonic)
    seconds: float = 0.0
    busy: float = 0.0  # seconds of the processors' time
    status: int = 0

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.check.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},  # or the last line would be an old one
            start_new_session=True,
        )

    def ended(self) -> bool:
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if not pid:
            return False
        self.seconds, self.busy = time.monotonic() - self.started, usage.ru_utime + usage.ru_stime
        self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
        return True

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()

    def output(self) -> str:
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace").strip()

    def last_line(self) -> str:
        return self.output().rpartition("\n")[2][-100:]

    def progress(self) -> str:
        """The last line that says what is being done: of Ansible the task, not what became of it."""
        told = [line for line in self.output().splitlines() if line.strip() and not _RESULT.match(line)]
        return told[-1].rstrip(" *")[-100:] if told else ""

    def counts(self) -> Counter:
        """How many tests ``passed``, ``failed`` and were ``skipped``."""
        summary = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b", self.last_line())
        if "pytest" not in self.check.command or not summary:
            return Counter(["failed" if self.status else "passed"])
        as_what = {"passed": "passed", "skipped": "skipped", "xfailed": "skipped", "xpassed": "skipped"}
        counts: Counter = Counter()
        for number, outcome in summary:
            counts[as_what.get(outcome, "failed")] += int(number)
        return counts


def tree() -> str:
    """A digest of the tree, and so of the requirements that setup.sh installs, and of what APT would install."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found = hashlib.sha256(cache.archive(("shellcheck",)))
    for name in sorted(filter(None, listed.stdout.split(b"\0"))):
        path = os.path.join(os.fsencode(ROOT), name)
        found.update(name + b"\0")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found.update(f"{os.stat(path).st_mode:o}\0".encode() + file.read() + b"\0")
    return found.hexdigest()


class Passed:
    """What has passed on this tree."""

    def __init__(self) -> None:
        self._tree, self._folder = tree(), os.path.join(ROOT, ".cache/passed")

    def __contains__(self, check: Check) -> bool:
        try:
            with open(self._path(check), encoding="ascii") as file:
                return check.static and file.read() == self._of(check)
        except FileNotFoundError:
            return False

    def add(self, check: Check) -> None:
        if check.static and tree() == self._tree:  # nobody has touched it meanwhile
            os.makedirs(self._folder, exist_ok=True)
            with open(self._path(check), "w", encoding="ascii") as file:
                file.write(self._of(check))

    def _of(self, check: Check) -> str:
        return f"{self._tree} {' '.join(check.command)}"

    def _path(self, check: Check) -> str:
        return os.path.join(self._folder, check.name.replace(" ", "-"))


def run(checks: t.Sequence[Check], passed: Passed) -> list[Running]:
    """Run all checks, as many at a time as ``CORES`` allow; tell what happens."""
    waiting = sorted(checks, key=lambda check: -check.seconds)
    running: list[Running] = []
    done: list[Running] = []
    told = time.monotonic()
    try:
        while waiting or running:
            for check in list(waiting):
                if sum(one.check.cores for one in running) + check.cores <= CORES:
                    waiting.remove(check)
                    running.append(Running(check))
            time.sleep(0.05)
            for one in [one for one in running if one.ended()]:
                running.remove(one)
                done.append(one)
                _tell_end(one)
                if not one.status:
                    passed.add(one.check)
            if time.monotonic() - told > PROGRESS_EVERY:
                told = time.monotonic()
                for one in running:
                    print(f"  ...  {one.check.name:20} {told - one.started:6.1f} s  {one.progress()}", flush=True)
    finally:
        for one in running:
            one.kill()
    return done


def _tell_end(one: Running) -> None:
    if one.status:
        print(f"\n{'-' * 20} {one.check.name}: {' '.join(one.check.command)}\n{one.output()}\n{'-' * 20}\n")
    print(f"{'FAILED' if one.status else 'ok':6} {one.check.name:20} {one.seconds:6.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("groups", nargs="+", choices=GROUPS, metavar="GROUP", help=", ".join(GROUPS))
    groups = parser.parse_args().groups
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through run()'s finally

    started = time.monotonic()
    passed = Passed()
    checks = [check for group in groups for check in GROUPS[group]]
    before = [check for check in checks if check in passed]
    for check in before:
        print(f"ok     {check.name:20} has passed on this tree")
    done = run([check for check in checks if check not in before], passed)
    total: Counter = sum((one.counts() for one in done), Counter({"passed": len(before)}))

    print(f"\n{'check':20}  seconds  of a processor")
    for one in done:
        print(f"{one.check.name:20} {one.seconds:8.1f} {one.busy:13.1f}  {'FAILED' if one.status else 'ok'}")
    print(f"{'all':20} {time.monotonic() - started:8.1f} {sum(one.busy for one in done):13.1f}")
    print(f"{cache.report()}\n")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return int(any(one.status for one in done) or total["failed"] + total["skipped"] > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
