"""The stable names of what can be wrong with a table, each with what is done about it."""

from __future__ import annotations

from typing import Final

FILE: Final[dict[str, str]] = {
    "empty-file": "nothing in it",
    "wrong-format": "neither CSV nor a workbook (.xlsx) nor JSON, e.g. an old .xls or UTF-16; not read",
    "unreadable-workbook": "a damaged or locked workbook; read as far as it goes",
    "too-large": "a workbook or a JSON array over its bound; not read. CSV and JSON lines have none",
    "not-json": "JSON that ends in the middle or is no list of objects; read as far as it goes",
    "no-header": "no row among the first has the profile's headings; not read",
    "heading-twice": "a heading of the profile stands over two columns; not read",
    "unknown-unit": "the unit in a heading cannot be turned into the table's; not read",
    "unit-contradiction": "the unit in a heading is not the profile's; not read",
    "not-readable": "a fault of ours, which is in the log; kept",
}
"""Of a whole file."""

ROW: Final[dict[str, str]] = {
    "cell-count": "more or fewer cells than the heading has; the row is left out",
    "undecodable-text": "not in the file's encoding; the row is left out",
    "not-csv": "quotes that do not match, or a row that is too long; it is left out",
    "not-an-object": "JSON, but no object; the row is left out",
    "missing-columns": "an object without the profile's names; it is left out",
    "missing-device": "no device code, or one that cannot be a name; the row is left out",
    "device-as-number": "a device code that a spreadsheet has made a number; the row is left out",
    "missing-time": "no time; the row is left out",
    "bad-time": "no time in the profile's formats; the row is left out",
    "implausible-time": "before 2000, or over an hour ahead; the row is left out",
    "unknown-period": "none of the profile's `periods`; the row is left out",
    "unknown-pollutant": "neither one of `codes` nor of HJ 212's; the row is left out",
    "unconvertible-unit": "the row's unit cannot be turned into the table's; the row is left out",
    "not-a-number": "text where a number should be; the row is left out",
    "unusable-flag": "a mark that is too long or holds a comma; the row is left out",
}
"""Of a row, which is wrong and left out."""

DOUBT: Final[dict[str, str]] = {
    "implausible-value": "a number that cannot be one of this pollutant; empty, the rest is taken",
    "not-computable": "HJ 212's sign for a converted value that cannot be computed; empty",
    "unaligned-data-time": "not the edge of its period; the period it lies in is meant",
}
"""Of a row that is taken."""

NOTES: Final[dict[str, str]] = {
    "gb18030": "the file is in GB18030 (GBK); read as such",
    "wrong-rows": "the frame has rows that were left out",
    "unknown-device": "the register does not have a device; its readings are in quarantine",
}
"""Of a frame, besides those."""

PROBLEMS: Final[dict[str, str]] = FILE | ROW | DOUBT | NOTES
"""Every problem name that this adapter gives."""
