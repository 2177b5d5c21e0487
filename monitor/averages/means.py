"""Hours from minutes, days from hours, months from days (小时、日、月均值): many series at once. Pure.

Each period is made of its own slots alone: what comes later, or to other series, changes nothing of
it. A step's result is the next one's input: `days(hour.value, hour.normal, …)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.averages.sums import Bools, Counts, Floats, exact_sum, mean
from monitor.averages.validity import Validity

T = TypeVar("T", np.float64, np.bool_)

_NOTHING = np.float64(np.nan)

_MINUTES = 60
_FEBRUARY = 29


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """The averages of periods; every array is shaped (series, periods)."""

    value: Floats
    """The mean of the valid values; NaN where there are fewer than the period needs."""
    count: Counts
    """How many valid values there are."""
    normal: Bools
    """Whether the period's flag lets it count (`N`): the `valid` of the next step."""
    came: Bools
    """Whether anything was there: a number, or a flag that says why there is none."""
    weighted: Bools
    """Whether the value is weighted by flow; it is the arithmetic mean otherwise."""

    def of(self, series: NDArray[np.int64]) -> Means:
        """Those of some rows, in their order; a row may be named several times."""
        return Means(
            self.value[series],
            self.count[series],
            self.normal[series],
            self.came[series],
            self.weighted[series],
        )

    @property
    def flags(self) -> NDArray[np.str_]:
        """`N`, `D` (annex D's word for air; it names none for water), empty where nothing came."""
        return np.where(self.came, np.where(self.normal, "N", "D"), "")


def minutes(values: Floats, valid: Bools, validity: Validity, per_minute: int) -> Means:
    """Minute means of real-time values, `per_minute` of which are due in a minute.

    `values` and `valid` (series, minutes * per_minute) -> (series, minutes). ValueError: no whole
    minutes. HJ 212-2017 annex D.
    """
    lengths = _whole(values, per_minute)
    return _roll(values, valid, validity, lengths, min(validity.instants, per_minute), None)


def hours(
    values: Floats,
    valid: Bools,
    validity: Validity,
    per_hour: int = _MINUTES,
    flows: Floats | None = None,
) -> Means:
    """Hour means (小时均值) of minute means, `per_hour` of which are due in an hour.

    `values`, `valid` and `flows` (series, hours * per_hour) -> (series, hours). With flows, weighted
    by them where every valid value has one (water). ValueError: no whole hours; pad an hour that has
    not ended with NaN. HJ 212-2017 annex D eq. 24.
    """
    floor = math.ceil(validity.minutes * per_hour / _MINUTES)
    return _roll(values, valid, validity, _whole(values, per_hour), floor, flows)


def days(
    values: Floats,
    valid: Bools,
    validity: Validity,
    lengths: int | Sequence[int] = 24,
    flows: Floats | None = None,
) -> Means:
    """Day means (日均值) of hour means; `lengths` are the hours of each civil day, or of every one.

    `values`, `valid` and `flows` (series, all hours) -> (series, days). With flows, weighted by them
    where every valid hour has one (water); air is never (eq. 25). ValueError: no whole days.
    """
    return _roll(values, valid, validity, _whole(values, lengths), validity.hours, flows)


def months(values: Floats, valid: Bools, validity: Validity, lengths: Sequence[int]) -> Means:
    """Month means (月均值) of day means; `lengths` are the days of each month.

    `values` and `valid` (series, all days) -> (series, months). ValueError: no whole months. HJ 75-2017.
    """
    spans = _whole(values, lengths)
    floors = np.where(spans <= _FEBRUARY, validity.february, validity.days)
    return _roll(values, valid, validity, spans, floors, None)


def _whole(values: Floats, lengths: int | Sequence[int]) -> Counts:
    """How many slots each period has; ValueError where they are not just those of the values."""
    slots = values.shape[-1]
    if isinstance(lengths, int):
        lengths = [lengths] * (slots // lengths if lengths > 0 else 0)
    if sum(lengths) != slots or min(lengths, default=1) < 1:
        raise ValueError(f"{slots} slots do not make whole periods")
    return np.array(lengths, dtype=np.int64)


def _roll(
    values: Floats,
    valid: Bools,
    validity: Validity,
    lengths: Counts,
    floor: int | Counts,
    flows: Floats | None,
) -> Means:
    """The means of periods of these lengths that have at least `floor` valid values."""
    if valid.shape != values.shape or (flows is not None and flows.shape != values.shape):
        raise ValueError("values, valid and flows differ in shape")
    places = _places(lengths)
    numbers, counting = _periods(values, places, _NOTHING), _periods(valid, places, np.True_)
    there = np.isfinite(numbers)
    marked = np.any(~counting, axis=-1)
    value, count = mean(numbers, counting)
    by_flow = np.full(value.shape, np.nan)
    if flows is not None:
        by_flow = _weighted(numbers, counting & there, _periods(flows, places, _NOTHING))
    value = np.where(np.isfinite(by_flow), by_flow, value)
    enough = count >= np.maximum(floor, 1)
    return Means(
        value=np.where(enough, value, np.nan),
        count=count,
        normal=_normal(count, marked, lengths, validity),
        came=np.logical_or(marked, there.any(axis=-1)),
        weighted=np.isfinite(by_flow) & enough,
    )


def _normal(count: Counts, marked: Bools, lengths: Counts, validity: Validity) -> Bools:
    """The roll-up of flags: a share of all slots due (air), or none that is marked (water)."""
    share = validity.normal
    if share is None:
        return ~marked
    return count * share.denominator >= lengths * share.numerator  # 75 % in integers, not in floats


def _places(lengths: Counts) -> NDArray[np.int64] | int:
    """Where each period's slots stand: just how many where all have the same, else their columns.

    Columns are (periods, longest), -1 where a period has no such slot.
    """
    if len(set(lengths.tolist())) <= 1:
        return int(lengths[0]) if len(lengths) else 1
    steps = np.arange(lengths.max())
    starts = np.cumsum(lengths) - lengths
    return np.where(steps < lengths[:, None], starts[:, None] + steps, -1)


def _periods(array: NDArray[T], places: NDArray[np.int64] | int, blank: T) -> NDArray[T]:
    """(series, slots) as (series, periods, slots of one), filled with `blank`."""
    if isinstance(places, int):
        return array.reshape(*array.shape[:-1], array.shape[-1] // places, places)
    return np.where(places >= 0, array[..., places], blank)


def _weighted(values: Floats, kept: Bools, flows: Floats) -> Floats:
    """Sum of value times flow by sum of flow; NaN unless every kept value has a flow and any flows.

    A negative flow is a fault of the meter, and no flow; so is one that makes an amount infinite.
    """
    with np.errstate(all="ignore"):  # what is infinite or 0/0 is no mean, as the caller sees
        amounts = values * flows
        known = np.isfinite(amounts) & (flows >= 0)
        complete = (known | ~kept).all(axis=-1)
        whole = exact_sum(np.where(kept, flows, np.nan))
        return np.where(complete, exact_sum(np.where(kept, amounts, np.nan)) / whole, np.nan)
