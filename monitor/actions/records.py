"""Recording cases, reliefs, issued documents and typical cases; amending them; audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.follow_up import Kind, decision
from monitor.record import Case, Document, Record, Relief, TypicalCase, refuse_names, to_json
from monitor.store import Connection, Row, emergency_orders, follow_ups, records, tasks
from monitor.task import InputError
from monitor.tokens import Caller, Right


def enter(desk: Desk, caller: Caller, record: Record) -> dict[str, Any]:
    """Record something; its shape.

    Raises InputError, NotFound for what is out of reach, Conflict for what is recorded already.
    """
    with desk.transaction(caller, Right.WORK) as work:
        number = add(work, record)
        return _left(work, type(record), number)


def add(work: Work, record: Record) -> int:
    """Enter a record in an action's transaction; its number."""
    _check(work, record)
    number = records.add(work.connection, record, work.at, work.caller.name)
    if isinstance(record, Case):
        _settle(work, record)
    work.audit(f"{record.NOUN}.enter", f"{record.NOUN}/{number}")
    return number


def amend(
    desk: Desk,
    caller: Caller,
    kind: type[Any],
    number: int,
    changes: Mapping[str, Any],
    reason: str | None = None,
) -> dict[str, Any]:
    """Change some fields of a record; what it said before stays to be seen. Its shape."""
    with desk.transaction(caller, Right.WORK) as work:
        row = _counting(work, kind, number)
        amend_row(work, kind, row, changes, reason)
        return _left(work, kind, number)


def amend_row(
    work: Work,
    kind: type[Any],
    row: Row[Any],
    changes: Mapping[str, Any],
    reason: str | None = None,
) -> bool:
    """Change fields of a record whose row is locked; whether that changed anything."""
    before = records.record_of(kind, row)
    after = replace(before, **changes)
    if after == before:
        return False
    _check(work, after, before)
    content = to_json(before)
    records.amend(work.connection, row, after, content, work.at, work.caller.name, reason)
    if isinstance(after, Case):
        _settle(work, after)
    work.audit(f"{kind.NOUN}.amend", f"{kind.NOUN}/{row.id}", reason, {"fields": sorted(changes)})
    return True


def strike_out(desk: Desk, caller: Caller, kind: type[Any], number: int, reason: str) -> None:
    """Let a record count as never made, since it was entered in error; it stays to be seen."""
    with desk.transaction(caller, Right.DIRECT) as work:
        _counting(work, kind, number)
        records.strike_out(work.connection, kind, number, work.at, caller.name, reason)
        work.audit(f"{kind.NOUN}.strike-out", f"{kind.NOUN}/{number}", reason)


def one(desk: Desk, caller: Caller, kind: type[Any], number: int) -> dict[str, Any]:
    """A record's shape; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        return shape(kind, _in_reach(connection, caller, kind, number), desk.zone)


def versions(desk: Desk, caller: Caller, kind: type[Any], number: int) -> list[dict[str, Any]]:
    """What a record said before it was amended, the oldest first."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        row = _in_reach(connection, caller, kind, number)
        return [
            {
                "version": each.version,
                "replaced_at": rfc3339(each.at, desk.zone),
                "replaced_by": each.by,
                "reason": each.reason,
                "content": each.content,
            }
            for each in records.versions(connection, kind.NOUN, row.id)
        ]


# --- checks -------------------------------------------------------------------------------------


def _check(work: Work, record: Record, before: Record | None = None) -> None:
    record.check(civil_date(work.at, work.desk.zone))
    if isinstance(record, Document):
        if not work.caller.sees(record.district):
            raise NotFound(f"there is no district {record.district} within reach")
        known = records.known_number(work.connection, record)
        if known is not None and not (before and _key(before) == _key(record)):
            raise Conflict(f"document {record.number} is recorded already: {known}")
        return
    if record.task is not None:  # it may lie in another district's hands than the enterprise
        _check_task(work, record, before)
    elif not emergency_orders.in_reach(work.connection, work.caller.districts, record.uscc):
        raise NotFound(f"there is no enterprise {record.uscc}")
    if not isinstance(record, Case) and record.case is not None:
        case = _in_reach(work.connection, work.caller, Case, record.case)
        if case.uscc != record.uscc or case.struck_at is not None:
            raise InputError(f"case {record.case} is of another enterprise, or struck out")
    if isinstance(record, Case):
        _check_number(work, record, before)
    if isinstance(record, TypicalCase):
        _check_names(work, record)


def _key(record: Record) -> tuple[str, ...]:
    """By what a document is known; nothing else is."""
    return (record.number, record.district) if isinstance(record, Document) else ()


def _check_task(work: Work, record: Case | Relief | TypicalCase, before: Record | None) -> None:
    assert record.task is not None
    task = tasks.find(work.connection, record.task)
    if task is None or not work.caller.sees(task.district):
        raise NotFound(f"there is no task {record.task}")
    if task.uscc != record.uscc:
        raise InputError(f"task {record.task} is of another enterprise")
    if isinstance(record, Case) and before is None:
        for row in records.of_task(work.connection, Case, record.task):
            if (row.act_on, row.filed_on) == (record.act_on, record.filed_on):
                raise Conflict(f"task {record.task} has this case already: {row.id}; amend that")


def _check_number(work: Work, case: Case, before: Record | None) -> None:
    """A case's number (立案文号) is given once."""
    if case.number is None or (isinstance(before, Case) and before.number == case.number):
        return
    known = records.case_numbered(work.connection, case.number)
    if known is not None:
        raise Conflict(f"case {case.number} is recorded already: {known}; amend that")


def _check_names(work: Work, record: TypicalCase) -> None:
    name = records.enterprise_name(work.connection, record.uscc)
    refuse_names(record, name, records.officers(work.connection))


def _settle(work: Work, case: Case) -> None:
    """What a task owed (立案, decision) is done once its case says so."""
    if case.task is None or case.filed_on > civil_date(work.at, work.desk.zone):
        return
    owed = {each.kind: each for each in follow_ups.open_of(work.connection, case.task)}
    filing = owed.get(Kind.FILE_CASE)
    done = {"done_by": work.caller.name}
    if filing is not None:
        follow_ups.change(work.connection, filing.id, done | {"done_on": case.filed_on})
        follow_ups.owe(
            work.connection,
            case.task,
            [decision(case.filed_on, case.decided_on)],
            work.caller.name,
        )
    elif case.decided_on is not None and Kind.DECIDE_CASE in owed:
        number = owed[Kind.DECIDE_CASE].id
        follow_ups.change(work.connection, number, done | {"done_on": case.decided_on})
    else:
        return
    tasks.touch(work.connection, case.task)


# --- reading ------------------------------------------------------------------------------------


def _counting(work: Work, kind: type[Any], number: int) -> Row[Any]:
    """A record's row, locked, that counts."""
    row = _in_reach(work.connection, work.caller, kind, number, lock=True)
    work.seen(fingerprint(shape(kind, row, work.desk.zone)))
    if row.struck_at is not None:
        raise Conflict(f"{kind.NOUN} {number} was struck out and counts no more")
    return row


def _in_reach(
    connection: Connection, caller: Caller, kind: type[Any], number: int, *, lock: bool = False
) -> Row[Any]:
    row = records.get(connection, kind, number, lock=lock)
    if row is None or not caller.sees(row.district):
        raise NotFound(f"there is no {kind.NOUN} {number}")
    return row


def _left(work: Work, kind: type[Any], number: int) -> dict[str, Any]:
    row = records.get(work.connection, kind, number)
    assert row is not None
    shaped = shape(kind, row, work.desk.zone)
    work.leaves(f"{kind.NOUN}s/{number}", fingerprint(shaped))
    return shaped


def shape(kind: type[Any], row: Row[Any], zone: tzinfo) -> dict[str, Any]:
    """The JSON of a record's row."""
    struck = None
    if row.struck_at is not None:
        struck = {
            "at": rfc3339(row.struck_at, zone),
            "by": row.struck_by,
            "reason": row.struck_reason,
        }
    owner = {} if kind is Document else {"enterprise": row.name, "district": row.district}
    return (
        {"id": row.id, "version": row.version}
        | to_json(records.record_of(kind, row))
        | owner
        | {
            "recorded_at": rfc3339(row.recorded_at, zone),
            "recorded_by": row.recorded_by,
            "struck_out": struck,
        }
    )
