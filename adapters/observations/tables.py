"""Rows of a table as they come: CSV, workbooks, JSON lines, a JSON array. In bounded memory, and pure.

Every byte of a text belongs to one row's `raw`, in order: put together they are the file again. CSV: RFC
4180, also with semicolons or tabs. Workbooks: ISO/IEC 29500, by openpyxl, which uses defusedxml where
it is installed; a row's `raw` is its cells as a line of JSON.
"""

from __future__ import annotations

import csv
import json
import warnings
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from openpyxl import load_workbook

from adapters.drone.survey.problems import BROKEN

LINE = 65_536
"""Bytes of a row; a longer one is wrong."""
JSON_BYTES = 32 << 20
"""Of an array, which is read as a whole."""
WORKBOOK_BYTES, UNPACKED_BYTES, STRINGS_BYTES, ENTRIES = 64 << 20, 2 << 30, 64 << 20, 2_000
"""Of a workbook: packed, its sheets unpacked, all its other parts (shared strings are kept in memory)."""
HEAD = 20
"""Rows among which the heading must be."""
_JOINED = 8
"""Lines that a row may have, where a cell in quotes has several."""
_COLUMNS = 1_000
_BEYOND_ASCII = bytes(range(128, 256))

Cell: TypeAlias = str | int | float | bool | datetime | date | time | None

warnings.filterwarnings("ignore", module="openpyxl")  # of decorations that it does not know


class Row(NamedTuple):
    """A row as the clerk counts them. Without cells and problem it is blank, or a part of one."""

    number: int
    raw: bytes
    cells: Sequence[Cell] | None = None
    problem: str | None = None
    keys: tuple[str, ...] | None = None
    """Its own headings (JSON)."""
    sheet: str = ""
    end: int = 0
    """How much of the file has been read by then."""


class Unreadable(Exception):
    """The file, or all that follows, cannot be read: a name of `problems.FILE`, and a detail."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem, self.detail = problem, detail


# --- what it is -----------------------------------------------------------------------------------


def kind_of(head: bytes) -> str:
    """`workbook`, `jsonl`, `json` or `csv`, by how a file begins; raises Unreadable for others."""
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    if head.startswith((b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff", b"%PDF")) or b"\0" in head:
        raise Unreadable("wrong-format")
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begin:
        raise Unreadable("empty-file")
    return {b"{": "jsonl", b"[": "json"}.get(begin[:1], "csv")


class Encoding:
    """Which encoding most lines with anything but ASCII are in: UTF-8, or else GB18030.

    A damaged line does not make a file in UTF-8 one in GB18030, nor a word such as 联通, whose bytes in
    GBK are UTF-8 too, one in UTF-8.
    """

    _LINES = 1_000
    _DECISIVE = 12
    """Bytes beyond ASCII: of four characters in UTF-8. Nobody writes six in GBK that are UTF-8 too."""

    def __init__(self) -> None:
        self._lines = self._utf8 = self._other = 0

    def see(self, line: bytes) -> None:
        """Count a line."""
        if self._lines >= self._LINES or line.isascii():
            return
        self._lines += 1
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            self._other += 1
        else:
            beyond = len(line) - len(line.translate(None, _BEYOND_ASCII))
            self._utf8 += self._LINES if beyond >= self._DECISIVE else 1

    @property
    def name(self) -> str:
        """The encoding."""
        return "gb18030" if self._other > self._utf8 else "utf-8"


# --- CSV ------------------------------------------------------------------------------------------


def csv_rows(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[Row]:
    """The records of a CSV file; `delimiter` may be `auto`."""
    lines = _Lines(file)
    if delimiter == "auto":
        delimiter = _delimiter(lines.ahead(HEAD))
    first = True
    while True:
        number, raw = lines.number + 1, lines.next()
        if not raw:
            return
        if len(raw) > LINE and not raw.endswith(b"\n"):
            yield Row(number, raw, problem="not-csv", end=lines.position)
            yield from _rest(lines, number)
            continue
        if b'"' in raw:
            raw, closed = _whole(raw, lines, delimiter)
            if not closed:
                yield Row(number, raw, problem="not-csv", end=lines.position)
                continue
        text = raw.removeprefix(b"\xef\xbb\xbf") if first else raw
        first = False
        yield _record(number, raw, text, encoding, delimiter, lines.position)


def _record(number: int, raw: bytes, text: bytes, encoding: str, delimiter: str, at: int) -> Row:
    if text.isspace():
        return Row(number, raw, end=at)
    try:
        lines = text.decode(encoding).splitlines(keepends=True) if b'"' in text else None
        line = lines or [text.decode(encoding).rstrip("\r\n")]
        cells = next(csv.reader(line, delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        return Row(number, raw, problem="undecodable-text", end=at)
    except (csv.Error, StopIteration):
        return Row(number, raw, problem="not-csv", end=at)
    if not any(cells) or all(not cell or cell.isspace() for cell in cells):
        return Row(number, raw, end=at)
    return Row(number, raw, cells, end=at)


def _rest(lines: _Lines, number: int) -> Iterator[Row]:
    """The rest of a line that is too long, in pieces."""
    while piece := lines.piece():
        yield Row(number, piece, end=lines.position)
        if piece.endswith(b"\n"):
            return


def _whole(raw: bytes, lines: _Lines, delimiter: str) -> tuple[bytes, bool]:
    """A record with the lines that belong to it, and whether its quotes are closed; if not, one line."""
    mark = delimiter.encode()
    inside, taken = _quoted(raw, mark, False), [raw]
    while inside and len(taken) < _JOINED:
        more = lines.next()
        if not more:
            break
        taken.append(more)
        inside = _quoted(more, mark, True)
    if inside:
        lines.back(taken[1:])
        return raw, False
    return b"".join(taken), True


def _quoted(line: bytes, delimiter: bytes, inside: bool) -> bool:
    """Whether the end of a line lies inside quotes, which open at the beginning of a cell only."""
    at, end = 0, len(line)
    fresh = not inside
    while at < end:
        if inside:
            close = line.find(b'"', at)
            if close < 0:
                return True
            at, inside, fresh = close + 1, False, False
            if line[at : at + 1] == b'"':  # two of them are one
                at, inside = at + 1, True
        elif fresh and line[at : at + 1] == b'"':
            at, inside = at + 1, True
        else:
            cut = line.find(delimiter, at)
            if cut < 0:
                return False
            at, fresh = cut + 1, True
    return inside


class _Lines:
    """The lines of a file, some of which may be looked at ahead or given back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._waiting = file, deque[bytes]()
        self.number = self.position = 0

    def next(self) -> bytes:
        """The next line, nothing at the end; of one that is too long the beginning."""
        line = self._waiting.popleft() if self._waiting else self._file.readline(LINE + 1)
        self.number += bool(line)
        self.position += len(line)
        return line

    def piece(self) -> bytes:
        """More of a line that has begun."""
        piece = self.next()
        self.number -= bool(piece)
        return piece

    def back(self, lines: Sequence[bytes]) -> None:
        """Take lines back."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)
        self.position -= sum(map(len, lines))

    def ahead(self, count: int) -> list[bytes]:
        """The next lines, which stay."""
        lines = [line for _ in range(count) if (line := self.next())]
        self.back(lines)
        return lines


def _delimiter(lines: Sequence[bytes]) -> str:
    most = {mark: max((line.count(mark.encode()) for line in lines), default=0) for mark in ",\t;"}
    return max(most, key=lambda mark: most[mark])


# --- JSON -----------------------------------------------------------------------------------------


def json_lines(file: BinaryIO, encoding: str) -> Iterator[Row]:
    """An object a line."""
    lines = _Lines(file)
    while raw := lines.next():
        number, at = lines.number, lines.position
        if len(raw) > LINE and not raw.endswith(b"\n"):
            yield Row(number, raw, problem="not-an-object", end=at)
            yield from _rest(lines, number)
            continue
        text = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            made = json.loads(text.decode(encoding)) if text.strip() else None
        except UnicodeDecodeError:
            yield Row(number, raw, problem="undecodable-text", end=at)
        except (ValueError, RecursionError):
            yield Row(number, raw, problem="not-an-object", end=at)
        else:
            yield Row(number, raw, end=at) if not text.strip() else _object(number, raw, made, at)


def json_array(file: BinaryIO, encoding: str) -> Iterator[Row]:
    """The objects of an array; its brackets and commas belong to the rows they stand before or behind."""
    data = file.read(JSON_BYTES + 1)
    if len(data) > JSON_BYTES:
        raise Unreadable("too-large", f"more than {JSON_BYTES >> 20} MiB; write an object a line")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("not-json", "not in one encoding") from None
    decoder, number, begin = json.JSONDecoder(), 0, 0
    at = text.index("[") + 1
    while True:
        at = _blank(text, at)
        if text[at : at + 1] == "]":
            yield Row(number, text[begin:].encode(encoding), end=len(data))
            return
        try:
            made, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise Unreadable("not-json", f"behind object {number}") from None
        number += 1
        at = _blank(text, end)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            raise Unreadable("not-json", f"behind object {number}")
        raw = text[begin:at].encode(encoding)
        yield _object(number, raw, made, len(data) * at // len(text))
        begin = at


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at


def _object(number: int, raw: bytes, made: Any, end: int) -> Row:
    if not isinstance(made, dict) or len(made) > _COLUMNS:
        return Row(number, raw, problem="not-an-object", end=end)
    cells = [v if v is None or isinstance(v, str | int | float) else str(v) for v in made.values()]
    return Row(number, raw, cells, keys=tuple(made), end=end)


# --- workbooks ------------------------------------------------------------------------------------


def workbook_rows(file: BinaryIO, size: int) -> Iterator[Row]:
    """The rows of all sheets of a workbook, one sheet after the other."""
    if size > WORKBOOK_BYTES:
        raise Unreadable("too-large", f"more than {WORKBOOK_BYTES >> 20} MiB; save it as CSV")
    try:
        shares = _measured(file)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            yield from _sheets(book, size, shares)
        finally:
            book.close()
    except Unreadable:
        raise
    except (*BROKEN, OSError) as error:
        while below := error.__cause__ or error.__context__:
            error = below  # type: ignore[assignment]  # the first cause may be of any kind
        raise Unreadable("unreadable-workbook", f"{type(error).__name__}: {error}"[:200]) from None


def _measured(file: BinaryIO) -> int:
    """Refuse what would take more memory or time than it should; answers how much the sheets are."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    sheets = sum(e.file_size for e in entries if e.filename.startswith("xl/worksheets/"))
    others = sum(e.file_size for e in entries) - sheets
    if len(entries) > ENTRIES or sheets > UNPACKED_BYTES or others > STRINGS_BYTES:
        raise Unreadable("too-large", "unpacked; save it as CSV")
    return sheets


def _sheets(book: Any, size: int, unpacked: int) -> Iterator[Row]:
    done = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file declares may be a million rows
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_plain(each) for each in values[:_COLUMNS]]
            while cells and cells[-1] is None:
                cells.pop()
            raw = json.dumps(cells, ensure_ascii=False, default=str).encode("utf-8", "replace")
            done += 30 * len(cells)  # about what a cell takes unpacked: for progress only
            at = min(size, size * done // max(unpacked, 1))
            yield Row(number, raw + b"\n", cells or None, sheet=sheet.title, end=at)


def _plain(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if cell is None or isinstance(cell, int | float | datetime | date | time):
        return cell
    return str(cell)
