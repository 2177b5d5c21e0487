"""From a message to the readings that are stored and judged.

They say what the device said, in the product's terms: nothing filled, derived or judged. What no
instrument can measure, and the standard's signs for "cannot be computed", become NaN and are named;
the frame keeps what was sent.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from types import MappingProxyType

from adapters.hj212 import content, decoding, plans, text
from adapters.hj212.believing import believable, problem_with
from adapters.hj212.fields import is_mark, statistics_of
from adapters.hj212.header import names_device
from adapters.hj212.message import Content, Factor, Message
from adapters.hj212.periods import AHEAD, PERIODS, Span, completed, span
from adapters.hj212.problems import unique
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.units import scaled

_UNUSABLE_FLAG = "?"

Units = Mapping[str, float]
AS_LISTED: Units = MappingProxyType({})

Understood = tuple[Readings | None, tuple[str, ...]]
"""What a message comes to: its readings, and all problems of frame, header, content, readings."""


def read(
    message: Message,
    zone: tzinfo,
    minute_interval: int,
    received_at: datetime,
    *,
    learn: bool = True,
    units: Units = AS_LISTED,
) -> Understood:
    """The readings of an upload, or None where it has none or none can be believed.

    `zone` is that of the device's clock, `minute_interval` the minutes that CN=2051 stands for.
    A DataTime over an hour later than `received_at` is not believed. `learn`: make a plan of the
    form when it keeps coming; not for strangers, who could have any number of forms made. `units`: by
    what the device's numbers of a pollutant are multiplied to be in the unit of the table.
    """
    fitted = plans.fit(message) if message.crc != "bad" else None
    if fitted is None:
        if not learn:
            return read_slowly(message, zone, minute_interval, received_at, units=units)
        return _read_and_plan(message, zone, minute_interval, received_at, units)
    plan, digits, values, flags = fitted
    header = message.header
    when = span(header.cn, digits, zone, minute_interval)
    converted = _in_table_units(plan.layout, values, units) if units else values
    if converted is None or when is None or when.problems or when.start > received_at:
        return read_slowly(message, zone, minute_interval, received_at, units=units)
    readings = _made(header.mn or "", when, plan.layout, converted, flags, header.resent)
    if not plan.problems:
        return readings, message.problems
    return readings, unique([*message.problems, *plan.problems])


_SET_MN, _SET_PERIOD, _SET_START, _SET_END, _SET_LAYOUT, _SET_VALUES, _SET_FLAGS, _SET_LATE = (
    getattr(Readings, field.name).__set__ for field in dataclasses.fields(Readings)
)


def _made(
    mn: str,
    when: Span,
    layout: Layout,
    values: tuple[float, ...],
    flags: tuple[str | None, ...] | None,
    supplementary: bool,
) -> Readings:
    """Readings, made without the constructor of frozen dataclasses, which takes twice the time."""
    made = object.__new__(Readings)
    _SET_MN(made, mn)
    _SET_PERIOD(made, when.period)
    _SET_START(made, when.start)
    _SET_END(made, when.end)
    _SET_LAYOUT(made, layout)
    _SET_VALUES(made, values)
    _SET_FLAGS(made, flags)
    _SET_LATE(made, supplementary)
    return made


def _in_table_units(
    layout: Layout, values: Sequence[float], units: Units
) -> tuple[float, ...] | None:
    """What a plan has read, in the table's units; None where a number is then beyond belief."""
    converted = []
    for (code, statistic), value in zip(layout.columns, values, strict=True):
        number = scaled(value, _unit(code, statistic, units))
        if not believable(code, statistic, number):
            return None
        converted.append(number)
    return tuple(converted)


def _unit(code: str, statistic: Statistic, units: Units) -> float:
    """A total has a unit of its own (kg), whatever the concentration's."""
    return 1.0 if statistic is Statistic.TOTAL else units.get(code, 1.0)


def read_slowly(
    message: Message,
    zone: tzinfo,
    minute_interval: int,
    received_at: datetime,
    *,
    units: Units = AS_LISTED,
) -> Understood:
    """The same without plans; `read` must agree with it."""
    if not message.sound:
        return (None, message.problems)  # what a damaged frame says is not looked at
    inner = content.read(message)
    return understand(message, inner, zone, minute_interval, received_at, units)


def _read_and_plan(
    message: Message, zone: tzinfo, minute_interval: int, received_at: datetime, units: Units
) -> Understood:
    if not message.sound:
        return None, message.problems
    inner = content.read(message)
    understood = understand(message, inner, zone, minute_interval, received_at, units)
    if understood[0] is not None:
        statistics = statistics_of(message.cn)
        problems = unique([*inner.problems, *_statistics_problems(inner, statistics)])
        layout, sources = columns(inner.factors, statistics)
        plans.learn(message, layout, sources, problems)
    return understood


def _readable(message: Message) -> bool:
    return (
        message.crc != "bad"
        and message.header.cn in PERIODS
        and names_device(message.header.mn)
        and not message.encrypted
    )


def understand(
    message: Message, inner: Content, zone: tzinfo, minute_interval: int, received_at: datetime,
    units: Units,
) -> Understood:  # fmt: skip
    """The readings of a message whose content has been read, by whatever way."""
    problems = [*message.problems, *inner.problems]
    _, time_problems = decoding.data_time(inner, zone)
    problems += time_problems
    if not _readable(message):
        return (None, unique(problems))
    statistics = statistics_of(message.cn)
    layout, sources = columns(inner.factors, statistics)
    problems += _statistics_problems(inner, statistics)
    if not layout.columns:
        return (None, unique(problems))
    when = _span(message, inner, zone, minute_interval, received_at, problems)
    if when is None:
        return (None, unique(problems))
    values = tuple(
        _believed(inner.factors[code].fields.get(source), code, statistic, units, problems)
        for (code, statistic), source in zip(layout.columns, sources, strict=True)
    )
    flags = tuple(_flag(code, inner.factors[code], problems) for code in layout.pollutants)
    readings = Readings(
        mn=message.header.mn or "",
        period=when.period,
        start=when.start,
        end=when.end,
        layout=layout,
        values=values,
        flags=flags if any(flag is not None for flag in flags) else None,
        supplementary=message.header.resent,
    )
    return (readings, unique(problems))


def _span(
    message: Message, inner: Content, zone: tzinfo, minute_interval: int,
    received_at: datetime, problems: list[str],
) -> Span | None:  # fmt: skip
    if inner.data_time is None or decoding.data_time(inner, zone)[0] is None:
        return None
    when = span(message.header.cn or "", inner.data_time[:14], zone, minute_interval)
    if when is None or when.start > received_at + AHEAD:
        problems.append("implausible-time")
        return None
    problems += when.problems
    if when.period is Period.SAMPLE:
        done = (factor.fields.get("CompleteTime") for factor in inner.factors.values())
        when = completed(when, done, zone)
    return when


def columns(
    factors: dict[str, Factor], statistics: dict[str, Statistic]
) -> tuple[Layout, tuple[str, ...]]:
    """The layout of a content's factors, and for each of its columns the field it comes from.

    A factor of which only the flag was sent gets an empty value: the flag says that it was due.
    """
    pairs: list[tuple[str, Statistic]] = []
    sources: list[str] = []
    for code, factor in factors.items():
        taken: set[Statistic] = set()
        for field in factor.fields:
            statistic = statistics.get(field)
            if statistic is not None and statistic not in taken:
                taken.add(statistic)
                pairs.append((code, statistic))
                sources.append(field)
        if not taken and factor.fields.get("Flag") is not None:
            pairs.append((code, Statistic.VALUE))
            sources.append("")
    return _layout(tuple(pairs)), tuple(sources)


@lru_cache(maxsize=4096)
def _layout(pairs: tuple[tuple[str, Statistic], ...]) -> Layout:
    return Layout(pairs)


def _statistics_problems(inner: Content, statistics: dict[str, Statistic]) -> list[str]:
    """Two fields for one statistic (Rtd and Avg): only the first of them counts."""
    for factor in inner.factors.values():
        found = [statistics[field] for field in factor.fields if field in statistics]
        if len(found) != len(set(found)):
            return ["repeated-field"]
    return []


def _flag(code: str, factor: Factor, problems: list[str]) -> str | None:
    """The flag of a factor. Production conditions send a mark where others send a number."""
    flag, mark = factor.fields.get("Flag"), factor.fields.get("Rtd")
    if flag is None and isinstance(mark, str) and is_mark(code, "Rtd"):
        flag = mark
    if flag is None:
        return None
    if not text.is_name(str(flag)):
        problems.append("unusable-flag")
        return _UNUSABLE_FLAG
    return str(flag)


def _believed(
    value: float | str | None, code: str, statistic: Statistic, units: Units, problems: list[str]
) -> float:
    if value is None or isinstance(value, str):
        return math.nan
    unit = _unit(code, statistic, units)
    problem = problem_with(code, statistic, value, unit)
    if problem is None:
        return scaled(float(value), unit) + 0.0  # no negative zero
    problems.append(problem)
    return math.nan
