"""Working days in China, and terms that are counted in them. Pure.

Every autumn the State Council announces the next year's holidays and the weekends that are worked for
them (调休). `chinese_calendar` knows the years announced before its release; for later ones the bureau
keeps an overlay (`[tasks] calendar`). A term that reaches into a year nobody has announced yet is
counted by weekdays and fixed holidays, and says that it is provisional.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from importlib.metadata import version

import chinese_calendar

from monitor.clock import civil_date, day_start

_SHIPPED = f"chinesecalendar {version('chinesecalendar')}"
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Holidays with the same date every year (全国年节及纪念日放假办法, as of 2025-01-01)."""
_DAY = timedelta(days=1)
_HORIZON = 3660
"""Days that are looked at for the end of a term: an overlay without working days ends there."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked: the announced years, and over them the bureau's own `days`.

    `years`: those that the overlay has in full, so that they are known although the library has not
    heard of them.
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    @property
    def version(self) -> str:
        """What a deadline was counted with: the library's version, and a digest of the overlay."""
        if not self.days and not self.years:
            return _SHIPPED
        text = repr((sorted(self.days.items()), sorted(self.years)))
        return f"{_SHIPPED} + {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def known(self, year: int) -> bool:
        """Whether the holidays of a year have been announced, as far as is known here."""
        return year in self.years or _announced(date(year, 1, 1)) is not None

    def works(self, day: date) -> bool:
        """Whether a day is worked."""
        own = self.days.get(day)
        if own is not None:
            return own
        announced = _announced(day) if day.year not in self.years else None
        if announced is not None:
            return announced
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED

    def working_days(self, first: date) -> Iterator[date]:
        """The working days from a day on (with it, if it is one), for about ten years."""
        return (d for n in range(_HORIZON) if self.works(d := first + n * _DAY))


def _announced(day: date) -> bool | None:
    """What the library says of a day; None if its year is not one that it has."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def parse(lines: Iterable[str], years: Iterable[int] = ()) -> Calendar:
    """A calendar from an overlay: CSV with the columns `date` and `works` (yes or no).

    Raises ValueError naming the line that is wrong.
    """
    reader = csv.DictReader(lines)
    if reader.fieldnames is None or not {"date", "works"} <= set(reader.fieldnames):
        raise ValueError("line 1: the columns date and works are needed")
    days: dict[date, bool] = {}
    for row in reader:
        day, works = (row["date"] or "").strip(), (row["works"] or "").strip().lower()
        try:
            days[date.fromisoformat(day)] = {"yes": True, "no": False}[works]
        except (ValueError, KeyError):
            raise ValueError(
                f"line {reader.line_num}: a date such as 2027-02-06 and works = yes or no are needed"
            ) from None
    return Calendar(days, frozenset(years))


class Unit(StrEnum):
    """What a term is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"


_TERM = re.compile(r"([1-9]\d{0,4})\s*(hour|day|working day)s?")


@dataclass(frozen=True, slots=True)
class Term:
    """How long there is for something: `48 hours`, `15 days`, `3 working days`."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Term:
        """Raises ValueError where a text is not a term."""
        found = _TERM.fullmatch(text.strip())
        if found is None or (found[2] != "hour" and int(found[1]) > 2000):
            raise ValueError("a term such as `48 hours`, `15 days` or `3 working days` is needed")
        return cls(int(found[1]), Unit(found[2] + "s"))

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count > 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When something is due, and how that came about; it does not move when the calendar does."""

    due_at: datetime
    term: Term | None
    """None: set by hand."""
    since: datetime
    calendar: str | None = None
    """The version that was counted with; None where no calendar was needed."""
    provisional: bool = False
    """It reaches into a year whose holidays are not announced yet."""


def deadline(term: Term, since: datetime, zone: tzinfo, calendar: Calendar) -> Deadline:
    """The end of a term. The first day does not count (民法典 art. 201), the last one does, whole."""
    if term.unit is Unit.HOURS:
        return Deadline(due_at=since + term.count * timedelta(hours=1), term=term, since=since)
    first = civil_date(since, zone)
    if term.unit is Unit.DAYS:
        due = day_start(first + (term.count + 1) * _DAY, zone)
        return Deadline(due_at=due, term=term, since=since)
    return _counted(
        Deadline(due_at=since, term=term, since=since), first, term.count, zone, calendar
    )


def _counted(base: Deadline, after: date, count: int, zone: tzinfo, calendar: Calendar) -> Deadline:
    """`base`, due at the end of the n-th working day after a day."""
    days = calendar.working_days(after + _DAY)
    last = next((day for n, day in enumerate(days, 1) if n == count), None)
    if last is None:
        raise ValueError(f"the calendar has no {count} working days after {after}")
    return replace(
        base,
        due_at=day_start(last + _DAY, zone),
        calendar=calendar.version,
        provisional=not all(calendar.known(y) for y in range(after.year, last.year + 1)),
    )


def paused(
    held: Deadline, since: datetime, until: datetime, zone: tzinfo, calendar: Calendar
) -> Deadline:
    """A deadline after a pause: as much is left as was when it began.

    Working days that were left, that of the pause's beginning with them, begin anew with the day of its
    end. What was due already stays due.
    """
    if held.due_at <= since:
        return held
    if held.term is None or held.term.unit is not Unit.WORKING_DAYS:
        return replace(held, due_at=held.due_at + (until - since))
    first, last = civil_date(since, zone), civil_date(held.due_at, zone) - _DAY
    left = sum(1 for n in range((last - first).days + 1) if calendar.works(first + n * _DAY))
    term, before = Term(max(1, left), Unit.WORKING_DAYS), civil_date(until, zone) - _DAY
    after = replace(held, term=term, since=day_start(before, zone))
    return _counted(after, before, term.count, zone, calendar)
