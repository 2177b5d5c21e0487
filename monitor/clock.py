"""Time, in one place.

Inside the product a time is an aware `datetime` in UTC, or an integer of milliseconds since 1970
(`…_ms`) where rows come by the thousand. Dates (listings, limits) are civil dates in the bureau's
zone. Nothing reads the wall clock but through `now()`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def to_ms(when: datetime) -> int:
    """Milliseconds since 1970 of an aware time; raises TypeError for a naive one."""
    return (when - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return EPOCH + ms * _MILLISECOND


def civil_date(when: datetime, zone: tzinfo) -> date:
    """The calendar day in `zone` on which `when` falls: the day whose law and limits hold."""
    return when.astimezone(zone).date()


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first instant of a civil day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def read_time(text: str) -> datetime | None:
    """The instant that a text from outside says, with its offset; None for what is no such time.

    Years far away are none either: they would run over when a zone is applied.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None and 1900 < when.year < 3000 else None


def rfc3339(when: datetime, zone: tzinfo = UTC) -> str:
    """The text of a time at the outside: RFC 3339 with offset, milliseconds only where there are any."""
    local = when.astimezone(zone)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
