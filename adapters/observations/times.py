"""The times of tables: what people and spreadsheets write, to an instant and to a period."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from adapters.mqtt import times
from adapters.observations.profile import CIVIL, SERIAL
from adapters.observations.tables import Cell

_CIVIL = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})(?:\s*[:时点]\s*(?:(\d{1,2})\s*分?(?:\s*:?\s*(\d{1,2})(?:\.\d{1,9})?\s*秒?)?)?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock's; the zone follows
_SERIALS = (20_000.0, 80_000.0)
_LONGEST = 64


def written(cells: Sequence[Cell]) -> str:
    """The text of a time that stands in one cell or in two, date and time of day.

    A workbook's instant may be some microseconds off the second: its days are floats.
    """
    texts = [_text(cell, only_date=len(cells) > 1 and n == 0) for n, cell in enumerate(cells)]
    return unicodedata.normalize("NFKC", " ".join(filter(None, texts))).strip()


def _text(cell: Cell, *, only_date: bool) -> str:
    if isinstance(cell, datetime):
        near = cell + timedelta(microseconds=500_000) if cell.microsecond else cell
        return near.strftime("%Y-%m-%d" if only_date else "%Y-%m-%d %H:%M:%S%z")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M:%S")
    return "" if cell is None or isinstance(cell, bool) else str(cell).strip()


def instant(text: str, formats: Sequence[str], zone: tzinfo, *, day: bool) -> datetime | None:
    """The instant that a text means by the first format that fits. `day`: a date alone is enough."""
    if not text or len(text) > _LONGEST:
        return None
    for each in formats:
        if each == CIVIL:
            found = _civil(text, zone, day=day)
        elif each == SERIAL:
            found = _serial(text, zone)
        else:
            found = times.instant(text, each, zone)
        if found is not None:
            return found
    return None


def _civil(text: str, zone: tzinfo, *, day: bool) -> datetime | None:
    match = _CIVIL.fullmatch(text)
    if match is None or (match[4] is None and not day):
        return None  # a date where hours are meant would put all of a day's into its first
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    over = hour == 24 and not minute and not second  # ends a day
    try:
        year, month, of_month = map(int, match.group(1, 2, 3))
        begin = datetime(year, month, of_month, 0 if over else hour, minute, second)  # noqa: DTZ001
        local = begin + timedelta(days=over)  # the zone follows
        if match[7]:
            return datetime.fromisoformat(local.isoformat() + match[7]).astimezone(UTC)
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _serial(text: str, zone: tzinfo) -> datetime | None:
    try:
        days = float(text)
    except ValueError:
        return None
    if not _SERIALS[0] <= days <= _SERIALS[1]:
        return None
    local = _SERIAL_EPOCH + timedelta(seconds=round(days * 86_400))
    return local.replace(tzinfo=zone).astimezone(UTC)
