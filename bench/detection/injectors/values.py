"""Values that no working analyser shows: stuck, too even, zero, negative, over range, copied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.detection.injectors.editing import (
    Injected,
    Injector,
    altered,
    digits,
    place,
    shuffled,
    span,
    typical,
    usable,
    wavering,
    write,
    write_held,
)
from bench.detection.parameters import Draw
from bench.detection.truth import SCORE, Truth
from monitor.averages import Bools
from monitor.curves import OXYGEN, VELOCITY, Curves

_EVEN = frozenset({"constant-value", "low-variance", "step-change", "cross-channel", SCORE})
"""What is flat is all of these."""


def stuck_channel(curves: Curves, draw: Draw) -> Injected:
    """A pollutant's analyser is stuck, or the logger repeats a number (raw, or converted as well)."""
    code = shuffled(draw, curves.pollutants)[0]
    return _stuck(curves, draw, code, both=not draw.chance("raw"))


def stuck_velocity(curves: Curves, draw: Draw) -> Injected:
    """The flow meter is stuck."""
    return _stuck(curves, draw, VELOCITY, both=False)


def stuck_oxygen(curves: Curves, draw: Draw) -> Injected:
    """The oxygen analyser is stuck, and everything is converted with it."""
    return _stuck(curves, draw, OXYGEN, both=False)


def _stuck(curves: Curves, draw: Draw, code: str, *, both: bool) -> Injected:
    hours = draw.whole("hours")
    if curves[code] is None:
        return curves, []
    first = place(draw, usable(curves, code), hours)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    curve = curves.channels[code]
    since = first + int(np.argmax(curve.good[first:]))
    number, value = curve.held[since], curve.value[since]
    held = both and np.isfinite(number)
    made = write_held(curves, code, mask, number) if held else write(curves, code, mask, value)
    if held:  # the logger repeats the raw number, too
        again = write(curves, code, mask, value).channels[code]
        converted = made.channels[code].converted
        made = altered(made, {code: replace(again, converted=converted)})
    return made, [Truth("constant-value", code, first, first + hours - 1)]


def low_variance(curves: Curves, draw: Draw) -> Injected:
    """Half a month and longer the hour means hardly vary."""
    hours, cv = 24 * draw.whole("days"), draw("cv")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        first = place(draw, curve.good, hours, strict=True)
        if first is None:
            continue
        mask = span(curves, first, hours)
        level = typical(curve, mask)
        if level < 20 * 10.0 ** -digits(curve):  # its digits are too few to look even
            continue
        number = level * wavering(draw.rng, curves.hours, cv)
        return write_held(curves, code, mask, number), [
            Truth("low-variance", code, first, first + hours - 1)
        ]
    return curves, []


def zero_value(curves: Curves, draw: Draw) -> Injected:
    """A pollutant is zero while the plant works."""
    hours = draw.whole("hours")
    code = shuffled(draw, curves.pollutants)[0]
    first = place(draw, usable(curves, code), hours, strict=True)
    if first is None:
        return curves, []
    made = write(curves, code, span(curves, first, hours), 0.0)
    return made, [Truth("zero-value", code, first, first + hours - 1)]


def negative_value(curves: Curves, draw: Draw) -> Injected:
    """A pollutant or the velocity is negative while the plant works."""
    hours, share = draw.whole("hours"), draw("share")
    codes = [*curves.pollutants, *([VELOCITY] if curves[VELOCITY] else [])]
    code = shuffled(draw, codes)[0]
    first = place(draw, usable(curves, code), hours, strict=True)
    if first is None:
        return curves, []
    curve = curves.channels[code]
    size = share * float(np.nanmedian(curve.valid)) * draw.rng.uniform(0.5, 1, curves.hours)
    value = -np.maximum(size, 10.0 ** -digits(curve))
    made = write(curves, code, span(curves, first, hours), value)
    return made, [Truth("negative-value", code, first, first + hours - 1)]


def over_range(curves: Curves, draw: Draw) -> Injected:
    """A channel is above its analyser's range, unflagged."""
    hours, share = draw.whole("hours"), draw("share")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        first = place(draw, usable(curves, code), hours, strict=True)
        if curve.range_high is None or first is None:
            continue
        above = curve.range_high * (1 + share * draw.rng.uniform(0.1, 1, curves.hours))
        made = write(curves, code, span(curves, first, hours), above)
        return made, [Truth("over-range", code, first, first + hours - 1)]
    return curves, []


def repeated_day(curves: Curves, draw: Draw) -> Injected:
    """Past days are sent again, exactly or with a little noise: one pollutant, or all channels."""
    days = draw.whole("days")
    back, noise, whole = max(days, draw.whole("back")), max(0.0, draw("noise")), draw.chance("all")
    hours, shift = 24 * days, 24 * back
    for code in shuffled(draw, curves.pollutants):
        good = usable(curves, code)
        both = good & np.concatenate((np.zeros(shift, dtype=np.bool_), good[:-shift]))
        slot = place(draw, both, hours)
        if slot is None:
            continue
        first = slot - slot % 24  # civil days: the synthetic series begin at midnight
        source = curves.channels[code].value[first - shift : first - shift + hours]
        if not all(len(np.unique(day)) >= 8 for day in source.reshape(days, 24)):
            continue  # an even day repeats itself honestly
        mask = span(curves, first, hours)
        codes = list(curves.channels) if whole else [code]
        made = _copied(curves, draw, codes, mask, shift, noise)
        channel = "" if whole else code
        return made, [Truth("repeated-day", channel, first, first + hours - 1)]
    return curves, []


def _copied(
    curves: Curves, draw: Draw, codes: list[str], mask: Bools, shift: int, noise: float
) -> Curves:
    made = {}
    for code in codes:
        curve = curves.channels[code]
        factor = 1 + noise * draw.rng.uniform(-1, 1, curves.hours)
        where = mask & curve.good & np.roll(curve.good, shift)
        value = np.round(np.roll(curve.value, shift) * factor, digits(curve))
        converted = np.round(np.roll(curve.converted, shift) * factor, digits(curve))
        made[code] = replace(
            curve,
            value=np.where(where, value, curve.value),
            converted=np.where(where, converted, curve.converted),
            first=np.where(where, value, curve.first),
        )
    return altered(curves, made)


INJECTORS = (
    Injector(name="stuck-channel", rule="constant-value", make=stuck_channel, also=_EVEN),
    Injector(name="stuck-velocity", rule="constant-value", make=stuck_velocity, also=_EVEN),
    Injector(
        name="stuck-oxygen",
        rule="constant-value",
        make=stuck_oxygen,
        also=_EVEN | {"oxygen-decoupling"},
    ),
    Injector(
        name="low-variance",
        rule="low-variance",
        make=low_variance,
        also=_EVEN | {"near-detection-limit", "limit-hugging", "day-night"},
    ),
    Injector(
        name="zero-value",
        rule="zero-value",
        make=zero_value,
        also=_EVEN | {"near-detection-limit"},
    ),
    Injector(
        name="negative-value",
        rule="negative-value",
        make=negative_value,
        also=_EVEN | {"near-detection-limit"},
    ),
    Injector(
        name="over-range",
        rule="over-range",
        make=over_range,
        also=_EVEN | {"forecast-exceedance"},
    ),
    Injector(
        name="repeated-day",
        rule="repeated-day",
        make=repeated_day,
        also=frozenset({"cross-channel", "day-night", "constant-value", SCORE}),
    ),
)
