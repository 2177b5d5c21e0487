"""The gas in the stack and the water in the pipe that go with how a plant goes. All is synthetic.

Arrays are shaped (hours,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.detection.industries import Gas, Industry
from bench.detection.noise import Bounds, covered, log_uniform, red, since, spans, uniform
from bench.detection.plant import Calendar, Plant
from monitor.averages import Floats

AIR_OXYGEN = 20.9
"""% of oxygen in air."""


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
    warm = warm * (0.6 + 0.4 * plant.fire)
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
        plant.running, (least + (1 - least) * plant.load * plant.fire) * noise, still
    )
    return found


def _oxygen(rng: Generator, gas: Gas, plant: Plant) -> Floats:
    hours = len(plant.load)
    burning = uniform(rng, gas.oxygen) + uniform(rng, gas.slope) * (1 - plant.load)
    burning = burning + uniform(rng, (0.15, 0.6)) * red(rng, hours, uniform(rng, (3, 20)))
    burning = np.clip(burning + _white(rng, hours, 0.12), 2.0, 19.0)
    burnt = np.where(plant.running, plant.fire, np.exp(-np.minimum(plant.halted + 1, 500) / 1.5))
    rise: Bounds = (1.5, 5)
    ramp = 1 - 0.85 * np.exp(-(plant.started + 1) / uniform(rng, rise))
    burnt = np.where(plant.starting, ramp * plant.fire, burnt)
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
