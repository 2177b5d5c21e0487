"""Entering marks (数据标记) and striking them out; what they cover is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.books import Wrong
from monitor.clock import from_ms, rfc3339, to_ms
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.exempting import Exempting
from monitor.marks import Mark, Refused
from monitor.noting import MARKS
from monitor.observation import Period
from monitor.registry import checks
from monitor.store import Connection, Row, devices, marks, views
from monitor.task import InputError
from monitor.tokens import Caller, Right
from monitor.windows import span_of

LONGEST = timedelta(days=366)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ANY = "a21026"
_CLOCKS_DIFFER = timedelta(minutes=5)


def enter(desk: Desk, caller: Caller, said: Mark) -> tuple[dict[str, Any], bool]:
    """Enter a mark; its shape, and whether it is new. The same mark again changes nothing.

    Raises InputError for a span that cannot be, NotFound for an outlet out of reach.
    """
    shapes = enter_all(desk, caller, [said])
    return shapes[0]


def enter_all(
    desk: Desk, caller: Caller, said: Sequence[Mark]
) -> list[tuple[dict[str, Any], bool]]:
    """Enter several marks, all or none; of several an error says which it is, counted from 1."""
    entered = []
    with desk.transaction(caller, Right.DIRECT) as work:
        for number, each in enumerate(said, 1):
            try:
                _check(work, each)
            except (InputError, NotFound) as error:
                which = f"mark {number} of {len(said)}: " if len(said) > 1 else ""
                raise type(error)(f"{which}{error}") from None
            row, new = marks.add(work.connection, each, work.at, caller.name)
            entered.append((shape(row, desk.zone), new))
        new_ones = [each for each, (_, new) in zip(said, entered, strict=True) if new]
        _note_due(work, new_ones)
        if new_ones:
            numbers = [shaped["id"] for shaped, new in entered if new]
            data = {"marks": numbers[:100], "count": len(numbers)}
            work.audit("mark.enter", f"mark/{numbers[0]}", data=data)
        for shaped, _ in entered[:1]:
            work.leaves(f"marks/{shaped['id']}", fingerprint(shaped))
    return entered


def strike_out(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Let a mark count no more, e.g. since it was found to be false; it stays to be seen."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = _in_reach(work.connection, caller, number, lock=True)
        work.seen(fingerprint(shape(row, desk.zone)))
        if not marks.strike_out(work.connection, number, work.at, caller.name, reason):
            raise Conflict(f"mark {number} was struck out already")
        _note_due(work, [marks.mark(row)])
        work.audit("mark.strike-out", f"mark/{number}", reason)
        struck = shape(marks.get(work.connection, number), desk.zone)
        work.leaves(f"marks/{number}", fingerprint(struck))
        return struck


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A mark's shape; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        return shape(_in_reach(connection, caller, number), desk.zone)


def _in_reach(
    connection: Connection, caller: Caller, number: int, *, lock: bool = False
) -> Row[Any]:
    row = marks.get(connection, number, lock=lock)
    if row is None or not views.outlet_in_reach(connection, caller.districts, row.mn):
        raise NotFound(f"there is no mark {number}")
    return row


def _check(work: Work, said: Mark) -> None:
    if not views.outlet_in_reach(work.connection, work.caller.districts, said.mn):
        raise NotFound(f"there is no outlet {said.mn}")
    try:
        checks.pollutant(said.pollutant or _ANY)
    except Wrong:
        raise InputError(
            f"{said.pollutant} is no pollutant code of HJ 212-2017 (like {_ANY}); "
            "leave pollutant out where all are meant"
        ) from None
    if said.end_ms <= said.start_ms:
        raise InputError("end must lie after start")
    if said.end_ms - said.start_ms > LONGEST / timedelta(milliseconds=1):
        raise InputError(f"a mark may last {LONGEST.days} days at most")
    if said.start_ms < to_ms(EARLIEST) or said.end_ms > to_ms(work.at + LONGEST):
        raise InputError(f"a mark lies between {EARLIEST.year} and {LONGEST.days} days from now")
    if said.submitted_at > work.at + _CLOCKS_DIFFER:
        raise InputError("submitted_at lies in the future")
    if said.ordered_at is not None and said.ordered_at > said.submitted_at:
        raise InputError("ordered_at must lie before submitted_at")


def _note_due(work: Work, said: Iterable[Mark]) -> None:
    """Have judged again what marks touch: their months, since days and months look at marked hours."""
    spans: dict[str, tuple[int, int]] = {}
    for each in said:
        first = span_of(Period.MONTH, each.start_ms, work.desk.zone)
        last = span_of(Period.MONTH, each.end_ms - 1, work.desk.zone)
        low, high = spans.get(each.mn, (first[0], last[1]))
        spans[each.mn] = (min(low, first[0]), max(high, last[1]))
    heard = devices.first_heard(work.connection, sorted(spans))
    due = {number: spans[mn] for mn, (number, _) in heard.items()}
    devices.note_due(work.connection, due, MARKS, work.at)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the marks of an outlet in a civil year come to."""

    refused: dict[int, list[dict[str, Any]]]
    """By mark, the parts that do not count and why."""
    hours: list[dict[str, Any]]
    """The sums of hours that are allowed, and how much of them is used."""


def standing(desk: Desk, caller: Caller, mn: str, year: int) -> Standing:
    """How the marks of an outlet count in a year; NotFound out of reach."""
    caller.require(Right.READ)
    register = desk.register()
    with desk.store.read() as connection:
        if not views.outlet_in_reach(connection, caller.districts, mn):
            raise NotFound(f"there is no outlet {mn}")
        heard = devices.first_heard(connection, [mn])
        device = heard[mn][0] if mn in heard else None
        marking = desk.marking()
        worked_out = Exempting(connection, register, marking, desk.zone).account(device, mn, year)
    outlet = register.outlet(mn)
    kind = outlet.kind if outlet else None
    budgets = marking.allowances.budgets(kind)
    hours = [
        {
            "budget": name,
            "items": marking.allowances.items(kind, name),
            "span": label,
            "used": used / 3_600_000,
            "allowed": budgets[name].budget_hours,
        }
        for (name, label), used in sorted(worked_out.used.items())
    ]
    refused: dict[int, list[dict[str, Any]]] = {}
    for part in worked_out.refused:
        refused.setdefault(part.mark, []).append(_refused(part, desk.zone))
    return Standing(refused, hours)


def _refused(part: Refused, zone: tzinfo) -> dict[str, Any]:
    return {
        "start": _time(part.start_ms, zone),
        "end": _time(part.end_ms, zone),
        "why": part.reason,
    }


def shape(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a mark's row."""
    fields = row._mapping
    struck = None
    if row.superseded_at is not None:
        struck = {
            "at": rfc3339(row.superseded_at, zone),
            "by": row.superseded_by,
            "reason": row.superseded_reason,
        }
    return {
        "id": row.id,
        "mn": row.mn,
        "pollutant": row.pollutant or None,
        "class": fields["class"],
        "item": row.item,
        "start": _time(row.start_ms, zone),
        "end": _time(row.end_ms, zone),
        "manual": row.manual,
        "reason": row.reason,
        "submitted_at": rfc3339(row.submitted_at, zone),
        "ordered_at": None if row.ordered_at is None else rfc3339(row.ordered_at, zone),
        "recorded_at": rfc3339(row.recorded_at, zone),
        "recorded_by": row.recorded_by,
        "struck_out": struck,
    }


def automatic(mark: Mark, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a mark that flags of the data amount to; it has no number, as nobody entered it."""
    return {
        "id": None,
        "mn": mark.mn,
        "pollutant": mark.pollutant,
        "class": mark.kind.value,
        "item": mark.item,
        "start": _time(mark.start_ms, zone),
        "end": _time(mark.end_ms, zone),
        "manual": False,
        "reason": mark.reason,
        "submitted_at": rfc3339(mark.submitted_at, zone),
        "ordered_at": None,
        "recorded_at": None,
        "recorded_by": None,
        "struck_out": None,
    }


def _time(ms: int, zone: tzinfo) -> str:
    return rfc3339(from_ms(ms), zone)


def made(
    mn: str,
    start: datetime,
    end: datetime,
    **said: Any,
) -> Mark:
    """A mark from times; the other fields as `Mark` has them."""
    return Mark(mn=mn, start_ms=to_ms(start), end_ms=to_ms(end), **said)
