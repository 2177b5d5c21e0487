"""Plants and sampling lines that are tampered with: steps, bounds, by-passes, air, night work, stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.detection.discharge import AIR_OXYGEN
from bench.detection.injectors.editing import (
    Injected,
    Injector,
    altered,
    before,
    busy,
    digits,
    limit,
    place,
    shuffled,
    span,
    typical,
    usable,
    wavering,
    write,
    write_held,
)
from bench.detection.noise import red
from bench.detection.parameters import Draw
from bench.detection.truth import SCORE, Truth
from monitor.averages import Bools
from monitor.curves import OXYGEN, Curve, Curves

_EVEN = frozenset({"constant-value", "low-variance", "step-change", "cross-channel", SCORE})
_UP = frozenset({"limit-hugging", "forecast-exceedance", "cross-channel", SCORE})
_STOPLIKE = frozenset(
    {"stop-not-stopped", "oxygen-decoupling", "step-change", "cross-channel", SCORE}
)


def step_change(curves: Curves, draw: Draw) -> Injected:
    """A pollutant falls by half and more within an hour, and is flat after."""
    hours, left, cv = draw.whole("hours"), draw("left"), draw("cv")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        first = place(draw, usable(curves, code), hours, strict=True)
        if first is None:
            continue
        just = before(curve, first, 6)
        level = left * float(np.min(just)) if len(just) >= 4 else 0.0
        if level < 10 * 10.0 ** -digits(curve):
            continue
        number = level * wavering(draw.rng, curves.hours, cv)
        made = write_held(curves, code, span(curves, first, hours), number)
        return made, [Truth("step-change", code, first, first + hours - 1)]
    return curves, []


def limit_hugging(curves: Curves, draw: Draw) -> Injected:
    """Software keeps a pollutant within bounds just below the limit."""
    hours, low, width = draw.whole("hours"), draw("low"), draw("width")
    code = shuffled(draw, curves.pollutants)[0]
    curve = curves.channels[code]
    first = place(draw, usable(curves, code), hours, strict=True)
    if first is None or limit(curve) < 20 * 10.0 ** -digits(curve):
        return curves, []
    share = low + width / (1 + np.exp(-2 * red(draw.rng, curves.hours, 4)))
    number = limit(curve) * np.minimum(share, 1.0)
    made = write_held(curves, code, span(curves, first, hours), number)
    return made, [Truth("limit-hugging", code, first, first + hours - 1)]


def near_detection_limit(curves: Curves, draw: Draw) -> Injected:
    """The line draws clean air (or tap water) while the plant works; oxygen shows it, or does not."""
    hours, share = draw.whole("hours"), draw("share")
    whole, oxygen_too = draw.chance("all"), draw.chance("oxygen_too")
    first = place(draw, busy(curves), hours, strict=True)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    high = [
        code
        for code in shuffled(draw, curves.pollutants)
        if np.nanmedian(np.where(mask, curves.channels[code].valid, np.nan)[mask])
        > 5 * _floor(curves.channels[code])
    ]
    if not high:  # all is honestly that low here
        return curves, []
    made = curves
    oxygen = curves[OXYGEN]
    if whole and oxygen_too and oxygen is not None:
        mixed = oxygen.value * share + AIR_OXYGEN * (1 - share)
        made = write(made, OXYGEN, mask, mixed)
    for code in curves.pollutants if whole else high[:1]:
        curve = curves.channels[code]
        air = _floor(curve) * draw.rng.uniform(0.2, 1.2, curves.hours)
        leak = np.minimum(curve.value * share, 0.8 * _floor(curve))
        made = write(made, code, mask, leak + air)
    channel = "" if whole else high[0]
    return made, [Truth("near-detection-limit", channel, first, first + hours - 1)]


def _floor(curve: Curve) -> float:
    """The detection limit, or where it is not known a hundredth of the limit."""
    return curve.detection_limit or limit(curve) / 100


def night_untreated(curves: Curves, draw: Draw) -> Injected:
    """Treatment rests at night."""
    days, factor = draw.whole("days"), draw("factor")
    for code in shuffled(draw, curves.pollutants):
        found = _nights(curves, draw, code, days)
        if found is None:
            continue
        first, nights = found
        number = np.where(nights, curves.channels[code].held * factor, 0)
        made = write_held(curves, code, nights & np.isfinite(number), number)
        return made, [Truth("day-night", code, first, first + 24 * days - 1)]
    return curves, []


def night_faked(curves: Curves, draw: Draw) -> Injected:
    """At night invented values are sent, lower and more even than by day."""
    days, level, cv = draw.whole("days"), draw("level"), draw("cv")
    for code in shuffled(draw, curves.pollutants):
        curve = curves.channels[code]
        found = _nights(curves, draw, code, days)
        if found is None:
            continue
        first, nights = found
        usual = level * typical(curve, span(curves, first, 24 * days) & ~nights)
        if not usual >= 10 * 10.0 ** -digits(curve):
            continue
        made = write_held(curves, code, nights, usual * wavering(draw.rng, curves.hours, cv))
        return made, [Truth("day-night", code, first, first + 24 * days - 1)]
    return curves, []


def _nights(curves: Curves, draw: Draw, code: str, days: int) -> tuple[int, Bools] | None:
    """Some days with their nights (22–6 h), in most of which the outlet works."""
    good = usable(curves, code)
    night = (curves.hour_of_day >= 22) | (curves.hour_of_day < 6)
    first = place(draw, good, 24 * days, strict=True)
    if first is None:
        return None
    return first, span(curves, first, 24 * days) & night & good


def dilution(curves: Curves, draw: Draw) -> Injected:
    """Air is let into the duct before the probe: oxygen rises, concentrations fall in proportion."""
    hours, air = draw.whole("hours"), draw("air")
    oxygen = curves[OXYGEN]
    if oxygen is None:
        return curves, []
    first = place(draw, usable(curves, OXYGEN), hours, strict=True)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    made = write(curves, OXYGEN, mask, oxygen.value * (1 - air) + AIR_OXYGEN * air)
    for code, curve in curves.pollutants.items():
        made = write(made, code, mask, curve.value * (1 - air))
    return made, [Truth("oxygen-decoupling", "", first, first + hours - 1)]


def oxygen_faked(curves: Curves, draw: Draw) -> Injected:
    """Oxygen is set to that of air, so that the plant seems to stand; loggers convert no more then."""
    hours, level = draw.whole("hours"), draw("oxygen")
    if curves[OXYGEN] is None:
        return curves, []
    first = place(draw, usable(curves, OXYGEN), hours, strict=True)
    if first is None:
        return curves, []
    mask = span(curves, first, hours)
    made = write(curves, OXYGEN, mask, level + 0.04 * red(draw.rng, curves.hours, 2))
    changed = {
        code: replace(curve, converted=np.where(mask, curve.value, curve.converted))
        for code, curve in curves.pollutants.items()
    }
    return altered(made, changed), [Truth("oxygen-decoupling", "", first, first + hours - 1)]


def flag_stop(curves: Curves, draw: Draw) -> Injected:
    """The flag F says that the plant stands while it works (标停未停)."""
    found = _working_span(curves, draw)
    if found is None:
        return curves, []
    first, hours = found
    mask = span(curves, first, hours)
    flagged = {}
    for code, curve in curves.channels.items():
        flag = curve.flag.copy()
        flag[mask & curve.came] = "F"
        flagged[code] = replace(curve, flag=flag)
    return altered(curves, flagged), [Truth("stop-not-stopped", "", first, first + hours - 1)]


def mark_stop(curves: Curves, draw: Draw) -> Injected:
    """A mark 停运 says so."""
    found = _working_span(curves, draw)
    if found is None:
        return curves, []
    first, hours = found
    mask = span(curves, first, hours)
    marked = {code: replace(c, marked=c.marked | mask) for code, c in curves.channels.items()}
    made = replace(altered(curves, marked), stopped=curves.stopped | mask)
    return made, [Truth("stop-not-stopped", "", first, first + hours - 1)]


def _working_span(curves: Curves, draw: Draw) -> tuple[int, int] | None:
    hours = draw.whole("hours")
    first = place(draw, busy(curves), hours, strict=True)
    return None if first is None else (first, hours)


INJECTORS = (
    Injector(name="step-change", rule="step-change", make=step_change,
             also=_EVEN | {"near-detection-limit"}),
    Injector(name="limit-hugging", rule="limit-hugging", make=limit_hugging,
             also=_EVEN | _UP | {"day-night"}),
    Injector(name="near-detection-limit", rule="near-detection-limit", make=near_detection_limit,
             also=_EVEN | {"zero-value", "oxygen-decoupling"}),
    Injector(name="night-untreated", rule="day-night", make=night_untreated,
             also=_UP | {"step-change"}),
    Injector(name="night-faked", rule="day-night", make=night_faked,
             also=_EVEN | {"near-detection-limit"}),
    Injector(name="dilution", rule="oxygen-decoupling", make=dilution,
             also=_STOPLIKE | {"near-detection-limit", "constant-value"}),
    Injector(name="oxygen-faked", rule="oxygen-decoupling", make=oxygen_faked,
             also=_STOPLIKE | _EVEN | {"forecast-exceedance", "limit-hugging"}),
    Injector(name="flag-stop", rule="stop-not-stopped", make=flag_stop,
             also=_STOPLIKE | {"missing-data"}),
    Injector(name="mark-stop", rule="stop-not-stopped", make=mark_stop,
             also=_STOPLIKE | {"marks-cover-exceedances"}),
)  # fmt: skip
