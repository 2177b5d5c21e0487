"""The stable names of what can be wrong with what a camera publishes, each with what is done about it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the message
    "message-too-long": "longer than `max_message`; its beginning is kept, not read",
    "not-readable": "the reader failed with it; kept, please report",
    "unknown-topic": "a topic without `onvif-ej` and something before and behind it; kept, not read",
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; kept, not read",
    "empty-message": "nothing but blanks; kept, not read",
    "not-json": "no JSON; kept, not read",
    "too-nested": "nested more than 16 deep; kept, not read",
    "too-many-values": "more than 100,000 values; kept, not read",
    "too-many-items": "more than 2000 elements; kept, not read",
    "repeated-key": "a name twice in an object; the first counts",
    "unusable-number": "NaN, infinite, or of more than 40 digits; as if it were null",
    "not-an-event": "no object with `Source` or `Data`; kept, not read",
    "unusable-characters": "characters that no database takes (NUL, surrogates); replaced",
    "text-cut": "a text of more than 1000 characters; its beginning is in the event",
    # the times
    "zone-assumed": "a time without offset; taken as UTC, as its name says",
    "bad-time": "no `UtcTime`, or none that can be read; the time of receipt is taken",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt is taken",
}
"""Every problem of a frame, and what it means."""
