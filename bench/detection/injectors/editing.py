"""What injectors share: where a fault is put, and how curves are altered. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from bench.detection.emission import convert, diluted
from bench.detection.noise import covered, red
from bench.detection.parameters import Draw
from bench.detection.truth import LATENCY_OF_DAYS, Truth
from monitor.averages import VALID_FLAGS, Bools, Floats
from monitor.curves import FLOW, OXYGEN, WATER_FLOW, Curve, Curves

Injected = tuple[Curves, list[Truth]]

WARM_UP = 45 * 24
"""No fault begins in the hours before this: rules may have to learn an outlet first."""

_FLAGS = tuple(flag or "" for flag in VALID_FLAGS)


@dataclass(frozen=True, kw_only=True)
class Injector:
    """A fault: `make` returns other curves and what is true of them; none where it does not apply."""

    name: str
    rule: str
    """The rule that is meant to find it."""
    make: Callable[[Curves, Draw], Injected]
    also: frozenset[str] = frozenset()
    """Other rules that may well speak of it: what they say within its span is excused."""


def busy(curves: Curves) -> Bools:
    """The hours in which the outlet works, as its flow shows; declared stops are none."""
    curve = curves[FLOW] or curves[WATER_FLOW]
    assert curve is not None, "every synthetic outlet has a flow"
    works = np.isfinite(curve.value) & np.isin(curve.flag, _FLAGS) & ~curves.stopped
    full = np.quantile(curve.value[works], 0.9) if works.any() else np.inf
    found: Bools = works & (np.nan_to_num(curve.value) > 0.45 * full)
    return found


def usable(curves: Curves, code: str) -> Bools:
    """The hours in which a channel has a good number and the outlet works."""
    curve = curves[code]
    assert curve is not None, "only channels that there are"
    found: Bools = curve.good & busy(curves)
    return found


def place(draw: Draw, on: Bools, hours: int, *, strict: bool = False) -> int | None:
    """A first slot, itself one of work, from which on the outlet works nearly all the time.

    Unless `strict`, nearly as much as it ever does will do: a line that stands at night. None where
    there is no such slot.
    """
    until = len(on) - LATENCY_OF_DAYS - hours
    shares = np.convolve(on, np.ones(hours), "valid")[WARM_UP:until] / hours
    if not len(shares):
        return None
    least = 0.9 if strict else max(0.3, 0.9 * float(np.quantile(shares, 0.95)))
    chosen = np.flatnonzero((shares >= least) & on[WARM_UP:until])
    return WARM_UP + int(draw.rng.choice(chosen)) if len(chosen) else None


def span(curves: Curves, first: int, hours: int) -> Bools:
    """The hours of a span."""
    return covered(curves.hours, [(first, first + hours)])


def shuffled(draw: Draw, codes: Iterable[str]) -> list[str]:
    """Channels in an order of chance."""
    listed = sorted(codes)
    return [listed[place] for place in draw.rng.permutation(len(listed))]


def digits(curve: Curve) -> int:
    """The decimals that a channel is reported with."""
    known = curve.value[np.isfinite(curve.value)][:3000]
    return next((n for n in range(4) if np.array_equal(np.round(known, n), known)), 4)


def limit(curve: Curve) -> float:
    """The hour limit, or where there is none that of the day."""
    hour = float(curve.limit[0])
    return hour if np.isfinite(hour) else float(curve.day_limit[0])


def altered(curves: Curves, changed: dict[str, Curve]) -> Curves:
    """Curves of which some channels are others."""
    return replace(curves, channels={**curves.channels, **changed})


def write(curves: Curves, code: str, mask: Bools, value: Floats | float) -> Curves:
    """Other values of a channel where it has a number under a valid flag, as sent the first time.

    What is converted follows: of the channel, and of all pollutants where the channel is oxygen.
    """
    curve = curves[code]
    assert curve is not None, "only channels that there are"
    where = mask & np.isfinite(curve.value) & np.isin(curve.flag, _FLAGS)
    written = np.where(where, np.round(value, digits(curve)), curve.value)
    first = np.where(where, written, curve.first)
    made = altered(curves, {code: replace(curve, value=written, first=first)})
    touched = made.pollutants if code == OXYGEN else {code: made.channels[code]}
    changed = {each: _converted(made, known, where) for each, known in touched.items()}
    return altered(made, changed)


def _converted(curves: Curves, curve: Curve, where: Bools) -> Curve:
    oxygen, reference = curves[OXYGEN], curves.outlet.reference_oxygen
    if oxygen is None or reference is None or not curve.by_converted.any():
        return curve
    anew = np.round(convert(curve.value, oxygen.value, reference), digits(curve))
    return replace(curve, converted=np.where(where, anew, curve.converted))


def write_held(curves: Curves, code: str, mask: Bools, number: Floats | float) -> Curves:
    """The same for the number that limits hold against: converted where it is."""
    oxygen, reference = curves[OXYGEN], curves.outlet.reference_oxygen
    curve = curves[code]
    assert curve is not None, "only channels that there are"
    if oxygen is None or reference is None or not curve.by_converted.any():
        return write(curves, code, mask, number)
    whole = np.broadcast_to(np.asarray(number, dtype=np.float64), mask.shape)
    made = write(curves, code, mask, diluted(whole, oxygen.value, reference))
    # The logger rounds what it computed itself: without this, coarse digits would add noise.
    written = made.channels[code]
    where = mask & np.isfinite(curve.value) & np.isin(curve.flag, _FLAGS)
    exact = np.where(where, np.round(whole, digits(curve)), written.converted)
    return altered(made, {code: replace(written, converted=exact)})


def wavering(rng: Generator, hours: int, cv: float, tau: float = 5.0) -> Floats:
    """Factors about 1 with a small variation."""
    found: Floats = 1 + cv * np.clip(red(rng, hours, tau), -2.5, 2.5)
    return found


def before(curve: Curve, first: int, hours: int) -> Floats:
    """The numbers held against limits in the hours before a slot, those that there are."""
    number = curve.held[max(first - hours, 0) : first]
    return number[np.isfinite(number)]


def typical(curve: Curve, on: Bools) -> float:
    """The median of the number that is held against limits."""
    known = curve.held[on & np.isfinite(curve.held)]
    return float(np.median(known)) if len(known) else float("nan")
