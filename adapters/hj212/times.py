"""The time texts of HJ 212: 14 digits in civil time of the bureau's zone, QN with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""The civil time in which loggers stamp what they send."""


@lru_cache(maxsize=8_192)
def instant(text: str, zone: tzinfo) -> datetime | None:
    """The UTC time of 14 digits `YYYYMMDDhhmmss`; None if they are no date and time."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    try:
        local = datetime(
            int(text[:4]), int(text[4:6]), int(text[6:8]),
            int(text[8:10]), int(text[10:12]), int(text[12:]),
            tzinfo=zone,
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def sent_at(qn: str | None, zone: tzinfo) -> datetime | None:
    """The time that a QN (`YYYYMMDDhhmmsszzz`) says; None for what is no such time."""
    if qn is None or len(qn) != 17 or not (qn.isascii() and qn.isdigit()):
        return None
    minute = instant(qn[:12] + "00", zone)
    seconds = int(qn[12:14])
    if minute is None or seconds > 59:
        return None
    return minute + timedelta(seconds=seconds, milliseconds=int(qn[14:]))


def digits(when: datetime, zone: tzinfo) -> str:
    """The 14 digits of an aware time."""
    return when.astimezone(zone).strftime("%Y%m%d%H%M%S")


class Numbers:
    """QNs for the platform's own frames: the time to the millisecond, none twice."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self, now: datetime) -> str:
        """A QN for this time, or for the next free millisecond after it."""
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(at, self._last + timedelta(milliseconds=1))
        return digits(self._last, self._zone) + f"{self._last.microsecond // 1000:03d}"
