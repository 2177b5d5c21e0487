"""Steps of the officers' queue: claim, renew, release, complete, close, withdraw, queue by hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import task
from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, LeaseLost, NotFound
from monitor.store import tasks
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
        until, token = work.at + desk.lease, secrets.token_urlsafe(24)
        values = {
            "claimed_by": caller.name,
            "claimed_at": work.at,
            "lease": token,
            "lease_until": until,
            "lease_device": device,
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


def complete(
    desk: Desk,
    caller: Caller,
    task_id: int,
    lease: str,
    report: task.Report,
    records: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Hand in the verification; `records` (case, relief) are kept with it."""
    with desk.transaction(caller, Right.WORK) as work:
        report.check(work.at)
        row = held(work, task_id, lease)
        result = {
            "result": report.result.value,
            "findings": report.findings,
            "inspected_at": rfc3339(report.inspected_at, desk.zone),
            "officers": list(report.officers),
            "reported_by": caller.name,
            "reported_at": rfc3339(work.at, desk.zone),
        } | (records or {})
        values = {"result": result, "lease": None, "lease_until": None, "lease_device": None}
        work.step(row, "complete", values, data={"result": report.result.value})
        return work.shape(task_id)


def close(desk: Desk, caller: Caller, task_id: int, reason: str | None) -> dict[str, Any]:
    """A supervisor's confirmation of a reported verification."""
    with desk.transaction(caller, Right.DIRECT) as work:
        work.step(work.task(task_id), "close", {}, reason)
        return work.shape(task_id)


def withdraw(desk: Desk, caller: Caller, task_id: int, reason: str) -> dict[str, Any]:
    """A supervisor's reasoned end of a task that nobody has to go for."""
    with desk.transaction(caller, Right.DIRECT) as work:
        values = {"lease": None, "lease_until": None, "lease_device": None}
        work.step(work.task(task_id), "withdraw", values, reason)
        return work.shape(task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A task by hand: an enterprise or a place, and why."""

    trigger: task.Trigger
    reason: str
    uscc: str | None = None
    place: dict[str, Any] | None = None
    district: str | None = None
    priority: int = 3
    mandatory: bool = True
    due_at: datetime | None = None


def queue(desk: Desk, caller: Caller, order: Order) -> tuple[dict[str, Any], bool]:
    """The task of an order, and whether it was opened now; an open matter is joined."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        if order.due_at is not None and order.due_at <= work.at:
            raise task.InputError("due_at is already past")
        new = _at_enterprise(work, order) if order.uscc else _at_place(work, order)
        task_id, opened = tasks.open_or_join(work.connection, new, caller.name)
        data = {"uscc": order.uscc} if order.uscc else None
        if opened:
            tasks.announce(work.connection, task_id, "task.queued", work.at, desk.zone)
        else:
            tasks.note(work.connection, task_id, work.at, "joined", caller.name, order.reason)
            tasks.announce(work.connection, task_id, "task.updated", work.at, desk.zone)
        work.audit("task.queue", f"task/{task_id}", order.reason, data)
        return work.shape(task_id), opened


def _at_enterprise(work: Work, order: Order) -> tasks.NewTask:
    assert work.register is not None, "begun with `books`"
    enterprise = work.register.enterprise(order.uscc or "")
    if enterprise is None or not work.caller.sees(enterprise.district):
        raise NotFound(f"there is no enterprise {order.uscc}")
    return _new(
        work,
        order,
        uscc=enterprise.uscc,
        enterprise=enterprise.name,
        district=enterprise.district,
        place=order.place,
    )


def _at_place(work: Work, order: Order) -> tasks.NewTask:
    """A place has no district by itself: it is the one that is named, or the caller's only one."""
    reach = work.caller.districts
    district = order.district or (reach[0] if len(reach) == 1 else None)
    if not work.caller.sees(district):
        raise task.InputError("district must name one of the token's districts")
    return _new(work, order, district=district, place=order.place)


def _new(work: Work, order: Order, **where: Any) -> tasks.NewTask:
    return tasks.NewTask(
        trigger=order.trigger.value,
        priority=order.priority,
        reason=order.reason,
        queued_at=work.at,
        due_at=order.due_at or work.desk.deadline(order.trigger, work.at),
        mandatory=order.mandatory,
        listing=work.listing(order.uscc),
        legal_basis=work.desk.legal_basis(order.trigger, civil_date(work.at, work.desk.zone)),
        **where,
    )
