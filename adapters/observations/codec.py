"""Rows to readings, by a profile. Pure, and no row makes it raise anything but `Wrong`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from adapters.hj212 import numbers, text
from adapters.hj212.believing import problem_with
from adapters.hj212.header import names_device
from adapters.mqtt import times as spans
from adapters.mqtt.profile import CODE_LIMIT
from adapters.observations import times
from adapters.observations.binding import Binding, Number
from adapters.observations.profile import Profile, factor
from adapters.observations.tables import Cell
from monitor import pollutants
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.units import scaled

AHEAD = timedelta(hours=1)
"""How far a clock may run ahead before its data is not believed."""
_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number."""
_SHOWN = 60
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d{2,}")
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can write them alone; no database takes them

Span: TypeAlias = tuple[datetime, datetime, tuple[str, ...]]


class Wrong(Exception):
    """A row that is left out: a name of `problems.ROW`, the heading and what stands there."""

    def __init__(self, problem: str, column: str = "", value: Cell = None) -> None:
        super().__init__(problem)
        self.problem, self.column, self.value = problem, column, shown(value)


class Doubt(NamedTuple):
    """A cell that is left empty in a row that is taken."""

    problem: str
    column: str
    value: str


def shown(value: object) -> str:
    """A cell for a line of a list: short, printable."""
    if value is None:
        return ""
    return _SURROGATE.sub("?", text.without_control(str(value)))[:_SHOWN]


@dataclass(slots=True)
class Report:
    """One row's device, span and numbers; a long table's rows of one span are put together."""

    mn: str
    period: Period
    start: datetime
    end: datetime
    numbers: dict[tuple[str, Statistic], float]
    flags: dict[str, str | None]
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, Period, datetime]:
        """What it is of."""
        return self.mn, self.period, self.start

    def join(self, other: Report) -> bool:
        """Take another's pollutants in; False where it says one of them again."""
        if self.key != other.key or self.flags.keys() & other.flags.keys():
            return False
        self.numbers |= other.numbers
        self.flags |= other.flags
        return True

    def readings(self) -> Readings:
        """The same for the intake, in an order that is not the table's."""
        layout = _layout(tuple(sorted(self.numbers, key=_place)))
        flags = tuple(self.flags[code] for code in layout.pollutants)
        return Readings(
            mn=self.mn,
            period=self.period,
            start=self.start,
            end=self.end,
            layout=layout,
            values=tuple(self.numbers[column] for column in layout.columns),
            flags=flags if any(flag is not None for flag in flags) else None,
        )


_ORDER = {statistic: n for n, statistic in enumerate(Statistic)}


def _place(column: tuple[str, Statistic]) -> tuple[str, int]:
    return column[0], _ORDER[column[1]]


@lru_cache(maxsize=4096)
def _layout(columns: tuple[tuple[str, Statistic], ...]) -> Layout:
    return Layout(columns)


def _unique_names() -> dict[str, str]:
    """Pollutants by codes and by names that only one has: 汞 is one thing in air and another in water."""
    found = Counter(name for p in pollutants.POLLUTANTS.values() for name in _names(p))
    by_name = {
        _fold(name): p.code
        for p in pollutants.POLLUTANTS.values()
        for name in _names(p)
        if found[name] == 1
    }
    return by_name | {_fold(code): code for code in pollutants.POLLUTANTS}


def _names(pollutant: pollutants.Pollutant) -> Iterator[str]:
    yield from {pollutant.name_zh, pollutant.name_2025 or pollutant.name_zh}


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


_NAMED = _unique_names()


class Reader:
    """What a profile makes of rows; `now` is when the file came."""

    def __init__(
        self,
        profile: Profile,
        zone: tzinfo,
        now: datetime,
        *,
        units: Callable[[str], Mapping[str, float]] = lambda _mn: {},
        device: str | None = None,
    ) -> None:
        self.profile, self.device = profile, device
        self._units, self._zone, self._now = units, zone, now
        self._missing = frozenset(profile.missing)
        self._summaries = frozenset(profile.summaries)
        mark = re.escape(profile.thousands)
        self._grouped = re.compile(rf"[+-]?\d{{1,3}}({mark}\d{{3}})+(\.\d+)?") if mark else None
        self._codes = _NAMED | {_fold(name): code for name, code in profile.codes.items()}
        self._span = lru_cache(maxsize=8192)(self._span_of)

    def report(self, cells: list[Cell], at: Binding) -> Report | None:
        """What a row says; None where it says nothing, or is a summary. Raises Wrong."""
        stamp = times.written([cells[index] for index in at.time])
        first = cells[0] if cells else None
        if stamp in self._summaries or (isinstance(first, str) and first in self._summaries):
            return None
        mn = self._device(cells, at)
        period = self._period(cells, at)
        start, end, notes = self._when(stamp, period, at)
        report = Report(mn, period, start, end, {}, {})
        report.doubts += [Doubt(each, at.headings[at.time[0]], stamp) for each in notes]
        units = self._units(mn)
        mark = None if at.flag is None else self._flag(cells, at.flag, at)
        if at.pollutant is None:
            self._wide(cells, at, report, units, mark)
        elif not self._long(cells, at, report, units, mark):
            return None
        return report if report.numbers else None

    # --- whose, and of when ---------------------------------------------------------------------

    def _device(self, cells: list[Cell], at: Binding) -> str:
        if at.device is None:
            assert self.device is not None, "or there would be no binding"
            return self.device
        cell, heading = cells[at.device], at.headings[at.device]
        if isinstance(cell, float) or (isinstance(cell, int) and abs(cell) >= _EXACT):
            raise Wrong("device-as-number", heading, cell)
        name = "" if cell is None else str(cell).strip()
        if _SCIENTIFIC.fullmatch(name):
            raise Wrong("device-as-number", heading, cell)
        name = self.profile.devices.get(name, name)
        if not names_device(name) or _SURROGATE.search(name) or name in self._missing:
            raise Wrong("missing-device", heading, cell)
        return name

    def _period(self, cells: list[Cell], at: Binding) -> Period:
        if at.period is None:
            return self.profile.period
        cell = cells[at.period]
        found = self.profile.periods.get("" if cell is None else str(cell).strip())
        if found is None:
            raise Wrong("unknown-period", at.headings[at.period], cell)
        return found

    def _when(self, stamp: str, period: Period, at: Binding) -> Span:
        heading = at.headings[at.time[0]]
        if not stamp or stamp in self._missing:
            raise Wrong("missing-time", heading)
        found = self._span(stamp, period)
        if isinstance(found, str):
            raise Wrong(found, heading, stamp)
        return found

    def _span_of(self, stamp: str, period: Period) -> Span | str:
        """Remembered: the rows of many devices have the same times."""
        profile = self.profile
        day = period is Period.DAY
        when = times.instant(stamp, profile.time_format, profile.clock, day=day)
        if when is None:
            return "bad-time"
        ends = profile.stamp == "end"
        found = spans.span(when, period, self._zone, profile.minutes, marks_end=ends)
        if found is None or found[0] > self._now + AHEAD:
            return "implausible-time"
        return found

    # --- what -----------------------------------------------------------------------------------

    def _wide(
        self,
        cells: list[Cell],
        at: Binding,
        report: Report,
        units: Mapping[str, float],
        mark: str | None,
    ) -> None:
        for column in at.numbers:
            value = self._number(cells, column, column.code, column.factor, report, units, at)
            if value is not None:
                report.numbers[column.code, column.statistic] = value
                report.flags[column.code] = mark
        for code, index in at.flags.items():
            own = self._flag(cells, index, at)
            if own is not None:
                report.flags[code] = own
                if not any((code, s) in report.numbers for s in Statistic):
                    report.numbers[code, Statistic.VALUE] = math.nan  # it was due
        if mark is not None and not report.numbers:  # all of it was due
            for column in at.numbers:
                report.numbers[column.code, column.statistic] = math.nan
                report.flags[column.code] = mark

    def _long(
        self,
        cells: list[Cell],
        at: Binding,
        report: Report,
        units: Mapping[str, float],
        mark: str | None,
    ) -> bool:
        assert at.pollutant is not None
        cell = cells[at.pollutant]
        code = self._codes.get(_fold("" if cell is None else str(cell)))
        if code is None:
            if self.profile.unlisted == "skip":
                return False
            raise Wrong("unknown-pollutant", at.headings[at.pollutant], cell)
        unit = self._unit(cells, at)
        for column in at.numbers:
            by = None
            if unit is not None and column.statistic is not Statistic.TOTAL:
                by = factor(unit, code, column.statistic)
                if by is None:
                    where = "" if at.unit is None else at.headings[at.unit]
                    raise Wrong("unconvertible-unit", where, unit)
            value = self._number(cells, column, code, by, report, units, at)
            if value is not None:
                report.numbers[code, column.statistic] = value
        if not report.numbers and mark is not None:
            report.numbers[code, Statistic.VALUE] = math.nan
        report.flags[code] = mark
        return True

    def _unit(self, cells: list[Cell], at: Binding) -> str | None:
        cell = None if at.unit is None else cells[at.unit]
        said = "" if cell is None else str(cell).strip()
        return self.profile.unit if not said or said in self._missing else said

    def _number(
        self,
        cells: list[Cell],
        column: Number,
        code: str,
        by: float | None,
        report: Report,
        units: Mapping[str, float],
        at: Binding,
    ) -> float | None:
        """A number in the table's unit; NaN where it cannot be believed, None where there is none."""
        cell = cells[column.index]
        value = self._plain(cell, column, at)
        if value is None:
            return None
        if by is None:
            by = 1.0 if column.statistic is Statistic.TOTAL else units.get(code, 1.0)
        doubt = problem_with(code, column.statistic, value, by)
        if doubt is not None:
            report.doubts.append(Doubt(doubt, at.headings[column.index], shown(cell)))
            return math.nan
        return scaled(value, by) + 0.0  # no negative zero

    def _plain(self, cell: Cell, column: Number, at: Binding) -> float | None:
        """The number of a cell as it stands there."""
        if cell is None:
            return None
        if isinstance(cell, str):
            said = cell.strip()
            if not said or said in self._missing:
                return None
            if not said.isascii():
                said = unicodedata.normalize("NFKC", said)
            if self._grouped is not None and self._grouped.fullmatch(said):
                said = said.replace(self.profile.thousands, "")
            found, _ = numbers.number(said)
            if found is not None:
                return float(found)
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            try:
                found = float(cell)
            except OverflowError:
                found = math.inf
            if math.isfinite(found):
                return found
        raise Wrong("not-a-number", at.headings[column.index], cell)

    def _flag(self, cells: list[Cell], index: int, at: Binding) -> str | None:
        cell = cells[index]
        said = "" if cell is None else str(cell).strip()
        if not said or said in self._missing:
            return None
        flag = self.profile.flags.get(said, said)
        if len(flag) > CODE_LIMIT or not text.is_name(flag) or _SURROGATE.search(flag):
            raise Wrong("unusable-flag", at.headings[index], cell)
        return flag
