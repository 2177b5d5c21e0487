"""Gas tracks: where a sniffer was, when, and what it measured, as arrays.

Rows without a time or a position are left out, and counted by what they lack. Point values and those
along a laser's path are series of their own, each with its unit.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from adapters.drone.survey.columns import Columns, columns
from adapters.drone.survey.problems import Unreadable
from adapters.drone.survey.profile import Profile
from adapters.drone.survey.quantity import Unit
from adapters.drone.survey.table import Cell, Row, Table, opened
from adapters.drone.survey.terms import Above
from adapters.hj212 import numbers
from monitor.clock import EPOCH, to_ms
from monitor.event import Datum
from monitor.geodesy import Array, wgs84_of

HEADER_WITHIN = 50
"""Rows among which the header stands."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Series:
    """The measurements of one substance, one a point; NaN where there is none."""

    pollutant: str
    unit: Unit
    values: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Points in the order of time; every array has one element a point, NaN for none."""

    times_ms: NDArray[np.int64]
    """Milliseconds since 1970, UTC."""
    longitudes: Array
    """Degrees, WGS-84."""
    latitudes: Array
    datum: Datum
    """What the file gave them in."""
    heights: Array | None
    """Metres."""
    height_above: Above | None
    series: tuple[Series, ...]
    wind_speeds: Array | None
    """Metres a second."""
    wind_directions: Array | None
    """Degrees, from where it blows."""
    problems: Mapping[str, int]
    """How often each was met."""


def read(path: Path, profile: Profile, zone: tzinfo) -> Track:
    """A track from a CSV file or workbook; `zone` is the site's, for times without an offset.

    Raises Unreadable, and OSError for what cannot be opened.
    """
    with opened(path) as table:
        found, rows, problems = _header(table, profile)
        reading = _Reading(profile, found, zone, problems)
        for row in rows:
            reading.add(row)
        problems.update(table.problems)
    return reading.track()


def _header(table: Table, profile: Profile) -> tuple[Columns, Iterator[Row], Counter[str]]:
    """The columns, and the rows behind the header, of the first reading that has one."""
    damage: Unreadable | None = None
    for reading in table.readings:
        problems: Counter[str] = Counter()
        rows = iter(reading)
        try:
            for row in islice(rows, HEADER_WITHIN):
                found = columns(row, profile, problems)
                if found is not None:
                    return found, rows, problems
        except Unreadable as unreadable:  # by this delimiter; another may do
            damage = damage or unreadable
    raise damage or Unreadable("no-header")


@dataclass(slots=True)
class _Reading:
    """A track as it grows."""

    profile: Profile
    columns: Columns
    zone: tzinfo
    problems: Counter[str]
    times: array[int] = field(default_factory=lambda: array("q"))
    floats: dict[int, array[float]] = field(default_factory=dict)
    """By the column."""
    missing: frozenset[str] = frozenset()
    missing_numbers: frozenset[float] = frozenset()

    def __post_init__(self) -> None:
        at = self.columns
        plain = (at.longitude, at.latitude, at.height, at.wind_speed, at.wind_direction)
        for index in chain(plain, (value.index for value in at.values)):
            if index is not None:
                self.floats[index] = array("d")
        texts = {text.casefold() for text in self.profile.missing}
        parsed = (numbers.number(text)[0] for text in texts)
        self.missing = frozenset(texts)
        self.missing_numbers = frozenset(float(each) for each in parsed if each is not None)

    def add(self, row: Row) -> None:
        """A row, unless it lacks its time or its position."""
        when, problem = self._when(row)
        if when is None:
            self.problems[problem] += 1
            return
        found = {index: self._number(_cell(row, index)) for index in self.floats}
        x, y = found[self.columns.longitude], found[self.columns.latitude]
        if math.isnan(x) or math.isnan(y) or x == y == 0:
            self.problems["no-position"] += 1
        elif abs(x) > 180 or abs(y) > 90:
            self.problems["bad-position"] += 1
        else:
            self.times.append(to_ms(when))
            for index, number in found.items():
                self.floats[index].append(number)

    def _number(self, cell: Cell) -> float:
        """A cell's number, NaN where none is meant, or none can be read."""
        if cell is None:
            return math.nan
        text = str(cell).strip()
        if text.casefold() in self.missing:
            return math.nan
        number, _ = numbers.number(text)
        if number is None:
            self.problems["not-a-number"] += 1
            return math.nan
        return math.nan if number in self.missing_numbers else float(number)

    def _when(self, row: Row) -> tuple[datetime | None, str]:
        """The time of a row in UTC, or what is wrong with it."""
        clock = _cell(row, self.columns.time)
        parts = [clock]
        if self.columns.date is not None:
            day = _cell(row, self.columns.date)
            parts = [day.date() if isinstance(day, datetime) else day, clock]
        written = " ".join(filter(None, map(_text, parts)))
        if not written:
            return None, "no-time"
        when = _instant(written, self.profile.time_formats)
        if when is not None and when.tzinfo is None:
            when = when.replace(tzinfo=self._own_zone())
        try:
            when = when and when.astimezone(UTC)
        except OverflowError:
            when = None
        return (when, "") if when and when >= _EARLIEST else (None, "bad-time")

    def _own_zone(self) -> tzinfo:
        if self.profile.zone is not None:
            return ZoneInfo(self.profile.zone)
        self.problems["time-zone-assumed"] = 1
        return self.zone

    def track(self) -> Track:
        """What has come together; raises Unreadable where nothing has."""
        if not self.times:
            raise Unreadable("no-rows")
        times = np.array(self.times, dtype=np.int64)
        late = int(np.count_nonzero(np.diff(times) < 0))
        order = np.argsort(times, kind="stable")
        if late:
            self.problems["unordered-time"] = late
        arrays = {index: np.array(each)[order] for index, each in self.floats.items()}
        at = self.columns
        x, y = wgs84_of(arrays[at.longitude], arrays[at.latitude], self.profile.datum)
        speeds = None if at.wind_speed is None else arrays[at.wind_speed] * at.wind_factor
        return Track(
            times_ms=times[order],
            longitudes=x,
            latitudes=y,
            datum=self.profile.datum,
            heights=_optional(arrays, at.height),
            height_above=None if at.height is None else self.profile.height_above,
            series=tuple(Series(v.pollutant, v.unit, arrays[v.index]) for v in at.values),
            wind_speeds=speeds,
            wind_directions=_optional(arrays, at.wind_direction),
            problems=dict(self.problems),
        )


def _optional(arrays: Mapping[int, Array], index: int | None) -> Array | None:
    return None if index is None else arrays[index]


def _cell(row: Row, index: int) -> Cell:
    return row[index] if index < len(row) else None


def _text(cell: Cell) -> str:
    """A cell as it would be written: days and times as ISO 8601 has them."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip()


def _instant(written: str, formats: Iterable[str]) -> datetime | None:
    """A time by the first format that fits, at last by ISO 8601, as a workbook's own times are."""
    for each in chain(formats, ("iso",)):
        try:
            if each == "iso":
                return datetime.fromisoformat(written)
            if each not in ("epoch_s", "epoch_ms"):
                return datetime.strptime(written, each)  # noqa: DTZ007 - the zone follows
            count, _ = numbers.number(written)
            if count is not None:
                return EPOCH + timedelta(**{_COUNTS[each]: count})
        except (ValueError, OverflowError):
            continue
    return None


_COUNTS = {"epoch_s": "seconds", "epoch_ms": "milliseconds"}
