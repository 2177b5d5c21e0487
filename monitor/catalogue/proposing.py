"""Which rows of the catalogue an outlet's limits could be.

What the books do not decide (which facility, which grade, a condition like the water's temperature) is
not decided here either: all rows that fit are given, each with its doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar

from monitor.catalogue.choosing import chosen, overlap, parted
from monitor.catalogue.matching import Doubt, Wanted, alike, fitting
from monitor.catalogue.rows import ROWS, Klass, Row, standards
from monitor.observation import Period
from monitor.register import Basis, Limit, Medium, Outlet
from monitor.units import scaled

T = TypeVar("T")

SUCCESSORS = {"GB 16171-2012": "GB 16171.1-2024"}
"""Air standards that take the place of another's for the plants that exist (announcement 2024 no. 38)."""

_STEEL = "环大气〔2019〕35号"
ULTRA_LOW = {
    "GB 13223-2011": "环发〔2015〕164号",
    "GB 28662-2012": _STEEL,
    "GB 28663-2012": _STEEL,
    "GB 28664-2012": _STEEL,
    "GB 28665-2012": _STEEL,
    "GB 16171-2012": "焦化行业超低排放意见（2024年1月）",
    "GB 16171.1-2024": "焦化行业超低排放意见（2024年1月）",
    "GB 4915-2013": "水泥行业超低排放意见（2024年1月）",
}
"""The policy of ultra-low emissions that goes with a standard."""


class Standing(StrEnum):
    """What becomes of a proposal."""

    READY = "ready"
    HELD = "held"
    """The register has a limit of its own (排污许可证): it holds."""
    UNCLEAR = "unclear"


class Series(NamedTuple):
    """What only one limit can hold for at a time."""

    pollutant: str
    period: Period | None
    basis: Basis
    share: float

    @classmethod
    def of(cls, thing: Row | Limit) -> Series:
        """The series of a row or of a limit of the register."""
        return cls(thing.pollutant, thing.period, thing.basis, thing.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A row as the limit that it would be, in HJ 212's unit, and why it may not be."""

    row: Row
    limit: Limit
    doubt: Doubt | None = None
    held: bool = False

    @property
    def standing(self) -> Standing:
        """Whether it can be written down; what the register holds needs no decision."""
        if self.held:
            return Standing.HELD
        return Standing.UNCLEAR if self.doubt else Standing.READY


def proposals(
    outlet: Outlet,
    on: date,
    klass: Klass = Klass.SPECIAL,
    *,
    kind: str | None = None,
    conditions: Sequence[str] = (),
    ultra_low: bool = False,
    held: Iterable[Limit] = (),
) -> list[Proposal]:
    """The limits that the standard of an outlet has for it.

    `kind` and `conditions` are words that decide what the books leave open; `held` are the register's
    limits: for what the outlet has one in force on `on` or later, nothing is proposed. Rows of the past
    are given too, so that every day is judged by its own.
    """
    wanted = Wanted.of(outlet, kind)
    picks: list[_Pick] = []
    for standard in standards(outlet.standard):
        if standard not in ULTRA_LOW.values():  # never by itself
            main = _main(standard, outlet.medium, klass, wanted)
            picks += [main, *_further(main, outlet, wanted, ultra_low=ultra_low)]
    found = [each for pick in picks for each in _proposed(pick, outlet, on, conditions)]
    return _against(_settled(found), outlet.mn, on, held)


@dataclass(frozen=True, slots=True)
class _Pick:
    """The rows of a document that could be an outlet's."""

    standard: str
    klass: Klass
    rows: list[Row]
    doubt: Doubt | None


def _of(standard: str, medium: Medium) -> list[Row]:
    """The rows of a document that are held against automatic data."""
    return [
        row
        for row in ROWS
        if row.standard == standard
        and row.medium is medium
        and row.period is not None
        and row.factor is not None
    ]


def _main(standard: str, medium: Medium, klass: Klass, wanted: Wanted) -> _Pick:
    return _Pick(standard, klass, *fitting(_of(standard, medium), wanted))


def _further(main: _Pick, outlet: Outlet, wanted: Wanted, *, ultra_low: bool) -> Iterator[_Pick]:
    """What goes with a standard: the one that takes its place, and the policy where it is asked for."""
    documents = []
    successor = SUCCESSORS.get(main.standard)
    if successor and successor not in standards(outlet.standard):
        documents.append((successor, Klass.EXISTING))
    if ultra_low and main.standard in ULTRA_LOW:
        documents.append((ULTRA_LOW[main.standard], Klass.ULTRA_LOW))
    for document, klass in documents:
        rows = _of(document, outlet.medium)
        yield _Pick(document, klass, alike(rows, wanted, main.rows), main.doubt)


def _proposed(
    pick: _Pick, outlet: Outlet, on: date, conditions: Sequence[str]
) -> Iterator[Proposal]:
    for rows in _grouped(pick.rows, Series.of).values():
        taken, undecided = chosen(rows, pick.klass, conditions)
        for row in taken:
            doubt = pick.doubt or _other_oxygen(row, outlet) or undecided or parted(row, taken)
            yield Proposal(row=row, limit=_limit(row, outlet.mn, on), doubt=doubt)


def _other_oxygen(row: Row, outlet: Outlet) -> Doubt | None:
    own = outlet.reference_oxygen
    differs = row.reference_oxygen is not None and own is not None and own != row.reference_oxygen
    return Doubt.OXYGEN if differs else None


def _limit(row: Row, mn: str, on: date) -> Limit:
    factor, period = row.factor, row.period
    assert factor is not None, "rows without a factor are not proposed"
    assert period is not None, "rows that automatic data cannot show are not proposed"
    return Limit(
        mn=mn,
        pollutant=row.pollutant,
        period=period,
        limit=None if row.limit is None else scaled(row.limit, factor),
        lower=None if row.lower is None else scaled(row.lower, factor),
        basis=row.basis,
        clause=_clause(row),
        valid_from=row.valid_from or on,
        valid_to=row.valid_to,
        share=row.share,
        verified=row.verified,
        source=row.source,
    )


_CLASSES = {
    Klass.SPECIAL: "特别排放限值",
    Klass.NEW: "新建企业限值",
    Klass.EXISTING: "现有企业限值",
    Klass.ULTRA_LOW: "超低排放",
}


def _clause(row: Row) -> str:
    """The citation, in Chinese as the document is."""
    parts = (row.name("zh"), _CLASSES.get(row.klass), row.condition)
    return f"{row.standard}《{row.standard_name}》" + "，".join(filter(None, parts))


def _settled(found: list[Proposal]) -> list[Proposal]:
    """Proposals of several documents held against each other.

    An ultra-low limit that was asked for stands in place of the standard's; otherwise nothing says which
    of two documents holds (the stricter, but for which unit, a person has to see).
    """
    settled = []
    for group in _grouped(found, lambda each: Series.of(each.row)).values():
        low = [each for each in group if each.row.klass is Klass.ULTRA_LOW]
        settled += low or [_against_others(each, group) for each in group]
    return settled


def _against_others(one: Proposal, group: Sequence[Proposal]) -> Proposal:
    rival = any(
        other.row.standard != one.row.standard and overlap(one.row, other.row) for other in group
    )
    return replace(one, doubt=Doubt.STANDARD) if rival and one.doubt is None else one


def _against(found: list[Proposal], mn: str, on: date, held: Iterable[Limit]) -> list[Proposal]:
    """Mark what the register has a limit of its own for, in force or to come, or this very one."""
    own = [limit for limit in held if limit.mn == mn]
    living = {Series.of(x) for x in own if x.valid_to is None or x.valid_to >= on}
    entered = {(Series.of(x), x.valid_from) for x in own}

    def has(limit: Limit) -> bool:
        series = Series.of(limit)
        return series in living or (series, limit.valid_from) in entered

    return [replace(each, held=has(each.limit)) for each in found]


def _grouped(things: Iterable[T], key: Callable[[T], Series]) -> dict[Series, list[T]]:
    groups: dict[Series, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups
