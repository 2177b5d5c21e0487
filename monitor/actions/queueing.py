"""Queueing a task by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import starting, task
from monitor.actions.desk import Desk, Work
from monitor.calendar import Deadline
from monitor.clock import civil_date
from monitor.errors import Conflict, NotFound
from monitor.store import tasks
from monitor.tokens import Caller, Right


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
    check_kind: task.CheckKind = task.CheckKind.CASE
    due_at: datetime | None = None


def queue(desk: Desk, caller: Caller, order: Order) -> tuple[dict[str, Any], bool]:
    """The task of an order, and whether it was opened now; an open matter is joined."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        if order.due_at is not None and order.due_at <= work.at:
            raise task.InputError("due_at is already past")
        new = _at_enterprise(work, order) if order.uscc else _at_place(work, order)
        task_id, opened = tasks.open_or_join(work.connection, new, caller.name)
        found = tasks.find(work.connection, task_id)
        assert found is not None, "opened or joined a moment ago"
        if not caller.sees(found.district):
            raise Conflict(f"task {task_id} of this matter was handed to another district")
        data = {"uscc": order.uscc} if order.uscc else None
        if opened:
            tasks.announce(work.connection, task_id, "task.queued", work.at, desk.zone)
        else:
            work.note(task_id, "joined", order.reason, None)
            tasks.announce(work.connection, task_id, "task.updated", work.at, desk.zone)
        work.audit("task.queue", f"task/{task_id}", order.reason, data)
        return work.shape(task_id), opened


def _at_enterprise(work: Work, order: Order) -> tasks.NewTask:
    enterprise = work.books.enterprise(order.uscc or "")
    if enterprise is None or not work.caller.sees(enterprise.district):
        raise NotFound(f"there is no enterprise {order.uscc}")
    return _new(
        work,
        order,
        uscc=enterprise.uscc,
        enterprise=enterprise.name,
        enterprise_district=enterprise.district,
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
    terms = work.desk.time_limits()
    deadline = terms.deadline(order.trigger, order.priority, work.at)
    if order.due_at is not None:
        deadline = Deadline(due_at=order.due_at, term=None, since=work.at)
    return tasks.NewTask(
        trigger=order.trigger.value,
        priority=order.priority,
        reason=order.reason,
        start_condition=starting.of_order(
            order.trigger, work.caller.name, order.reason, work.desk.language
        ),
        queued_at=work.at,
        deadline=deadline,
        remind_at=terms.reminder(deadline.due_at, work.at),
        check_kind=order.check_kind.value,
        mandatory=order.mandatory,
        listing=work.listing(order.uscc),
        legal_basis=work.desk.legal_basis(order.trigger, civil_date(work.at, work.desk.zone)),
        **where,
    )
