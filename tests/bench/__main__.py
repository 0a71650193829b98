# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the benchmark: ``python -m tests.bench [ROW...]``, all rows or those named; ``make bench`` sets up what it needs.

Each test bed gets a private host (tests/private_host.sh) of its own. Prints a table, writes results.json and plots, and
fails when a row could not be measured or misses a target by more than 15 %.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import typing as t

from . import report
from .host import Host, folder
from .measure import TOLERANCE
from .playbooks import ROOT
from .rows import ROWS, Row

OUTPUT = ROOT / "build/bench"


def measure_on_this_host(names: t.Sequence[str], results: t.IO[str]) -> None:
    """Set up the bed of the rows, which is one, and write each row's result as a line of JSON."""
    rows = [row for row in ROWS if row.name in names]
    with folder() as path:
        bed = rows[0].bed(Host(pathlib.Path(path)))
        for row in rows:
            started, load = time.monotonic(), os.getloadavg()[0]
            try:
                result = report.result(row, row.measure(bed))
            except Exception as exc:
                traceback.print_exc()
                result = report.failure(row, exc)
            result["measuring"] = {"seconds": time.monotonic() - started, "load": [load, os.getloadavg()[0]]}
            print(report.line(result), flush=True)
            results.write(json.dumps(result) + "\n")
            results.flush()


def measure(rows: t.Sequence[Row]) -> list[dict[str, t.Any]]:
    """The rows' results, those of a bed on one private host."""
    results = []
    for bed in dict.fromkeys(row.bed for row in rows):
        mine = [row for row in rows if row.bed is bed]
        print(f"{bed.__name__}: {', '.join(row.name for row in mine)} …", flush=True)
        internet = ["--internet"] if getattr(bed, "internet", False) else []
        with tempfile.NamedTemporaryFile("r") as file:
            program = [sys.executable, "-m", __spec__.name, "--on-this-host", file.name]
            subprocess.run(
                [ROOT / "tests/private_host.sh", *internet, *program, *(row.name for row in mine)],
                cwd=ROOT,
                check=False,
            )
            told = [json.loads(line) for line in file]
        results += told
        results += [report.failure(row, "its test bed could not be set up") for row in mine[len(told) :]]
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").partition("\n")[0])
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names))
    parser.add_argument("--on-this-host", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.rows) - set(names)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if options.on_this_host:
        with open(options.on_this_host, "a") as results:
            measure_on_this_host(options.rows, results)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes the private host along
    results = measure([row for row in ROWS if not options.rows or row.name in options.rows])
    report.write(results, OUTPUT)
    print(report.table(results))
    failed = [result["name"] for result in results if not report.passed(result)]
    if failed:
        print(f"Missed by more than {TOLERANCE:.0%}, or not measured: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
