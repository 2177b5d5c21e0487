"""The stable names of what can be wrong with what is pushed, each with what is done about it.

What `adapters/mqtt` knows as well has the same name.
"""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the body
    "empty-message": "no bytes; kept, not read",
    "not-readable": "the reader failed with it; kept, please report",
    "damaged-form": "a form that cannot be followed to its end; read as far as it goes",
    "too-many-parts": "more parts in a form than 64; the rest is left out",
    "no-json-part": "a form in which no part is JSON; kept, not read",
    # the JSON
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; kept, not read",
    "not-json": "no JSON; kept, not read",
    "too-nested": "nested deeper than `max_depth`; kept, not read",
    "too-many-values": "more values (or commas and colons) than `max_values`; kept, not read",
    "repeated-key": "a name twice in an object; the first counts",
    "unusable-number": "NaN, infinite, or of more than 40 digits; as if it were null",
    # the event
    "no-event": "nothing where the profile's `events` points to; kept, not read",
    "too-many-events": "more events than `max_events`; the rest is left out",
    "missing-device": "no device where the profile looks for it; no event is made",
    "missing-label": "nothing that says what was seen; no event is made",
    "missing-id": "a later message (picture, update) that does not say of which event; no event is made",
    "unusable-characters": "characters that cannot be stored or seen; replaced by U+FFFD",
    "name-too-long": "a device, channel or label of more than 128 characters; cut",
    "missing-time": "no time where the profile looks for it; the time of receipt counts",
    "bad-time": "a time that is not in the profile's `time_format`; the time of receipt counts",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt counts",
    "time-format": "an ISO time with blanks behind its T; read",
    "end-before-start": "an end before the start; left out",
    "unknown-status": "a status that is none of the profile's `statuses`; taken for an instant",
    "bad-confidence": "a confidence that is no number or not within its scale; left out",
    "bad-box": "a box that is not four numbers, or one of more than 100; left out",
    "bad-place": "a position that is no number or not on earth; left out",
    "detail-too-long": "a detail of more than 4000 characters or 500 values; left out",
    # the pictures
    "too-many-pictures": "more pictures than `max_pictures`; the rest is left out",
    "picture-missing": "the form has no part of the name that the message gives; left out",
    "picture-unfit": "no picture and no video, or a damaged one; left out",
    "picture-too-large": "larger than `max_picture`, or more pixels than are taken; left out",
    "picture-not-fetched": "not to be had from its address, see the frame's note; left out",
}
"""Every problem name that this adapter gives."""
