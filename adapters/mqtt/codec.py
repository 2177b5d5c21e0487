"""JSON messages to readings, by a profile. Pure, and no bytes make `read` raise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from adapters.hj212 import text
from adapters.hj212.believing import problem_with
from adapters.hj212.header import names_device
from adapters.mqtt import document, path, scalar, times
from adapters.mqtt.document import Unreadable
from adapters.mqtt.path import MISSING, Place
from adapters.mqtt.profile import CODE_LIMIT, Profile
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.units import scaled

AHEAD = timedelta(hours=1)
"""How far a device's clock may run ahead before its data is not believed."""

_UNUSABLE_FLAG = "?"
_STATISTICS = {
    "value": Statistic.VALUE,
    "min": Statistic.MIN,
    "max": Statistic.MAX,
    "total": Statistic.TOTAL,
    "converted": Statistic.CONVERTED,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """What a profile needs beside itself."""

    profile: Profile
    zone: tzinfo
    """The bureau's: whose days and hours are meant."""
    minute_interval: int
    max_depth: int
    max_items: int
    units: Callable[[str], Mapping[str, float]] = lambda _mn: {}
    """By what the numbers of an outlet's pollutants are multiplied to be in the table's unit."""


class Understood(NamedTuple):
    """What a message comes to."""

    readings: tuple[Readings, ...] = ()
    device: str | None = None
    """The device that the whole message is of, if it is one only."""
    problems: tuple[str, ...] = ()
    data: bool = True
    """Whether it is a message that should hold readings; by the profile's `only`."""


@dataclass
class _Reading:
    """One message being read."""

    reader: Reader
    received_at: datetime
    problems: dict[str, None] = field(default_factory=dict)
    items: int = 0
    devices: dict[str, None] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    """Of the outlet whose report is being read: what turns its numbers into the table's unit."""

    def name(self, problem: str | None) -> None:
        if problem is not None:
            self.problems[problem] = None

    def count(self) -> None:
        self.items += 1
        if self.items > self.reader.max_items:
            raise Unreadable("too-many-items")


def read(reader: Reader, payload: bytes, topic: str, received_at: datetime) -> Understood:
    """The readings of a message, and every problem with it by name."""
    reading = _Reading(reader, received_at)
    try:
        message = document.read(payload, reader.max_depth, reading.name)
        place = Place(tuple(topic.split("/")), message, message)
        if not _is_data(reader.profile, place):
            return Understood(problems=tuple(reading.problems), data=False)
        made = list(_reports(place, reading))
    except Unreadable as unreadable:
        return Understood(problems=(*reading.problems, str(unreadable)))
    device = next(iter(reading.devices)) if len(reading.devices) == 1 else None
    return Understood(tuple(made), device, tuple(reading.problems))


# --- the reports ----------------------------------------------------------------------------------


def _is_data(profile: Profile, place: Place) -> bool:
    return all(
        scalar.text(path.parse(where).one(place)) in accepted
        for where, accepted in profile.only.items()
    )


def _reports(place: Place, reading: _Reading) -> Iterator[Readings]:
    """The readings of each report; what is wrong with one does not touch the others."""
    found = 0
    for report in reading.reader.profile.reports.all(place):
        found += 1
        reading.count()
        try:
            yield _report(report, reading)
        except Unreadable as unreadable:
            if str(unreadable) == "too-many-items":
                raise
            reading.name(str(unreadable))
    if not found:
        reading.name("no-report")


def _report(place: Place, reading: _Reading) -> Readings:
    profile = reading.reader.profile
    device = scalar.text(profile.device.one(place)) or ""
    if not names_device(device):
        raise Unreadable("missing-device")
    reading.devices[device] = None
    reading.units = reading.reader.units(device)
    period = _period(profile, place)
    start, end = _span(place, period, reading)
    columns: dict[tuple[str, Statistic], float] = {}
    flags: dict[str, str | None] = {}
    for item in profile.items.all(place):
        reading.count()
        _item(item, reading, columns, flags)
    if not columns:
        raise Unreadable("no-items")
    layout = _layout(tuple(columns))
    aligned = tuple(flags[code] for code in layout.pollutants)
    return Readings(
        mn=device,
        period=period,
        start=start,
        end=end,
        layout=layout,
        values=tuple(columns.values()),
        flags=aligned if any(flag is not None for flag in aligned) else None,
    )


@lru_cache(maxsize=1024)
def _layout(columns: tuple[tuple[str, Statistic], ...]) -> Layout:
    return Layout(columns)


def _period(profile: Profile, place: Place) -> Period:
    if profile.period_at is None:
        return profile.period
    period = profile.periods.get(scalar.text(profile.period_at.one(place)) or "")
    if period is None:
        raise Unreadable("unknown-period")
    return period


def _span(place: Place, period: Period, reading: _Reading) -> tuple[datetime, datetime]:
    reader, profile = reading.reader, reading.reader.profile
    value = profile.time.one(place)
    if value is MISSING or value is None:
        raise Unreadable("missing-time")
    when = times.instant(value, profile.time_format, profile.clock(reader.zone))
    if when is None:
        raise Unreadable("bad-time")
    found = times.span(
        when, period, reader.zone, reader.minute_interval, marks_end=profile.stamp == "end"
    )
    if found is None or found[0] > reading.received_at + AHEAD:
        raise Unreadable("implausible-time")
    start, end, problems = found
    for problem in problems:
        reading.name(problem)
    return start, end


# --- the items ------------------------------------------------------------------------------------


def _item(
    place: Place,
    reading: _Reading,
    columns: dict[tuple[str, Statistic], float],
    flags: dict[str, str | None],
) -> None:
    profile = reading.reader.profile
    sent = place.name if profile.code == "*" else scalar.text(profile.code.one(place))
    if not sent:
        return reading.name("missing-code")
    if profile.unlisted == "skip" and sent not in profile.codes:
        return None
    code = profile.codes.get(sent, sent)
    if len(code) > CODE_LIMIT or not text.is_name(code):
        return reading.name("unusable-code")
    if code in flags:
        return reading.name("repeated-item")
    found = {
        statistic: _number(each.one(place), sent, code, statistic, reading)
        for name, statistic in _STATISTICS.items()
        if (each := getattr(profile, name)) is not None and each.one(place) is not MISSING
    }
    flag = _flag(place, reading)
    if not found and flag is None:
        return reading.name("missing-value")
    flags[code] = flag
    # a flag alone says that the value was due
    for statistic, value in (found or {Statistic.VALUE: math.nan}).items():
        columns[code, statistic] = value
    return None


def _number(value: Any, sent: str, code: str, statistic: Statistic, reading: _Reading) -> float:
    """The number that is meant, NaN where there is none that can be believed.

    A factor of the profile leads to the table's unit; without one the register's unit does.
    """
    number, problem = scalar.number(value)
    reading.name(problem)
    if number is None:
        return math.nan
    factor, unit = reading.reader.profile.factors.get(sent), 1.0
    if factor is not None:  # as one would by hand: 3 × 0.1 is 0.3
        number = float(Decimal(repr(number)) * Decimal(repr(factor)))
    elif statistic is not Statistic.TOTAL:
        unit = reading.units.get(code, 1.0)
    doubt = problem_with(code, statistic, number, unit)
    reading.name(doubt)
    return math.nan if doubt else scaled(float(number), unit) + 0.0  # no negative zero


def _flag(place: Place, reading: _Reading) -> str | None:
    profile = reading.reader.profile
    found = None if profile.flag is None else scalar.text(profile.flag.one(place))
    if not found:
        return None
    flag = profile.flags.get(found, found)
    if len(flag) > CODE_LIMIT or not text.is_name(flag):
        reading.name("unusable-flag")
        return _UNUSABLE_FLAG
    return flag
