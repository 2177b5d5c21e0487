"""The stable names of what can be wrong with a JSON message, each with what is done about it.

Messages of HJ 212 frames have the names of `adapters/hj212`. What both know has the same name.
"""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the message
    "message-too-long": "longer than `max_message`; its beginning is kept, not read",
    "empty-message": "no bytes; kept, not read",
    "no-frame": "bytes that are no HJ 212 frame; the whole message is kept as well",
    "not-readable": "the reader failed with it; kept, please report",
    # the JSON
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; kept, not read",
    "not-json": "no JSON; kept, not read",
    "too-nested": "nested deeper than `max_depth`; kept, not read",
    "too-many-items": "more reports or items than `max_items`; kept, not read",
    "repeated-key": "a name twice in an object; the first counts",
    # the report
    "no-report": "nothing where the profile's `reports` points to; kept, not read",
    "missing-device": "no device code, or one that cannot be a name; no readings are made",
    "missing-time": "nothing where the profile's `time` points to; no readings are made",
    "bad-time": "the time is not in the profile's `time_format`; no readings are made",
    "implausible-time": "a time before 2000 or over an hour ahead; no readings are made",
    "unaligned-data-time": "the time is not at the edge of its period; floored",
    "unknown-period": "the period is none of the profile's `periods`; no readings are made",
    "no-items": "no item with a value where the profile's `items` points to; no readings are made",
    # the item
    "missing-code": "an item without a code; left out",
    "unusable-code": "a code that is too long or has control characters or a comma; left out",
    "missing-value": "an item with neither value nor flag; left out",
    "repeated-item": "an item twice in a report; the first counts",
    "empty-value": "null or an empty text for a number; an empty value",
    "not-a-number": "no number where one is due; an empty value",
    "number-format": "a number as text in an unusual notation (+1, .5, 1e3); read",
    "implausible-value": "no instrument measures that; an empty value",
    "not-computable": "the standard's sign for a converted value that cannot be computed; empty",
    "unusable-flag": "a flag with control characters or a comma; `?` in the readings, never judged",
    # the device
    "unknown-device": "the register has no such device code; kept in quarantine",
}
"""Every problem name that this adapter gives itself."""
