"""The stable names of what can be wrong with what a Frigate says, each with what is done about it."""

from __future__ import annotations

from typing import Final

from adapters.video import polling, snapshots

PROBLEMS: Final[dict[str, str]] = {
    # the message or the answer
    "message-too-long": "longer than `max_message`; its beginning is kept, not read",
    "empty-message": "no bytes; kept, not read",
    "not-readable": "the reader failed with it; kept, please report",
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; kept, not read",
    "not-json": "no JSON, e.g. a page of a proxy; kept, not read",
    "too-nested": "nested more than 16 deep; kept, not read",
    "too-many-values": "more than 100,000 values, of an answer 500,000; kept, not read",
    "repeated-key": "a name twice in an object; the first counts",
    "unusable-number": "NaN, infinite, or of more than 40 digits; as if it were null",
    "not-a-list": "an answer that is no list; kept, asked again",
    "too-many-events": "more than is given in one answer happened within a minute; the rest is left out",
    "unknown-topic": "a topic that is not asked for; kept, not read",
    "unknown-type": "a `type` other than new, update, end, genai; read all the same",
    # what it tells of
    "no-object": "no object where the review or the tracked object is due; no event",
    "no-id": "no id, or one that is none; no event",
    "no-camera": "no camera; no event",
    "no-label": "nothing that was seen; the label is the severity, or `object`",
    "too-many-items": "a review or tracked object of more than 2000 elements; no event",
    "unusable-characters": "characters that no database takes (NUL, surrogates); replaced",
    "text-cut": "a text of more than 1000 characters; its beginning is in the event",
    "bad-time": "no start that is a time; the time of receipt is taken",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt is taken",
    "end-before-start": "an end before the start; left out",
    "bad-confidence": "a score that is no number from 0 to 1; left out",
    **polling.PROBLEMS,
    **snapshots.PROBLEMS,
}
"""Every problem of a frame, and what it means."""
