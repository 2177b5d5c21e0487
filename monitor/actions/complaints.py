"""Complaints (信访举报): recorded, taken along their steps, and who made one shown; audited.

A complaint makes its alert and its task in the transaction that records it. No text that stands in clear
names its reporter: what is said of them is taken out of it before it is stored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor import complaint, reporter
from monitor.actions.desk import Desk, Work
from monitor.actions.directing import districts, transfer_now
from monitor.alerting import Alerting
from monitor.clock import rfc3339, to_ms
from monitor.complaint import Kind, State
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.store import Connection, Row, alerts, complaint_deadlines, complaints, tasks
from monitor.task import OPEN, InputError
from monitor.tokens import Caller, Right


def accept(
    desk: Desk, caller: Caller, number: int, reason: str | None, close_by: datetime | None = None
) -> dict[str, Any]:
    """Accept a complaint (受理), of which the reporter is told; `close_by`: what an upper level has set.

    Returns the complaint's shape, as all steps do; NotFound out of reach, Conflict from another state.
    """
    with desk.transaction(caller, Right.WORK, books=True) as work:
        row = _in_reach(work, number)
        if close_by is not None:
            if close_by <= work.at:
                raise InputError("close_by is already past")
            owed = complaint_deadlines.get(work.connection, number, Kind.CLOSE)
            held = complaint.sooner(complaint_deadlines.held(owed), close_by)
            complaint_deadlines.put_off(work.connection, number, Kind.CLOSE, held, first=True)
        return _step(work, row, "accept", reason)


def refuse(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Do not accept it (不予受理). Its task stays until it is reported or withdrawn."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        return _step(work, _in_reach(work, number), "refuse", reason)


def transfer(desk: Desk, caller: Caller, number: int, district: str, reason: str) -> dict[str, Any]:
    """Hand it, and its open task with it, to another district of the register (转办)."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work, number)
        if district not in districts(work):
            raise InputError(f"district: the register has no district {district}")
        complaint.step("transfer", State(row.state))
        plain = _plain(work, number, reason)
        if row.task is not None:
            task = tasks.find(work.connection, row.task, lock=True)
            if task is not None and task.state in OPEN:
                transfer_now(work, task, plain, district=district)
        data = {"from": row.district, "district": district}
        return _step(work, row, "transfer", plain, {"district": district}, data)


def hand_on(desk: Desk, caller: Caller, number: int, body: str, reason: str) -> dict[str, Any]:
    """Hand it to a body that is not one of ours (转办), which deals with it from then on."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work, number)
        data = {"body": _plain(work, number, body)}
        return _step(work, row, "hand-on", reason, data=data)


def extend(
    desk: Desk, caller: Caller, number: int, due_at: datetime, reason: str
) -> dict[str, Any]:
    """Put its closing off (延期), as far as it may be."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work, number)
        owed = complaint_deadlines.get(work.connection, number, Kind.CLOSE)
        policy = desk.complaining
        held = complaint.extended(policy, owed.first_due_at, owed.due_at, due_at, work.at)
        complaint_deadlines.put_off(work.connection, number, Kind.CLOSE, held)
        moved = {"from": rfc3339(owed.due_at, desk.zone), "to": rfc3339(due_at, desk.zone)}
        return _step(work, row, "extend", reason, data=moved)


def close(desk: Desk, caller: Caller, number: int, outcome: str) -> dict[str, Any]:
    """Close it (办结) with its outcome, after the visit was reported, or withdrawn."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = _in_reach(work, number)
        complaint.step("close", State(row.state))
        _require_verified(work, row)
        plain = _plain(work, number, outcome)
        return _step(work, row, "close", plain, {"outcome": plain})


def _require_verified(work: Work, row: Row[Any]) -> None:
    if row.task is None:
        if alerts.get(work.connection, row.alert).screening is None:
            raise Conflict(f"alert {row.alert} of this complaint is not screened yet")
        return
    task = tasks.find(work.connection, row.task)
    if task is not None and task.state in OPEN:
        raise Conflict(
            f"task {row.task} is {task.state}: a complaint is closed after its visit was reported, "
            "or a supervisor has withdrawn it"
        )


def give_feedback(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Note that the reporter was told what came of it; `reason` says how and what."""
    with desk.transaction(caller, Right.WORK, books=True) as work:
        return _step(work, _in_reach(work, number), "feedback", reason)


def reporter_of(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Who made a complaint (`reporter`), and its `text` as it came. Every look is entered in the trail.

    NotFound where nobody is known, Conflict where the master secret is another one.
    """
    with desk.transaction(caller, Right.IDENTIFY) as work:
        row = complaints.get(work.connection, caller.districts, number)
        sealed = row and complaints.reporter(work.connection, number)
        if sealed is None:
            raise NotFound(f"there is no complaint {number}, or nobody is known who made it")
        master = desk.complaining.master()
        if master is None:
            raise Conflict("keys.master is not set; without it nothing can be opened")
        try:
            found = reporter.unseal(number, sealed, master)
        except ValueError as error:
            raise Conflict(str(error)) from None
        plain = reporter.redacted(reason, found["reporter"])
        work.audit("complaint.identify", f"complaint/{number}", plain)
        return found


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A complaint's shape; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        row = complaints.get(connection, caller.districts, number)
        if row is None:
            raise NotFound(f"there is no complaint {number}")
        return shaped(desk, connection, row)


def shaped(desk: Desk, connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """The JSON of a complaint's row."""
    return complaints.shapes(connection, [row], desk.zone)[0]


def _in_reach(work: Work, number: int) -> Row[Any]:
    row = complaints.get(work.connection, work.caller.districts, number, lock=True)
    if row is None:
        raise NotFound(f"there is no complaint {number}")
    work.seen(fingerprint(shaped(work.desk, work.connection, row)))
    return row


def _plain(work: Work, number: int, text: str) -> str:
    """What somebody writes about a complaint, without who made it, as long as that can be known."""
    sealed, master = complaints.reporter(work.connection, number), work.desk.complaining.master()
    if sealed is None or master is None:
        return text
    try:
        found = reporter.unseal(number, sealed, master)
    except ValueError:
        return text
    return reporter.redacted(text, found["reporter"])


def _step(
    work: Work,
    row: Row[Any],
    name: str,
    reason: str | None,
    values: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    found = complaint.step(name, State(row.state))
    work.caller.require(found.by)
    changed = {"state": found.target or row.state} | (values or {})
    if found.target in complaint.ENDED:
        changed["ended_at"] = work.at
    connection, plain = work.connection, reason and _plain(work, row.id, reason)
    complaints.change(connection, row.id, changed)
    complaint_deadlines.settle(connection, row.id, found.settles, work.at)
    complaints.note(connection, row.id, name, work.caller.name, work.at, plain, data)
    if found.target in complaint.ENDED:
        _clear(work, row)
    work.audit(f"complaint.{name}", f"complaint/{row.id}", plain, data)
    after = complaints.get(connection, (), row.id)
    assert after is not None, "changed a moment ago"
    shape = shaped(work.desk, connection, after)
    work.leaves(f"complaints/{row.id}", fingerprint(shape))
    return shape


def _clear(work: Work, row: Row[Any]) -> None:
    """End the alert of a complaint that has ended."""
    alerting = Alerting(work.connection, work.desk.bench(work.books), work.at)
    alerting.hold([row.uscc])
    found = alerts.get(work.connection, row.alert)
    if found.state == "open":
        alerting.clear(found, to_ms(work.at))
        alerting.tell()
