"""What a source said: frames (the bytes) and readings (what the bytes mean).

Conventions, used everywhere:

* A time span is half open: `start` belongs to it, `end` does not. HJ 212 labels are period starts.
  A real-time reading has `end == start`.
* `None` (NaN in a `Readings.values` row) = the source named the value but it was invalid or
  unreadable. No column = not measured.
* A flag is the source's own text (`N`, `D`, `Td` …), open-ended. `None` = the source gave none,
  which by the marking rules means "not marked", hence valid (标记规则, announcement 2022 no. 21).
* Readings are a row per report, as they come and as the flood is stored; an `Observation` is one
  pollutant of it, made only for who asks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Period(StrEnum):
    """What span of time a value stands for."""

    REALTIME = "realtime"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    SAMPLE = "sample"
    """A single measurement, from the start of sampling to the result (periodic analysers, noise)."""
    CHECK = "check"
    """A check of an instrument with a standard sample (标样核查): no value of the outlet."""


JUDGED = (Period.REALTIME, Period.MINUTE, Period.HOUR, Period.DAY, Period.MONTH)
"""The periods for which there are limits."""


class Statistic(StrEnum):
    """What a number of a pollutant is.

    `value` is the average of minute, hour and day and the reading of real-time data; `converted`
    values are at reference oxygen (折算); `total` is an amount (累计); `raw` is HJ 212-2025's RawAvg.
    """

    VALUE = "value"
    MIN = "min"
    MAX = "max"
    TOTAL = "total"
    CONVERTED = "converted"
    CONVERTED_MIN = "converted_min"
    CONVERTED_MAX = "converted_max"
    RAW = "raw"
    STANDARD = "standard"
    """Of a check: what the standard sample holds."""
    PASSED = "passed"
    """Of a check: 1 passed, 0 failed, by the device's own judgement."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a report: what each of its numbers is. Few exist, and they are shared."""

    columns: tuple[tuple[str, Statistic], ...]
    pollutants: tuple[str, ...] = field(init=False, compare=False)
    """Every pollutant once, in order of first appearance; flags are aligned with it."""
    _hash: int = field(init=False, compare=False, repr=False)  # a layout is a key all day long

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "pollutants", tuple(dict.fromkeys(code for code, _ in self.columns))
        )
        object.__setattr__(self, "_hash", hash(self.columns))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ",".join(f"{code}-{statistic}" for code, statistic in self.columns)

    @classmethod
    def parse(cls, text: str) -> Layout:
        """The inverse of `str`."""
        pairs = (column.rsplit("-", 1) for column in text.split(",") if column)
        return cls(tuple((code, Statistic(statistic)) for code, statistic in pairs))


@dataclass(frozen=True, slots=True)
class Readings:
    """One report of one outlet's device: many pollutants over one span of time."""

    mn: str
    """The device code (设备编码) as sent; the outlet's key."""
    period: Period
    start: datetime
    end: datetime
    layout: Layout
    values: Sequence[float]
    """One per column of the layout; NaN = named, but invalid or unreadable."""
    flags: tuple[str | None, ...] | None = None
    """One per pollutant of the layout, without commas; None altogether = no flags were sent."""
    supplementary: bool = False
    """The source itself says that this comes after the fact (补传, HJ 212-2025 `RF=1`)."""

    def observations(self) -> Iterator[Observation]:
        """The same, a pollutant at a time."""
        numbers: dict[str, dict[str, float | None]] = {}
        for (code, statistic), value in zip(self.layout.columns, self.values, strict=True):
            numbers.setdefault(code, {})[statistic.value] = None if math.isnan(value) else value
        for index, code in enumerate(self.layout.pollutants):
            flag = self.flags[index] if self.flags else None
            yield Observation(
                mn=self.mn,
                pollutant=code,
                period=self.period,
                start=self.start,
                end=self.end,
                flag=flag,
                **numbers[code],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One pollutant of one outlet over one span of time."""

    mn: str
    pollutant: str
    period: Period
    start: datetime
    end: datetime
    value: float | None = None
    min: float | None = None
    max: float | None = None
    total: float | None = None
    converted: float | None = None
    converted_min: float | None = None
    converted_max: float | None = None
    raw: float | None = None
    standard: float | None = None
    passed: float | None = None
    flag: str | None = None

    def without_numbers(self) -> Observation:
        """The same outlet, span and flag, with no number."""
        return Observation(
            mn=self.mn,
            pollutant=self.pollutant,
            period=self.period,
            start=self.start,
            end=self.end,
            flag=self.flag,
        )


ASSEMBLED = "assembled"
"""The verdict of what was put together from frames that stand beside it; not counted as heard."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes as they came, and what was made of them: kept as evidence, whatever they are."""

    source: str
    """The adapter's `name` in the configuration."""
    peer: str
    """Where they came from, e.g. `10.1.2.3:40112`."""
    received_at: datetime
    raw: bytes
    device: str | None = None
    """The device code the frame names, if one could be read."""
    sent_at: datetime | None = None
    """When the source says it sent this (HJ 212 QN)."""
    verdict: str = "clean"
    """`clean`, `tolerated` (understood, with problems), `refused` (kept, never judged) or `noise`;
    `ASSEMBLED` is no frame that came, but the bytes of several that mean something together."""
    problems: tuple[str, ...] = ()
    """Stable names of what was wrong."""
    note: str = ""
    """What the protocol says of the frame for the record, e.g. `2017 hj212 31/2061`."""
