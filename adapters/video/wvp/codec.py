"""From the bytes of an answer to the alarms in it. Pure, and no bytes make it fail.

Shape: `{"code": 0, "msg": "成功", "data": {"total": 1, "list": […], "pages": 1, …}}`, a page of
PageHelper in WVP's own envelope; some versions answer without the envelope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from adapters.mqtt.document import Unreadable as NoDocument
from adapters.video import bodies
from adapters.video.tidy import Unreadable, line
from adapters.video.wvp import alarm
from adapters.video.wvp.alarm import Alarm
from monitor.event import Datum

_SAYING = 200


@dataclass(slots=True)
class Read:
    """What was found."""

    alarms: list[Alarm] = field(default_factory=list)
    pages: int = 1
    """How many pages there are, as far as it says."""
    rows: int | None = None
    """How many rows it has, whatever they are; None: there is no list."""
    refusal: str = ""
    """Why WVP does not answer, in its own words."""
    problems: dict[str, None] = field(default_factory=dict)

    def name(self, problem: str) -> None:
        """Put down a problem, once."""
        self.problems[problem] = None


def envelope(body: bytes, content_type: str, read: Read) -> Any:
    """What is in the envelope; None where it cannot be read, or WVP refuses."""
    try:
        found = bodies.parse(bodies.in_utf8(body, content_type), read.name)
    except NoDocument as unreadable:
        read.name(str(unreadable))
        return None
    if isinstance(found, dict) and "code" in found:
        if found["code"] != 0:
            read.refusal = line(f"{found['code']} {found.get('msg')}"[:_SAYING])
            return None
        return found.get("data")
    return found


def page(body: bytes, content_type: str, zone: tzinfo, datum: Datum, received_at: datetime) -> Read:
    """The alarms of an answer of `/api/alarm/list`."""
    read = Read()
    found = envelope(body, content_type, read)
    rows = found.get("list") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        if not read.problems:
            read.name("no-list")
        return read
    read.rows = len(rows)
    pages = found.get("pages") if isinstance(found, dict) else 1
    read.pages = pages if isinstance(pages, int) and not isinstance(pages, bool) else 1
    for row in rows:
        try:
            read.alarms.append(alarm.read(row, zone, datum, received_at, read.problems))
        except Unreadable as unreadable:
            read.name(str(unreadable))
    return read
