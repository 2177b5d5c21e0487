"""The marks of the devices that are being judged, looked up and worked out, a civil year at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, tzinfo

from monitor.averages import AIR, VALID_FLAGS, VALIDITY, Validity
from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.marks import (
    OUT_OF_USE,
    Account,
    Exemptions,
    Guard,
    Mark,
    MarkClass,
    Marking,
    account,
    from_flags,
)
from monitor.marks.exemption import HOUR_MS
from monitor.observation import Layout, Observation, Period, Readings, Statistic
from monitor.register import Register
from monitor.store import Connection, marks
from monitor.store.readings import stored


@dataclass
class Exempting:
    """Within one transaction: what marks exempt, by outlet and year. Pure but for reading."""

    connection: Connection
    register: Register
    marking: Marking
    zone: tzinfo
    _marks: dict[tuple[str, int], list[Mark]] = field(default_factory=dict)
    _exemptions: dict[tuple[str, int], Exemptions] = field(default_factory=dict)

    def look_up(self, mns: Iterable[str], years: Iterable[int]) -> None:
        """Read the marks of many outlets at once, those that have none included."""
        names = sorted(set(mns))
        for year in sorted(set(years)):
            wanted = [mn for mn in names if (mn, year) not in self._marks]
            if wanted:
                found = marks.of(self.connection, wanted, *self.span(year))
                self._marks.update(((mn, year), found.get(mn, [])) for mn in wanted)

    def of(self, device: int, mn: str, at_ms: int) -> Exemptions:
        """What marks exempt at an outlet in the civil year of an instant."""
        key = (mn, self.year(at_ms))
        if key not in self._exemptions:
            worked_out = self.account(device, *key)
            self._exemptions[key] = Exemptions(worked_out.spans, self._validity(mn))
        return self._exemptions[key]

    def any(self, mn: str, start_ms: int, end_ms: int) -> bool:
        """Whether any mark of an outlet touches [start, end)."""
        return bool(marks.of(self.connection, [mn], start_ms, end_ms))

    def declared_stops(self, mn: str, since_ms: int, until_ms: int) -> list[tuple[int, int]]:
        """The spans that marks declare out of use (停运), whether or not they exempt anything."""
        known = marks.of(self.connection, [mn], since_ms, until_ms).get(mn, [])
        return [(each.start_ms, each.end_ms) for each in known if each.item == OUT_OF_USE]

    def account(self, device: int | None, mn: str, year: int) -> Account:
        """The marks of an outlet in a civil year, worked out."""
        self.look_up([mn], [year])
        known = self._marks[mn, year]
        if not known:
            return Account()
        outlet = self.register.outlet(mn)
        kind = outlet.kind if outlet else None
        within = self.span(year)
        guard = _Guards(self.connection, device, mn, self.marking, kind).read(known, *within)
        rules = self.marking
        return account(known, rules.allowances, rules.deadlines, self.zone, kind, guard, within)

    def year(self, at_ms: int) -> int:
        """The civil year of an instant."""
        return civil_date(from_ms(at_ms), self.zone).year

    def span(self, year: int) -> tuple[int, int]:
        """A civil year as [start, end) in milliseconds."""
        first, following = (day_start(date(y, 1, 1), self.zone) for y in (year, year + 1))
        return to_ms(first), to_ms(following)

    def _validity(self, mn: str) -> Validity:
        outlet = self.register.outlet(mn)
        return VALIDITY[outlet.medium] if outlet else AIR


@dataclass
class _Guards:
    """The hours that decide whether marks count (颗粒物 of a start, oxygen of a stop)."""

    connection: Connection
    device: int | None
    mn: str
    marking: Marking
    kind: str | None

    def read(self, known: Iterable[Mark], since_ms: int, until_ms: int) -> Guard:
        """The guarding hours of marks within [since, until)."""
        hours: dict[tuple[str, int], float] = {}
        for mark in known:
            allowance = self.marking.allowances.of(self.kind, mark.kind, mark.item)
            guarded = mark.kind is MarkClass.CONDITION and allowance and allowance.guard
            if not guarded or self.device is None:
                continue
            low, high = max(mark.start_ms, since_ms), min(mark.end_ms, until_ms)
            low -= low % HOUR_MS
            for each in latest(self.connection, self.device, self.mn, Period.HOUR, low, high):
                if each.pollutant == guarded and each.flag in VALID_FLAGS:
                    value = each.value if each.converted is None else each.converted
                    if value is not None and not math.isnan(value):
                        at = to_ms(each.start)
                        hours[guarded, at - at % HOUR_MS] = value
        return lambda pollutant, at_ms: hours.get((pollutant, at_ms))


def latest(
    connection: Connection, device: int, mn: str, period: Period, start_ms: int, end_ms: int
) -> list[Observation]:
    """The observations of a span in order of time: of a rewritten report the version sent last."""
    best: dict[tuple[int, str], tuple[tuple[int, int, int], Observation]] = {}
    for item in stored(connection, device, mn, period, start_ms, end_ms):
        for each in item.readings.observations():
            key = (to_ms(each.start), each.pollutant)
            if key not in best or best[key][0] < item.rank:
                best[key] = (item.rank, each)
    return [best[key][1] for key in sorted(best)]


def flagged(connection: Connection, device: int, mn: str, start_ms: int, end_ms: int) -> list[Mark]:
    """The marks that the flags of hours amount to, of the versions sent last."""
    reports = (
        Readings(
            mn=mn,
            period=each.period,
            start=each.start,
            end=each.end,
            layout=Layout(((each.pollutant, Statistic.VALUE),)),
            values=[math.nan],
            flags=(each.flag,),
        )
        for each in latest(connection, device, mn, Period.HOUR, start_ms, end_ms)
    )
    return from_flags(reports)
