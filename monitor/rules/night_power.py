"""Night power (夜间用电异常): a line uses far more by night than by day, and did not before.

Ground: Zhuzhou's watch list has enterprises whose use by night is 1.5 times that by day. Use of 22 to 6
and of 6 to 22 would be equal where a plant runs at half its load by day; a plant that works at night
because power is cheaper then always has it, so it is held against the line's own habit as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.power import PRODUCTION, Counts, Line, Order
from monitor.power.line import NIGHT_UNTIL
from monitor.rules.power_base import PowerRule, PowerTrace, spoken_of
from monitor.rules.tracing import said

NAME = "night-power"


@dataclass(frozen=True)
class Thresholds:
    """When the night's use is a finding."""

    factor: float = 1.5
    """The night's use (kWh) is so many times the day's, …"""
    over_habit: float = 1.5
    """… and that so many times what is usual for the line, …"""
    habit_days: int = 28
    """… by the days before …"""
    least_days: int = 7
    """… of which so many are known at least."""
    least_share: float = 0.10
    """The night's mean is so much of what is installed at least: a plant that stands has no ratio."""


def judge(line: Line, _orders: Sequence[Order], thresholds: Thresholds) -> Iterator[PowerTrace]:
    """One trace, of the production's meter: at the hour with which a night ends, night over day."""
    meter = spoken_of(line.meters, PRODUCTION)
    ends = _ends(line)
    if meter is None or not line.production_rated or not len(ends):
        return
    night, day, dark_hours = _used(line, ends)
    ratio = night / np.maximum(day, 1e-3 * line.production_rated)
    usual = _usual(ratio, thresholds)
    enough = night >= dark_hours * thresholds.least_share * line.production_rated
    bound = np.maximum(thresholds.factor, thresholds.over_habit * usual)
    found = enough & (ratio >= bound)
    known = np.isfinite(ratio) & np.isfinite(usual)
    yield PowerTrace(
        device=meter,
        pollutant="EPI",
        raised=_at(ends, found, line.hours),
        cleared=_at(ends, known & ~found, line.hours),
        value=_spread(ends, ratio, line.hours),
        bound=_spread(ends, bound, line.hours),
        ratio=np.nan_to_num(_spread(ends, (ratio - bound) / bound, line.hours)),
        since=np.maximum(np.arange(line.hours, dtype=np.int64) - 23, 0),
        detail={
            "night": _spread(ends, night, line.hours),
            "day": _spread(ends, day, line.hours),
            "usual": _spread(ends, usual, line.hours),
        },
    )


def _ends(line: Line) -> Counts:
    """The slots with which a night ends, that have a day and a night before them."""
    found = np.flatnonzero(line.hour_of_day == NIGHT_UNTIL - 1)
    ends: Counts = found[found >= 23].astype(np.int64)
    return ends


def _used(line: Line, ends: Counts) -> tuple[Floats, Floats, Counts]:
    """kWh of the night that ends with a slot, and of the day before it (NaN where anything is not
    known), and the hours of the night.
    """
    hourly = line.production.mean(axis=1)
    rows = ends[:, None] - np.arange(23, -1, -1)
    dark = line.night[rows]
    used = hourly[rows]
    night, day = np.where(dark, used, 0.0).sum(axis=1), np.where(dark, 0.0, used).sum(axis=1)
    return night, day, dark.sum(axis=1)


def _usual(ratio: Floats, thresholds: Thresholds) -> Floats:
    """The median of the days before, NaN where too few are known."""
    rows = rolling.trailing(rolling.before(ratio), thresholds.habit_days)
    known = np.isfinite(rows).sum(axis=1)
    usual = np.full(len(ratio), np.nan)
    enough = known >= thresholds.least_days
    if enough.any():
        usual[enough] = np.nanmedian(rows[enough], axis=1)
    return usual


def _at(ends: Counts, where: Bools, hours: int) -> Bools:
    found = np.zeros(hours, dtype=np.bool_)
    found[ends] = where
    return found


def _spread(ends: Counts, values: Floats, hours: int) -> Floats:
    found = np.full(hours, np.nan)
    found[ends] = values
    return found


RULE = PowerRule(
    name=NAME,
    title={"zh": "夜间用电异常", "en": "Night power"},
    facility=PRODUCTION,
    hour=NIGHT_UNTIL - 1,
    judge=judge,
    lookback=lambda t: 24 * (t.habit_days + 2),
    thresholds=Thresholds(),
    clause="用电监管（夜间用电量达白天 1.5 倍列入重点关注）",
    ground={
        "zh": "夜间用电量远高于白天，且与该生产线平时不同：可能夜间偷排、超产",
        "en": "far more power by night than by day, unlike what the line is used to: it may produce "
        "when nobody looks",
    },
    reason=said(
        "夜间（22–6时）用电 {night:.0f} kWh，为白天 {day:.0f} kWh 的 {value:.2f} 倍，"
        "平时为 {usual:.2f} 倍",
        "{night:.0f} kWh by night (22 to 6), {value:.2f} times the {day:.0f} kWh by day; usually "
        "{usual:.2f} times",
    ),
)
