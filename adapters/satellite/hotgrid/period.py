"""The periods of lists as people write them: `2026-10`, `2026年10月`, `20261005`, `A 至 B`. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

_YEAR_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?")
_DAY = re.compile(r"(\d{4})(?:[-/.年]?)(\d{2})(?:[-/.月]?)(\d{2})日?|"
                  r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")  # fmt: skip
_CLOCK = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
_BETWEEN = re.compile(r"\s*(?:至|到|~|～|—|–|/(?=\d{4}-)|\bto\b|\s-\s)\s*")

Span = tuple[datetime, datetime]
"""From the first moment to the last second: the next period touches it nowhere."""


def read(text: str, zone: tzinfo, *, month: bool = False) -> Span | None:
    """A month, a day, or from one to another; `month`: a day stands for its month."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if not 1 <= len(parts) <= 2:
        return None
    first, last = _one(parts[0], month), _one(parts[-1], month)
    if first is None or last is None or last[1] < first[0]:
        return None
    start = datetime.combine(first[0], time(), zone)
    return start, datetime.combine(last[1], time(23, 59, 59), zone)


def _one(text: str, month: bool) -> tuple[date, date] | None:
    """The first day and the last."""
    text = _CLOCK.sub("", text)
    try:
        if found := _DAY.fullmatch(text):
            day = date(*(int(part) for part in found.groups() if part))
            return _month(day.year, day.month) if month else (day, day)
        if found := _YEAR_MONTH.fullmatch(text):
            return _month(int(found[1]), int(found[2]))
    except (ValueError, OverflowError):
        return None
    return None


def _month(year: int, number: int) -> tuple[date, date]:
    first = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    return first, after - timedelta(days=1)
