"""From the bytes of a FIRMS CSV to the detections in it. Pure, and no bytes make it fail.

Columns of MODIS and of VIIRS, by their names, in any order. Times are UTC: `acq_time` is HHMM, of which
spreadsheets and some files lose the leading zeros. `version` tells the near-real-time products (`2.0NRT`,
`2.0RT`, `2.0URT`) from the standard one (a plain number).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.satellite.firms.detection import Detection, Level, Product

NEEDED = ("latitude", "longitude", "acq_date", "acq_time")
_TOLD = ("bright_ti4", "bright_ti5", "brightness", "bright_t31")
"""Brightness temperatures in K."""
_SATELLITES = {
    "N": "Suomi NPP",
    "1": "NOAA-20",
    "N20": "NOAA-20",
    "N21": "NOAA-21",
    "T": "Terra",
    "TERRA": "Terra",
    "A": "Aqua",
    "AQUA": "Aqua",
}
_LEVELS = {"l": Level.LOW, "n": Level.NOMINAL, "h": Level.HIGH} | {each: each for each in Level}
_PRODUCTS = {
    "URT": Product.URT,
    "RT": Product.RT,
    "NRT": Product.NRT,
    "": Product.STANDARD,
    "SP": Product.STANDARD,
}
_NADIR = {"VIIRS": 0.375}
_LARGEST_PIXEL = 10.0
"""km; MODIS has 4.8 at the edge of its swath."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=1)
_TEXT = 60
_HEADER = 4096
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?|(\d{1,4})(?:\.0)?")
_VERSION = re.compile(r"[0-9.]*\s*([A-Z]*)")


@dataclass(slots=True)
class Read:
    """What was found."""

    detections: dict[str, Detection] = field(default_factory=dict)
    """By key."""
    header: bool = False
    """Whether it is a FIRMS file at all."""
    refusal: str = ""
    """How it begins where it is none."""
    problems: dict[str, None] = field(default_factory=dict)

    def name(self, problem: str) -> None:
        """Put down a problem, once."""
        self.problems[problem] = None


class _Unfit(Exception):
    """A row that is no detection; its text is the problem."""


def read(body: bytes, now: datetime, most: int) -> Read:
    """The detections of a file, of at most so many rows."""
    found = Read()
    if not body.strip():
        found.name("empty-message")
        return found
    for count, row in enumerate(_rows(_text(body, found), found)):
        if count >= most:
            found.name("too-many-rows")
            break
        try:
            _keep(_detection(row, now, found), found)
        except _Unfit as unfit:
            found.name(str(unfit))
    return found


def _text(body: bytes, found: Read) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        found.name("undecodable-text")
        return body.decode("utf-8-sig", "replace")


def _rows(text: str, found: Read) -> Iterator[Mapping[str, str]]:
    """The rows by the names of their columns."""
    text = text.lstrip()
    first = text[:_HEADER].partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        found.header = set(NEEDED) <= set(columns)
        if not found.header:
            found.name("no-header")
            found.refusal = "".join(sign for sign in first[:_TEXT] if sign.isprintable())
            return
        for row in rows:
            if any(cell.strip() for cell in row):
                yield dict(zip(columns, (cell.strip() for cell in row), strict=False))
    except csv.Error:
        found.name("broken-csv" if found.header else "no-header")


def _keep(detection: Detection, found: Read) -> None:
    """Two rows of one pixel are one; which of them does not depend on their order."""
    known = found.detections.get(detection.key)
    if known is not None and known != detection:
        found.name("repeated-detection")
    if known is None or _weight(detection) > _weight(known):
        found.detections[detection.key] = detection


def _weight(detection: Detection) -> tuple[int, float, str]:
    product = list(Product).index(detection.product)
    return product, detection.frp if detection.frp is not None else -math.inf, repr(detection)


def _detection(row: Mapping[str, str], now: datetime, found: Read) -> Detection:
    """A row's; raises _Unfit."""
    instrument = _instrument(row, found)
    scan, track = _side(row, "scan"), _side(row, "track")
    if scan is None or track is None:
        found.name("pixel-assumed")
        scan = track = _NADIR.get(instrument, 1.0)
    satellite = row.get("satellite", "")
    kind = row.get("type", "")
    return Detection(
        satellite=_SATELLITES.get(satellite.upper(), _short(satellite) or "?"),
        instrument=instrument,
        at=_time(row, now),
        longitude=_degrees(row["longitude"], 180) if "longitude" in row else _nowhere(),
        latitude=_degrees(row["latitude"], 90) if "latitude" in row else _nowhere(),
        scan=scan,
        track=track,
        product=_product(row.get("version"), found),
        confidence=_confidence(row.get("confidence", ""), found),
        type=int(kind) if kind in ("0", "1", "2", "3") else None,
        frp=_value(row.get("frp", ""), found),
        details=_details(row, found),
    )


def _nowhere() -> float:
    raise _Unfit("bad-place")


def _degrees(text: str, most: float) -> float:
    number = _number(text)
    if number is None or abs(number) > most:
        raise _Unfit("bad-place")
    return number


def _time(row: Mapping[str, str], now: datetime) -> datetime:
    day, clock = _DAY.match(row.get("acq_date", "")), _CLOCK.fullmatch(row.get("acq_time", ""))
    if day is None or clock is None:
        raise _Unfit("bad-time")
    hour, minute = (clock[1], clock[2]) if clock[1] else divmod(int(clock[3]), 100)
    try:
        at = datetime(*(int(part) for part in (*day.groups(), hour, minute)), tzinfo=UTC)  # type: ignore[arg-type, misc]  # five numbers, which mypy cannot count
    except ValueError:
        raise _Unfit("bad-time") from None
    if not _EARLIEST <= at <= now + _AHEAD:
        raise _Unfit("implausible-time")
    return at


def _instrument(row: Mapping[str, str], found: Read) -> str:
    written = row.get("instrument", "").upper()
    if written:
        return _short(written)
    if "bright_ti4" in row:
        return "VIIRS"
    if "brightness" not in row:
        found.name("unknown-instrument")
    return "MODIS"


def _side(row: Mapping[str, str], name: str) -> float | None:
    side = _number(row.get(name, ""))
    return side if side is not None and 0 < side <= _LARGEST_PIXEL else None


def _product(version: str | None, found: Read) -> Product:
    parts = _VERSION.fullmatch(version.upper()) if version else None
    product = _PRODUCTS.get(parts[1]) if parts else None
    if product is None:
        found.name("unknown-version")
        return Product.NRT
    return product


def _confidence(text: str, found: Read) -> int | Level | None:
    if not text:
        return None
    level, number = _LEVELS.get(text.lower()), _number(text)
    if level is not None:
        return Level(level)
    if number is None or not 0 <= number <= 100:
        found.name("bad-confidence")
        return None
    return round(number)


def _details(row: Mapping[str, str], found: Read) -> dict[str, float | str]:
    told = {name: _value(row[name], found) for name in _TOLD if row.get(name)}
    kept: dict[str, float | str] = {
        name: value for name, value in told.items() if value is not None
    }
    for name in ("daynight", "version"):
        if text := _short(row.get(name, "")):
            kept[name] = text
    return kept


def _value(text: str, found: Read) -> float | None:
    number = _number(text)
    if number is None and text:
        found.name("bad-value")
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def _short(text: str) -> str:
    return "".join(sign for sign in text[:_TEXT] if sign.isprintable())
