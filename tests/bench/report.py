# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came out: a row's result as plain data, the table, results.json and the plots."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import platform
import subprocess
import typing as t

from .measure import TOLERANCE, Figure
from .rows import ROWS, Row

Result = dict[str, t.Any]


def result(row: Row, figures: t.Sequence[Figure]) -> Result:
    """A measured row: a figure for each of its limits."""
    return {
        **_said(row),
        "figures": [
            {
                "what": limit.what,
                "value": figure.value,
                "unit": limit.unit,
                "target": limit.value,
                "at_least": limit.at_least,
                "met": limit.met(figure.value),
                "met_within_tolerance": limit.met(figure.value, TOLERANCE),
                "ours": figure.ours.public(),
                "other": figure.other.public() if figure.other else None,
                **figure.extra,
            }
            for limit, figure in zip(row.limits, figures, strict=True)
        ],
    }


def failure(row: Row, why: object) -> Result:
    """A row that could not be measured."""
    return {**_said(row), "figures": [], "error": str(why)}


def _said(row: Row) -> Result:
    return {"name": row.name, "what": row.ours, "against": row.other}


def passed(one: Result) -> bool:
    """Measured, and every target met within the tolerance."""
    return "error" not in one and all(figure["met_within_tolerance"] for figure in one["figures"])


def line(one: Result) -> str:
    """A row's result for the eye: a line for each figure."""
    if "error" in one:
        return f"{one['name']:12} NOT MEASURED: {one['error'].strip().splitlines()[-1][:140]}"
    return "\n".join(_figure_line(one["name"], figure) for figure in one["figures"])


def _figure_line(name: str, figure: Result) -> str:
    return (
        f"{name:12} {figure['what']:24} {_amount(figure['ours']):28} {_amount(figure['other']):28} "
        f"{_value(figure):>6} {_target(figure):16} {_verdict(figure)}"
    )


def _value(figure: Result) -> str:
    return f"{figure['value']:.3g}" if figure["value"] < 100 else f"{figure['value']:.0f}"


def _target(figure: Result) -> str:
    return f"{'≥' if figure['at_least'] else '≤'} {figure['target']:g} {figure['unit']}"


def _verdict(figure: Result) -> str:
    return "met" if figure["met"] else "within 15 %" if figure["met_within_tolerance"] else "MISSED"


def _amount(sample: Result | None) -> str:
    if sample is None:
        return ""
    few = [f"{sample[which]:.4g}" for which in ("median", "min", "max")]
    return f"{few[0]} {sample['unit']} ({few[1]}–{few[2]})"


def table(results: t.Sequence[Result]) -> str:
    """All rows: ours and other as median (min–max), the value that the target is about, the target, the verdict."""
    head = f"{'row':12} {'what':24} {'ours':28} {'other':28} {'value':>6} {'target':16}"
    return "\n".join(["", head, "-" * (len(head) + 12), *(line(one) for one in results), ""])


def markdown(results: t.Sequence[Result]) -> str:
    """The same for docs/performance.md."""
    rows = ["| row | ours | against | value | target | |", "|---|---|---|---|---|---|"]
    for one in results:
        if "error" in one:
            rows.append(f"| `{one['name']}` | {one['what']} | {one['against']} | | | not measured |")
        for figure in one["figures"]:
            ours, other = (f"{_amount(sample)}" for sample in (figure["ours"], figure["other"]))
            against = f"{one['against']}: {other}" if other else ""
            rows.append(
                f"| `{one['name']}` {figure['what']} | {one['what']}: {ours} | {against} "
                f"| {_value(figure)} | {_target(figure)} | {_verdict(figure)} |"
            )
    return "\n".join(rows) + "\n"


def write(results: t.Sequence[Result], folder: pathlib.Path) -> None:
    """results.json, table.md and the plots. Rows that an earlier run has measured are kept where this one has not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    earlier = json.loads(path.read_text())["rows"] if path.exists() else []
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    by_name = {one["name"]: one for one in [*earlier, *({**one, "at": now} for one in results)]}
    rows = [by_name[row.name] for row in ROWS if row.name in by_name]
    path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")
    (folder / "table.md").write_text(markdown(rows))
    from . import plots  # matplotlib is imported where something is drawn

    plots.draw(rows, folder)


def machine() -> Result:
    """Where it was measured."""
    versions = {
        "ansible_core": ["ansible", "--version"],
        "libvirt": ["libvirtd", "--version"],
        "qemu": ["qemu-system-x86_64", "--version"],
        "python_of_hosts": ["/usr/bin/python3", "--version"],
    }
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    said = {
        name: subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
        for name, command in versions.items()
    }
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "processor": _processor(),
        "kernel": platform.release(),
        "load": os.getloadavg(),
        **said,
    }


def _processor() -> str:
    for text in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.machine()
