"""Screening (研判): a person decides what becomes of an alert."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor import corroboration, starting
from monitor.actions import reminders
from monitor.actions.desk import Desk, Work
from monitor.actions.reminders import Told
from monitor.clock import civil_date, from_ms, rfc3339
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.reminder import State
from monitor.store import (
    Connection,
    Row,
    alerts,
    complaints,
    corroborations,
    sightings,
    tasks,
    views,
)
from monitor.store import reminders as reminder_rows
from monitor.task import InputError, trigger
from monitor.tokens import Caller, Right
from monitor.visits import visit


class Verdict(StrEnum):
    """What the screener decides."""

    VERIFY = "verify"
    """A mandatory visit."""
    DISMISS = "dismiss"
    """Nothing in it."""
    REMIND = "remind"
    """Tell the enterprise (提醒帮扶); nobody goes."""


class Cause(StrEnum):
    """Why a screener has dismissed an alert."""

    DEVICE = "device"
    """The analyser, the camera: its fault."""
    DATA = "data"
    """What was transmitted is not what was measured."""
    FALSE = "false"
    """There is nothing: the rule, or the eye, was wrong."""
    EXPLAINED = "explained"
    """It is as was found, and the enterprise has explained it (自证)."""


_SHOWN = 500
_SEEN = 50


def detail(connection: Connection, row: Row[Any], desk: Desk, at: datetime) -> dict[str, Any]:
    """An alert's JSON with the latest periods it is made of, the frames they came in, what the
    enterprise has replied to its reminders (自证), and the law of the day of the act."""
    zone = desk.zone
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
    (shaped,) = alerts.shape_rows(connection, [row], zone, at)
    seen = sightings.of_alert(connection, row.id, _SEEN)
    replied = reminder_rows.listed(
        connection, (), at, _SEEN, None, alert=row.id, wanted=State.ANSWERED
    )
    return shaped | {
        "findings": made_of,
        "sightings": sightings.shape_rows(connection, seen, zone),
        "replies": reminders.shapes(desk, connection, replied),
        "legal_basis": desk.legal_basis(
            trigger(row.rule), civil_date(from_ms(row.start_ms), desk.zone)
        ),
    }


def screen(
    desk: Desk,
    caller: Caller,
    alert_id: int,
    verdict: Verdict,
    reason: str,
    text: str | None = None,
    cause: Cause | None = None,
) -> dict[str, Any]:
    """Decide upon an alert, once; `verify` queues a task or joins the matter's open one.

    `remind` makes a reminder, whose link is in the answer this once: `text` is what the enterprise is
    told, the alert's own sentence unless it is given. `cause`: why it is dismissed.
    """
    if cause is not None and verdict is not Verdict.DISMISS:
        raise InputError("cause: only with the verdict `dismiss`")
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = views.alert_row(work.connection, caller.districts, alert_id, lock=True)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}")
        work.seen(fingerprint(detail(work.connection, row, desk, work.at)))
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
            }
            | ({"cause": cause.value} if cause else {}),
        }
        opened = None
        if verdict is Verdict.VERIFY:
            terms = desk.time_limits()
            place = _place(work, row) if row.uscc is None else None
            why = starting.of_screening(row, caller.name, reason, desk.language)
            new = visit(dict(row._mapping), work.books, terms, work.at, reason, why, place)
            values["task"], opened = tasks.open_or_join(work.connection, new, caller.name)
        alerts.change(work.connection, alert_id, values)
        made = None
        if verdict is Verdict.REMIND and row.uscc is not None:
            made = reminders.add(work, Told.of_alert(row, text))
        if not alerts.quiet(row):
            alerts.announce(work.connection, alert_id, "alert.screened", work.at, desk.zone)
        if verdict is Verdict.DISMISS:
            _tell_lifted(work, alert_id)
        if opened is not None:
            _tell_task(work, values["task"], alert_id, reason, opened=opened)
        said = {"verdict": verdict.value} | ({"cause": cause.value} if cause else {})
        work.audit("alert.screen", f"alert/{alert_id}", reason, said)
        changed = alerts.get(work.connection, alert_id)
        shaped = detail(work.connection, changed, desk, work.at)
        work.leaves(f"alerts/{alert_id}", fingerprint(shaped))
        return shaped | {"reminder": made and reminders.entered(work, made)}


def _place(work: Work, row: Row[Any]) -> dict[str, Any] | None:
    """Where the first thing was that an eye saw, or what was complained of, so that somebody can go
    there."""
    for seen in sightings.of_alert(work.connection, row.id, _SEEN):
        if seen.longitude is not None:
            return {"longitude": seen.longitude, "latitude": seen.latitude}
    return complaints.place_of(work.connection, row.id)


def _tell_lifted(work: Work, alert_id: int) -> None:
    """Tell the tasks of alerts that were lifted by one that was dismissed."""
    for row in corroborations.borne_out(work.connection, alert_id):
        text = corroboration.fell(row.id, alert_id, work.desk.language)
        work.tell(row.task, "evidence", text, {"alert": alert_id})


def _tell_task(work: Work, task_id: int, alert_id: int, reason: str, *, opened: bool) -> None:
    if not opened:
        note = {"alert": alert_id}
        work.note(task_id, "joined", reason, note)
    kind = "task.queued" if opened else "task.updated"
    tasks.announce(work.connection, task_id, kind, work.at, work.desk.zone)
