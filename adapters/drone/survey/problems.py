"""Everything that can be wrong with a survey's files, by name: the problems that its readers note."""

from __future__ import annotations

import struct
import zipfile
import zlib

from monitor.errors import MonitorError
from monitor.survey import TOO_MANY

UNREADABLE = {
    "unknown-type": "the content is none of the types that are read; kept, not read",
    "too-large": "larger than a file of its type may be; kept, not read",
    "broken": "the file does not hold together; kept, not read",
    "unpacked-too-large": "would be too large unpacked (a ZIP bomb); refused",
    "unsafe-archive": "an entry of the ZIP names a place outside of it; refused",
    "unsafe-xml": "its XML declares entities or a document type; refused",
    "too-nested": "nested too deep; kept, not read",
    "unknown-encoding": "the text is neither UTF-8, UTF-16 nor GB18030; kept, not read",
    "no-header": "no row has the columns that the profile needs; kept, not read",
    "too-many-rows": "more rows than a track may have; kept, not read",
    "too-many-columns": "more columns than a track may have; kept, not read",
    "no-rows": "no row with a time and a position; kept, not read",
    "other-crs": "in another system of coordinates than longitude and latitude; kept, not read",
    "too-many-features": "more features than a file may have; kept, not read",
    "no-crs": "an orthophoto that does not say in which system its coordinates are; kept, not read",
    "too-many-points": "more points in its shapes than a file may have; kept, not read",
}
"""Why a file as a whole cannot be read."""

DANGEROUS = frozenset({"unpacked-too-large", "unsafe-archive", "unsafe-xml"})
"""Those that no program writes by mistake."""

PROBLEMS = UNREADABLE | {
    # a photo
    "exif-unreadable": "the EXIF data is damaged; what could be read of it counts",
    "xmp-unreadable": "the XMP packet is damaged or unsafe; it does not count",
    "no-position": "no position, or 0° 0° as cameras write without one",
    "bad-position": "a position that is none on earth; it does not count",
    "no-time": "no time of exposure",
    "bad-time": "a time that cannot be read, or before 2000; it does not count",
    "time-zone-assumed": "a local time without an offset; taken to be of the site's zone",
    "laser-invalid": "a laser target without a usable measurement; it does not count",
    "implausible-time": "a time over an hour after the receipt; it does not count",
    # a track
    "gb18030": "the text is not UTF-8; read as GB18030",
    "no-unit": "a column of values without a unit that is known; left out",
    "unit-by-header": "the header has another unit than the profile; the header's counts",
    "missing-column": "a column that the profile names is not there",
    "not-a-number": "no number where one is due; an empty value",
    "overlong-cell": "a cell longer than any value is; its row is left out",
    "unordered-time": "a row that is older than one before it; sorted",
    # a shape
    "no-geometry": "a feature without a shape that is read; left out",
    "bad-coordinates": "coordinates that are none on earth, or make no shape; left out",
    "swapped-order": "latitude before longitude; read the other way round",
    "invalid-shape": "a shape that crosses itself; taken as it is",
    "shortened": "names, texts or properties longer or more than are kept; cut off",
}
"""Every problem name of these readers."""

PROBLEMS |= {
    "not-readable": "a fault of ours met it; kept, not read",
    TOO_MANY: "its mission has 5000 files: begin another mission; kept, not read",
}

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,  # the base of XML parsers' errors
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the libraries raise over damaged files, according to where they are damaged."""


class Unreadable(MonitorError):
    """A file as a whole cannot be read; `problem` is one of UNREADABLE."""

    def __init__(self, problem: str) -> None:
        super().__init__(UNREADABLE[problem])
        self.problem = problem
