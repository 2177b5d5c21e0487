"""What happens to honest data on its way: stops, calibrations, faults, gaps, late and corrected hours.

Flags are those of HJ 212-2017 table 8. Everything here alters `Report`s in place, before they are frozen
into curves. Arrays are shaped (hours,).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from bench.detection.noise import covered, log_uniform, spans, uniform
from bench.detection.plant import Calendar, Plant
from monitor.averages import Bools, Floats
from monitor.curves import Text


@dataclass(kw_only=True)
class Report:
    """A channel as it is reported."""

    value: Floats
    digits: int
    flag: Text
    limits: tuple[float, float] | None = None
    """Of a pollutant the hour limit and the day limit (NaN: none)."""
    range_high: float | None = None
    registered: tuple[float | None, float | None] = (None, None)
    """The range's end and the detection limit, as the register has them."""
    marked: Bools = field(init=False)
    first: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.marked = np.zeros(len(self.value), dtype=np.bool_)
        self.first = self.value

    def set(self, mask: Bools, flag: str, value: Floats | float | None = None) -> None:
        """Another flag and another value for some hours."""
        self.flag[mask] = flag
        if value is not None:
            chosen = value if isinstance(value, float) else value[mask]
            self.value[mask] = np.round(chosen, self.digits)


Reports = Mapping[str, Report]


def device(rng: Generator, reports: Reports, plant: Plant, calendar: Calendar) -> Bools:
    """What happens at the outlet; returns the hours that a mark declares out of use (停运)."""
    _over_range(reports, plant)
    _calibrations(rng, reports, calendar)
    _maintenance(rng, reports, calendar)
    _faults(rng, reports)
    stopped = _stops(rng, reports, plant)
    _start_marks(rng, reports, plant)
    return stopped


def _over_range(reports: Reports, plant: Plant) -> None:
    for each in reports.values():
        if each.range_high is not None:
            each.set((each.value >= each.range_high) & plant.running, "T")


def _calibrations(rng: Generator, reports: Reports, calendar: Calendar) -> None:
    """An hour a day, or a week, in which the analysers of pollutants look at zero and span."""
    way = rng.choice(("daily", "weekly", "never"), p=(0.45, 0.3, 0.25))
    if way == "never":
        return
    due = calendar.hour_of_day == int(rng.integers(0, 24))
    if way == "weekly":
        due &= calendar.weekday == int(rng.integers(0, 5))
    holds = rng.random() < 0.5
    for each in _pollutants(reports):
        if holds:
            each.set(due, "C", each.value[np.maximum(np.arange(len(due)) - 1, 0)])
        else:
            high = each.range_high or float(np.nanmax(each.value, initial=1.0))
            each.set(due, "C", high * (0.3 + 0.02 * rng.standard_normal(len(due))))


def _maintenance(rng: Generator, reports: Reports, calendar: Calendar) -> None:
    """Visits of an hour to three on workdays, flagged; at some outlets marked instead."""
    by_mark = rng.random() < 0.2
    visit = np.zeros(calendar.hours, dtype=np.bool_)
    opens = (calendar.hour_of_day >= 9) & (calendar.hour_of_day <= 15) & (calendar.weekday < 5)
    chance = np.full(calendar.hours, 1 / uniform(rng, (35, 75)))
    chance[_after_exceedance(reports)] += uniform(rng, (0.0, 0.15))  # somebody goes and looks
    begins = np.flatnonzero(opens & (rng.random(calendar.hours) < chance))
    for first in begins:
        visit[first : first + int(rng.integers(1, 4))] = True
    odd = np.exp(0.6 * rng.standard_normal(calendar.hours))
    for each in _pollutants(reports):
        value = np.abs(each.value) * odd
        each.set(visit, "N" if by_mark else "M", value)
        each.marked |= visit & by_mark


def _after_exceedance(reports: Reports) -> Bools:
    """Some hours after each hour whose reading is above the hour limit."""
    after = np.zeros(len(next(iter(reports.values())).value), dtype=np.bool_)
    for each in _pollutants(reports):
        above = each.value > (each.limits or (np.inf,))[0]
        for hours in (2, 3, 4, 5):
            after[hours:] |= above[:-hours]
    return after


def _faults(rng: Generator, reports: Reports) -> None:
    """Analysers that fail, lines that are cut, numbers set by hand while they are repaired."""
    hours = len(next(iter(reports.values())).value)
    for each in _pollutants(reports):
        for first, end in spans(rng, hours, uniform(rng, (0.5, 3)), (3, 60)):
            _fault(rng, each, covered(hours, [(first, end)]), each.value[first])
        for first, end in spans(rng, hours, 0.4, (2, 12)):
            typed = float(np.round(each.value[first], each.digits))
            each.set(covered(hours, [(first, end)]), "S", typed)
    cut = covered(hours, spans(rng, hours, 1.5, (1, 24)))
    for each in reports.values():
        each.set(cut, "B", float("nan"))


def _fault(rng: Generator, report: Report, mask: Bools, last: float) -> None:
    wild = np.abs(last) * np.exp(rng.standard_normal(len(mask)))
    values = (float(last), 0.0, float("nan"), wild)
    report.set(mask, "D", values[int(rng.integers(0, 4))])


def _stops(rng: Generator, reports: Reports, plant: Plant) -> Bools:
    """Stops, declared by the flag F, a mark, or both; some devices send no numbers then.

    Nights between shifts and waits between batches are flagged by some and by others not.
    """
    stands = plant.shut.copy()
    if rng.random() < 0.5:
        stands |= ~plant.running
    way = rng.choice(("flag", "mark", "both", "silent"), p=(0.5, 0.2, 0.2, 0.1))
    late = np.concatenate(([stands[0]], stands[:-1]))
    if rng.random() < 0.4:  # the hour in which it stops still counts as one of operation
        stands &= late
    for each in reports.values():
        if way != "mark":
            each.set(stands, "F", float("nan") if way == "silent" else None)
        each.marked |= stands & (way in ("mark", "both"))
    return stands & (way in ("mark", "both"))


def _start_marks(rng: Generator, reports: Reports, plant: Plant) -> None:
    """Starts are marked as a condition by most; a few forget some of them."""
    forgets = uniform(rng, (0.0, 0.3))
    kept = rng.random(len(plant.starting))[
        np.maximum(np.arange(len(plant.load)) - plant.started, 0)
    ]
    marked = plant.starting & (kept >= forgets)
    for each in _pollutants(reports):
        each.marked |= marked


def _pollutants(reports: Reports) -> Iterable[Report]:
    return (each for each in reports.values() if each.limits)


def transmission(rng: Generator, reports: Reports, converted: Mapping[str, Floats]) -> Bools:
    """Missing hours, outages and what is sent again later; returns the hours that came late."""
    hours = len(next(iter(reports.values())).value)
    lost = rng.random(hours) < log_uniform(rng, (0.0003, 0.003))
    late = rng.random(hours) < log_uniform(rng, (0.0002, 0.002))
    for first, end in spans(rng, hours, uniform(rng, (2, 10)), (2, 72)):
        kept = rng.random() < 0.6
        (late if kept else lost)[first:end] = True
    for code, each in reports.items():
        each.value[lost] = np.nan
        converted[code][lost] = np.nan
        each.flag[lost] = ""
    return late & ~lost


def corrections(rng: Generator, reports: Reports) -> None:
    """Hours that are sent again with a small correction, when minutes that were missing have come."""
    share = log_uniform(rng, (0.0003, 0.003))
    for each in reports.values():
        again = rng.random(len(each.value)) < share
        before = each.value * (1 + uniform(rng, (0.003, 0.03)) * rng.standard_normal(len(again)))
        each.first = np.where(again, np.round(before, each.digits), each.value)
