"""Small registers and files for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from monitor.books import Books
from monitor.observation import Period
from monitor.register import (
    Basis,
    Camera,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Medium,
    Meter,
    Officer,
    Outlet,
)
from monitor.registry.checks import uscc_check_character

SAMPLE = Path(__file__).resolve().parent.parent / "monitor" / "samples" / "registry"


def uscc(number: int) -> str:
    """A valid credit code of no real enterprise."""
    first = f"91990000MATEXT{number:03d}"
    return first + uscc_check_character(first)


def mn(number: int) -> str:
    return f"DE{number:022d}"


def enterprise(number: int, district: str = "东区") -> Enterprise:
    return Enterprise(uscc=uscc(number), name=f"示例{number}厂", district=district)


def outlet(number: int, owner: int | None = None) -> Outlet:
    return Outlet(mn=mn(number), uscc=uscc(owner or number), code="DA001", medium=Medium.AIR)


def limit(number: int, bound: float = 35.0, since: date = date(2024, 1, 1)) -> Limit:
    return Limit(
        mn=mn(number),
        pollutant="a21026",
        period=Period.HOUR,
        limit=bound,
        basis=Basis.CONVERTED,
        clause="示例标准 表1",
        valid_from=since,
    )


def listing(number: int, since: date = date(2026, 1, 1)) -> Listing:
    return Listing(uscc=uscc(number), category="6", listed_from=since, document="示例〔2026〕1号")


def small_books(*numbers: int, district: str = "东区") -> Books:
    """For every number an enterprise with one row in every sheet."""
    return Books(
        enterprises=tuple(enterprise(n, district) for n in numbers),
        outlets=tuple(outlet(n) for n in numbers),
        instruments=tuple(
            Instrument(mn=mn(n), pollutant="a21026", range_high=300) for n in numbers
        ),
        officers=tuple(Officer(licence=f"0{n}", name="甲", district=district) for n in numbers),
        limits=tuple(limit(n) for n in numbers),
        listings=tuple(listing(n) for n in numbers),
        cameras=tuple(Camera(camera=f"c{n}", uscc=uscc(n), adapter="video") for n in numbers),
        meters=tuple(
            Meter(meter=f"m{n}", uscc=uscc(n), facility="production", mn=mn(n)) for n in numbers
        ),
    )


def bare(books: Books) -> Books:
    """Books without where they were read, to compare by content."""
    return replace(books, origins={})


def write_csv(folder: Path, sheets: Mapping[str, str], encoding: str = "utf-8") -> Path:
    """A folder of CSV files from their texts."""
    folder.mkdir(exist_ok=True)
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    return folder


def write_xlsx(path: Path, sheets: Mapping[str, Iterable[Iterable[object]]]) -> Path:
    """A workbook from rows of cells."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path
