"""What is counted of records: per district, each figure with the records behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from monitor.record import Case, Document, Relief, ReliefKind, TypicalCase
from monitor.register import Listing
from monitor.reports.period import Span
from monitor.task import Result, Trigger

ELSEWHERE = ""
"""The district of what belongs to none that the books know."""
OFF_SITE = frozenset(Trigger) - {Trigger.COMPLAINT, Trigger.MANUAL}
"""What off-site means (非现场) find; complaints and tasks by hand are none."""
_FOUND = frozenset({Result.CONFIRMED, Result.PARTLY_CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An enterprise as the books last said it."""

    uscc: str
    name: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A verification task (现场核查): when it was asked for, what came of it."""

    task: int
    uscc: str | None
    district: str | None
    trigger: Trigger
    mandatory: bool
    queued_on: date
    inspected_on: date | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """An enterprise that a random draw (双随机) exempted from a visit."""

    draw: int
    uscc: str
    on: date


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that is recorded and may count; numbers are the records' own."""

    owners: Mapping[str, Owner]
    listings: Sequence[Listing] = ()
    documents: Mapping[int, Document] = field(default_factory=dict)
    cases: Mapping[int, Case] = field(default_factory=dict)
    reliefs: Mapping[int, Relief] = field(default_factory=dict)
    typical: Mapping[int, TypicalCase] = field(default_factory=dict)
    visits: Sequence[Visit] = ()
    spared: Sequence[Spared] = ()

    def listing(self, uscc: str, on: date) -> Listing | None:
        """The listing of an enterprise on a day; the latest begun, where several overlap."""
        held = [each for each in self._by_uscc.get(uscc, ()) if each.holds(on)]
        return max(held, key=lambda each: (each.listed_from, each.id), default=None)

    @cached_property
    def _by_uscc(self) -> dict[str, list[Listing]]:
        found: dict[str, list[Listing]] = {}
        for each in self.listings:
            found.setdefault(each.uscc, []).append(each)
        return found

    @cached_property
    def districts(self) -> frozenset[str]:
        """Where anything is: enterprises, past ones too, and who issued documents."""
        issued = {each.district for each in self.documents.values()}
        return frozenset({owner.district for owner in self.owners.values()} | issued)

    def district(self, uscc: str | None) -> str:
        """Where an enterprise is."""
        owner = self.owners.get(uscc or "")
        return owner.district if owner else ELSEWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A row: of each figure the records that it counts."""

    district: str
    listed: tuple[str, ...] = ()
    """Enterprises on the list on the last day."""
    documents: tuple[int, ...] = ()
    cases: tuple[int, ...] = ()
    """Filed within the span on an act of a day on which the enterprise was listed."""
    reliefs: tuple[int, ...] = ()
    """Granted within the span to an enterprise that was listed that day; each time counts."""
    added: tuple[str, ...] = ()
    """Listed on the last day and not on the day before the first."""
    removed: tuple[str, ...] = ()
    """The other way round."""
    alerts_visited: tuple[int, ...] = ()
    """Tasks that off-site means asked for within the span."""
    problems: tuple[int, ...] = ()
    """Visits within the span that confirmed, wholly or partly, what off-site means found."""
    complaints: tuple[int, ...] = ()
    """Complaints verified within the span."""
    spared: tuple[str, ...] = ()
    """Draws' visits that the list spared, as draw:uscc."""


FIGURES = tuple(each.name for each in fields(Counted) if each.name != "district")


def count(
    material: Material, span: Span, districts: Sequence[str] = (), only: Sequence[str] = ()
) -> list[Counted]:
    """A row per district: those named, in their order, then others that have anything.

    `only`: nothing but these districts (a token's reach, or a county's own report).
    """
    found: dict[str, dict[str, list[Any]]] = {}
    for name, district, number in _facts(material, span):
        if not only or district in only:
            found.setdefault(district, {}).setdefault(name, []).append(number)
    known = {owner.district for owner in material.owners.values()} | set(found)
    ordered = [each for each in districts if not only or each in only]
    ordered += sorted(each for each in (set(only) or known) - set(ordered) if each or each in found)
    return [
        Counted(
            district=each,
            **{name: tuple(sorted(items)) for name, items in found.get(each, {}).items()},
        )
        for each in ordered
    ]


def total(rows: Iterable[Counted]) -> dict[str, int]:
    """The number of each figure over rows."""
    found = dict.fromkeys(FIGURES, 0)
    for row in rows:
        for name in FIGURES:
            found[name] += len(getattr(row, name))
    return found


def _facts(material: Material, span: Span) -> Iterable[tuple[str, str, Any]]:
    """Each thing that counts: as which figure, where, and its number."""
    yield from _lists(material, span)
    for number, document in material.documents.items():
        if span.holds(document.issued_on):
            yield "documents", document.district, number
    for number, case in material.cases.items():
        withdrawn = case.withdrawn_on is not None and case.withdrawn_on <= span.last
        listed = material.listing(case.uscc, case.act_on) is not None
        if span.holds(case.filed_on) and listed and not withdrawn:
            yield "cases", material.district(case.uscc), number
    for number, relief in material.reliefs.items():
        if span.holds(relief.on) and material.listing(relief.uscc, relief.on):
            yield "reliefs", material.district(relief.uscc), number
    for visit in material.visits:
        yield from _visit(visit, material, span)
    counted: set[tuple[str, date]] = set()
    for each in material.spared:  # a draw that is asked twice spares one visit
        if span.holds(each.on) and (each.uscc, each.on) not in counted:
            counted.add((each.uscc, each.on))
            yield "spared", material.district(each.uscc), f"{each.draw}:{each.uscc}"


def _lists(material: Material, span: Span) -> Iterable[tuple[str, str, str]]:
    before = span.first - timedelta(days=1)
    then = {each.uscc for each in material.listings if each.holds(before)}
    now = {each.uscc for each in material.listings if each.holds(span.last)}
    for name, which in (("listed", now), ("added", now - then), ("removed", then - now)):
        for uscc in which:
            yield name, material.district(uscc), uscc


def _visit(visit: Visit, material: Material, span: Span) -> Iterable[tuple[str, str, int]]:
    district = material.district(visit.uscc) or visit.district or ELSEWHERE
    if visit.trigger in OFF_SITE and span.holds(visit.queued_on):
        yield "alerts_visited", district, visit.task
    if span.holds(visit.inspected_on):
        if visit.trigger in OFF_SITE and visit.result in _FOUND:
            yield "problems", district, visit.task
        if visit.trigger is Trigger.COMPLAINT:
            yield "complaints", district, visit.task


def by_kind(material: Material, rows: Iterable[Counted]) -> dict[ReliefKind, int]:
    """How often each kind of relief was granted."""
    found = dict.fromkeys(ReliefKind, 0)
    for row in rows:
        for number in row.reliefs:
            found[material.reliefs[number].kind] += 1
    return found


def by_category(material: Material, rows: Iterable[Counted], on: date) -> dict[str, int]:
    """How many enterprises are listed in each category on a day."""
    found: dict[str, int] = {}
    for row in rows:
        for uscc in row.listed:
            listing = material.listing(uscc, on)
            if listing is not None:
                found[listing.category] = found.get(listing.category, 0) + 1
    return dict(sorted(found.items()))


def by_means(material: Material, rows: Iterable[Counted]) -> dict[Trigger, int]:
    """How many problems each of the off-site means found."""
    wanted = {number for row in rows for number in row.problems}
    found = dict.fromkeys(sorted(OFF_SITE), 0)
    for visit in material.visits:
        if visit.task in wanted:
            found[visit.trigger] += 1
    return found
