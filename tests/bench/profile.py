# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the time of a no-op goes: ``python -m tests.bench.profile [--guests 100] [--functions 40]``.

Two tables, of the whole playbook and of the module's process, as medians. With ``--functions`` also Python's own
profile of the module, the costliest functions first.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import pstats
import statistics
import subprocess
import sys
import time
import typing as t

from . import payload
from .host import Host, folder
from .playbooks import ROOT, Playbook

HERE = pathlib.Path(__file__).parent
INSIDE = HERE / "phases/inside.py"
REPEAT = 5

Phases = dict[str, float]


def of_the_playbook(playbook: Playbook, host: Host) -> Phases:
    """Seconds by phase, on the controller."""
    told = host.folder / "phases.json"
    started = time.monotonic()
    playbook.run(
        ANSIBLE_CALLBACK_PLUGINS=str(payload.CALLBACKS),
        ANSIBLE_CALLBACKS_ENABLED="bench_phases",
        BENCH_PHASES=str(told),
    )
    seconds = time.monotonic() - started
    phases = json.loads(told.read_text())
    return {"Ansible: start, inventory, play, templates": seconds - sum(phases.values()), **phases}


def of_the_module(sent: payload.Payload, host: Host, *functions: str) -> Phases:
    """Seconds by phase, in the module's process."""
    told = host.folder / "phases.json"
    run = payload.run_python([str(INSIDE), str(sent.path), str(told), *functions])
    phases = json.loads(told.read_text())
    return {"interpreter: start and end": run.seconds - sum(phases.values()), **phases}


def medians(runs: t.Sequence[Phases]) -> Phases:
    """Of each phase, in the order in which they came."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: statistics.median(run.get(name, 0.0) for run in runs) for name in names}


def table(title: str, columns: t.Mapping[str, Phases]) -> str:
    """Milliseconds by phase."""
    names = dict.fromkeys(name for phases in columns.values() for name in phases)
    rows = [(name, [phases.get(name, 0.0) * 1000 for phases in columns.values()]) for name in names]
    rows.append(("all", [sum(phases.values()) * 1000 for phases in columns.values()]))
    head = f"{title:44}" + "".join(f"{column:>12}" for column in columns)
    return "\n".join([head, *(f"{name:44}" + "".join(f"{cell:12.0f}" for cell in cells) for name, cells in rows)])


def profile(guests: int, running: int, functions: int) -> None:
    """On this host."""
    with folder() as path:
        host = Host(pathlib.Path(path))
        _document, noop = host.guests(guests, running)
        runs = {"ping": host.ping(), "no-op": noop}
        whole: dict[str, list[Phases]] = {name: [] for name in runs}
        for _number in range(REPEAT):
            for name, playbook in runs.items():
                whole[name].append(of_the_playbook(playbook, host))
        sent = host.payload(noop)
        inside = [of_the_module(sent, host) for _number in range(REPEAT)]
        print(f"{guests} domains, {running} of them running; milliseconds; load {os.getloadavg()[0]:.1f}\n")
        print(table("the playbook", {name: medians(phases) for name, phases in whole.items()}), end="\n\n")
        print(table("in the module's process", {"no-op": medians(inside)}))
        if functions:
            stats = host.folder / "functions.prof"
            of_the_module(sent, host, str(stats))
            pstats.Stats(str(stats)).strip_dirs().sort_stats("tottime").print_stats(functions)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--guests", type=int, default=100, metavar="N")
    parser.add_argument("--running", type=int, default=20, metavar="N", help="how many of them run (20)")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="show the N costliest functions")
    parser.add_argument("--on-this-host", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.on_this_host:
        profile(options.guests, options.running, options.functions)
        return 0
    program = [sys.executable, "-m", __spec__.name, *sys.argv[1:], "--on-this-host"]
    return subprocess.run([ROOT / "tests/private_host.sh", *program], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
