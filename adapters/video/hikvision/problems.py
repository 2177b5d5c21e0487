"""The stable names of what can be wrong with what a device sends, each with what is done about it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the body
    "empty-body": "no bytes; kept, not read",
    "no-alert": "nothing that is an alert; kept, not read",
    "too-many-parts": "more than 100 parts; the others are kept, not read",
    "part-too-long": "a part of the stream longer than `max_body`; its beginning is kept, not read",
    "unknown-part": "a part that is neither alert nor picture; kept, not read",
    "alert-too-long": "a text of more than 256 KiB; kept, not read",
    "alert-cut-short": "an alert that begins and does not end; kept, not read",
    "too-many-alerts": "more than 100 alerts in one text; the others are kept, not read",
    "not-readable": "the reader failed with it; kept, please report",
    # the text
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; its damaged characters are replaced",
    "unusable-characters": "characters that no database takes (NUL, surrogates); replaced",
    "bare-ampersand": "`&` where `&amp;` is due; read as meant",
    "doctype": "a document type, which no device writes and attacks need; kept, not read",
    "not-xml": "no XML; kept, not read",
    "not-json": "no JSON; kept, not read",
    "too-nested": "nested more than 16 deep; kept, not read",
    "too-many-items": "more than 2000 elements; kept, not read",
    "text-cut": "a text of more than 1000 characters; its beginning is in the event",
    # the alert
    "no-type": "no `eventType`; no event",
    "no-device": "neither MAC address nor any other name of the device; its network address is taken",
    "no-channel": "no channel; the source is the device alone",
    "unknown-state": "an `eventState` other than active and inactive; taken as active",
    "zone-assumed": "a time without offset; taken as in `zone`",
    "bad-time": "no time, or none that can be read; the time of receipt is taken",
    "implausible-time": "a time before 2000 or over an hour ahead; the time of receipt is taken",
    # the pictures
    "picture-unfit": "a picture that is damaged, too large or of no type that is kept",
    "picture-not-fetched": "a picture given by URL that could not be had; the URL is in the event",
    "picture-not-kept": "no room for a picture of the stream; it is in the frame only",
    "pictures-missing": "fewer pictures than the alert announces",
    "too-many-pictures": "more than 20 pictures of one alert; the others are in the frame only",
    "picture-without-event": "a picture that belongs to no event; it is in the frame only",
}
"""Every problem of a frame, and what it means."""
