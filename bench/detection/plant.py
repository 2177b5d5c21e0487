"""How a plant goes hour by hour: its load, its starts and stops. All is synthetic.

Arrays are shaped (hours,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.detection.industries import Industry, Rhythm, Stops
from bench.detection.noise import (
    YEAR,
    covered,
    log_uniform,
    red,
    since,
    spans,
    uniform,
)
from monitor.averages import Bools, Floats
from monitor.curves import Counts


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The civil time of the slots."""

    hour_of_day: Counts
    weekday: Counts
    """0 is Monday."""
    day_of_year: Counts

    @property
    def hours(self) -> int:
        """How many slots there are."""
        return len(self.weekday)

    def yearly(self, peak_day: float) -> Floats:
        """A cosine that is 1 on a day of the year."""
        found: Floats = np.cos(2 * np.pi * (self.day_of_year - peak_day) * 24 / YEAR)
        return found


@dataclass(frozen=True, kw_only=True)
class Plant:
    """How the plant goes."""

    running: Bools
    load: Floats
    """Share of full load; what it was last where it stands."""
    started: Counts
    """Hours since the last start, where it runs."""
    halted: Counts
    """Hours since the last stop, where it stands."""
    starting: Bools
    """The hours of a start."""
    shut: Bools
    """Stands that are declared: neither nights between shifts nor waits between batches."""
    fire: Floats
    """1 in full fire, less where it is banked (压火)."""


def run(rng: Generator, industry: Industry, calendar: Calendar) -> Plant:
    """How a plant of an industry goes over a calendar."""
    rhythm, stops, hours = industry.rhythm, industry.stops, calendar.hours
    load = _load(rng, rhythm, calendar)
    shut = _shut(rng, stops, calendar)
    idle = np.zeros(hours, dtype=np.bool_)
    if rhythm.shifts:
        idle = _between_shifts(rng, calendar)
    if rhythm.batches:
        idle, levels = _between_batches(rng, hours)
        load = load * levels
    running = ~shut & ~idle
    begins = running & ~np.concatenate(([running[0]], running[:-1]))
    ends = ~running & np.concatenate(([False], running[:-1]))
    started, halted = since(begins), since(ends)
    length = round(uniform(rng, stops.start_hours))
    starting = running & (started < length) & ~_only_paused(shut, begins, started)
    load = np.where(starting, load * (0.4 + 0.6 * (started + 1) / (length + 1)), load)
    return Plant(
        running=running,
        load=load,
        started=started,
        halted=halted,
        starting=starting,
        shut=shut,
        fire=_fire(rng, rhythm, calendar),
    )


def _fire(rng: Generator, rhythm: Rhythm, calendar: Calendar) -> Floats:
    """In some nights some plants keep no more than embers, with much air."""
    fire = np.ones(calendar.hours)
    if rng.random() >= rhythm.banked:
        return fire
    day = np.cumsum(calendar.hour_of_day == 12)  # a night lies within one of these
    nights = rng.random(day[-1] + 1) < uniform(rng, (0.1, 0.7))
    late = (calendar.hour_of_day >= 22) | (calendar.hour_of_day < 5)
    found: Floats = np.where(late & nights[day], uniform(rng, (0.1, 0.35)), fire)
    return found


def _only_paused(shut: Bools, begins: Bools, started: Counts) -> Bools:
    """Whether the last start was one after a night or between batches, which is no start-up."""
    before = np.concatenate(([False], shut[:-1]))
    slots = np.arange(len(shut)) - started
    known = slots >= 0
    after_shut = before[np.clip(slots, 0, None)] & begins[np.clip(slots, 0, None)]
    found: Bools = known & ~after_shut
    return found


def _load(rng: Generator, rhythm: Rhythm, calendar: Calendar) -> Floats:
    hour, hours = calendar.hour_of_day, calendar.hours
    day = np.sin(2 * np.pi * (hour - uniform(rng, (5, 10))) / 24)
    second = np.sin(4 * np.pi * (hour - uniform(rng, (0, 6))) / 24)
    load = uniform(rng, rhythm.mean) + uniform(rng, rhythm.day) * (day + 0.4 * second)
    load = load - uniform(rng, rhythm.week) * (calendar.weekday >= 5)
    load = load + uniform(rng, rhythm.season) * calendar.yearly(uniform(rng, (0, 365)))
    load = load + uniform(rng, rhythm.wander) * red(rng, hours, uniform(rng, rhythm.tau))
    if rng.random() < 0.3:
        load = _dispatched(rng, load)
    found: Floats = np.clip(load, 0.35, 1.05)
    return found


def _dispatched(rng: Generator, load: Floats) -> Floats:
    """Held at a set load for some hours at a time, with little movement about it."""
    hours = len(load)
    changes = np.concatenate(([True], rng.random(hours - 1) < 1 / uniform(rng, (4, 12))))
    held = np.arange(hours) - since(changes)
    found: Floats = load[held] + 0.006 * red(rng, hours, 2)
    return found


_FESTIVAL = (20, 28), (34, 50)
"""About which days of a year the works close for the Spring Festival, and open again."""


def _shut(rng: Generator, stops: Stops, calendar: Calendar) -> Bools:
    hours = calendar.hours
    shut = covered(hours, spans(rng, hours, uniform(rng, stops.per_year), stops.hours))
    if rng.random() < stops.season_share:
        first, last = np.array(stops.season) + rng.integers(-15, 16, 2)
        day = calendar.day_of_year
        shut |= ((day >= first) & (day < last)) | ((day + 365 >= first) & (day + 365 < last))
    if rng.random() < stops.festival:
        closes, opens = (rng.integers(*days) for days in _FESTIVAL)
        shut |= (calendar.day_of_year >= closes) & (calendar.day_of_year < opens)
    return shut


def _between_shifts(rng: Generator, calendar: Calendar) -> Bools:
    """Nights, and weekends that are not worked."""
    begin, end = rng.integers(6, 9), rng.integers(17, 24)
    hour = calendar.hour_of_day
    by_day = (hour >= begin) & (hour < end)
    free = calendar.weekday >= (5 if rng.random() < 0.6 else 6)
    week = np.cumsum((calendar.weekday == 0) & (hour == 0))
    works = rng.random(week[-1] + 1) < uniform(rng, (0.0, 0.4))
    found: Bools = ~by_day | (free & ~works[week])
    return found


def _between_batches(rng: Generator, hours: int) -> tuple[Bools, Floats]:
    """The waits, and a level for every batch (what is pumped differs from one to the next)."""
    idle = np.zeros(hours, dtype=np.bool_)
    levels = np.ones(hours)
    pump, wait = (6.0, uniform(rng, (16, 60))), (2.0, uniform(rng, (6, 30)))
    at = 0
    while at < hours:
        until = at + round(log_uniform(rng, pump))
        levels[at:until] = np.exp(0.2 * rng.standard_normal())
        at = until + round(log_uniform(rng, wait))
        idle[until:at] = True
    return idle, levels
