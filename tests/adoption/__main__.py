# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure adoption with every definition of libvirt's own tests: ``make test-adoption``.

``python -m tests.adoption [--every N] [--only TEXT] [--kind NOUN]`` fetches them (definitions.sh) and runs itself on
private hosts (tests/private_host.sh), where each definition that libvirt takes goes through the steps of trial.py.
What is compared at the end, raw XML with raw XML, is in compare.py, with the short list of what may differ. It prints
a table of how many passed each step, and what is left grouped by its cause with the names of the files. Nothing of
libvirt's definitions is kept in this tree; docs/adoption.md has the figures.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import typing as t

ROOT = pathlib.Path(__file__).parents[2]
FETCHED = ROOT / ".cache/adoption"

#: Steps that a definition goes through, in order, and how the table calls them.
STEPS = {
    "taken": "taken by libvirt",
    "told": "have a spec",
    "planned": "spec plans nothing",
    "rebuilt": "made from spec",
    "equal": "equal to the old",
    "made": "made from xml",
    "unchanged": "found unchanged",
}


def measure_here(files: t.Sequence[pathlib.Path], results: t.IO[str]) -> None:
    """Write a line of JSON for each definition. On a private host."""
    from .trial import Trials

    for path in (FETCHED / "usr/bin", pathlib.Path("/usr/bin")):
        assert path.is_dir()
    options = f"lowerdir={FETCHED / 'usr/bin'}:/usr/bin"
    subprocess.run(["mount", "-t", "overlay", "-o", options, "overlay", "/usr/bin"], check=True)
    trials = Trials()
    for path in files:
        results.write(json.dumps(trials.of(path, str(path.relative_to(FETCHED / "tests")))) + "\n")
        results.flush()


def measure(files: t.Sequence[pathlib.Path], hosts: int) -> list[dict[str, t.Any]]:
    """The results of ``files``, on so many private hosts at a time."""

    def on_one(mine: t.Sequence[pathlib.Path]) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = []
        env = {**os.environ, "PYTHONPATH": f"{ROOT / '.cache/collections'}:{ROOT}"}
        while len(found) < len(mine):
            with tempfile.NamedTemporaryFile("r") as results, tempfile.NamedTemporaryFile("w") as names:
                names.write("\n".join(map(str, mine[len(found) :])))
                names.flush()
                program = [sys.executable, "-m", "tests.adoption", "--here", names.name, results.name]
                done = subprocess.run([ROOT / "tests/private_host.sh", *program], check=False, cwd=ROOT, env=env)
                found += [json.loads(line) for line in results]
            if done.returncode and len(found) < len(mine):
                file = str(mine[len(found)].relative_to(FETCHED / "tests"))
                found.append({"file": file, "kind": None, "passed": [], "causes": [], "warnings": [], "details": []})
                print(f"{file} ended the host", file=sys.stderr)
        return found

    with concurrent.futures.ThreadPoolExecutor(hosts) as pool:
        parts = pool.map(on_one, [files[first::hosts] for first in range(hosts)])
        return [one for part in parts for one in part]


def table(results: t.Sequence[dict[str, t.Any]]) -> str:
    """How many passed each step, by kind."""
    kinds = list(dict.fromkeys(one["kind"] for one in results if one["kind"]))
    lines = ["| | " + " | ".join(kind + "s" for kind in kinds) + " |", "|---|" + "---|" * len(kinds)]

    def row(name: str, passed: t.Callable[[dict[str, t.Any]], t.Any]) -> None:
        taken = {kind: [one for one in results if one["kind"] == kind and "taken" in one["passed"]] for kind in kinds}
        counts = [sum(bool(passed(one)) for one in taken[kind]) for kind in kinds]
        totals = [len(taken[kind]) for kind in kinds]
        pairs = zip(counts, totals, strict=True)
        shares = [f"{count} ({100 * count / total:.1f} %)" if total else "-" for count, total in pairs]
        lines.append(f"| {name} | " + " | ".join(shares) + " |")

    for step, name in STEPS.items():
        row(name, lambda one, step=step: step in one["passed"])
    row("all of these", lambda one: set(STEPS) <= set(one["passed"]))
    named = "did not keep it: "
    row("not kept, and named", lambda one: any(step == "made" and named in cause for step, cause in one["causes"]))
    row("with a warning", lambda one: one["warnings"])
    row("**all of these, or a warning**", lambda one: set(STEPS) <= set(one["passed"]) or one["warnings"])
    return "\n".join(lines)


def causes(results: t.Sequence[dict[str, t.Any]]) -> str:
    """What did not pass, by cause, the most frequent first."""
    found: dict[tuple[str, str, str], list[str]] = collections.defaultdict(list)
    for one in results:
        if "taken" in one["passed"]:
            for step, cause in one["causes"]:
                found[one["kind"], step, cause].append(one["file"])
    lines = []
    for (kind, step, cause), files in sorted(found.items(), key=lambda item: -len(item[1])):
        lines += [f"{len(files):4} {kind} not {STEPS.get(step, step)}: {cause}", "     " + " ".join(files[:12])]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make test-adoption")
    parser.add_argument("--every", type=int, default=1, help="only every Nth definition")
    parser.add_argument("--only", default="", help="only files with this in their path")
    parser.add_argument("--hosts", type=int, default=1, help="so many private hosts at a time")
    parser.add_argument("--json", type=pathlib.Path, help="write the results here as well")
    parser.add_argument("--again", type=pathlib.Path, help="only those that did not pass, of such results")
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        assert socket.gethostname() == "private-host"
        names, results = given.here
        with open(results, "w", encoding="utf-8") as file:
            measure_here([pathlib.Path(name) for name in pathlib.Path(names).read_text().splitlines()], file)
        return
    subprocess.run([pathlib.Path(__file__).with_name("definitions.sh"), FETCHED], check=True)
    every = sorted(path for path in (FETCHED / "tests").rglob("*.xml") if given.only in str(path))[:: given.every]
    if given.again:
        before = [json.loads(line) for line in given.again.read_text().splitlines()]
        left = {one["file"] for one in before if "taken" in one["passed"] and one["causes"]}
        every = [path for path in every if str(path.relative_to(FETCHED / "tests")) in left]
    started = time.monotonic()
    found = measure(every, given.hosts)
    if given.json:
        given.json.write_text("\n".join(map(json.dumps, found)))
    print(causes(found), table(found), sep="\n\n")
    print(f"\n{len(every)} files, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
