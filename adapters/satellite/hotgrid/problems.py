"""The stable names of what can be wrong with a list of hot cells, each with what is done about it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the file
    "empty-message": "no bytes; kept",
    "not-readable": "the reader failed with it; kept, please report",
    "unknown-type": "neither a table nor GeoJSON; kept",
    "too-large": "larger than a file of its type may be; kept, not read",
    "broken": "the file does not hold together; kept, not read",
    "unpacked-too-large": "would be too large unpacked (a ZIP bomb); kept, not read",
    "unsafe-archive": "an entry of the ZIP names a place outside of it; kept, not read",
    "unsafe-xml": "its XML declares entities or a document type; kept, not read",
    "too-nested": "nested too deep; kept, not read",
    "unknown-encoding": "the text is neither UTF-8, UTF-16 nor GB18030; kept, not read",
    "no-header": "none of the first 20 rows has columns for a place; kept, not read",
    "too-many-rows": "more rows than `max_rows`; refused",
    "too-many-columns": "more than 256 columns; kept, not read",
    "too-many-features": "more than 10,000 features; kept, not read",
    "too-many-points": "more than 200,000 points in its shapes; kept, not read",
    "other-crs": "in another system than longitude and latitude; kept, not read",
    "gb18030": "the text is not UTF-8; read as GB18030",
    # a cell
    "overlong-cell": "a table's cell longer than any value is; its row is left out",
    "bad-place": "no position, bounds or shape on earth; the row is left out",
    "bad-period": "no period that can be read, here or in the address; the row is left out",
    "implausible-time": "a period before 2000 or that is yet to begin; the row is left out",
    "no-grid": "no number of the cell; its middle stands for it",
    "size-assumed": "no size of the cell; `cell_metres` is taken",
    "repeated-cell": "two rows of one cell, pollutant, kind and period; one of them counts",
    "bad-value": "a value or rank that is no number; left out",
    "no-geometry": "a feature without a shape that is read; left out",
    "bad-coordinates": "coordinates that are none on earth, or make no shape; left out",
    "swapped-order": "latitude before longitude; read the other way round",
    "invalid-shape": "a shape that crosses itself; taken as it is",
    "shortened": "names, texts or properties longer or more than are kept; cut off",
}
"""Every problem of a frame, and what it means."""
