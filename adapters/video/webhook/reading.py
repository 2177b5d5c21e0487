"""One message being read: its problems by name, its texts made fit to be kept. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from adapters.mqtt import times
from adapters.mqtt.path import Place
from adapters.video.tidy import Unreadable, line, tidy
from adapters.video.webhook import where
from adapters.video.webhook.profile import Profile
from adapters.video.webhook.where import Where

AHEAD = timedelta(hours=1)
"""How far a source's clock may run ahead before its times are not believed."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
NAME_LIMIT = 128
"""Characters of a device, a channel, a label."""
DETAIL_LIMIT = 4000
"""Characters of a detail, written as JSON."""

_DETAIL_VALUES = 500
_BLANK_T = re.compile(r"(?<=\d)[Tt]\s+(?=\d)")


@dataclass(frozen=True, slots=True)
class Reader:
    """What a profile needs beside itself."""

    profile: Profile
    zone: tzinfo
    """Of times without an offset."""
    max_depth: int = 16
    max_values: int = 100_000
    max_events: int = 200
    max_pictures: int = 16


@dataclass
class Reading:
    """A message, and what was found wrong with it."""

    reader: Reader
    received_at: datetime
    problems: dict[str, None] = field(default_factory=dict)
    pictures: int = 0

    def name(self, problem: str) -> None:
        """Put down a problem, once."""
        self.problems[problem] = None

    def word(self, at: Where | None, place: Place) -> str | None:
        """A name or a code; None where there is none."""
        found = None if at is None else where.first(at, place)
        if found is None:
            return None
        clean = line(found, self.problems)
        if len(clean) > NAME_LIMIT:
            self.name("name-too-long")
        return clean[:NAME_LIMIT].strip()

    def when(self, at: Where | None, place: Place) -> tuple[datetime | None, str | None]:
        """The time that stands somewhere, None where it cannot be told; and its text."""
        written = None if at is None else where.first(at, place)
        if written is None:
            return None, None
        found, problem = _instant(written, self.reader)
        if problem is not None:
            self.name(problem)
        if found is not None and not EARLIEST <= found <= self.received_at + AHEAD:
            self.name("implausible-time")
            found = None
        return found, line(written)[:NAME_LIMIT]

    def detail(self, value: Any) -> Any:
        """A value as it may be kept; None where it is too long."""
        found: dict[str, None] = {}
        try:
            kept = tidy(value, found, _DETAIL_VALUES, DETAIL_LIMIT)
        except Unreadable:
            found["text-cut"] = None
        if "text-cut" in found or len(json.dumps(kept, ensure_ascii=False)) > DETAIL_LIMIT:
            self.name("detail-too-long")
            return None
        self.problems |= found
        return kept


def _instant(written: str, reader: Reader) -> tuple[datetime | None, str | None]:
    """The time that a text writes, and the problem with it."""
    time_format, problem = reader.profile.time_format, None
    if time_format == "iso" and _BLANK_T.search(written[:NAME_LIMIT]):
        written, problem = _BLANK_T.sub("T", written[:NAME_LIMIT]), "time-format"
    found = times.instant(written, time_format, reader.zone)
    return (found, problem) if found is not None else (None, "bad-time")
