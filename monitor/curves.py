"""Curves (曲线): an outlet hour by hour as arrays, for the rules that look at their shape. Pure, numpy.

Arrays are shaped (hours,): slot i is the hour that begins i hours after the first. NaN = there is no
number. What a rule says of hour i may rest on slots up to i and on nothing after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from monitor.averages import VALID_FLAGS, Bools, Floats
from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.register import Medium, Outlet

HOUR_MS = 3_600_000
_DAY = timedelta(days=1)

Text = NDArray[np.str_]
Counts = NDArray[np.int64]

VALID = tuple(flag or "" for flag in VALID_FLAGS)
"""Flags that let a number count; empty: none was sent."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One channel of an outlet: a pollutant, or a parameter that goes with it (oxygen, flow …).

    Numbers are in the unit of HJ 212's table. Of a rewritten hour they are those sent last.
    """

    value: Floats
    """The hour's mean as it was sent, whatever its flag."""
    converted: Floats
    """At reference oxygen (折算)."""
    flag: Text
    """As it was sent; empty where there was none."""
    marked: Bools
    """Hours that a mark (标记) keeps from being judged."""
    late: Bools
    """Hours of which nothing came in time."""
    first: Floats
    """Of an hour that was rewritten the valid value that was sent first; else the value."""
    first_converted: Floats
    """The same of the converted value."""
    limit: Floats
    """The hour limit in force (upper)."""
    by_converted: Bools
    """Whether that limit holds against the converted value."""
    day_limit: Floats
    """The limit of the day mean in force."""
    day_by_converted: Bools
    """Whether that limit holds against the converted value."""
    range_low: float | None = None
    range_high: float | None = None
    detection_limit: float | None = None

    @cached_property
    def good(self) -> Bools:
        """Hours with a number that may be held against somebody: valid flag, no mark."""
        return np.isfinite(self.value) & np.isin(self.flag, VALID) & ~self.marked

    @cached_property
    def valid(self) -> Floats:
        """The value where it is good, else NaN."""
        return np.where(self.good, self.value, np.nan)

    @cached_property
    def held(self) -> Floats:
        """The number that is held against the hour limit, where it is good."""
        return np.where(self.good, np.where(self.by_converted, self.converted, self.value), np.nan)

    @cached_property
    def day_held(self) -> Floats:
        """The number that counts towards what is held against the day limit, where it is good."""
        number = np.where(self.day_by_converted, self.converted, self.value)
        return np.where(self.good, number, np.nan)

    @cached_property
    def both(self) -> list[Floats]:
        """The valid measured values, and the valid converted ones where there are any."""
        converted = np.where(self.good, self.converted, np.nan)
        return [self.valid, converted] if np.isfinite(converted).any() else [self.valid]

    @cached_property
    def came(self) -> Bools:
        """Hours of which anything came: a number or a flag."""
        flagged: Bools = self.flag != ""
        return np.isfinite(self.value) | flagged


FLOW, VELOCITY, TEMPERATURE, OXYGEN = "a00000", "a01011", "a01012", "a19001"
WATER_FLOW = "w00000"
ACCOMPANYING = frozenset({FLOW, VELOCITY, TEMPERATURE, OXYGEN, WATER_FLOW, "w01001", "w01010"}) | {
    f"a010{number:02}" for number in (1, 2, 6, 7, 8, 13, 14, 15, 16, 17)
}
"""Channels that are no pollutants: parameters of the gas and the water, weather."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """All channels of an outlet over the same hours."""

    outlet: Outlet
    start_ms: int
    hours: int
    zone: tzinfo
    channels: Mapping[str, Curve]
    """By code of HJ 212 (`a21026`)."""
    stopped: Bools
    """Hours that a mark declares out of use (停运)."""
    score_levels: Mapping[date, float] = field(default_factory=dict)
    """From which anomaly score on it is told, by civil day, where a level was worked out for the day."""

    def __getitem__(self, code: str) -> Curve | None:
        """A channel, or None where the outlet has none."""
        return self.channels.get(code)

    @property
    def end_ms(self) -> int:
        """The end of the last hour."""
        return self.start_ms + self.hours * HOUR_MS

    @cached_property
    def starts(self) -> Counts:
        """When the hours begin, in milliseconds."""
        return self.start_ms + HOUR_MS * np.arange(self.hours, dtype=np.int64)

    @cached_property
    def pollutants(self) -> Mapping[str, Curve]:
        """The channels that are pollutants."""
        return {c: curve for c, curve in sorted(self.channels.items()) if c not in ACCOMPANYING}

    @cached_property
    def came(self) -> Bools:
        """Hours of which any channel came."""
        came = np.zeros(self.hours, dtype=np.bool_)
        for curve in self.channels.values():
            came |= curve.came
        return came

    @cached_property
    def days(self) -> list[tuple[int, int]]:
        """The civil days that begin within, as slots [first, end); the last may not be whole."""
        found = []
        day = civil_date(from_ms(self.start_ms), self.zone)
        while (first := to_ms(day_start(day, self.zone))) < self.end_ms:
            day += _DAY
            if first >= self.start_ms:
                following = to_ms(day_start(day, self.zone))
                found.append((self.slot(first), min(self.slot(following), self.hours)))
        return found

    @cached_property
    def score_level(self) -> Floats:
        """The level of the anomaly score of each of `days`, (days,); NaN where there is none."""
        dates = (
            civil_date(from_ms(self.start_ms + first * HOUR_MS), self.zone)
            for first, _ in self.days
        )
        return np.array([self.score_levels.get(day, np.nan) for day in dates], dtype=np.float64)

    def slot(self, at_ms: int) -> int:
        """The slot that an instant lies in."""
        return (at_ms - self.start_ms) // HOUR_MS

    @cached_property
    def hour_of_day(self) -> Counts:
        """The civil hour (0–23) that each slot is."""
        found = np.zeros(self.hours, dtype=np.int64)
        offset = from_ms(self.start_ms).astimezone(self.zone).hour
        found[:] = (offset + np.arange(self.hours)) % 24
        for first, last in self.days:  # where clocks are changed, days differ in length
            found[first:last] = np.minimum(np.arange(last - first), 23)
        return found

    @property
    def is_air(self) -> bool:
        """Whether the outlet discharges into the air."""
        return self.outlet.medium is Medium.AIR
