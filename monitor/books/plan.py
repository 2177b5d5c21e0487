"""What an import would do: the books of a file held against the register in force. Pure.

Rows that are absent stay in force. With `replace` they end, sheet by sheet: only where the sheet
has rows, and only within the districts that its rows (or the enterprises sheet's) name. What
belongs to an enterprise or an outlet that ends, ends with it. Limits and listings are given their
last day; the others just leave the register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from monitor.books.faults import Fault, Faults
from monitor.books.model import (
    KEYS,
    Books,
    Changes,
    Row,
    SheetChanges,
    content,
    key_of,
    rows_of,
)
from monitor.register import Enterprise, Limit, Listing, Meter, Officer, Outlet, Register

Key: TypeAlias = tuple[Any, ...]
Table: TypeAlias = dict[Key, Row]

_BY_USCC = ("outlets", "positive_list", "cameras", "meters")
_BY_MN = ("instruments", "limits")
_USCC, _MN = "uscc 统一社会信用代码", "mn 设备编码"


def plan(books: Books, in_force: Register, *, replace: bool, today: date) -> Changes:
    """The changes that the books ask for; raises RegisterError if they refer to what is not there.

    `today` is the civil date of the import: what ends has held through the day before.
    """
    drafts = {sheet: _Draft.of(sheet, books, in_force) for sheet in KEYS}
    if replace:
        _end_absent(drafts, books, in_force, today)
    _check_references(drafts, books)
    sheets = tuple(draft.changes() for draft in drafts.values())
    return Changes(sheets, _changed_devices(sheets, drafts, today), in_force.version)


@dataclass
class _Draft:
    """A sheet: the rows in force, the rows of the file, and what shall end."""

    sheet: str
    old: Table
    new: Table
    ended: dict[Key, Row | None]

    @classmethod
    def of(cls, sheet: str, books: Books, in_force: Register) -> _Draft:
        old = {key_of(sheet, row): row for row in rows_of(in_force, sheet)}
        origin = books.origins.get(sheet)
        new = {key_of(sheet, row): row for row in rows_of(books, sheet)}
        if origin is not None and origin.columns is not None:
            for key in new.keys() & old.keys():
                new[key] = _filled(new[key], old[key], origin.columns)
        return cls(sheet, old, new, {})

    def absent(self) -> Iterator[tuple[Key, Row]]:
        """Rows in force of which the file says nothing and that have not been ended."""
        for key, row in self.old.items():
            if key not in self.new and key not in self.ended:
                yield key, row

    def end(self, key: Key, row: Row, today: date) -> None:
        """End a row, unless it has ended by itself already."""
        if isinstance(row, Limit | Listing):
            first, last = _span(row)
            yesterday = today - timedelta(days=1)
            if last is not None and last <= yesterday:
                return
            self.ended[key] = _until(row, yesterday) if first <= yesterday else None
        else:
            self.ended[key] = None

    def there(self) -> set[Key]:
        """What is in force when all is done."""
        return {key for key in self.old if key not in self.ended} | set(self.new)

    def changes(self) -> SheetChanges:
        """Added, changed, ended and the number of those that stay."""
        both = [(self.old[key], row) for key, row in self.new.items() if key in self.old]
        changed = tuple((old, new) for old, new in both if content(old) != content(new))
        return SheetChanges(
            self.sheet,
            added=tuple(row for key, row in self.new.items() if key not in self.old),
            changed=changed,
            ended=tuple((self.old[key], last) for key, last in self.ended.items()),
            unchanged=len(self.old) - len(changed) - len(self.ended),
        )


def _filled(row: Row, in_force: Row, columns: frozenset[str]) -> Row:
    """A row whose file lacks some columns: those stay as they are in force."""
    absent = {f.name for f in fields(row)} - columns - {"id"}
    return replace(row, **{name: getattr(in_force, name) for name in absent})


def _span(row: Limit | Listing) -> tuple[date, date | None]:
    if isinstance(row, Limit):
        return row.valid_from, row.valid_to
    return row.listed_from, row.listed_until


def _until(row: Limit | Listing, last: date) -> Row:
    if isinstance(row, Limit):
        return replace(row, valid_to=last)
    return replace(row, listed_until=last)


# --- ending -----------------------------------------------------------------------------------


def _end_absent(
    drafts: Mapping[str, _Draft], books: Books, in_force: Register, today: date
) -> None:
    districts = _Districts(books, in_force)
    for sheet, draft in drafts.items():
        if not draft.new:
            continue
        scope = districts.named(sheet)
        for key, row in list(draft.absent()):
            if districts.of(row) in scope:
                draft.end(key, row, today)
    gone = {key[0] for key in drafts["enterprises"].ended}
    for sheet in _BY_USCC:
        _end_with(drafts[sheet], lambda row: getattr(row, "uscc", None) in gone, today)
    gone_devices = {key[0] for key in drafts["outlets"].ended}
    for sheet in _BY_MN:
        _end_with(drafts[sheet], lambda row: getattr(row, "mn", None) in gone_devices, today)
    _unbind(drafts["meters"], gone_devices)


def _end_with(draft: _Draft, belongs: Callable[[Row], bool], today: date) -> None:
    for key, row in list(draft.absent()):
        if belongs(row):
            draft.end(key, row, today)


def _unbind(meters: _Draft, gone_devices: set[str]) -> None:
    """A meter outlives the outlet that it was bound to."""
    for key, row in list(meters.absent()):
        if isinstance(row, Meter) and row.mn in gone_devices:
            meters.new[key] = replace(row, mn=None)


class _Districts:
    """To which district a row belongs: by the books, else by what is in force."""

    def __init__(self, books: Books, in_force: Register) -> None:
        self._books = books
        self._of_uscc: dict[str, str] = {}
        self._uscc_of: dict[str, str] = {}
        for things in (in_force, books):
            self._of_uscc.update((each.uscc, each.district) for each in things.enterprises)
            self._uscc_of.update((each.mn, each.uscc) for each in things.outlets)

    def of(self, row: Row) -> str | None:
        if isinstance(row, Enterprise | Officer):
            return row.district
        uscc = getattr(row, "uscc", None) or self._uscc_of.get(getattr(row, "mn", None) or "")
        return self._of_uscc.get(uscc) if uscc else None

    def named(self, sheet: str) -> set[str | None]:
        """The districts that a sheet speaks of."""
        names = {self.of(row) for row in (*self._books.enterprises, *rows_of(self._books, sheet))}
        return names - {None}


# --- checking ---------------------------------------------------------------------------------


def _check_references(drafts: Mapping[str, _Draft], books: Books) -> None:
    faults = Faults(books.language)
    enterprises = {key[0] for key in drafts["enterprises"].there()}
    outlets = {key[0] for key in drafts["outlets"].there()}
    for sheet in (*_BY_USCC, *_BY_MN):
        for index, row in enumerate(rows_of(books, sheet)):
            uscc, mn = getattr(row, "uscc", None), getattr(row, "mn", None)
            label, line = books.origin(sheet, index)
            if uscc is not None and uscc not in enterprises:
                faults.add(Fault(label, "no-enterprise", line, _USCC, {"value": uscc}))
            if sheet != "outlets" and mn is not None and mn not in outlets:
                faults.add(Fault(label, "no-outlet", line, _MN, {"value": mn}))
    faults.raise_any()


# --- what must be judged again -------------------------------------------------------------------


def _changed_devices(
    sheets: tuple[SheetChanges, ...], drafts: Mapping[str, _Draft], today: date
) -> dict[str, date]:
    by_name = {changes.sheet: changes for changes in sheets}
    since: dict[str, date] = {}

    def note(mn: str, day: date) -> None:
        since[mn] = min(day, since.get(mn, day))

    for row in by_name["limits"].added:
        if isinstance(row, Limit):
            note(row.mn, row.valid_from)
    pairs: list[tuple[Row, Row | None]] = [*by_name["limits"].changed, *by_name["limits"].ended]
    for old, new in pairs:
        if isinstance(old, Limit):
            note(old.mn, _first_difference(old, new))
    new_devices = {key[0] for key in drafts["outlets"].new} - {
        key[0] for key in drafts["outlets"].old
    }
    for mn in new_devices - since.keys():
        since[mn] = today
    for one, other in by_name["outlets"].changed:
        if (
            isinstance(one, Outlet)
            and isinstance(other, Outlet)
            and _judged_by(one) != _judged_by(other)
        ):
            note(one.mn, _EVER)
    for row in drafts["limits"].old.values():  # of an outlet that has come back
        if isinstance(row, Limit) and row.mn in new_devices:
            note(row.mn, row.valid_from)
    return since


_EVER = date(2000, 1, 1)
"""An outlet is what the register says now, whenever its data is of."""


def _judged_by(outlet: Outlet) -> tuple[object, ...]:
    """What of an outlet decides about allowances and rules."""
    return outlet.kind, outlet.medium


def _first_difference(old: Limit, new: Row | None) -> date:
    if not isinstance(new, Limit) or _undated(old) != _undated(new):
        return old.valid_from
    ends = [limit.valid_to for limit in (old, new) if limit.valid_to is not None]
    return min(ends) + timedelta(days=1)


def _undated(limit: Limit) -> Limit:
    return replace(limit, id=0, valid_to=None)
