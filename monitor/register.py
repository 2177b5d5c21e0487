"""The register (档案): enterprises, outlets, limits, listings, and pure answers as of a date.

A `Register` is an immutable snapshot of what is in force in the books; every question about the
law's day takes that day. Dates are civil dates; `valid_from`, `listed_from` are the first day,
`valid_to`, `listed_until` the last day on which the thing holds (open when None).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from monitor import pollutants, units
from monitor.observation import Layout, Period, Statistic


class Basis(StrEnum):
    """Which value a limit holds against (实测值 / 折算值)."""

    MEASURED = "measured"
    CONVERTED = "converted"


class Medium(StrEnum):
    """What an outlet discharges into."""

    AIR = "air"
    WATER = "water"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """A polluting entity (排污单位), known by its unified social credit code."""

    uscc: str
    name: str
    district: str
    industry: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    boundary: str | None = None
    key_unit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A discharge point (排口) with the device that reports from it."""

    mn: str
    uscc: str
    code: str
    name: str | None = None
    medium: Medium
    standard: str | None = None
    reference_oxygen: float | None = None
    kind: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An analyser at an outlet: its range and detection limit."""

    mn: str
    pollutant: str
    range_low: float | None = None
    range_high: float | None = None
    detection_limit: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A law-enforcement officer with a licence (执法证)."""

    licence: str
    name: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a pollutant of an outlet may not exceed over a period; equal to the limit complies."""

    id: int = 0
    mn: str
    pollutant: str
    period: Period
    limit: float | None
    lower: float | None = None
    basis: Basis = Basis.MEASURED
    clause: str
    valid_from: date
    valid_to: date | None = None
    share: float = 1.0
    """Of the periods of a month, how many must be within it: 1 means every one, and an exceedance of one
    counts; less is a commitment judged by the month (超低排放: 0.95 of the hours)."""
    verified: bool = True
    """Whether somebody has held the number against the text of its source."""
    source: str | None = None
    """Where the number was read, where `clause` does not say it."""

    def holds(self, on: date) -> bool:
        """Whether the limit is in force on a civil day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A span on the positive list (正面清单), in a category, by a document."""

    id: int = 0
    uscc: str
    category: str
    listed_from: date
    listed_until: date | None = None
    document: str | None = None
    grounds: str | None = None
    """Why it was listed (列入理由)."""
    end_document: str | None = None
    """By which it was taken off, where somebody did."""
    end_reason: str | None = None
    bar_until: date | None = None
    """The last day on which it may not come back (限制再次纳入)."""
    bar_kind: str | None = None
    """What it is barred for."""

    def holds(self, on: date) -> bool:
        """Whether the enterprise is listed by this on a civil day."""
        return self.listed_from <= on and (self.listed_until is None or on <= self.listed_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera and the enterprise it looks at."""

    camera: str
    uscc: str
    adapter: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A power meter (电表) on a production or treatment facility (产污设施, 治污设施)."""

    meter: str
    """Its number, which is the device code of its readings."""
    uscc: str
    facility: str
    """`production` or `treatment`."""
    rated_kw: float | None = None
    mn: str | None = None
    """The outlet that the facility belongs to."""
    line: str | None = None
    """The line (生产线) whose production and treatment are compared; without one, all that an enterprise
    has without one is a line."""
    ratio: float | None = None
    """The ratio (倍率) of its transformers, current and voltage together, where it sends values that
    they are not in."""


@dataclass(frozen=True, slots=True)
class Check:
    """A limit bound to the columns of a layout: which number to hold against it, and its flag."""

    limit: Limit
    column: int
    flag: int
    high: float
    """What a value may not be above; infinite where there is no such bound."""
    low: float
    """What a value may not be below; minus infinite where there is no such bound."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _grouped(things: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups


@dataclass(frozen=True)
class Register:
    """A snapshot of the books. Build a new one when they change; `version` tells which it is."""

    enterprises: tuple[Enterprise, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    limits: tuple[Limit, ...] = ()
    listings: tuple[Listing, ...] = ()
    version: int = 0
    taken_at: datetime | None = None
    instruments: tuple[Instrument, ...] = ()
    officers: tuple[Officer, ...] = ()
    cameras: tuple[Camera, ...] = ()
    meters: tuple[Meter, ...] = ()
    _checks: dict[tuple[str, Period, Layout, date], tuple[Check, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def _enterprises(self) -> dict[str, Enterprise]:
        return {e.uscc: e for e in self.enterprises}

    @cached_property
    def _outlets(self) -> dict[str, Outlet]:
        return {o.mn: o for o in self.outlets}

    @cached_property
    def _limits(self) -> dict[tuple[str, Period], list[Limit]]:
        return _grouped(self.limits, lambda limit: (limit.mn, limit.period))

    @cached_property
    def _limits_by_id(self) -> dict[int, Limit]:
        return {limit.id: limit for limit in self.limits}

    @cached_property
    def _listings(self) -> dict[str, list[Listing]]:
        return _grouped(self.listings, lambda listing: listing.uscc)

    @cached_property
    def _instruments(self) -> dict[tuple[str, str], Instrument]:
        return {(i.mn, i.pollutant): i for i in self.instruments}

    @cached_property
    def _units(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for each in self.instruments:
            known = pollutants.get(each.pollutant)
            if known is not None and each.unit is not None:
                factor = units.factor(each.unit, known.unit)
                if factor is not None and factor != 1:
                    found.setdefault(each.mn, {})[each.pollutant] = factor
        return found

    @cached_property
    def _cameras(self) -> dict[tuple[str, str], Camera]:
        return {(c.adapter, c.camera): c for c in self.cameras}

    @cached_property
    def _meters(self) -> dict[str, Meter]:
        return {m.meter: m for m in self.meters}

    @cached_property
    def _lines(self) -> dict[str, dict[str, tuple[Meter, ...]]]:
        return {
            uscc: {
                line: tuple(sorted(found, key=lambda m: m.meter))
                for line, found in sorted(_grouped(meters, lambda m: m.line or "").items())
            }
            for uscc, meters in _grouped(self.meters, lambda m: m.uscc).items()
        }

    def enterprise(self, uscc: str) -> Enterprise | None:
        """The enterprise of a credit code."""
        return self._enterprises.get(uscc)

    def outlet(self, mn: str) -> Outlet | None:
        """The outlet of a device code."""
        return self._outlets.get(mn)

    def limit(self, number: int) -> Limit | None:
        """The limit of a number, if it is in force in the books."""
        return self._limits_by_id.get(number)

    def owner(self, mn: str) -> Enterprise | None:
        """The enterprise that a device belongs to: an outlet's or a power meter."""
        owned = self.outlet(mn) or self.meter(mn)
        return self.enterprise(owned.uscc) if owned else None

    def knows(self, mn: str) -> bool:
        """Whether a device is an outlet's, or a power meter."""
        return mn in self._outlets or mn in self._meters

    def instrument(self, mn: str, pollutant: str) -> Instrument | None:
        """The analyser of a pollutant at a device."""
        return self._instruments.get((mn, pollutant))

    def units(self, mn: str) -> Mapping[str, float]:
        """By what readings of a device's pollutants are multiplied to be in the table's unit.

        Only of those whose analyser has another unit in the books.
        """
        return self._units.get(mn, _AS_LISTED)

    def camera(self, adapter: str, camera: str) -> Camera | None:
        """The camera that an adapter knows by a name."""
        return self._cameras.get((adapter, camera))

    def meter(self, meter: str) -> Meter | None:
        """The power meter of a number."""
        return self._meters.get(meter)

    def ratio(self, meter: str) -> float | None:
        """The ratio (倍率) of a power meter's transformers."""
        found = self.meter(meter)
        return found.ratio if found else None

    def lines(self, uscc: str) -> Mapping[str, tuple[Meter, ...]]:
        """The power meters of an enterprise by the line (生产线) that they are on; `""` without one."""
        return self._lines.get(uscc, _NO_LINES)

    def has_limits(self, mn: str, period: Period) -> bool:
        """Whether an outlet has or had any limit for a period."""
        return (mn, period) in self._limits

    def limits_of(self, mn: str, period: Period, on: date) -> list[Limit]:
        """The limits in force at an outlet on a day, one per pollutant and basis, newest first.

        Where two overlap, the one that came into force later replaces the other. Commitments that are
        judged by a month's share are not among them: see `commitments`.
        """
        return self._in_force(mn, period, on, lambda limit: limit.share == 1)

    def commitments(self, mn: str, period: Period, on: date) -> list[Limit]:
        """The limits in force that a share of a month's periods must keep (超低排放承诺)."""
        return self._in_force(mn, period, on, lambda limit: limit.share < 1)

    def _in_force(
        self, mn: str, period: Period, on: date, wanted: Callable[[Limit], bool]
    ) -> list[Limit]:
        known = self._limits.get((mn, period), ())
        held = [limit for limit in known if limit.holds(on) and wanted(limit)]
        held.sort(key=lambda limit: (limit.valid_from, limit.id), reverse=True)
        chosen = {(limit.pollutant, limit.basis): limit for limit in reversed(held)}
        return list(chosen.values())

    def all_limits(self, mn: str) -> list[Limit]:
        """Every limit that an outlet has or had, for any period."""
        return [each for period in Period for each in self._limits.get((mn, period), ())]

    def listing(self, uscc: str, on: date) -> Listing | None:
        """The listing in force on a day; the latest begun, where several overlap."""
        held = [listing for listing in self._listings.get(uscc, ()) if listing.holds(on)]
        return max(held, key=lambda listing: (listing.listed_from, listing.id), default=None)

    def checks(self, mn: str, period: Period, layout: Layout, on: date) -> tuple[Check, ...]:
        """The limits of a day bound to the columns of a layout; remembered, as days repeat."""
        key = (mn, period, layout, on)
        found = self._checks.get(key)
        if found is None:
            if len(self._checks) >= _CHECKS_REMEMBERED:
                self._checks.clear()
            found = self._checks[key] = self._bind(mn, period, layout, on)
        return found

    def _bind(self, mn: str, period: Period, layout: Layout, on: date) -> tuple[Check, ...]:
        bound = []
        for limit in self.limits_of(mn, period, on):
            statistic = Statistic.VALUE if limit.basis is Basis.MEASURED else Statistic.CONVERTED
            column = (limit.pollutant, statistic)
            if column in layout.columns:
                flag = layout.pollutants.index(limit.pollutant)
                high = math.inf if limit.limit is None else limit.limit
                low = -math.inf if limit.lower is None else limit.lower
                bound.append(Check(limit, layout.columns.index(column), flag, high, low))
        return tuple(bound)


_CHECKS_REMEMBERED = 400_000
_NO_LINES: Mapping[str, tuple[Meter, ...]] = MappingProxyType({})
_AS_LISTED: Mapping[str, float] = MappingProxyType({})
