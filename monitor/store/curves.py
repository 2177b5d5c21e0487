"""An outlet's hours as rules over curves want them, and the scores and levels of anomalies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.averages import VALID_FLAGS
from monitor.observation import Period
from monitor.store.database import insert
from monitor.store.readings import rank_of
from monitor.store.tables import averages, score_levels, scores


@dataclass(frozen=True, slots=True)
class Hour:
    """A pollutant's hour: its version sent last, and what the first one said."""

    pollutant: str
    start_ms: int
    value: float | None
    converted: float | None
    flag: str | None
    late: bool
    """Whether no version came in time."""
    first: float | None
    """None where that was not valid."""
    first_converted: float | None


def hours(connection: Connection, device: int, start_ms: int, end_ms: int) -> Iterator[Hour]:
    """The hours of a device with a start in [start, end), in no particular order."""
    c = averages.c
    columns = (c.pollutant, c.start_ms, c.value, c.converted, c.flag, c.late)
    query = select(*columns, c.sent_ms, c.received_ms, c.digest).where(
        c.device == device,
        c.period == Period.HOUR.value,
        c.start_ms >= start_ms,
        c.start_ms < end_ms,
    )
    versions: dict[tuple[str, int], list[Any]] = {}
    for row in connection.execute(query).all():
        pollutant, at, *_ = row
        versions.setdefault((pollutant, at), []).append(row)
    for rows in versions.values():
        pollutant, at, value, converted, flag, late, *_ = rows[0]
        if len(rows) == 1:
            yield Hour(pollutant, at, value, converted, flag, late, value, converted)
            continue
        rows.sort(key=rank_of)
        first, last, late = rows[0], rows[-1], all(row.late for row in rows)
        valid = first.flag in VALID_FLAGS
        yield Hour(
            pollutant,
            at,
            last.value,
            last.converted,
            last.flag,
            late,
            first.value if valid else None,
            first.converted if valid else None,
        )


def put_scores(connection: Connection, device: int, of_days: Mapping[date, float]) -> None:
    """Keep the largest score of a device on each day; a day that was judged before gets its new one."""
    if not of_days:
        return
    statement = insert(connection, scores)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "device"], set_={"score": statement.excluded.score}
        ),
        [{"day": day, "device": device, "score": one} for day, one in sorted(of_days.items())],
    )


def scores_within(connection: Connection, first: date, last: date) -> list[tuple[int, date, float]]:
    """Device, day and largest score of the days from first to last, both included."""
    query = (
        select(scores.c.device, scores.c.day, scores.c.score)
        .where(scores.c.day >= first, scores.c.day <= last)
        .order_by(scores.c.device, scores.c.day)
    )
    return [(row.device, row.day, row.score) for row in connection.execute(query)]


def put_level(connection: Connection, day: date, level: float, outlet_days: int) -> None:
    """Keep from which score on a day's anomalies are told; the first that was kept stays."""
    statement = insert(connection, score_levels).on_conflict_do_nothing()
    connection.execute(statement, {"day": day, "level": level, "outlet_days": outlet_days})


def levels(connection: Connection) -> dict[date, float]:
    """The levels there are, by day."""
    query = select(score_levels.c.day, score_levels.c.level)
    return {row.day: row.level for row in connection.execute(query)}


def has_level(connection: Connection, day: date) -> bool:
    """Whether a level was kept for a day."""
    query = select(func.count()).where(score_levels.c.day == day)
    return bool(connection.execute(query).scalar_one())
