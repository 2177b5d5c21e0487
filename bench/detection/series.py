"""An honest outlet: `generate` makes its curves from a seed. SYNTHETIC.

The same seed, industry and span give the same curves to the bit on the same numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from bench.detection import discharge, emission, everyday, plant
from bench.detection.everyday import Report
from bench.detection.industries import INDUSTRIES, Industry, Pollutant
from bench.detection.noise import red, uniform
from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.clock import to_ms
from monitor.curves import FLOW, OXYGEN, TEMPERATURE, VELOCITY, WATER_FLOW, Curve, Curves, Text
from monitor.register import Medium, Outlet

ZONE = ZoneInfo("Asia/Shanghai")
HUMIDITY, ACIDITY = "a01014", "w01001"
_FIRST = date(2025, 1, 1)
_ORGANIC = "a24088"
_DIGITS: Mapping[str, tuple[int, ...]] = {
    OXYGEN: (2, 2, 1), TEMPERATURE: (2, 1, 1, 0), HUMIDITY: (2, 1), VELOCITY: (2, 2, 1),
    FLOW: (1, 2, 2), WATER_FLOW: (2, 1), ACIDITY: (2, 2, 1),
}  # fmt: skip
_HIGH = {OXYGEN: 25.0, HUMIDITY: 40.0, VELOCITY: 40.0, TEMPERATURE: 300.0, ACIDITY: 14.0}


def generate(
    seed: int, days: int = 365, *, first: date = _FIRST, industry: Industry | None = None
) -> Curves:
    """The curves of an honest outlet over some days from a civil day on.

    Without an industry the seed chooses one, as they are in a city.
    """
    rng = np.random.default_rng(seed)
    chosen = industry or _choose(rng)
    calendar = _calendar(first, days)
    goes = plant.run(rng, chosen, calendar)
    reference = chosen.gas.reference if chosen.gas else None
    reports = (_air if chosen.gas else _water)(rng, chosen, goes, calendar)
    stopped = everyday.device(rng, reports, goes, calendar)
    converted = _converted(reports, reference)
    late = everyday.transmission(rng, reports, converted)
    everyday.corrections(rng, reports)
    return Curves(
        outlet=_outlet(seed, chosen, reference),
        start_ms=to_ms(datetime(first.year, first.month, first.day, tzinfo=ZONE)),
        hours=calendar.hours,
        zone=ZONE,
        channels={
            code: _curve(report, converted[code], late, reference is not None)
            for code, report in reports.items()
        },
        stopped=stopped,
    )


def _choose(rng: Generator) -> Industry:
    shares = np.array([each.share for each in INDUSTRIES])
    return INDUSTRIES[int(rng.choice(len(INDUSTRIES), p=shares / shares.sum()))]


@lru_cache(maxsize=64)
def _calendar(first: date, days: int) -> plant.Calendar:
    dates = [first + timedelta(days=number) for number in range(days)]
    return plant.Calendar(
        hour_of_day=np.tile(np.arange(24), days),
        weekday=np.repeat([each.weekday() for each in dates], 24),
        day_of_year=np.repeat([each.timetuple().tm_yday for each in dates], 24),
    )


def _outlet(seed: int, industry: Industry, reference: float | None) -> Outlet:
    return Outlet(
        mn=f"SYNTHETIC{seed:015d}",
        uscc="91000000MA0000000N",
        code="DA001" if industry.gas else "DW001",
        medium=Medium.AIR if industry.gas else Medium.WATER,
        reference_oxygen=reference,
        kind=industry.name,
    )


def _air(
    rng: Generator, industry: Industry, goes: plant.Plant, calendar: plant.Calendar
) -> dict[str, Report]:
    assert industry.gas is not None, "the gas of an outlet into the air"
    gas, reference = discharge.stack(rng, industry.gas, goes, calendar), industry.gas.reference
    flag = _flag(rng)
    reports = {}
    common = red(rng, calendar.hours, 12)
    for each in industry.pollutants:
        limits, tool = _equipped(rng, each)
        true = emission.course(rng, each, np.nanmin(limits), goes, calendar, common)
        if reference is not None:
            true = emission.diluted(true, gas.oxygen, reference)
        true = emission.residue(rng, goes, true, tool.detection_limit)
        if each.code == _ORGANIC:  # what the air itself has of it
            true = true + uniform(rng, (0.3, 1.5)) * np.exp(0.2 * red(rng, calendar.hours, 12))
        value = emission.measured(rng, true, tool, goes.running)
        reports[each.code] = _report(value, tool, flag, limits)
    beside = {
        VELOCITY: gas.velocity, TEMPERATURE: gas.temperature, HUMIDITY: gas.humidity,
        FLOW: gas.flow,
    }  # fmt: skip
    if reference is not None:
        bias = uniform(rng, (-0.25, 0.1)) + 0.04 * rng.standard_normal(calendar.hours)
        beside[OXYGEN] = np.clip(gas.oxygen + bias, 0, 21.5)
    return reports | _beside(rng, beside, flag)


def _water(
    rng: Generator, industry: Industry, goes: plant.Plant, calendar: plant.Calendar
) -> dict[str, Report]:
    water = discharge.pipe(rng, industry, goes, calendar)
    flag = _flag(rng)
    reports = {}
    common = red(rng, calendar.hours, 24)
    stands = np.maximum(np.arange(calendar.hours) - np.where(goes.running, 0, goes.halted + 1), 0)
    for each in industry.pollutants:
        limits, tool = _equipped(rng, each)
        true = emission.course(rng, each, np.nanmin(limits), goes, calendar, common)
        true = true / (1 + 0.5 * water.wet)
        # What stands in the basin changes little; the analyser goes on measuring it.
        true = true[stands] * (1 + 0.01 * rng.standard_normal(calendar.hours))
        value = emission.held(rng, emission.measured(rng, true, tool, goes.running))
        reports[each.code] = _report(value, tool, flag, limits)
    return reports | _beside(rng, {WATER_FLOW: water.flow, ACIDITY: water.acidity}, flag)


def _flag(rng: Generator) -> str:
    """What an outlet sends with normal hours: `N`, or nothing."""
    return "N" if rng.random() < 0.9 else ""


def _equipped(
    rng: Generator, pollutant: Pollutant
) -> tuple[tuple[float, float], emission.Instrument]:
    """An outlet's limits of the hour and the day, and an analyser that goes with them."""
    limits = pollutant.limits[int(rng.integers(0, len(pollutant.limits)))]
    return limits, emission.instrument(rng, pollutant, float(np.nanmin(limits)))


def _report(
    value: Floats, tool: emission.Instrument, flag: str, limits: tuple[float, float]
) -> Report:
    high, least = tool.known
    return Report(
        value=value,
        digits=tool.digits,
        flag=_flags(value, flag),
        limits=limits,
        range_high=tool.range_high,
        registered=(tool.range_high if high else None, tool.detection_limit if least else None),
    )


def _beside(rng: Generator, channels: Mapping[str, Floats], flag: str) -> dict[str, Report]:
    """The parameters that go with the pollutants."""
    made = {}
    for code, value in channels.items():
        digits = int(rng.choice(_DIGITS[code]))
        high = _HIGH.get(code) if rng.random() < 0.6 else None
        made[code] = Report(
            value=np.round(value, digits),
            digits=digits,
            flag=_flags(value, flag),
            registered=(high, None),
        )
    return made


def _flags(value: Floats, flag: str) -> Text:
    return np.full(len(value), flag, dtype="<U1")


def _converted(reports: Mapping[str, Report], reference: float | None) -> dict[str, Floats]:
    """By channel; NaN where a channel is not converted."""
    found = {}
    for code, each in reports.items():
        if reference is None or each.limits is None:
            found[code] = np.full(len(each.value), np.nan)
        else:
            oxygen = reports[OXYGEN].value
            found[code] = np.round(emission.convert(each.value, oxygen, reference), each.digits)
    return found


def sent_first(value: Floats, converted: Floats, first: Floats) -> Floats:
    """What was sent first as the converted value: by the same oxygen as what was sent last."""
    return np.where(first == value, converted, converted * rolling.over(first, value))


def _curve(report: Report, converted: Floats, late: Bools, by_converted: bool) -> Curve:
    hours = len(late)
    limit, day_limit = report.limits or (np.nan, np.nan)
    high, least = report.registered
    return Curve(
        value=report.value,
        converted=converted,
        flag=report.flag,
        marked=report.marked,
        late=late.copy(),
        first=report.first,
        first_converted=sent_first(report.value, converted, report.first),
        limit=np.full(hours, limit),
        by_converted=np.full(hours, by_converted and report.limits is not None),
        day_limit=np.full(hours, day_limit),
        day_by_converted=np.full(hours, by_converted and report.limits is not None),
        range_low=None if high is None else 0.0,
        range_high=high,
        detection_limit=least,
    )
