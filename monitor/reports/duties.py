"""What is owed to the level above, and by when (环执法发〔2020〕1号 and its letters below). Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from monitor.reports.period import Level
from monitor.reports.policy import Reporting


class Kind(StrEnum):
    """The papers that are owed."""

    BRIEF = "brief"
    """简报, of every month."""
    ARTICLE = "article"
    """稿件, one a month at least."""
    YEAR = "year"
    """工作总结, with the table."""
    SUMMARY = "summary"
    """汇总表."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Duty:
    """A paper that a unit owes for a period (`2026-10`, `2026`) by a day."""

    due_on: date
    level: Level
    district: str
    """Of a county's; empty for the city and the province."""
    kind: Kind
    period: str

    def state(self, today: date, handed_in_on: date | None) -> str:
        """`handed_in`, `handed_in_late`, `late`, or `due`."""
        if handed_in_on is not None:
            return "handed_in" if handed_in_on <= self.due_on else "handed_in_late"
        return "late" if today > self.due_on else "due"


def due(policy: Reporting, districts: Sequence[str], first: date, last: date) -> list[Duty]:
    """The duties that fall due on days from `first` to `last`, in order."""
    found = []
    for year, month in _months(first, last):
        for level in policy.levels:
            for duty in _of(policy, level, year, month):
                names = districts if level is Level.COUNTY else ("",)
                found += [
                    Duty(due_on=day, level=level, district=name, kind=kind, period=period)
                    for kind, period, day in (duty,)
                    for name in names
                    if first <= day <= last
                ]
    return sorted(found)


def reminded_from(policy: Reporting, duty: Duty) -> date:
    """The first day on which it is reminded of."""
    return duty.due_on - timedelta(days=policy.remind_days)


def _of(policy: Reporting, level: Level, year: int, month: int) -> Iterator[tuple[Kind, str, date]]:
    """What a level owes within a month: kind, period, day."""
    before = date(year, month, 1) - timedelta(days=1)
    if level is Level.COUNTY:
        yield Kind.BRIEF, f"{before:%Y-%m}", _day(year, month, policy.brief_day)
    elif level is Level.CITY:
        yield Kind.ARTICLE, f"{before:%Y-%m}", _day(year, month, policy.article_day)
    else:
        yield Kind.ARTICLE, f"{year}-{month:02}", _day(year, month, 31)
    final = policy.final.get(level)
    if final is not None and final[0] == month:
        for kind in (Kind.YEAR, Kind.SUMMARY):
            yield kind, str(year), _day(year, month, final[1])


def _day(year: int, month: int, day: int) -> date:
    """A day of a month, or its last where it is shorter."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + month // 12, month % 12 + 1)
