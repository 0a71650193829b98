# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timing engine: two things in turn, pair by pair, and what is said of the numbers. Pure but for calling them."""

from __future__ import annotations

import dataclasses
import math
import resource
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
    """Measurements of one thing. ``unit`` is that of the values, such as ``s``.

    ``cpu``: the processor's seconds of the processes that were started and waited for. A busy machine does not change
    them much; a daemon's are not in them.
    """

    values: tuple[float, ...]
    unit: str = "s"
    cpu: tuple[float, ...] = ()

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
            **({"cpu": list(self.cpu)} if self.cpu else {}),
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
    values: dict[t.Callable[[], float], list[float]] = {ours: [], other: []}
    cpu: dict[t.Callable[[], float], list[float]] = {ours: [], other: []}
    for number in range(repeat):
        for one in (ours, other) if number % 2 == 0 else (other, ours):
            before = _cpu_of_children()
            values[one].append(one())
            cpu[one].append(_cpu_of_children() - before)
    mine, its = (Sample(tuple(values[one]), cpu=tuple(cpu[one])) for one in (ours, other))
    return mine, its


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ratio(ours: Sample, other: Sample, **extra: t.Any) -> Figure:
    """Ours by other's, pair by pair: what slows the machine down for a while slows down both of a pair."""
    return Figure(statistics.median(_ratios(ours.values, other.values)), ours, other, {**_told(ours, other), **extra})


def times_faster(ours: Sample, other: Sample, **extra: t.Any) -> Figure:
    """Other's by ours, pair by pair."""
    return Figure(statistics.median(_ratios(other.values, ours.values)), ours, other, {**_told(ours, other), **extra})


def _told(ours: Sample, other: Sample) -> dict[str, t.Any]:
    told: dict[str, t.Any] = {"ratios": _ratios(ours.values, other.values)}
    if ours.cpu and all(other.cpu):
        told["cpu_ratio"] = statistics.median(_ratios(ours.cpu, other.cpu))
    return told


def _ratios(these: t.Sequence[float], those: t.Sequence[float]) -> list[float]:
    return [this / that for this, that in zip(these, those, strict=True)]


def exponent(costs: t.Mapping[int, float]) -> float:
    """The ``k`` of ``cost = c × n ** k`` that fits best: the slope of the line through the points on log axes."""
    xs, ys = [math.log(count) for count in costs], [math.log(cost) for cost in costs.values()]
    return statistics.linear_regression(xs, ys).slope
