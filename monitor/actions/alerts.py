"""Screening (研判): a person decides what becomes of an alert."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from typing import Any

from monitor import task
from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, from_ms, rfc3339
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.store import Connection, Row, alerts, outbox, tasks, views
from monitor.tokens import Caller, Right


class Verdict(StrEnum):
    """What the screener decides."""

    VERIFY = "verify"
    """A mandatory visit."""
    DISMISS = "dismiss"
    """Nothing in it."""
    REMIND = "remind"
    """Tell the enterprise (提醒帮扶); nobody goes."""


_SHOWN = 500


def detail(connection: Connection, row: Row[Any], zone: tzinfo) -> dict[str, Any]:
    """An alert's JSON with the latest periods it is made of and the frames they came in."""
    made_of = [
        {
            "start": rfc3339(from_ms(finding.start_ms), zone),
            "end": rfc3339(from_ms(finding.end_ms), zone),
            "value": finding.value,
            "limit": finding.bound,
            "exceed_ratio": finding.exceed_ratio,
            "late": finding.late,
            "frame": finding.frame,
            "link": f"/api/v1/frames/{finding.frame}",
        }
        for finding in views.findings_of(connection, row.id, limit=_SHOWN)
    ]
    return alerts.shape(row, zone) | {"findings": made_of}


def screen(
    desk: Desk, caller: Caller, alert_id: int, verdict: Verdict, reason: str
) -> dict[str, Any]:
    """Decide upon an alert, once; `verify` queues a task or joins the matter's open one."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = views.alert_row(work.connection, caller.districts, alert_id, lock=True)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}")
        work.seen(fingerprint(detail(work.connection, row, desk.zone)))
        if row.screening is not None:
            raise Conflict(f"alert {alert_id} was screened by {row.screening['by']}")
        if row.task is not None:
            raise Conflict(f"alert {alert_id} is already part of task {row.task}")
        values: dict[str, Any] = {
            "updated_at": work.at,
            "screening": {
                "verdict": verdict.value,
                "reason": reason,
                "by": caller.name,
                "at": rfc3339(work.at, desk.zone),
            },
        }
        opened = None
        if verdict is Verdict.VERIFY:
            values["task"], opened = tasks.open_or_join(
                work.connection, _task(work, row, reason), caller.name
            )
        alerts.change(work.connection, alert_id, values)
        _tell(work, alert_id)
        if opened is not None:
            _tell_task(work, values["task"], alert_id, reason, opened=opened)
        work.audit("alert.screen", f"alert/{alert_id}", reason, {"verdict": verdict.value})
        changed = alerts.get(work.connection, alert_id)
        shaped = detail(work.connection, changed, desk.zone)
        work.leaves(f"alerts/{alert_id}", fingerprint(shaped))
        return shaped


def _task(work: Work, row: Any, reason: str) -> tasks.NewTask:
    """The visit an alert leads to; law and listing are those of the day of the act."""
    desk, trigger = work.desk, task.trigger(row.rule)
    on = civil_date(from_ms(row.start_ms), desk.zone)
    outlet = work.register.outlet(row.mn) if work.register and row.mn else None
    medium, kind = (outlet.medium, outlet.kind) if outlet else (None, None)
    return tasks.NewTask(
        trigger=trigger.value,
        priority=task.priority(row.exceed_ratio),
        reason=reason,
        queued_at=work.at,
        due_at=desk.deadline(trigger, work.at),
        uscc=row.uscc,
        enterprise=row.enterprise,
        district=row.district,
        listing=work.listing(row.uscc, on),
        legal_basis=desk.legal_basis(trigger, on, medium, kind),
    )


def _tell(work: Work, alert_id: int) -> None:
    row = alerts.get(work.connection, alert_id)
    shaped = alerts.shape(row, work.desk.zone)
    event = outbox.Event(
        type="alert.screened",
        at=work.at,
        district=row.district,
        data={"alert": shaped, "links": {"alert": f"/api/v1/alerts/{alert_id}"}},
        task=row.task,
        alert=alert_id,
    )
    outbox.publish(work.connection, [event])


def _tell_task(work: Work, task_id: int, alert_id: int, reason: str, *, opened: bool) -> None:
    if not opened:
        note = {"alert": alert_id}
        tasks.note(work.connection, task_id, work.at, "joined", work.caller.name, reason, note)
    kind = "task.queued" if opened else "task.updated"
    tasks.announce(work.connection, task_id, kind, work.at, work.desk.zone)
