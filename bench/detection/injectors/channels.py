"""Channels that no longer go together, and slow changes that only a score may see."""

from __future__ import annotations

import numpy as np

from bench.detection.injectors.editing import (
    Injected,
    Injector,
    place,
    shuffled,
    span,
    usable,
    wavering,
    write,
)
from bench.detection.parameters import Draw
from bench.detection.truth import SCORE, Truth
from monitor.averages import Floats
from monitor.curves import OXYGEN, Curves

_EVEN = frozenset({"constant-value", "low-variance", "step-change", SCORE})
_SWINGS = 0.15
"""Coefficient of variation of what swings widely."""


def cross_flat(curves: Curves, draw: Draw) -> Injected:
    """A pollutant is flat while those that it went with swing (the Bao'an case)."""
    hours, cv = 24 * draw.whole("days"), draw("cv")
    found = _together(curves, draw, hours, least=0.25)
    if found is None:
        return curves, []
    code, first = found
    mask = span(curves, first, hours)
    level = float(np.nanmedian(curves.channels[code].valid[mask]))
    made = write(curves, code, mask, level * wavering(draw.rng, curves.hours, cv))
    return made, [Truth("cross-channel", code, first, first + hours - 1)]


def cross_independent(curves: Curves, draw: Draw) -> Injected:
    """A pollutant goes its own way: its own past, in blocks of some hours in another order."""
    hours = 24 * draw.whole("days")
    found = _together(curves, draw, hours, least=0.4)
    if found is None:
        return curves, []
    code, first = found
    past = curves.channels[code].valid[first - WITHIN : first]
    past = past[np.isfinite(past)]
    blocks = [past[at : at + _BLOCK] for at in draw.rng.integers(0, len(past) - _BLOCK, hours)]
    value = np.zeros(curves.hours)
    value[first : first + hours] = np.concatenate(blocks)[:hours]
    made = write(curves, code, span(curves, first, hours), value)
    return made, [Truth("cross-channel", code, first, first + hours - 1)]


WITHIN = 30 * 24
"""The hours before a fault over which channels are seen to go together."""
_BLOCK = 5


def _together(curves: Curves, draw: Draw, hours: int, *, least: float) -> tuple[str, int] | None:
    """A pollutant that swings with another one, which swings during the span as well."""
    codes = shuffled(draw, curves.pollutants)
    for code in codes:
        first = place(draw, usable(curves, code), hours, strict=True)
        if first is None:
            continue
        past = slice(first - WITHIN, first)
        own = curves.channels[code].valid
        for other in codes:
            theirs = curves.channels[other].valid
            swings = min(_cv(own[past]), _cv(theirs[first : first + hours])) >= _SWINGS
            if other != code and swings and _correlation(own[past], theirs[past]) >= least:
                return code, first
    return None


def _cv(value: Floats) -> float:
    known = value[np.isfinite(value)]
    return float(np.std(known) / np.mean(known)) if len(known) > 24 and np.mean(known) > 0 else 0.0


def _correlation(one: Floats, other: Floats) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < WITHIN // 3 or np.std(one[both]) == 0 or np.std(other[both]) == 0:
        return 0.0
    return float(np.corrcoef(one[both], other[both])[0, 1])


def drift(curves: Curves, draw: Draw) -> Injected:
    """A pollutant is read lower from day to day."""
    hours, left = 24 * draw.whole("days"), draw("left")
    return _scaled(curves, draw, hours, np.linspace(1, left, hours))


def level_shift(curves: Curves, draw: Draw) -> Injected:
    """A factor is changed: all is read lower (or, as seldom, higher) by about a third."""
    hours, shift = 24 * draw.whole("days"), draw("shift")
    sign = -1 if draw.rng.random() < 0.7 else 1
    return _scaled(curves, draw, hours, np.full(hours, 1 + sign * shift))


def slow_sinus(curves: Curves, draw: Draw) -> Injected:
    """A slow wave is laid over a pollutant: invented data often has one."""
    hours = 24 * draw.whole("days")
    phase = 2 * np.pi * np.arange(hours) / draw("period")
    return _scaled(curves, draw, hours, 1 + draw("amplitude") * np.sin(phase))


def _scaled(curves: Curves, draw: Draw, hours: int, factors: Floats) -> Injected:
    code = shuffled(draw, curves.pollutants)[0]
    first = place(draw, usable(curves, code), hours)
    if first is None:
        return curves, []
    whole = np.ones(curves.hours)
    whole[first : first + hours] = factors
    made = write(curves, code, span(curves, first, hours), curves.channels[code].value * whole)
    return made, [Truth(SCORE, code, first, first + hours - 1)]


def collapse(curves: Curves, draw: Draw) -> Injected:
    """A channel beside the pollutants, or one of them, moves much less than it did."""
    hours, left = 24 * draw.whole("days"), draw("left")
    code = shuffled(draw, curves.channels)[0]
    first = place(draw, usable(curves, code), hours, strict=True)
    if first is None:
        return curves, []
    mask = span(curves, first, hours) & usable(curves, code)
    value = curves.channels[code].value
    middle = float(np.median(value[mask]))
    made = write(curves, code, mask, middle + left * (value - middle))
    return made, [Truth(SCORE, code, first, first + hours - 1)]


def oxygen_lowered(curves: Curves, draw: Draw) -> Injected:
    """Oxygen is read some points too low, which lowers all that is converted."""
    hours, points = 24 * draw.whole("days"), draw("points")
    oxygen = curves[OXYGEN]
    if oxygen is None:
        return curves, []
    first = place(draw, usable(curves, OXYGEN), hours, strict=True)
    if first is None:
        return curves, []
    lowered = np.maximum(oxygen.value - points, 1.0)
    made = write(curves, OXYGEN, span(curves, first, hours), lowered)
    return made, [Truth(SCORE, OXYGEN, first, first + hours - 1)]


_LOWER = frozenset({"cross-channel", "near-detection-limit", "step-change", "day-night"}) | {
    "constant-value"  # the digits stay as they are: lower values repeat more often
}

INJECTORS = (
    Injector(name="cross-flat", rule="cross-channel", make=cross_flat, also=_EVEN),
    Injector(name="cross-independent", rule="cross-channel", make=cross_independent,
             also=frozenset({"step-change", "day-night", SCORE})),
    Injector(name="drift", rule=SCORE, make=drift, also=_LOWER),
    Injector(name="level-shift", rule=SCORE, make=level_shift,
             also=_LOWER | {"limit-hugging", "forecast-exceedance"}),
    Injector(name="slow-sinus", rule=SCORE, make=slow_sinus,
             also=_LOWER | {"limit-hugging", "forecast-exceedance"}),
    Injector(name="collapse", rule=SCORE, make=collapse, also=_EVEN | {"cross-channel"}),
    Injector(name="oxygen-lowered", rule=SCORE, make=oxygen_lowered,
             also=_LOWER | {"oxygen-decoupling"}),
)  # fmt: skip
