# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timing engine: two things in turn, pair by pair, and what is said of the numbers. Pure but for calling them."""

from __future__ import annotations

import dataclasses
import math
import statistics
import typing as t

#: How often each of two things is done, unless a row says otherwise.
REPEAT = 5

#: A target that is missed by more than this fails the run: 15 %.
TOLERANCE = 0.15


@dataclasses.dataclass(frozen=True)
class Limit:
    """A target: ``value`` of the unit at most, or at least. The unit ``×`` is a ratio of two times."""

    what: str
    value: float
    unit: str = "×"
    at_least: bool = False

    def met(self, value: float, tolerance: float = 0.0) -> bool:
        if self.at_least:
            return value >= self.value * (1 - tolerance)
        return value <= self.value * (1 + tolerance)


@dataclasses.dataclass(frozen=True)
class Sample:
    """Measurements of one thing. ``unit`` is that of the values, such as ``s``."""

    values: tuple[float, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def public(self) -> dict[str, t.Any]:
        """As results.json has it."""
        return {
            "unit": self.unit,
            "min": min(self.values),
            "median": self.median,
            "max": max(self.values),
            "values": list(self.values),
        }


@dataclasses.dataclass(frozen=True)
class Figure:
    """What was measured for one limit. ``value`` is what the limit is about; ``extra`` what else is worth knowing."""

    value: float
    ours: Sample
    other: Sample | None = None
    extra: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, ours: Sample, **extra: t.Any) -> Figure:
        """Of an amount that has a limit of its own: the median counts."""
        return cls(ours.median, ours, extra=extra)


def alternate(
    ours: t.Callable[[], float], other: t.Callable[[], float], repeat: int = REPEAT, *, warm_up: bool = True
) -> tuple[Sample, Sample]:
    """Seconds of each, measured in turn; who goes first changes with each pair.

    :arg warm_up: do both once beforehand without counting it: nobody pays for cold caches.
    """
    if warm_up:
        ours(), other()
    seconds: dict[t.Callable[[], float], list[float]] = {ours: [], other: []}
    for number in range(repeat):
        for one in (ours, other) if number % 2 == 0 else (other, ours):
            seconds[one].append(one())
    return Sample(tuple(seconds[ours])), Sample(tuple(seconds[other]))


def ratio(ours: Sample, other: Sample, **extra: t.Any) -> Figure:
    """Ours by other's, pair by pair: what slows the machine down for a while slows down both of a pair."""
    ratios = [mine / its for mine, its in zip(ours.values, other.values, strict=True)]
    return Figure(statistics.median(ratios), ours, other, dict(extra, ratios=ratios))


def times_faster(ours: Sample, other: Sample, **extra: t.Any) -> Figure:
    """Other's by ours, pair by pair."""
    ratios = [its / mine for mine, its in zip(ours.values, other.values, strict=True)]
    return Figure(statistics.median(ratios), ours, other, dict(extra, ratios=ratios))


def exponent(costs: t.Mapping[int, float]) -> float:
    """The ``k`` of ``cost = c × n ** k`` that fits best: the slope of the line through the points on log axes."""
    xs, ys = [math.log(count) for count in costs], [math.log(cost) for cost in costs.values()]
    return statistics.linear_regression(xs, ys).slope
