"""The stable names of what can be wrong with what a device says, each with what is done about it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    "no-event": "nothing that is an event; kept, not read",
    "part-too-long": "a part of more than 1 MB; its beginning is kept, not read",
    "too-many-events": "more than 100 events in a part; the others are kept, not read",
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; its damaged characters are replaced",
    "unusable-characters": "characters that no database takes (NUL, surrogates); replaced",
    "not-json": "the data of an event is no JSON; the event is taken without it, what follows not read",
    "too-nested": "data nested more than 16 deep; the event is taken without it",
    "too-many-items": "data of more than 2000 elements; the event is taken without it",
    "text-cut": "a text of more than 1000 characters; its beginning is in the event",
    "no-channel": "no `index` that is a number; the source is the device alone",
    "unknown-action": "an action other than Start, Stop and Pulse; taken as Pulse",
    "utc-is-wall-time": "`UTC` is the time on the wall; taken as that",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt is taken",
    "not-readable": "the reader failed with it; kept, please report",
}
"""Every problem of a frame, and what it means."""
