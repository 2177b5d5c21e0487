"""Entering emergency orders (应急减排), lifting them and striking them out; audited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.clock import from_ms, rfc3339, to_ms
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.power import PRODUCTION, Order, OrderKind
from monitor.rules import POWER
from monitor.rules.power_base import spoken_of
from monitor.store import Connection, Row, devices
from monitor.store import emergency_orders as orders
from monitor.task import InputError
from monitor.tokens import Caller, Right

LONGEST = timedelta(days=366)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def enter(desk: Desk, caller: Caller, said: Order) -> tuple[dict[str, Any], bool]:
    """Enter an order; its shape, and whether it is new. Raises InputError, NotFound out of reach."""
    return enter_all(desk, caller, [said])[0]


def enter_all(
    desk: Desk, caller: Caller, said: Sequence[Order]
) -> list[tuple[dict[str, Any], bool]]:
    """Enter several orders, all or none; of several an error says which it is, counted from 1."""
    entered = []
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        for number, each in enumerate(said, 1):
            try:
                _check(work, each)
            except (InputError, NotFound) as error:
                which = f"order {number} of {len(said)}: " if len(said) > 1 else ""
                raise type(error)(f"{which}{error}") from None
            row, new = orders.add(work.connection, each, work.at, caller.name)
            entered.append((shape(row, desk.zone), new))
        _note_due(work, [each for each, (_, new) in zip(said, entered, strict=True) if new])
        numbers = [shaped["id"] for shaped, new in entered if new]
        if numbers:
            data = {"orders": numbers[:100], "count": len(numbers)}
            work.audit("emergency-order.enter", f"emergency-order/{numbers[0]}", data=data)
        for shaped, _ in entered[:1]:
            work.leaves(f"emergency-orders/{shaped['id']}", fingerprint(shaped))
    return entered


def lift(desk: Desk, caller: Caller, number: int, at: datetime, reason: str) -> dict[str, Any]:
    """End an order (解除) at a time before its end; the shape of the one that takes its place."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work.connection, caller, number, lock=True)
        work.seen(fingerprint(shape(row, desk.zone)))
        before, end_ms = orders.order(row), to_ms(at)
        if row.superseded_at is not None:
            raise Conflict(f"emergency order {number} does not count any more")
        if end_ms <= before.start_ms:
            raise InputError("at lies before the order's start; strike it out instead")
        if before.end_ms is not None and end_ms >= before.end_ms:
            raise InputError("at must lie before the order's end")
        # struck out first, or what takes its place might be taken for the same
        orders.strike_out(work.connection, number, work.at, caller.name, reason)
        following, _ = orders.add(
            work.connection, replace(before, end_ms=end_ms), work.at, caller.name
        )
        orders.name_successor(work.connection, number, following.id)
        _note_due(work, [before])
        work.audit("emergency-order.lift", f"emergency-order/{number}", reason)
        shaped = shape(following, desk.zone)
        work.leaves(f"emergency-orders/{following.id}", fingerprint(shaped))
        return shaped


def strike_out(desk: Desk, caller: Caller, number: int, reason: str) -> None:
    """Let an order count as never given, since it was entered in error; it stays to be seen."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work.connection, caller, number, lock=True)
        work.seen(fingerprint(shape(row, desk.zone)))
        if not orders.strike_out(work.connection, number, work.at, caller.name, reason):
            raise Conflict(f"emergency order {number} does not count any more")
        _note_due(work, [orders.order(row)])
        work.audit("emergency-order.strike-out", f"emergency-order/{number}", reason)


def _note_due(work: Work, said: Iterable[Order]) -> None:
    """Have judged again what the enterprises' production drew while orders were in force."""
    spans: dict[str, tuple[int, int]] = {}
    now_ms = to_ms(work.at)
    for each in said:
        until = now_ms if each.end_ms is None else min(each.end_ms, now_ms)
        since = max(each.start_ms, now_ms - LONGEST // timedelta(milliseconds=1))
        for meters in work.books.lines(each.uscc).values():
            meter = spoken_of(meters, PRODUCTION)
            if meter is not None and since < until:
                known = spans.get(meter, (since, until))
                spans[meter] = (min(known[0], since), max(known[1], until))
    numbers = devices.find(work.connection, sorted(spans))
    due = {number: spans[mn] for mn, number in numbers.items()}
    devices.note_due(work.connection, due, POWER, work.at)


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """An order's shape; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        return shape(_in_reach(connection, caller, number), desk.zone)


def _in_reach(
    connection: Connection, caller: Caller, number: int, *, lock: bool = False
) -> Row[Any]:
    row = orders.get(connection, number, lock=lock)
    if row is None or not orders.in_reach(connection, caller.districts, row.uscc):
        raise NotFound(f"there is no emergency order {number}")
    return row


def _check(work: Work, said: Order) -> None:
    if not orders.in_reach(work.connection, work.caller.districts, said.uscc):
        raise NotFound(f"there is no enterprise {said.uscc}")
    if said.kind is OrderKind.LIMIT and said.allowed_share is None:
        raise InputError("allowed_share: a limit says which share of the usual load may go on")
    if said.kind is OrderKind.STOP and (said.allowed_share, said.baseline_kw) != (None, None):
        raise InputError("allowed_share, baseline_kw: a stop allows nothing; leave them out")
    if said.end_ms is not None and said.end_ms <= said.start_ms:
        raise InputError("end must lie after start")
    if said.start_ms < to_ms(EARLIEST) or said.start_ms > to_ms(work.at + LONGEST):
        raise InputError(f"start lies between {EARLIEST.year} and {LONGEST.days} days from now")
    if said.end_ms is not None and said.end_ms - said.start_ms > LONGEST / timedelta(
        milliseconds=1
    ):
        raise InputError(f"an order may last {LONGEST.days} days at most; without end until lifted")


def shape(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of an order's row."""
    struck = None
    if row.superseded_at is not None:
        struck = {
            "at": rfc3339(row.superseded_at, zone),
            "by": row.superseded_by,
            "reason": row.superseded_reason,
            "replaced_by": row.replaced_by,
        }
    return {
        "id": row.id,
        "uscc": row.uscc,
        "line": row.line or None,
        "kind": row.kind,
        "start": rfc3339(from_ms(row.start_ms), zone),
        "end": None if row.end_ms is None else rfc3339(from_ms(row.end_ms), zone),
        "allowed_share": row.allowed_share,
        "baseline_kw": row.baseline_kw,
        "document": row.document,
        "recorded_at": rfc3339(row.recorded_at, zone),
        "recorded_by": row.recorded_by,
        "struck_out": struck,
    }
