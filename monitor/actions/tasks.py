"""Steps of the officers' queue: claim, renew, release, return, complete."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor import task
from monitor.actions import visit_records
from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, LeaseLost
from monitor.follow_up import of_visit
from monitor.store import follow_ups
from monitor.task import State
from monitor.tokens import Caller, Right


def claim(desk: Desk, caller: Caller, task_id: int, device: str | None = None) -> dict[str, Any]:
    """Take a task for the lease's length; answers `{"task", "lease": {"token", "until"}}`.

    One's own claim is renewed: the lease keeps its token on the same device and moves to another. A
    lease that has run out may be taken over. Somebody else's raises Conflict naming the holder.
    """
    with desk.transaction(caller, Right.WORK) as work:
        row = work.task(task_id)
        if row.state == State.CLAIMED:
            if row.claimed_by == caller.name:
                return _prolong(work, row, device)
            if row.lease_until > work.at:
                raise Conflict(f"task {task_id} is claimed by {row.claimed_by}")
            row = _expired(work, row)
        if row.assigned_to not in (None, caller.name) and not caller.may(Right.DIRECT):
            raise Conflict(f"task {task_id} was handed to {row.assigned_to}")
        until, token = work.at + desk.lease, secrets.token_urlsafe(24)
        values = {
            "claimed_by": caller.name,
            "claimed_at": work.at,
            "lease": token,
            "lease_until": until,
            "lease_device": device,
            "returned_at": None,
        }
        work.step(row, "claim", values, data={"device": device} if device else None)
        return _leased(work, task_id, token, until)


def _prolong(work: Work, row: Any, device: str | None) -> dict[str, Any]:
    moved = device is not None and device != row.lease_device
    token = secrets.token_urlsafe(24) if moved else row.lease
    until = work.at + work.desk.lease
    values = {"lease": token, "lease_until": until}
    if moved:
        values["lease_device"] = device
    work.change(row, values)
    work.audit("task.renew", f"task/{row.id}", data={"device": device} if moved else None)
    return _leased(work, row.id, token, until)


def _leased(work: Work, task_id: int, token: str, until: datetime) -> dict[str, Any]:
    lease = {"token": token, "until": rfc3339(until, work.desk.zone)}
    return {"task": work.shape(task_id), "lease": lease}


NO_CLAIM: dict[str, Any] = dict.fromkeys(
    ("claimed_by", "claimed_at", "lease", "lease_until", "lease_device")
)


def _expired(work: Work, row: Any) -> Any:
    work.step(row, "expire", NO_CLAIM, data={"held_by": row.claimed_by})
    return work.task(row.id)


def held(work: Work, task_id: int, lease: str) -> Any:
    """The caller's claimed task, locked, if `lease` is its present token and has not run out."""
    row = work.task(task_id)
    if row.state != State.CLAIMED:
        raise LeaseLost(f"task {task_id} is {row.state}, the lease holds no more")
    if row.claimed_by != work.caller.name:
        raise LeaseLost(f"task {task_id} is claimed by {row.claimed_by}")
    if not secrets.compare_digest(row.lease.encode(), lease.encode()):
        raise LeaseLost(f"the lease of task {task_id} has moved to another device")
    if row.lease_until <= work.at:
        raise LeaseLost(f"the lease of task {task_id} has run out; claim it again")
    return row


def renew(desk: Desk, caller: Caller, task_id: int, lease: str) -> dict[str, Any]:
    """Begin the lease's length anew, from now."""
    with desk.transaction(caller, Right.WORK) as work:
        return _prolong(work, held(work, task_id, lease), None)


def release(
    desk: Desk, caller: Caller, task_id: int, lease: str, reason: str | None = None
) -> dict[str, Any]:
    """Give a claimed task back to the queue."""
    with desk.transaction(caller, Right.WORK) as work:
        work.step(held(work, task_id, lease), "release", NO_CLAIM, reason)
        return work.shape(task_id)


def send_back(desk: Desk, caller: Caller, task_id: int, reason: str) -> dict[str, Any]:
    """Return (退回) a task that is not for its holder; a supervisor sees it and hands it on.

    Its holder's, or a supervisor's, to do.
    """
    with desk.transaction(caller, Right.WORK) as work:
        row = work.task(task_id)
        if row.claimed_by not in (None, caller.name) and not caller.may(Right.DIRECT):
            raise Conflict(f"task {task_id} is claimed by {row.claimed_by}")
        held_by = {"held_by": row.claimed_by}
        values = NO_CLAIM | {"assigned_to": None, "returned_at": work.at}
        work.step(row, "return", values, reason, held_by)
        return work.shape(task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What a verification leads to: a case, a relief, a correction and the day it is looked at."""

    case: dict[str, Any] | None = None
    relief: dict[str, Any] | None = None
    correct_by: date | None = None
    recheck_on: date | None = None


_NOTHING = Consequences()


def complete(
    desk: Desk,
    caller: Caller,
    task_id: int,
    lease: str,
    report: task.Report,
    consequences: Consequences = _NOTHING,
) -> dict[str, Any]:
    """Hand in the verification; what has to follow it is owed from now on."""
    with desk.transaction(caller, Right.WORK, books=True) as work:
        report.check(work.at)
        visit_records.require_found(report.result, consequences.case, consequences.relief)
        row = held(work, task_id, lease)
        owed = of_visit(
            report.result,
            civil_date(report.inspected_at, desk.zone),
            consequences.case or {},
            (consequences.relief or {}).get("kind") == "no_penalty",
            consequences.correct_by,
            consequences.recheck_on,
        )
        follow_ups.owe(work.connection, task_id, owed, caller.name)
        visit_records.of_visit(work, row, consequences.case, consequences.relief)
        values = {
            "result": _result(work, report, consequences),
            "lease": None,
            "lease_until": None,
            "lease_device": None,
            "remind_at": None,
            "escalate_at": None,
        }
        work.step(row, "complete", values, data={"result": report.result.value})
        return work.shape(task_id)


def _result(work: Work, report: task.Report, consequences: Consequences) -> dict[str, Any]:
    """What stands on the task; officers that the register does not know are named."""
    known = {officer.licence: officer for officer in work.books.officers}
    names = {officer.name for officer in work.books.officers}
    licences = {n: [lic for lic in known if lic in n] for n in report.officers}
    kept = {
        "record": report.record,
        "check_code": report.check_code,
        "case": consequences.case,
        "relief": consequences.relief,
    }
    return {
        "result": report.result.value,
        "findings": report.findings,
        "inspected_at": rfc3339(report.inspected_at, work.desk.zone),
        "officers": list(report.officers),
        "licences": sorted({lic for found in licences.values() for lic in found}),
        "unregistered": [n for n, found in licences.items() if not found and n not in names],
        "reported_by": work.caller.name,
        "reported_at": rfc3339(work.at, work.desk.zone),
    } | {name: value for name, value in kept.items() if value is not None}
