"""Readings in the store: the flood a row a report, averages a row a pollutant, one way to read both.

Every version of a report stays (`digest` of the content is part of the key); what is shown is the one
that its source sent last.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, func, select

from monitor.clock import from_ms, to_ms
from monitor.observation import Layout, Observation, Period, Readings, Statistic
from monitor.store.bulk import insert_new
from monitor.store.tables import averages, devices, layouts, readings

HOUR_MS = 3_600_000
FLOOD = (Period.REALTIME, Period.MINUTE, Period.SAMPLE, Period.CHECK)
"""What is stored a row a report; the others, a row a pollutant."""
_STATISTICS = tuple(each for each in Statistic if each.value in averages.c)
_AT_ONCE = 256  # hours looked up by one query


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report with what the store adds to it: numbers for names, and where it came from."""

    readings: Readings
    device: int
    layout: int
    late: bool
    sent_ms: int | None
    received_ms: int
    frame: int
    verdict: int | None = None
    """The form of its frame, a number of `store/verdicts.py`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A report (or one pollutant of it) as it lies in the store."""

    readings: Readings
    frame: int
    received_ms: int
    late: bool
    verdict: int | None
    """The form of its frame, a number of `store/verdicts.py`."""
    rank: tuple[int, int, int]
    """Orders the versions of one report: when sent, when received, then by content."""


def add(connection: Connection, arrivals: Sequence[Arrival]) -> int:
    """Store reports; those already there are left alone, but for whether any came in time, and when the
    last was sent.

    Returns how many rows were new.
    """
    flood = [_flood_row(a) for a in arrivals if a.readings.period in FLOOD]
    flood.sort(key=lambda row: row[:6])
    means = [row for a in arrivals if a.readings.period not in FLOOD for row in _average_rows(a)]
    means.sort(key=lambda row: row[:5])
    # what came late (补传) and in time came in time, whichever of the two was first; what is sent once
    # more, after another version, is the one sent last
    raises = ("sent_ms", "received_ms")
    return insert_new(connection, readings, flood, clears="late", raises=raises) + insert_new(
        connection, averages, means, clears="late", raises=raises
    )


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


def _flood_row(a: Arrival) -> tuple[Any, ...]:
    r = a.readings
    numbers = array("d", r.values)
    flags = None if r.flags is None else _flag_text(r.flags)
    content = numbers.tobytes() + (flags or "").encode()
    start_ms = to_ms(r.start)
    return (
        start_ms // HOUR_MS,
        a.device,
        r.period.value,
        start_ms,
        a.layout,
        _digest(content),
        to_ms(r.end),
        numbers,
        flags,
        a.late,
        a.sent_ms,
        a.received_ms,
        a.frame,
        a.verdict,
    )


@lru_cache(maxsize=4096)
def _flag_text(flags: tuple[str | None, ...]) -> str:
    """Flags as they are stored: one for all where all are the same, as they mostly are."""
    return flags[0] or "" if len(set(flags)) == 1 else ",".join(flag or "" for flag in flags)


def _flags(text: str | None, count: int) -> tuple[str | None, ...] | None:
    if text is None:
        return None
    return tuple(f or None for f in text.split(",")) if "," in text else (text or None,) * count


def _average_rows(a: Arrival) -> Iterator[tuple[Any, ...]]:
    start_ms, end_ms = to_ms(a.readings.start), to_ms(a.readings.end)
    for o in a.readings.observations():
        numbers = tuple(getattr(o, statistic) for statistic in _STATISTICS)
        content = repr((numbers, o.flag)).encode()
        yield (
            o.period.value,
            start_ms,
            a.device,
            o.pollutant,
            _digest(content),
            end_ms,
            *numbers,
            o.flag,
            a.late,
            a.sent_ms,
            a.received_ms,
            a.frame,
            a.verdict,
        )


def stored(
    connection: Connection, device: int, mn: str, period: Period, start_ms: int, end_ms: int
) -> Iterator[Stored]:
    """Every version of every report of a device with a start in [start, end), in order of time."""
    read = _flood if period in FLOOD else _averages
    yield from read(connection, device, mn, period, start_ms, end_ms)


def frames_within(
    connection: Connection,
    device: int,
    mn: str,
    periods: Iterable[Period],
    start_ms: int,
    end_ms: int,
) -> set[int]:
    """The frames that the reports of a span came in."""
    return {
        item.frame
        for period in periods
        for item in stored(connection, device, mn, period, start_ms, end_ms)
    }


def _flood(
    connection: Connection, device: int, mn: str, period: Period, start_ms: int, end_ms: int
) -> Iterator[Stored]:
    wanted = select(readings, layouts.c.columns).join(layouts, layouts.c.id == readings.c.layout)
    for hours in hours_in_chunks(start_ms // HOUR_MS, (end_ms - 1) // HOUR_MS):
        query = wanted.where(
            readings.c.hour.in_(hours),
            readings.c.device == device,
            readings.c.period == period.value,
            readings.c.start_ms >= start_ms,
            readings.c.start_ms < end_ms,
        ).order_by(readings.c.start_ms)
        for row in connection.execute(query):
            layout = _layout(row.columns)
            report = Readings(
                mn=mn,
                period=period,
                start=from_ms(row.start_ms),
                end=from_ms(row.end_ms),
                layout=layout,
                values=row.numbers,
                flags=_flags(row.flags, len(layout.pollutants)),
            )
            yield _stored(report, row)


def _averages(
    connection: Connection, device: int, mn: str, period: Period, start_ms: int, end_ms: int
) -> Iterator[Stored]:
    query = (
        select(averages)
        .where(
            averages.c.device == device,
            averages.c.period == period.value,
            averages.c.start_ms >= start_ms,
            averages.c.start_ms < end_ms,
        )
        .order_by(averages.c.start_ms, averages.c.pollutant)
    )
    yield from _average_reports(connection, query, mn)


def _average_reports(connection: Connection, query: Select[Any], mn: str) -> Iterator[Stored]:
    for row in connection.execute(query):
        fields = row._mapping
        values = [math.nan if fields[s.value] is None else fields[s.value] for s in _STATISTICS]
        report = Readings(
            mn=mn,
            period=Period(row.period),
            start=from_ms(row.start_ms),
            end=from_ms(row.end_ms),
            layout=_one(row.pollutant),
            values=values,
            flags=(row.flag,),
        )
        yield _stored(report, row)


def _stored(report: Readings, row: Any) -> Stored:
    return Stored(report, row.frame, row.received_ms, row.late, row.verdict, rank_of(row))


def flood_since(connection: Connection) -> int | None:
    """The start of the oldest hour of the flood there is: what is older was let go, or never was."""
    hour = connection.execute(select(func.min(readings.c.hour))).scalar()
    return None if hour is None else int(hour) * HOUR_MS


def hours_in_chunks(first: int, last: int) -> Iterator[list[int]]:
    """Hours from first to last, few at once to begin with: who looks for one report stops soon."""
    at, size = first, 1
    while at <= last:
        yield list(range(at, min(at + size, last + 1)))
        at, size = at + size, min(size * 4, _AT_ONCE)


def hours_held(
    connection: Connection, device: int, period: Period, first: int, last: int
) -> Iterator[int]:
    """The hours from first to last (since 1970) in which a device has reports of a flood's period."""
    for hours in hours_in_chunks(first, last):
        query = (
            select(readings.c.hour)
            .where(
                readings.c.hour.in_(hours),
                readings.c.device == device,
                readings.c.period == period.value,
            )
            .distinct()
            .order_by(readings.c.hour)
        )
        yield from connection.execute(query).scalars().all()


def rank_of(row: Any) -> tuple[int, int, int]:
    """Orders the versions of one report: when sent (if that is not said, received), when received, then
    by content.
    """
    sent_ms = row.received_ms if row.sent_ms is None else row.sent_ms
    return (sent_ms, row.received_ms, row.digest)


@lru_cache(maxsize=20_000)
def _layout(text: str) -> Layout:
    return Layout.parse(text)


@lru_cache(maxsize=20_000)
def _one(pollutant: str) -> Layout:
    return Layout(tuple((pollutant, statistic) for statistic in _STATISTICS))


@dataclass(frozen=True, slots=True)
class Shown:
    """An observation as it is shown: the version sent last, and when it came."""

    observation: Observation
    received_at: datetime
    late: bool
    frame: int
    verdict: int | None


def observations(
    connection: Connection,
    mn: str,
    period: Period,
    start: datetime,
    end: datetime,
    pollutant: str | None = None,
    limit: int = 1000,
    after: tuple[int, str] | None = None,
) -> list[Shown]:
    """Observations of an outlet with a start in [start, end), by start and pollutant.

    `after` is the (start in ms, pollutant) of the last one already had. Of a report that was
    rewritten only the version sent last is shown.
    """
    device = connection.execute(select(devices.c.id).where(devices.c.mn == mn)).scalar()
    if device is None:
        return []
    since = max(to_ms(start), after[0]) if after else to_ms(start)
    shown: list[Shown] = []
    best: dict[str, tuple[tuple[int, int, int], Shown]] = {}
    at = None
    for item in stored(connection, device, mn, period, since, to_ms(end)):
        if at != item.readings.start:
            shown += [best[code][1] for code in sorted(best)]
            if len(shown) > limit:
                break
            best, at = {}, item.readings.start
        for o in item.readings.observations():
            wanted = pollutant in (None, o.pollutant)
            if not wanted or (after and (to_ms(o.start), o.pollutant) <= after):
                continue
            held = best.get(o.pollutant)
            if held is None or held[0] < item.rank:
                received = from_ms(item.received_ms)
                one = Shown(o, received, item.late, item.frame, item.verdict)
                best[o.pollutant] = (item.rank, one)
    else:
        shown += [best[code][1] for code in sorted(best)]
    return shown[:limit]
