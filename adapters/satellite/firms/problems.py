"""The stable names of what can be wrong with a FIRMS file, each with what is done about it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the file
    "empty-message": "no bytes; kept",
    "not-readable": "the reader failed with it; kept, please report",
    "undecodable-text": "the text is not UTF-8; signs that cannot be read are replaced",
    "no-header": "no line with the columns of FIRMS, e.g. `Invalid MAP_KEY.`; kept, asked again",
    "broken-csv": "the text ends to be CSV somewhere; what stands before it counts",
    "too-many-rows": "more rows than `max_rows`; pushed: refused, answered: the rest is left out",
    # a row
    "bad-place": "a position that is no number or not on earth; the row is left out",
    "bad-time": "no date and time that can be read; the row is left out",
    "implausible-time": "a time before 2000 or over an hour ahead; the row is left out",
    "repeated-detection": "two rows of one pass and place; the one with the greater FRP counts",
    "pixel-assumed": "no size of the pixel; the instrument's at nadir (VIIRS 375 m, else 1 km)",
    "unknown-instrument": "neither the column nor the others say which instrument; read as MODIS",
    "unknown-version": "a version that is neither URT, RT, NRT nor plain; taken as near real time",
    "bad-confidence": "a confidence that is neither l, n, h nor 0 to 100; as if there were none",
    "bad-value": "a value that is no number; left out",
}
"""Every problem of a frame, and what it means."""
