"""A line (生产线) quarter by quarter: what its production and what its treatment draws. Pure, numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from monitor.averages import Bools, Floats
from monitor.clock import from_ms
from monitor.power.quarters import HOUR_MS, QUARTER_MS, STANDARD, Counter, Samples, quarters
from monitor.register import Meter

PRODUCTION, TREATMENT = "production", "treatment"
NIGHT_FROM, NIGHT_UNTIL = 22, 6
"""Civil hours of the night, in which there is least inspection; 22 to 6 as for noise (GB 12348)."""
_MOST_OF_RATED = 3.0
"""A meter that draws more than so many times what is installed has jumped."""

Text = NDArray[np.str_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Line:
    """Quarters of a line, shaped (hours, 4), in kW; NaN where any meter of the side is dark.

    A side without meters is NaN throughout: nobody knows what it draws.
    """

    uscc: str
    name: str
    """As in the register; empty for all that an enterprise has without one."""
    start_ms: int
    """On a full hour."""
    zone: tzinfo
    production: Floats
    treatment: Floats
    production_rated: float | None = None
    """kW that are installed on the side; None where any of its meters has none in the register."""
    treatment_rated: float | None = None
    meters: tuple[Meter, ...] = ()
    heard: Mapping[str, Counts] = field(default_factory=dict)
    """By meter when it was heard last before the end of each hour (ms), -1 = never; shaped (hours,)."""

    @property
    def hours(self) -> int:
        """How many there are."""
        return len(self.production)

    @property
    def end_ms(self) -> int:
        """The end of the last hour."""
        return self.start_ms + self.hours * HOUR_MS

    @cached_property
    def starts(self) -> Counts:
        """When the quarters begin, in milliseconds, shaped (hours, 4)."""
        found = self.start_ms + QUARTER_MS * np.arange(4 * self.hours, dtype=np.int64)
        return found.reshape(self.hours, 4)

    @cached_property
    def hour_of_day(self) -> Counts:
        """The civil hour (0–23) that each slot is."""
        first = from_ms(self.start_ms)
        hour = timedelta(hours=1)
        civil = ((first + n * hour).astimezone(self.zone).hour for n in range(self.hours))
        return np.fromiter(civil, np.int64, self.hours)

    @cached_property
    def night(self) -> Bools:
        """Hours of the night, shaped (hours,)."""
        found: Bools = (self.hour_of_day >= NIGHT_FROM) | (self.hour_of_day < NIGHT_UNTIL)
        return found

    @cached_property
    def production_share(self) -> Floats:
        """Of what is installed; NaN where either is unknown."""
        return _share(self.production, self.production_rated)

    @cached_property
    def treatment_share(self) -> Floats:
        """Of what is installed; NaN where either is unknown."""
        return _share(self.treatment, self.treatment_rated)

    def cut(self, hours: int) -> Line:
        """The first so many hours, as they were known to somebody who had no more."""
        heard = {meter: last[:hours] for meter, last in self.heard.items()}
        sides = {side: getattr(self, side)[:hours] for side in (PRODUCTION, TREATMENT)}
        return replace(self, heard=heard, **sides)


def line(
    uscc: str,
    name: str,
    meters: Sequence[Meter],
    samples: Mapping[str, Samples],
    start_ms: int,
    hours: int,
    zone: tzinfo,
    counter: Counter = STANDARD,
) -> Line:
    """A line of the register from its meters' readings, which may lie outside the span as well."""
    drawn = {
        meter.meter: _drawn(meter, samples.get(meter.meter), start_ms, hours, counter)
        for meter in meters
    }
    ends = start_ms + HOUR_MS * np.arange(1, hours + 1, dtype=np.int64)

    def side(facility: str) -> tuple[Floats, float | None]:
        own = [meter for meter in meters if meter.facility == facility]
        if not own:
            return np.full((hours, 4), np.nan), None
        total: Floats = np.sum([drawn[meter.meter] for meter in own], axis=0)
        rated = [meter.rated_kw for meter in own]
        return total, sum(kw for kw in rated if kw) if all(rated) else None

    production, production_rated = side(PRODUCTION)
    treatment, treatment_rated = side(TREATMENT)
    return Line(
        uscc=uscc,
        name=name,
        start_ms=start_ms,
        zone=zone,
        production=production,
        treatment=treatment,
        production_rated=production_rated,
        treatment_rated=treatment_rated,
        meters=tuple(meters),
        heard={m.meter: _heard(samples.get(m.meter), ends) for m in meters},
    )


def _drawn(
    meter: Meter, samples: Samples | None, start_ms: int, hours: int, counter: Counter
) -> Floats:
    if samples is None:
        return np.full((hours, 4), np.nan)
    if meter.rated_kw:
        most = min(counter.most_kw, _MOST_OF_RATED * meter.rated_kw)
        counter = replace(counter, most_kw=most)
    return quarters(samples, start_ms, hours, counter)


def _heard(samples: Samples | None, ends: Counts) -> Counts:
    """The last reading before each end; one that is stamped with the end is of the next hour."""
    if samples is None or not len(samples.heard_ms):
        return np.full(len(ends), -1, dtype=np.int64)
    before = np.searchsorted(samples.heard_ms, ends, side="left")
    return np.where(before > 0, samples.heard_ms[np.maximum(before - 1, 0)], -1)


def _share(load: Floats, rated: float | None) -> Floats:
    return load / rated if rated else np.full(load.shape, np.nan)
