"""Reports on the positive list: counted from the records, handed in, reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import NotFound
from monitor.reports.content import Report
from monitor.reports.duties import Duty, Kind, due, reminded_from
from monitor.reports.figures import count
from monitor.reports.period import Level, Span
from monitor.reports.summary import Summary
from monitor.reports.summary import figures as figures_of
from monitor.store import Connection, figures, outbox, records
from monitor.store import report_duties as rows
from monitor.task import InputError
from monitor.tokens import Caller, Right

_BACK = timedelta(days=400)
"""How far back duties are looked at: a year, and what is late of it."""


def report(
    desk: Desk, caller: Caller, span: Span, level: Level, district: str | None = None
) -> Report:
    """What a report of a span says; InputError, NotFound out of reach.

    A county's names its district; of the other levels every district within reach is a row.
    """
    caller.require(Right.READ)
    policy = desk.reporting()
    only = _only(caller, level, district)
    with desk.store.read() as connection:
        material = figures.material(connection, span, desk.zone)
    if district not in (None, *policy.districts, *material.districts):
        raise NotFound(f"there is no district {district}")
    return Report(
        unit=policy.unit_of(level, only[0] if len(only) == 1 else None),
        level=level,
        span=span,
        rows=count(material, span, policy.districts, only),
        material=material,
        recipient=policy.recipients.get(level, ""),
        contact=policy.contact,
        categories={c: each.zh for c, each in desk.listing_policy().categories.by_code.items()},
    )


def summary(
    desk: Desk, caller: Caller, span: Span, level: Level, district: str | None = None
) -> Summary:
    """The summary table of a span; as `report`."""
    made = report(desk, caller, span, level, district)
    rows = [row for row in made.rows if row.district or any(figures_of(row).values())]
    return Summary(unit=made.unit, span=span, rows=rows, material=made.material)


def _only(caller: Caller, level: Level, district: str | None) -> tuple[str, ...]:
    """The districts that a report is about; none: all."""
    if district is not None:
        if not caller.sees(district):
            raise NotFound(f"there is no district {district} within reach")
        return (district,)
    if level is Level.COUNTY and len(caller.districts) != 1:
        raise InputError("district: a county's report is of one district; name it")
    return caller.districts


# --- duties -------------------------------------------------------------------------------------


def duties(desk: Desk, caller: Caller, first: date, last: date) -> list[dict[str, Any]]:
    """What is owed by days between two, in order, with what was handed in."""
    caller.require(Right.READ)
    if not timedelta(0) <= last - first <= _BACK:
        raise InputError(f"from and to may lie {_BACK.days} days apart at most, in this order")
    today = civil_date(desk.now(), desk.zone)
    with desk.store.read() as connection:
        owed = _due(desk, connection, first, last)
        known = {_key(row): row for row in rows.between(connection, (), first, last)}
    return [
        shape(desk, duty, known.get(_key(duty)), today)
        for duty in owed
        if caller.sees(duty.district or None)
    ]


def hand_in(
    desk: Desk, caller: Caller, duty: tuple[Kind, Level, str, str], on: date, note: str | None
) -> dict[str, Any]:
    """Say that a paper was handed in on a day: (kind, level, district, period)."""
    kind, level, district, period = duty
    with desk.transaction(caller, Right.DIRECT) as work:
        today = civil_date(work.at, desk.zone)
        if on > today:
            raise InputError("on lies in the future")
        owed = _due(desk, work.connection, today - _BACK, today + _BACK)
        found = [each for each in owed if _key(each) == (kind, level, district, period)]
        if not found or not caller.sees(district or None):
            raise NotFound(f"no {kind} of {period} is owed at level {level} {district}".rstrip())
        row = rows.enter(work.connection, found[0])
        values = {"handed_in_on": on, "handed_in_by": caller.name, "note": note}
        rows.change(work.connection, row.id, values)
        work.audit("report.hand-in", f"report/{row.id}", note, {"on": on.isoformat()})
        return shape(desk, found[0], rows.enter(work.connection, found[0]), today)


def remind(desk: Desk) -> int:
    """Tell once of each paper that is due soon, and once of each that is late; how many were told."""
    policy = desk.reporting()
    told = 0
    with desk.transaction(SYSTEM, Right.WORK) as work:
        today = civil_date(work.at, desk.zone)
        soon = today + timedelta(days=policy.remind_days)
        for duty in _due(desk, work.connection, today - timedelta(days=policy.late_days), soon):
            if reminded_from(policy, duty) <= today:
                told += _tell(work, duty, today)
    return told


def _tell(work: Work, duty: Duty, today: date) -> bool:
    row = rows.enter(work.connection, duty)
    late = today > duty.due_on
    column = "late_at" if late else "reminded_at"
    if row.handed_in_on is not None or row._mapping[column] is not None:
        return False
    rows.change(work.connection, row.id, {column: work.at})
    event = outbox.Event(
        type="report.overdue" if late else "report.due",
        at=work.at,
        district=duty.district or None,
        data={"report": shape(work.desk, duty, row, today)},
    )
    outbox.publish(work.connection, [event])
    return True


def _due(desk: Desk, connection: Connection, first: date, last: date) -> Sequence[Duty]:
    policy = desk.reporting()
    names = policy.districts or records.districts(connection)
    return due(policy, names, first, last)


def _key(duty: Any) -> tuple[str, str, str, str]:
    return duty.kind, duty.level, duty.district, duty.period


def shape(desk: Desk, duty: Duty, row: Any, today: date) -> dict[str, Any]:
    """The JSON of a duty and its row, if it has one."""
    handed_in_on = row.handed_in_on if row else None
    return {
        "kind": duty.kind.value,
        "level": duty.level.value,
        "district": duty.district or None,
        "unit": desk.reporting().unit_of(duty.level, duty.district or None),
        "period": duty.period,
        "due_on": duty.due_on.isoformat(),
        "state": duty.state(today, handed_in_on),
        "handed_in_on": handed_in_on.isoformat() if handed_in_on else None,
        "handed_in_by": row.handed_in_by if row else None,
        "note": row.note if row else None,
        "reminded_at": rfc3339(row.reminded_at, desk.zone) if row and row.reminded_at else None,
    }
