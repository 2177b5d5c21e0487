"""Inclusion (纳入条件核对): per condition whether it holds, fails or is not known, and why.

Pure. What the records do not say is not known; a clerk may state it, and the answer says who stated it.
A finding that nobody has verified fails nothing: it makes its condition not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from monitor.positive.categories import Category
from monitor.positive.conditions import Condition
from monitor.positive.spans import months_after
from monitor.positive.words import Said, sentence


class Outcome(StrEnum):
    """How a condition stands."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


STATED = frozenset({Condition.CREDIT, Condition.RECOGNITION})
"""What a clerk may state, as far as the records do not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The numbers of the conditions."""

    reporting_days: int = 3
    violation_months: int = 12
    case_months: int = 12
    check_months: int = 12
    within_limits_days: int = 90
    barred_industries: tuple[str, ...] = ()
    """Words; an industry that contains one is barred."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Something on record: its number, its civil day, and whether it was verified (None: not yet)."""

    number: int
    on: date
    confirmed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the records say of an enterprise up to the day of the check."""

    industry: str | None = None
    outlets: tuple[str, ...] = ()
    reported: frozenset[str] = frozenset()
    """The outlets that reported within `reporting_days`."""
    visits: tuple[Visit, ...] = ()
    """On-site verifications that were reported; `confirmed`: they found a violation."""
    exceedances: tuple[Visit, ...] = ()
    """Alerts of that rule that were not dismissed."""
    breaches: tuple[Visit, ...] = ()
    """The same of emergency orders."""
    cases: tuple[Visit, ...] = ()
    """Cases (立案)."""
    bar_until: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a clerk states of a condition, in his words."""

    holds: bool
    words: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one condition stands."""

    condition: Condition
    outcome: Outcome
    why: str
    records: tuple[Mapping[str, str | int], ...] = ()
    """What it rests on: `kind` (task, alert, case, outlet) and `id`."""


@dataclass(frozen=True, slots=True)
class _Found:
    outcome: Outcome
    said: Said
    values: Mapping[str, object] = field(default_factory=dict)
    records: tuple[Mapping[str, str | int], ...] = ()


def check(
    category: Category,
    facts: Facts,
    on: date,
    conditions: Conditions,
    stated: Mapping[Condition, Statement] | None = None,
    language: str = "zh",
) -> list[Answer]:
    """Every condition of a category, on a civil day."""
    return [
        _answer(name, _CHECKS[name](facts, on, conditions), (stated or {}).get(name), language)
        for name in category.conditions
    ]


def failed(answers: Iterable[Answer]) -> list[Condition]:
    """The conditions that fail."""
    return [each.condition for each in answers if each.outcome is Outcome.FAILS]


def _answer(name: Condition, found: _Found, stated: Statement | None, language: str) -> Answer:
    if stated is not None and name in STATED and found.outcome is Outcome.UNKNOWN:
        outcome = Outcome.HOLDS if stated.holds else Outcome.FAILS
        found = _Found(outcome, "stated", {"by": stated.by, "words": stated.words}, found.records)
    why = sentence(found.said, language, found.values)
    return Answer(condition=name, outcome=found.outcome, why=why, records=found.records)


def _records(kind: str, found: Iterable[Visit]) -> tuple[Mapping[str, str | int], ...]:
    return tuple({"kind": kind, "id": each.number} for each in found)


def _since(found: Sequence[Visit], first: date, on: date) -> list[Visit]:
    return [each for each in found if first <= each.on <= on]


def _networked(facts: Facts, on: date, conditions: Conditions) -> _Found:
    del on
    days = conditions.reporting_days
    heard = [mn for mn in facts.outlets if mn in facts.reported]
    records = tuple({"kind": "outlet", "id": mn} for mn in heard or facts.outlets)
    if not facts.outlets:
        return _Found(Outcome.FAILS, "no-outlet")
    values = {"days": days, "count": len(heard), "all": len(facts.outlets)}
    if not heard:
        return _Found(Outcome.FAILS, "silent", values, records)
    return _Found(Outcome.HOLDS, "reporting", values, records)


def _violations(facts: Facts, on: date, conditions: Conditions) -> _Found:
    months = conditions.violation_months
    visits = _since(facts.visits, months_after(on, -months), on)
    found = [each for each in visits if each.confirmed]
    if found:
        values = {"months": months, "count": len(found)}
        return _Found(Outcome.FAILS, "violation", values, _records("task", found))
    return _Found(Outcome.HOLDS, "no-violation", {"months": months}, _records("task", visits))


def _cases(facts: Facts, on: date, conditions: Conditions) -> _Found:
    months = conditions.case_months
    found = _since(facts.cases, months_after(on, -months), on)
    outcome = Outcome.FAILS if found else Outcome.HOLDS
    values = {"months": months, "count": len(found)}
    return _Found(outcome, "case" if found else "no-case", values, _records("case", found))


def _stop_orders(facts: Facts, on: date, conditions: Conditions) -> _Found:
    months = conditions.violation_months
    found = _since(facts.breaches, months_after(on, -months), on)
    proved = [each for each in found if each.confirmed]
    open_ = [each for each in found if each.confirmed is None]
    if proved:
        return _Found(Outcome.FAILS, "breach", {"months": months}, _records("alert", proved))
    if open_:
        return _Found(Outcome.UNKNOWN, "breach-open", {"months": months}, _records("alert", open_))
    return _Found(Outcome.HOLDS, "no-breach", {"months": months})


def _within_limits(facts: Facts, on: date, conditions: Conditions) -> _Found:
    days = conditions.within_limits_days
    found = _since(facts.exceedances, on - timedelta(days=days), on)
    proved = [each for each in found if each.confirmed]
    open_ = [each for each in found if each.confirmed is None]
    values = {"days": days, "count": len(proved or open_)}
    if proved:
        return _Found(Outcome.FAILS, "exceeded", values, _records("alert", proved))
    if open_:
        return _Found(Outcome.UNKNOWN, "exceeded-open", values, _records("alert", open_))
    if not facts.outlets:
        return _Found(Outcome.UNKNOWN, "no-outlet")
    return _Found(Outcome.HOLDS, "within-limits", values)


def _checked(facts: Facts, on: date, conditions: Conditions) -> _Found:
    months = conditions.check_months
    visits = _since(facts.visits, months_after(on, -months), on)
    clean = [each for each in visits if not each.confirmed]
    if clean and len(clean) == len(visits):
        return _Found(Outcome.HOLDS, "checked", {"months": months}, _records("task", clean))
    networked = _networked(facts, on, conditions)
    if networked.outcome is Outcome.HOLDS:
        return networked
    return _Found(Outcome.FAILS, "unchecked", {"months": months}, _records("task", visits))


def _industry(facts: Facts, on: date, conditions: Conditions) -> _Found:
    del on
    if not conditions.barred_industries:
        return _Found(Outcome.HOLDS, "nothing-barred")
    if facts.industry is None:
        return _Found(Outcome.UNKNOWN, "industry-unknown")
    word = next((w for w in conditions.barred_industries if w in facts.industry), None)
    values = {"industry": facts.industry, "word": word}
    return _Found(
        Outcome.FAILS if word else Outcome.HOLDS,
        "industry-barred" if word else "industry-free",
        values,
    )


def _bar(facts: Facts, on: date, conditions: Conditions) -> _Found:
    del conditions
    if facts.bar_until is not None and on <= facts.bar_until:
        return _Found(Outcome.FAILS, "barred", {"until": facts.bar_until})
    return _Found(Outcome.HOLDS, "not-barred")


def _to_be_stated(facts: Facts, on: date, conditions: Conditions) -> _Found:
    del facts, on, conditions
    return _Found(Outcome.UNKNOWN, "not-known")


_CHECKS: Mapping[Condition, Callable[[Facts, date, Conditions], _Found]] = {
    Condition.NETWORKED: _networked,
    Condition.CHECKED: _checked,
    Condition.WITHIN_LIMITS: _within_limits,
    Condition.VIOLATIONS: _violations,
    Condition.CASES: _cases,
    Condition.STOP_ORDERS: _stop_orders,
    Condition.INDUSTRY: _industry,
    Condition.BAR: _bar,
    Condition.CREDIT: _to_be_stated,
    Condition.RECOGNITION: _to_be_stated,
}
