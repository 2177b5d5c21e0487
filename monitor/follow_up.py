"""What has to follow a verification: filing a case, deciding it, correction, re-check. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from monitor.task import InputError, Result


class Kind(StrEnum):
    """What is owed."""

    FILE_CASE = "file_case"
    """Decide whether a case is filed (立案)."""
    DECIDE_CASE = "decide_case"
    """Decide the penalty."""
    CORRECT = "correct"
    """The enterprise corrects (整改)."""
    RECHECK = "recheck"
    """Somebody looks whether it has (复查)."""


_DAYS = {Kind.FILE_CASE: 15, Kind.DECIDE_CASE: 90}
"""生态环境行政处罚办法 (in force since 2023-07-01): 15 days from the initial review, 90 from filing."""
_LONGER = {Kind.FILE_CASE: 15, Kind.DECIDE_CASE: 60}
"""By how much these may be put off at most, with the head's approval (90 + 30 + 30)."""

_VIOLATION = frozenset({Result.CONFIRMED, Result.PARTLY_CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Something owed by a day; `done_on` where it is done already."""

    kind: Kind
    due_on: date
    done_on: date | None = None


def of_visit(
    result: Result,
    inspected_on: date,
    case: Mapping[str, Any],
    spared: bool,
    correct_by: date | None,
    recheck_on: date | None,
) -> list[FollowUp]:
    """What a report leads to; `case` as it was filed with it, empty if none was; `spared`: it was decided
    that there is no penalty.

    Raises InputError for days that cannot be.
    """
    owed: list[FollowUp] = []
    if case or (result in _VIOLATION and not spared):
        due = inspected_on + timedelta(days=_DAYS[Kind.FILE_CASE])
        filed = _day(case, "filed_on")
        owed.append(FollowUp(kind=Kind.FILE_CASE, due_on=due, done_on=filed))
        if filed is not None:
            owed.append(decision(filed, _day(case, "decided_on")))
    for kind, day in ((Kind.CORRECT, correct_by), (Kind.RECHECK, recheck_on)):
        if day is not None and day < inspected_on:
            raise InputError(f"the day of `{kind}` lies before the inspection")
        if day is not None:
            owed.append(FollowUp(kind=kind, due_on=day))
    return owed


def decision(filed_on: date, decided_on: date | None = None) -> FollowUp:
    """The decision that is owed once a case has been filed."""
    due = filed_on + timedelta(days=_DAYS[Kind.DECIDE_CASE])
    return FollowUp(kind=Kind.DECIDE_CASE, due_on=due, done_on=decided_on)


def put_off(kind: Kind, first_due: date, now_due: date, wanted: date) -> date:
    """The new day of something that is put off; `first_due` is what it was at the beginning.

    Raises InputError where it is no later, or later than the law lets it be.
    """
    if wanted <= now_due:
        raise InputError(f"due_on must lie behind the present one, {now_due}")
    if kind in _LONGER and wanted > (last := first_due + timedelta(days=_LONGER[kind])):
        raise InputError(f"`{kind}` may be put off to {last} at most")
    return wanted


def _day(case: Mapping[str, Any], name: str) -> date | None:
    given = case.get(name)
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise InputError(f"case.{name}: a date such as 2026-11-26 is needed") from None
