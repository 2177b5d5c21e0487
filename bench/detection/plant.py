"""What a plant does hour by hour: its load, its stops, its gas or water. All is synthetic.

Arrays are shaped (hours,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.detection.industries import Gas, Industry, Rhythm, Stops
from bench.detection.noise import (
    YEAR,
    Bounds,
    covered,
    log_uniform,
    red,
    since,
    spans,
    uniform,
)
from monitor.averages import Bools, Floats
from monitor.curves import Counts

AIR_OXYGEN = 20.9
"""% of oxygen in air."""


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
    )


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


def _shut(rng: Generator, stops: Stops, calendar: Calendar) -> Bools:
    hours = calendar.hours
    shut = covered(hours, spans(rng, hours, uniform(rng, stops.per_year), stops.hours))
    if rng.random() < stops.season_share:
        first, last = np.array(stops.season) + rng.integers(-15, 16, 2)
        day = calendar.day_of_year
        shut |= ((day >= first) & (day < last)) | ((day + 365 >= first) & (day + 365 < last))
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


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The gas in the stack, as it is (no instrument yet)."""

    oxygen: Floats
    """%, 20.9 where it is air."""
    temperature: Floats
    """°C."""
    humidity: Floats
    """%."""
    velocity: Floats
    """m/s."""
    flow: Floats
    """m3/s, dry, standard state."""


def stack(rng: Generator, gas: Gas, plant: Plant, calendar: Calendar) -> Stack:
    """The gas that goes with how a plant goes; it cools slowly after a stop, and air comes in."""
    hours = calendar.hours
    ambient = 14 - uniform(rng, (10, 14)) * calendar.yearly(20) + 2.5 * red(rng, hours, 30)
    warm = _settling(plant, uniform(rng, (2, 6)), uniform(rng, (6, 24)))
    hot = uniform(rng, gas.temperature) * (0.88 + 0.15 * plant.load)
    hot = hot + uniform(rng, (0.5, 3)) * red(rng, hours, 8)
    temperature = ambient + (np.maximum(hot, ambient + 5) - ambient) * warm
    wet = uniform(rng, gas.humidity) * (0.85 + 0.2 * plant.load) + 0.4 * red(rng, hours, 12)
    humidity = 1.5 + (np.maximum(wet, 1.6) - 1.5) * _settling(plant, 2, uniform(rng, (3, 10)))
    velocity = _velocity(rng, uniform(rng, gas.velocity), plant)
    dry = 273 / (273 + temperature) * (1 - humidity / 100)
    area = log_uniform(rng, (1.5, 40))
    return Stack(
        oxygen=_oxygen(rng, gas, plant),
        temperature=temperature,
        humidity=humidity,
        velocity=velocity,
        flow=velocity * area * dry,
    )


def _settling(plant: Plant, rise: float, fall: float) -> Floats:
    """Goes to 1 within hours of a start and from 1 to 0 after a stop."""
    up = 1 - 0.7 * np.exp(-(plant.started + 1) / rise)
    down = np.exp(-np.minimum(plant.halted + 1, 1000) / fall)
    found: Floats = np.where(plant.running, up, down)
    return found


def _velocity(rng: Generator, full: float, plant: Plant) -> Floats:
    hours = len(plant.load)
    least = uniform(rng, (0.1, 0.4))
    noise = np.exp(uniform(rng, (0.01, 0.03)) * red(rng, hours, 5) + _white(rng, hours, 0.01))
    draught = uniform(rng, (0.0, 0.12)) if rng.random() < 0.5 else 0.0
    fan = uniform(rng, (0.1, 0.35)) * (plant.halted < rng.integers(0, 12))
    still = np.maximum(draught * noise**6, fan)
    found: Floats = full * np.where(
        plant.running, (least + (1 - least) * plant.load) * noise, still
    )
    return found


def _oxygen(rng: Generator, gas: Gas, plant: Plant) -> Floats:
    hours = len(plant.load)
    burning = uniform(rng, gas.oxygen) + uniform(rng, gas.slope) * (1 - plant.load)
    burning = burning + uniform(rng, (0.15, 0.6)) * red(rng, hours, uniform(rng, (3, 20)))
    burning = np.clip(burning + _white(rng, hours, 0.12), 2.0, 19.0)
    burnt = np.where(plant.running, 1.0, np.exp(-np.minimum(plant.halted + 1, 500) / 1.5))
    rise: Bounds = (1.5, 5)
    ramp = 1 - 0.85 * np.exp(-(plant.started + 1) / uniform(rng, rise))
    burnt = np.where(plant.starting, ramp, burnt)
    found: Floats = AIR_OXYGEN - (AIR_OXYGEN - burning) * burnt
    return found


def _white(rng: Generator, hours: int, sigma: float) -> Floats:
    found: Floats = sigma * rng.standard_normal(hours)
    return found


@dataclass(frozen=True, kw_only=True)
class Pipe:
    """The water at the outlet."""

    flow: Floats
    """L/s."""
    acidity: Floats
    """pH."""
    wet: Floats
    """How much of it is rain: 0 in dry weather."""


def pipe(rng: Generator, industry: Industry, plant: Plant, calendar: Calendar) -> Pipe:
    """The water that goes with how a works goes; rain reaches municipal works."""
    hours = calendar.hours
    rain = np.zeros(hours)
    if not industry.rhythm.batches:
        mask = covered(hours, spans(rng, hours, uniform(rng, (15, 50)), (4, 40)))
        decay = np.exp(-since(mask) / 10.0)
        rain = uniform(rng, (0.1, 0.5)) * decay * (since(mask) < 60)
    noise = np.exp(0.03 * red(rng, hours, 3) + _white(rng, hours, 0.02))
    flow = log_uniform(rng, industry.litres) * np.where(plant.running, plant.load, 0) * noise
    acidity = uniform(rng, industry.acidity) + uniform(rng, (0.03, 0.2)) * red(rng, hours, 60)
    acidity = acidity + uniform(rng, (0.0, 0.06)) * np.sin(
        2 * np.pi * (calendar.hour_of_day - 9) / 24
    )
    return Pipe(flow=flow * (1 + rain), acidity=acidity + _white(rng, hours, 0.02), wet=rain)
