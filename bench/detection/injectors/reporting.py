"""Data that is excused, missing, late or changed: flags and marks over exceedances, gaps, rewriting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.detection.injectors.editing import (
    WARM_UP,
    Injected,
    Injector,
    altered,
    busy,
    digits,
    place,
    shuffled,
    span,
    usable,
    write_held,
)
from bench.detection.noise import covered
from bench.detection.parameters import Draw
from bench.detection.truth import LATENCY_OF_DAYS, SCORE, Truth
from monitor.averages import Bools
from monitor.curves import Curve, Curves

_UP = frozenset({"limit-hugging", "forecast-exceedance", "cross-channel", "step-change", SCORE})
Spans = list[tuple[int, int]]


def calibration_after_exceedance(curves: Curves, draw: Draw) -> Injected:
    """Calibration or maintenance is flagged whenever the limit is exceeded, in that hour or the next."""
    found = _exceeding(curves, draw)
    if found is None:
        return curves, []
    made, code, peaks = found
    curve = made.channels[code]
    late = int(draw.rng.integers(0, 2))
    mask = covered(made.hours, [(first + late, end) for first, end in peaks])
    flag = curve.flag.copy()
    flag[mask & curve.came] = "C" if draw.rng.random() < 0.6 else "M"
    flagged = altered(made, {code: replace(curve, flag=flag)})
    first, last = peaks[0][0], peaks[-1][1] - 1
    return flagged, [Truth("calibration-after-exceedance", code, first, last)]


def marks_cover_exceedances(curves: Curves, draw: Draw) -> Injected:
    """Every exceedance lies under a mark that is as long as it."""
    found = _exceeding(curves, draw)
    if found is None:
        return curves, []
    made, code, peaks = found
    curve = made.channels[code]
    marked = replace(curve, marked=curve.marked | covered(made.hours, peaks))
    first, last = peaks[0][0], peaks[-1][1] - 1
    return altered(made, {code: marked}), [Truth("marks-cover-exceedances", code, first, last)]


def _exceeding(curves: Curves, draw: Draw) -> tuple[Curves, str, Spans] | None:
    """Exceedances of an hour limit, now and then over some weeks."""
    count, every, above = draw.whole("count"), draw.whole("every"), draw("above")
    room = curves.hours - WARM_UP - LATENCY_OF_DAYS
    count = min(count, room // (every + 8))
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        first = place(draw, usable(curves, code), max(count, 1) * every)
        if first is None or count < 3 or not np.isfinite(curve.limit[0]):
            continue
        peaks = _peaks(curves, draw, code, [first + number * every for number in range(count)])
        if len(peaks) < 3:
            continue
        height = 1 + (above - 1) * draw.rng.uniform(0.5, 1.3, curves.hours)
        number = float(curve.limit[0]) * height + 10.0 ** -digits(curve)
        return write_held(curves, code, covered(curves.hours, peaks), number), code, peaks
    return None


def _peaks(curves: Curves, draw: Draw, code: str, around: list[int]) -> Spans:
    """Near each slot a few hours in a row in which the channel has good numbers."""
    good = usable(curves, code)
    found: Spans = []
    for slot in around:
        hours = draw.whole("peak_hours")
        begin = slot + int(draw.rng.integers(0, 12))
        run = np.convolve(good[begin : begin + 12 + hours], np.ones(hours), "valid") == hours
        free = not found or begin > found[-1][1] + 2
        if run.any() and free:
            first = begin + int(np.argmax(run))
            found.append((first, first + hours))
    return found


def forecast_exceedance(curves: Curves, draw: Draw) -> Injected:
    """From some hour on a day is so high that its mean exceeds the limit of the day."""
    begins, above = round(draw("from")), draw("above")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        if not np.isfinite(curve.day_limit[0]):
            continue
        good = usable(curves, code)
        days = [day for day in curves.days if day[0] >= WARM_UP and good[slice(*day)].sum() >= 22]
        for place_ in draw.rng.permutation(len(days))[:5]:
            first, end = days[place_]
            mask = covered(curves.hours, [(first + begins, end)]) & good
            wanted = above * float(curve.day_limit[0]) * good[first:end].sum()
            earlier = float(
                np.sum(curve.held[first : first + begins][good[first : first + begins]])
            )
            factor = (wanted - earlier) / float(np.sum(curve.held[mask]))
            if 1 < factor < 20:
                made = write_held(curves, code, mask, np.where(mask, curve.held, 0) * factor)
                return made, [Truth("forecast-exceedance", code, first, end - 1)]
    return curves, []


def gap(curves: Curves, draw: Draw) -> Injected:
    """Nothing comes of an outlet that works."""
    return _missing(curves, draw, sorted(curves.channels), "")


def gap_channel(curves: Curves, draw: Draw) -> Injected:
    """Nothing comes of one pollutant, while the others are sent."""
    code = shuffled(draw, curves.pollutants)[0]
    return _missing(curves, draw, [code], code)


def _missing(curves: Curves, draw: Draw, codes: list[str], channel: str) -> Injected:
    hours = draw.whole("hours")
    first = place(draw, busy(curves), hours)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    emptied = {code: _emptied(curves.channels[code], mask) for code in codes}
    return altered(curves, emptied), [Truth("missing-data", channel, first, first + hours - 1)]


def _emptied(curve: Curve, mask: Bools) -> Curve:
    flag = curve.flag.copy()
    flag[mask] = ""
    return replace(
        curve,
        value=np.where(mask, np.nan, curve.value),
        converted=np.where(mask, np.nan, curve.converted),
        first=np.where(mask, np.nan, curve.first),
        flag=flag,
        late=curve.late & ~mask,
    )


def late(curves: Curves, draw: Draw) -> Injected:
    """Everything comes later than it must."""
    hours = draw.whole("hours")
    first = place(draw, curves.came, hours)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    made = {code: replace(c, late=c.late | (mask & c.came)) for code, c in curves.channels.items()}
    return altered(curves, made), [Truth("late-data", "", first, first + hours - 1)]


def rewritten(curves: Curves, draw: Draw) -> Injected:
    """Hours that were above the limit are sent again, below it."""
    count, hours, above = draw.whole("count"), 24 * draw.whole("days"), draw("above")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        first = place(draw, usable(curves, code), hours)
        if first is None or not np.isfinite(curve.limit[0]):
            continue
        could = usable(curves, code) & (curve.held > 0) & (curve.held <= curve.limit)
        slots = np.flatnonzero(could & span(curves, first, hours))
        if len(slots) < count:
            continue
        chosen = np.sort(draw.rng.choice(slots, count, replace=False))
        before = curve.first.copy()
        ratio = curve.limit[chosen] * above / curve.held[chosen]
        before[chosen] = np.round(curve.value[chosen] * ratio, digits(curve)) + 10.0 ** -digits(
            curve
        )
        made = altered(curves, {code: replace(curve, first=before)})
        return made, [Truth("rewritten-value", code, int(chosen[0]), int(chosen[-1]))]
    return curves, []


INJECTORS = (
    Injector(name="calibration-after-exceedance", rule="calibration-after-exceedance",
             make=calibration_after_exceedance, also=_UP | {"missing-data"}),
    Injector(name="marks-cover-exceedances", rule="marks-cover-exceedances",
             make=marks_cover_exceedances, also=_UP | {"calibration-after-exceedance"}),
    Injector(name="forecast-exceedance", rule="forecast-exceedance",
             make=forecast_exceedance, also=_UP | {"over-range", "day-night"}),
    Injector(name="gap", rule="missing-data", make=gap),
    Injector(name="gap-channel", rule="missing-data", make=gap_channel,
             also=frozenset({"cross-channel"})),
    Injector(name="late", rule="late-data", make=late),
    Injector(name="rewritten", rule="rewritten-value", make=rewritten),
)  # fmt: skip
