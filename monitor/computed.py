"""Averages of one outlet computed from its finer data, to be seen beside what its device reports. Pure.

Hours from minutes, days from hours, months from days, by `monitor.averages`: so that whoever doubts a
reported value can see what the data behind it makes. What is judged is the reported value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor import averages
from monitor.averages import VALID_FLAGS, VALIDITY, Means
from monitor.clock import to_ms
from monitor.observation import Observation, Period
from monitor.register import Medium, Outlet

FINER: Mapping[Period, Period] = {
    Period.HOUR: Period.MINUTE,
    Period.DAY: Period.HOUR,
    Period.MONTH: Period.DAY,
}
"""From what the averages of a period are computed."""

OXYGEN = "a19001"
GAS_FLOW = "a00000"
"""m3/s."""
WATER_FLOW = "w00000"
"""L/s."""

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_CONVERTED = ("a2", "a3")
"""Gases and particulates, which standards convert; not flow, temperature or oxygen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One average; numbers are None where too little is valid, or there is nothing to compute them by."""

    pollutant: str
    start_ms: int
    end_ms: int
    value: float | None
    """Weighted by flow where every valid value has one (water), else arithmetic."""
    arithmetic: float | None
    converted: float | None
    """At the outlet's reference oxygen: an hour by its mean oxygen, longer ones from converted hours."""
    mass: float | None
    """kg, of an hour with flow."""
    count: int
    """How many valid values there are, of `due`."""
    due: int
    flag: str


def _flags_alone(o: Observation) -> bool:
    return o.flag in VALID_FLAGS


def compute(
    outlet: Outlet,
    period: Period,
    spans: Sequence[tuple[int, int]],
    finer: Sequence[Observation],
    stands: Callable[[Observation], bool] = _flags_alone,
) -> list[Computed]:
    """The averages of spans that follow each other without gap, by pollutant and time.

    `finer` are observations of `FINER[period]`, one version of each; `stands` says which count.
    """
    if not spans or not finer:
        return []
    table = _Table.of(period, spans, finer, stands)
    plain = table.roll(outlet.medium, table.values, None)
    flows = table.flows(outlet.medium)
    weighted = plain if flows is None else table.roll(outlet.medium, table.values, flows)
    converted = _converted(outlet, period, table, plain)
    mass = _mass(outlet.medium, period, table, plain)
    found = []
    for row, pollutant in enumerate(table.pollutants):
        for column, (start, end) in enumerate(spans):
            if not plain.came[row, column]:
                continue
            found.append(
                Computed(
                    pollutant=pollutant,
                    start_ms=start,
                    end_ms=end,
                    value=_number(weighted.value[row, column]),
                    arithmetic=_number(plain.value[row, column]),
                    converted=_number(converted[row, column]),
                    mass=_number(mass[row, column]),
                    count=int(plain.count[row, column]),
                    due=table.lengths[column],
                    flag=str(plain.flags[row, column]),
                )
            )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The finer values as `monitor.averages` takes them: a row a pollutant, a column a slot."""

    period: Period
    pollutants: list[str]
    lengths: list[int]
    values: averages.Floats
    converted: averages.Floats
    valid: averages.Bools

    @classmethod
    def of(
        cls,
        period: Period,
        spans: Sequence[tuple[int, int]],
        finer: Sequence[Observation],
        stands: Callable[[Observation], bool],
    ) -> _Table:
        size = _slot(period, finer)
        lengths = [max(1, (end - start) // size) for start, end in spans]
        pollutants = sorted({o.pollutant for o in finer})
        rows = {pollutant: row for row, pollutant in enumerate(pollutants)}
        shape = (len(pollutants), sum(lengths))
        values, converted = np.full(shape, np.nan), np.full(shape, np.nan)
        valid = np.ones(shape, dtype=np.bool_)
        first = spans[0][0]
        for o in finer:
            column = (to_ms(o.start) - first) // size
            if 0 <= column < shape[1]:
                at = (rows[o.pollutant], column)
                values[at] = math.nan if o.value is None else o.value
                converted[at] = math.nan if o.converted is None else o.converted
                valid[at] = stands(o)
        return cls(period, pollutants, lengths, values, converted, valid)

    def roll(self, medium: Medium, values: averages.Floats, flows: averages.Floats | None) -> Means:
        """The averages of values of the table's shape."""
        validity = VALIDITY[medium]
        if self.period is Period.HOUR:
            return averages.hours(values, self.valid, validity, self.lengths[0], flows)
        if self.period is Period.DAY:
            return averages.days(values, self.valid, validity, self.lengths, flows)
        return averages.months(values, self.valid, validity, self.lengths)

    def row(self, pollutant: str) -> int | None:
        return self.pollutants.index(pollutant) if pollutant in self.pollutants else None

    def flows(self, medium: Medium) -> averages.Floats | None:
        """The flow of every slot, where averages are weighted by it: water, not the flow itself."""
        row = self.row(WATER_FLOW) if medium is Medium.WATER else None
        if row is None or self.period is Period.MONTH:
            return None
        flow = np.where(self.valid[row], self.values[row], np.nan)
        flows = np.tile(flow, (len(self.pollutants), 1))
        flows[row] = np.nan
        return flows


def _slot(period: Period, finer: Sequence[Observation]) -> int:
    """The length of a slot in ms: an hour's by its shortest report, which divides the hour."""
    if period is Period.DAY:
        return _HOUR_MS
    if period is Period.MONTH:
        return _DAY_MS
    shortest = min(to_ms(o.end) - to_ms(o.start) for o in finer)
    minutes = min(60, max(1, shortest // 60_000))
    return next(m for m in range(minutes, 0, -1) if 60 % m == 0) * 60_000


def _converted(outlet: Outlet, period: Period, table: _Table, plain: Means) -> averages.Floats:
    reference = outlet.reference_oxygen
    if period is not Period.HOUR:
        return table.roll(outlet.medium, table.converted, None).value
    oxygen = table.row(OXYGEN)
    meant = np.array([code.startswith(_CONVERTED) for code in table.pollutants])[:, None]
    if reference is None or oxygen is None:
        return np.full(plain.value.shape, np.nan)
    by = np.full((len(table.pollutants), 1), reference)
    rows = np.full(len(table.pollutants), oxygen, dtype=np.int64)
    return np.where(meant, averages.converted(plain, plain.of(rows), by).value, np.nan)


def _mass(medium: Medium, period: Period, table: _Table, plain: Means) -> averages.Floats:
    """kg of each hour: of concentrations, by the hour's mean flow."""
    code = GAS_FLOW if medium is Medium.AIR else WATER_FLOW
    row = table.row(code)
    nothing = np.full(plain.value.shape, np.nan)
    if period is not Period.HOUR or row is None:
        return nothing
    flow = plain.value[row] * 3600
    if medium is Medium.AIR:
        meant = [c.startswith(_CONVERTED) for c in table.pollutants]
        mass = averages.gas_mass(plain.value, flow)
    else:
        meant = [c.startswith("w2") or c in _WATER_MASSES for c in table.pollutants]
        mass = averages.water_mass(plain.value, flow / 1000)
    return np.where(np.array(meant)[:, None], mass, nothing)


_WATER_MASSES = ("w01017", "w01018", "w01012", "w01019")
"""BOD, COD, suspended solids, permanganate index: w01 codes that are concentrations."""


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
