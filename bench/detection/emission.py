"""What a pollutant's analyser shows of a plant: its true course, then the instrument. Synthetic.

Arrays are shaped (hours,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.detection.industries import MANNERS, Manner, Pollutant
from bench.detection.noise import log_uniform, red, since, spans, uniform
from bench.detection.plant import Calendar, Plant
from monitor.averages import Bools, Floats

RANGES = (5, 10, 20, 50, 100, 150, 200, 300, 500, 1000, 2000, 3000, 5000)
"""Upper ends of measuring ranges that instruments are sold with."""

_SAFE = 3.2
"""A well-run plant keeps its limit so many standard deviations away."""
_WITHIN = 0.999
"""So much of the time the usual course is within the limit; upsets come on top."""
_LEAST_DENOMINATOR = 0.5
"""Loggers stop converting where oxygen is nearly that of air."""


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """An analyser."""

    digits: int
    range_high: float
    detection_limit: float
    known: tuple[bool, bool]
    """Whether the register has its range, and its detection limit."""


def instrument(rng: Generator, pollutant: Pollutant, limit: float) -> Instrument:
    """An analyser whose range goes with the limit and whose digits go with the reports' format."""
    wanted = limit * uniform(rng, (2.2, 6.0))
    return Instrument(
        digits=int(rng.choice(pollutant.digits)),
        range_high=float(next((each for each in RANGES if each >= wanted), RANGES[-1])),
        detection_limit=round(log_uniform(rng, pollutant.detection), 3),
        known=(bool(rng.random() < 0.85), bool(rng.random() < 0.7)),
    )


def convert(value: Floats, oxygen: Floats, reference: float) -> Floats:
    """At reference oxygen (折算), as a logger does it; HJ 75-2017."""
    found: Floats = value * (21 - reference) / np.maximum(21 - oxygen, _LEAST_DENOMINATOR)
    return found


def diluted(value: Floats, oxygen: Floats, reference: float) -> Floats:
    """What is measured of a concentration that is meant at reference oxygen."""
    found: Floats = value * (21 - oxygen) / (21 - reference)
    return found


def course(
    rng: Generator, pollutant: Pollutant, limit: float, plant: Plant, calendar: Calendar,
    common: Floats,
) -> Floats:  # fmt: skip
    """The true concentration while the plant runs, at reference oxygen where there is one.

    `common` is what the outlet's pollutants share: coal, waste, influent; unit variance.
    """
    hours = calendar.hours
    manner = _manner(rng)
    level = uniform(rng, manner.level)
    spread = min(uniform(rng, manner.spread), np.log(1 / level) / _SAFE)
    shared = uniform(rng, pollutant.common)
    own = red(rng, hours, log_uniform(rng, (3, 24)))
    quick = uniform(rng, (0.2, 0.6))
    wave = shared * common + np.sqrt(1 - shared**2) * own
    wave = np.sqrt(1 - quick**2) * wave + quick * rng.standard_normal(hours)
    load = np.log(plant.load / np.median(plant.load)) * uniform(rng, pollutant.follows)
    drift = spread * uniform(rng, (0.0, 0.6)) * calendar.yearly(uniform(rng, (0, 365)))
    made = limit * level * np.exp(spread * wave + load + drift)
    made = made * _regimes(rng, hours, -_SAFE * spread - np.log(level))
    if plant.running.any():  # who would exceed every week has done something about it
        made = made * min(1.0, limit / float(np.quantile(made[plant.running], _WITHIN)))
    made = made * _peaks(rng, hours, level)
    begun = np.exp(-plant.started / 4.0) * plant.starting
    found: Floats = made * (1 + (pollutant.starting - 1) * uniform(rng, (0.3, 1.5)) * begun)
    return found


def _manner(rng: Generator) -> Manner:
    chances = [each.chance for each in MANNERS]
    return MANNERS[int(rng.choice(len(MANNERS), p=chances))]


def _peaks(rng: Generator, hours: int, level: float) -> Floats:
    """Upsets of an hour or a few (a pump fails, filters are blown), rarely long; some exceed."""
    made = np.ones(hours)
    for first, end in spans(rng, hours, uniform(rng, (2, 20)), (1, 5)):
        made[first:end] = min(log_uniform(rng, (1.15, 3.0)), 1.8 / level)
    for first, end in spans(rng, hours, uniform(rng, (0.1, 1.2)), (10, 60)):
        rises = np.sin(np.pi * np.arange(1, end - first + 1) / (end - first + 1))
        height = min(log_uniform(rng, (1.3, 4.0)), 1.6 / level)
        made[first:end] = 1 + max(height - 1, 0) * rises
    return made


def _regimes(rng: Generator, hours: int, room: float) -> Floats:
    """Another coal, fresh catalyst, a new set point: the level changes within hours and stays so.

    `room` is how far the logarithm may rise before the limit would be in danger.
    """
    shift = np.zeros(hours)
    for first, end in spans(rng, hours, uniform(rng, (0.5, 5)), (1, 12)):
        step = 0.25 * rng.standard_normal()
        shift[first:end] += step * np.arange(1, end - first + 1) / (end - first)
        shift[end:] += step
    found: Floats = np.exp(np.minimum(shift, max(room, 0.0)))
    return found


def residue(rng: Generator, plant: Plant, made: Floats, least: float) -> Floats:
    """What is left in the duct after a stop, and what an analyser shows of clean air (zero drift)."""
    hours = len(made)
    offset = least * uniform(rng, (-0.8, 0.8)) + 0.3 * least * red(rng, hours, 200)
    zero = offset + least * uniform(rng, (0.02, 0.2)) * rng.standard_normal(hours)
    left = made * np.exp(-np.minimum(plant.halted + 1, 500) / 1.2)
    found: Floats = np.where(plant.running, made + zero, left + zero)
    return found


def measured(rng: Generator, true: Floats, tool: Instrument, running: Bools) -> Floats:
    """What the analyser reports: gain drifts until it is calibrated; no less than zero in operation."""
    hours = len(true)
    gain = 1 + uniform(rng, (0.002, 0.015)) * red(rng, hours, 300)
    shown = true * gain
    floor = np.where(running, 0.0, -np.inf)
    shown = np.minimum(np.maximum(shown, floor), tool.range_high)
    found: Floats = np.round(shown, tool.digits)
    return found


def held(rng: Generator, value: Floats) -> Floats:
    """Analysers of water take a sample every hour or two, and loggers repeat the last result."""
    hours = len(value)
    if rng.random() < 0.6:
        return value
    taken = np.zeros(hours, dtype=np.bool_)
    taken[int(rng.integers(0, 2)) :: 2] = True
    taken[0] = True
    found: Floats = value[np.arange(hours) - since(taken)]
    return found
