"""The visit that an alert asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from monitor import legal, task
from monitor.clock import civil_date, from_ms
from monitor.register import Register
from monitor.store.tasks import NewTask
from monitor.terms import Terms


def visit(
    alert: Mapping[str, Any],
    register: Register,
    terms: Terms,
    at: datetime,
    reason: str,
    start_condition: dict[str, Any],
    place: dict[str, Any] | None = None,
) -> NewTask:
    """The task for an alert (its columns): law and listing are those of the day of the act.

    Mandatory, listed or not (环执法发〔2020〕1号). `start_condition`: why somebody goes.
    `place`: where to go, of what is nobody's.
    """
    on = civil_date(from_ms(alert["start_ms"]), terms.zone)
    trigger, priority = task.trigger(alert["rule"]), task.priority(alert["exceed_ratio"])
    outlet = register.outlet(alert["mn"]) if alert["mn"] else None
    medium, kind = (outlet.medium, outlet.kind) if outlet else (None, None)
    deadline = terms.deadline(trigger, priority, at)
    return NewTask(
        trigger=trigger.value,
        priority=priority,
        reason=reason,
        start_condition=start_condition,
        queued_at=at,
        deadline=deadline,
        remind_at=terms.reminder(deadline.due_at, at),
        uscc=alert["uscc"],
        enterprise=alert["enterprise"],
        enterprise_district=alert["district"],
        district=alert["district"],
        place=place,
        listing=listed(register, alert["uscc"], on),
        legal_basis=legal.basis(trigger, on, medium, kind),
    )


def listed(register: Register, uscc: str | None, on: date) -> dict[str, Any]:
    """The listing of a day as it stands on a task."""
    found = register.listing(uscc, on) if uscc else None
    return {
        "listed": found is not None,
        "category": found.category if found else None,
        "on": on.isoformat(),
    }
