# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plots: every row against its peer with its target, and what a no-op costs over the number of domains."""

from __future__ import annotations

import pathlib
import typing as t

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "kvm.fleet", "svg.fonttype": "none", "font.size": 9})

from matplotlib import pyplot  # noqa: E402  # after the backend was chosen

OURS, OTHER, TARGET = "#2a7f62", "#9aa5b1", "#c2410c"


def draw(results: t.Sequence[dict[str, t.Any]], folder: pathlib.Path) -> None:
    """``bars.svg`` and ``growth.svg``, of the rows that there are."""
    timed = [(one, figure) for one in results for figure in one["figures"] if figure["other"] and figure["unit"] == "×"]
    if timed:
        _bars(timed, folder / "bars.svg")
    growth = [figure for one in results if one["name"] == "growth" for figure in one["figures"]]
    if growth:
        _growth(growth[0], folder / "growth.svg")


def _bars(timed: t.Sequence[tuple[dict[str, t.Any], dict[str, t.Any]]], path: pathlib.Path) -> None:
    """Seconds of both on a log axis; the mark is where ours would just meet the target."""
    figure, axes = pyplot.subplots(figsize=(8, 0.75 * len(timed) + 1.2))
    for place, (_row, one) in enumerate(timed):
        for offset, (colour, sample) in ((-0.2, (OURS, one["ours"])), (0.2, (OTHER, one["other"]))):
            axes.barh(
                place + offset,
                sample["median"],
                0.36,
                color=colour,
                xerr=[[sample["median"] - sample["min"]], [sample["max"] - sample["median"]]],
                error_kw={"elinewidth": 0.8, "capsize": 2},
            )
        factor = 1 / one["target"] if one["at_least"] else one["target"]
        mark = one["other"]["median"] * factor
        axes.plot([mark, mark], [place - 0.4, place], color=TARGET, linewidth=2)
        axes.annotate(f" {one['value']:.2f} ×", (one["ours"]["max"], place - 0.2), va="center")
    axes.set_yticks(range(len(timed)), [f"{row['name']}\nagainst {_short(row['against'])}" for row, _one in timed])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("seconds, median with smallest and largest")
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in (OURS, OTHER, TARGET)]
    axes.legend(handles, ["kvm.fleet", "other", "target for kvm.fleet"], loc="best", frameon=False)
    _save(figure, axes, path)


def _growth(growth: dict[str, t.Any], path: pathlib.Path) -> None:
    figure, axes = pyplot.subplots(figsize=(6, 4))
    points = {int(count): sample for count, sample in growth["seconds"].items()}
    medians = [sample["median"] for sample in points.values()]
    axes.plot(list(points), medians, "o-", color=OURS, label="the module, from its start to its end")
    beyond = list(growth["seconds_beyond"].values())
    axes.plot(list(points), beyond, "o--", color=OURS, label=f"without its start: n^{growth['value']:.2f}")
    first = next(iter(points))
    axes.plot(list(points), [beyond[0] * count / first for count in points], ":", color=TARGET, label="linear")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("domains, with a volume each")
    axes.set_ylabel("seconds when nothing is to do")
    axes.legend(frameon=False)
    _save(figure, axes, path)


def _short(text: str) -> str:
    return text if len(text) < 32 else text[:30] + "…"


def _save(figure: t.Any, axes: t.Any, path: pathlib.Path) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
