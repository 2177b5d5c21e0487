"""The stable names of what can be wrong with what a WVP answers, each with what is done about it."""

from __future__ import annotations

from typing import Final

from adapters.video import polling, snapshots

PROBLEMS: Final[dict[str, str]] = {
    # the answer
    "empty-message": "no bytes; kept, asked again",
    "not-readable": "the reader failed with it; kept, please report",
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; kept, asked again",
    "not-json": "no JSON, e.g. a page of a proxy; kept, asked again",
    "too-nested": "nested more than 16 deep; kept, asked again",
    "too-many-values": "more than 500,000 values; kept, asked again",
    "repeated-key": "a name twice in an object; the first counts",
    "unusable-number": "NaN, infinite, or of more than 40 digits; as if it were null",
    "no-list": "no list of alarms where one is due; kept, asked again",
    "too-many-alarms": "more alarms within a minute than are read; the rest is left out",
    # the alarm
    "no-alarm": "something in the list that is no alarm; left out",
    "no-channel": "no code of the channel (国标编号); no event",
    "no-type": "no type of alarm; the label is `Other`",
    "too-many-items": "an alarm of more than 2000 elements; no event",
    "unusable-characters": "characters that no database takes (NUL, surrogates); replaced",
    "text-cut": "a text of more than 1000 characters; its beginning is in the event",
    "zone-assumed": "a time without a zone; taken as in `zone`",
    "bad-time": "no time, or none that can be read; the time of receipt is taken",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt is taken",
    "bad-place": "a position that is no number or not on earth; left out",
    **polling.PROBLEMS,
    **snapshots.PROBLEMS,
}
"""Every problem of a frame, and what it means."""
