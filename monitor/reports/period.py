"""Spans and levels of reports."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.task import InputError

LONGEST_DAYS = 366 * 5


class Level(StrEnum):
    """Who reports (环执法发〔2020〕1号 and what carried it on): a county to the city, and so on."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Span:
    """Civil days, both of which belong to it."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.first <= day <= self.last


def month(text: str) -> Span:
    """The span of `2026-10`. Raises InputError."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip())
    if found and 2000 <= int(found[1]) <= 2999 and 1 <= int(found[2]) <= 12:
        year, number = int(found[1]), int(found[2])
        last = calendar.monthrange(year, number)[1]
        return Span(date(year, number, 1), date(year, number, last))
    raise InputError("month: a month such as 2026-10 is needed")


def year(number: int) -> Span:
    """The span of a year. Raises InputError."""
    if not 2000 <= number <= 2999:
        raise InputError("year: a year such as 2026 is needed")
    return Span(date(number, 1, 1), date(number, 12, 31))


def span(first: date, last: date) -> Span:
    """The span of two days. Raises InputError."""
    if last < first:
        raise InputError(f"to ({last}) lies before from ({first})")
    if (last - first).days > LONGEST_DAYS:
        raise InputError("from and to may lie five years apart at most")
    return Span(first, last)
