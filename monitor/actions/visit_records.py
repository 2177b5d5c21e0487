"""What a verification records: the case and the relief that its report carries, and what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from monitor.actions.desk import Work
from monitor.actions.records import add, amend_row
from monitor.clock import civil_date
from monitor.record import Case, Relief, from_json, names_of
from monitor.store import records
from monitor.task import InputError, Result


def of_visit(
    work: Work, task: Any, case: Mapping[str, Any] | None, relief: Mapping[str, Any] | None
) -> None:
    """Record the case and the relief that a report of a task carries.

    The act is of the day that the task's listing was asked for, unless the case says another. A report
    that comes again, after the task was opened once more, amends what it recorded.
    """
    number = None
    if case is not None:
        if case.get("filed_on") is None:
            raise InputError("case: it lacks filed_on; leave it out until it is filed")
        if case.get("uscc") not in (None, task.uscc):
            raise InputError("case.uscc: the task is of another enterprise")
        number = _case(work, task, case)
    if relief is not None:
        if task.uscc is None:
            raise InputError("relief: the task has no enterprise that it could be granted to")
        own = {"uscc": task.uscc, "task": task.id} | ({"case": number} if number else {})
        today = {"on": civil_date(work.at, work.desk.zone)}
        record = from_json(Relief, today | dict(relief) | own)
        known = records.of_task(work.connection, Relief, task.id)
        if all((row.kind, row.on) != (record.kind, record.on) for row in known):
            add(work, record)


def filed(work: Work, task: Any, on: date) -> None:
    """Record the case of a task that is said to have been filed, unless it is recorded already."""
    if task.uscc is not None and not records.of_task(work.connection, Case, task.id):
        _case(work, task, {"filed_on": on})


def decided(work: Work, task_id: int, on: date) -> None:
    """Note the day of the decision in the case of a task that waits for it."""
    for row in records.of_task(work.connection, Case, task_id):
        if row.decided_on is None and row.withdrawn_on is None:
            amend_row(work, Case, row, {"decided_on": on})
            return


def require_found(result: Result, *records: object) -> None:
    """Raise InputError for records of a visit that has found nothing."""
    if result is Result.NOT_CONFIRMED and any(each is not None for each in records):
        raise InputError("result: not_confirmed goes with no case and no relief")


def _case(work: Work, task: Any, said: Mapping[str, Any]) -> int:
    if task.uscc is None:
        raise InputError("case: the task has no enterprise that it could be filed on")
    usual = {"act_on": task.listing.get("on") or said["filed_on"]}
    record = from_json(Case, usual | dict(said) | {"uscc": task.uscc, "task": task.id})
    if said.get("act_on") is None:  # filed as of a day before the task was queued
        record = replace(record, act_on=min(record.act_on, record.filed_on))
    if record.filed_on > civil_date(work.at, work.desk.zone):
        raise InputError("case.filed_on lies in the future")
    for row in records.of_task(work.connection, Case, task.id):
        if (row.act_on, row.filed_on) == (record.act_on, record.filed_on):
            given = {name: getattr(record, name) for name in names_of(Case) if name in said}
            amend_row(work, Case, row, given)
            return int(row.id)
    return add(work, record)
