# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the demo: the playbook until a run has nothing to change, at most twice; then say what there is now.

``--clean`` removes what the demo made.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import cache

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUMMARY = ROOT / ".cache/demo/summary.json"  # written by the playbook: guest, address, ssh
PLAYBOOK = ["ansible-playbook", "--inventory", "playbooks/inventory/demo"]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PLAY = re.compile(r"^PLAY \[(.*)\] \**$")
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class Playbook:
    """One run of the playbook, followed line by line."""

    def __init__(self, playbook: str, show: bool) -> None:
        self.steps: list[tuple[str, float]] = []  # a play's name and its seconds
        self.recap: dict[str, tuple[int, ...]] = {}  # host: changed, unreachable, failed
        self.lines: list[str] = []
        started = step_started = time.monotonic()
        play = ""
        command = [*PLAYBOOK, *_become(), playbook]
        more = {"KVM_FLEET_IMAGES": str(cache.directory("images"))}
        if show and sys.stdout.isatty():
            more["ANSIBLE_FORCE_COLOR"] = "true"
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **more}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                self.lines.append(line)
                if show:
                    print(line, end="", flush=True)
                line = COLOUR.sub("", line.rstrip())
                next_play = PLAY.match(line)
                if next_play or line.startswith("PLAY RECAP"):
                    if play:
                        self.steps.append((play, time.monotonic() - step_started))
                    play, step_started = next_play.group(1) if next_play else "", time.monotonic()
                host = RECAP.match(line)
                if host:
                    self.recap[host.group(1)] = tuple(int(number) for number in host.groups()[1:])
        self.ok = process.returncode == 0
        self.seconds = time.monotonic() - started

    def unchanged(self) -> bool:
        return self.ok and bool(self.recap) and not any(any(numbers) for numbers in self.recap.values())


def _become() -> list[str]:
    if os.geteuid() == 0:
        return []
    without_password = subprocess.run(["sudo", "--non-interactive", "true"], capture_output=True, check=False)
    return [] if without_password.returncode == 0 else ["--ask-become-pass"]


def demo() -> int:
    first = Playbook("playbooks/demo.yml", show=True)
    if not first.ok:
        return 1
    runs = {"first": first}
    if first.unchanged():  # an earlier demo's guest was there, as declared: that was the run that proves it
        runs = {"again": first}
    else:
        print("The same playbook again: now there must be nothing to change …", flush=True)
        runs["again"] = Playbook("playbooks/demo.yml", show=False)
    last = runs["again"]
    if not last.unchanged():
        print("".join(last.lines), "\nThe demo failed: its second run changed something, or did not succeed.", sep="")
        return 1

    print(f"\n{'step':60}", *(f"{run:>8}" for run in runs))
    steps = [dict(run.steps) for run in runs.values()]
    for name, _seconds in first.steps:
        print(f"{name:60}", *(f"{run.get(name, 0):7.1f}s" for run in steps))
    print(f"{'all':60}", *(f"{run.seconds:7.1f}s" for run in runs.values()), end="\n\n")
    for host, (changed, _unreachable, _failed) in last.recap.items():
        print(f"last run: {host}: changed={changed}")
    print()
    for name, value in json.loads(SUMMARY.read_text()).items():
        print(f"{name + ':':10} {value}")
    print("\nRemove it all with: make demo-clean")
    return 0


def clean() -> int:
    return 0 if Playbook("playbooks/demo_clean.yml", show=True).ok else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clean", action="store_true", help="remove what the demo made")
    sys.exit(clean() if parser.parse_args().clean else demo())
