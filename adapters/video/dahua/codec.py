"""The events in a part of the stream. Pure, and no bytes make it fail.

`Code=<code>;action=<Start|Stop|Pulse>;index=<n>[;data={…}]`, the data being JSON over several lines, in
which anything may stand; or `Heartbeat`. Source: Dahua HTTP API, eventManager.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.hj212 import text
from adapters.video.parts import Part
from adapters.video.tidy import Unreadable, clean, tidy

MOST_EVENTS = 100
_EVENT = re.compile(
    r"Code=\s*([^;\r\n]{1,100}?)\s*;\s*action=\s*([^;\r\n]{1,40}?)\s*;\s*index=\s*([^;\s]{0,20})"
)
_DATA = re.compile(r"\s*;\s*data=\s*(?=\{)")
_JSON = json.JSONDecoder(parse_constant=str)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event as the device wrote it."""

    code: str
    action: str
    index: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Read:
    """What was found in a part."""

    notices: list[Notice] = field(default_factory=list)
    heartbeat: bool = False
    problems: dict[str, None] = field(default_factory=dict)


def read(part: Part) -> Read:
    """Everything in a part."""
    found = Read()
    if part.too_long:
        found.problems["part-too-long"] = None
        return found
    written, problem = text.decode(part.body)
    if problem is not None:
        found.problems[problem] = None
    if written.strip().lower() == "heartbeat":
        found.heartbeat = True
    else:
        _find(written, found)
    return found


def _find(written: str, found: Read) -> None:
    at: int | None = 0
    while at is not None and (event := _EVENT.search(written, at)):
        if len(found.notices) == MOST_EVENTS:
            found.problems["too-many-events"] = None
            return
        data, at = _data(written, event.end(), found.problems)
        code, action, index = (clean(each, found.problems) for each in event.groups())
        found.notices.append(Notice(code, action, index, data))
    if not found.notices:
        found.problems["no-event"] = None


def _data(written: str, at: int, problems: dict[str, None]) -> tuple[Mapping[str, Any], int | None]:
    """The data that stand at a place, if any, and where to read on; None = nowhere."""
    begins = _DATA.match(written, at)
    if begins is None:
        return {}, at
    try:
        data, end = _JSON.raw_decode(written, begins.end())
    except RecursionError:
        problems["too-nested"] = None
        return {}, None
    except ValueError:
        problems["not-json"] = None
        return {}, None
    try:
        return tidy(data, problems), end
    except Unreadable as unreadable:
        problems[str(unreadable)] = None
        return {}, end
