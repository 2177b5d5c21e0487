"""What lies behind each slot of a curve: trailing windows, streaks, baselines a day. Pure, numpy.

Arrays are shaped (slots,) in the order of time, NaN = no number. Nothing here looks ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from monitor.averages import Bools, Floats
from monitor.curves import Counts

Statistic = Callable[[Floats], Floats]
"""From rows of numbers, (rows, slots), to one number a row, (rows,); NaN in rows is not there."""


def trailing(values: Floats, size: int) -> Floats:
    """The `size` slots up to and with each slot, (slots, size); NaN before the beginning. A view."""
    padded = np.concatenate([np.full(size - 1, np.nan), values])
    return sliding_window_view(padded, size)


def before(values: Floats, by: int = 1) -> Floats:
    """The value `by` slots earlier; NaN before the beginning."""
    shifted = np.full(len(values), np.nan)
    shifted[by:] = values[: max(0, len(values) - by)]
    return shifted


def over(part: Floats, whole: Floats) -> Floats:
    """A share, (slots,): NaN where the whole is not above zero."""
    found = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=found, where=np.asarray(whole) > 0))


def streak(mask: Bools) -> Counts:
    """How many slots in a row are true, up to and with each slot."""
    at = np.arange(1, len(mask) + 1)
    last_false = np.maximum.accumulate(np.where(mask, 0, at))
    return at - last_false


def run(mask: Bools, against: Bools, within: int) -> tuple[Counts, Counts]:
    """How many slots are true since the last that is against it, and the first of them, up to and with
    each slot; slots that say neither (no data) end nothing. No further back than `within` slots.
    """
    at = np.arange(len(mask), dtype=np.int64)
    last_against = np.maximum.accumulate(np.where(against, at, -1))
    start = np.maximum(np.maximum(last_against + 1, at - within + 1), 0)
    total = np.concatenate([[0], np.cumsum(mask)])
    following = np.minimum.accumulate(np.where(mask, at, len(mask))[::-1])[::-1]
    first = np.concatenate([following, [len(mask)]])[start]
    return total[at + 1] - total[start], np.minimum(first, at)


def latest(values: Floats, within: int) -> Floats:
    """The last number before each slot, if there is one among the `within` slots before it."""
    at = np.arange(len(values))
    known = np.maximum.accumulate(np.where(np.isfinite(values), at, -1))
    before_it = np.concatenate([[-1], known[:-1]])
    found = np.where(before_it >= 0, values[before_it], np.nan)
    return np.where(at - before_it <= within, found, np.nan)


def count(mask: Bools, size: int) -> Counts:
    """How many of the `size` slots up to and with each slot are true."""
    total = np.concatenate([[0], np.cumsum(mask)])
    at = np.arange(1, len(mask) + 1)
    return np.asarray(total[at] - total[np.maximum(0, at - size)], dtype=np.int64)


def quantile(share: float, least: int = 1) -> Statistic:
    """The quantile of each row; NaN where fewer than `least` numbers are in it."""

    def of(rows: Floats) -> Floats:
        ordered = np.sort(rows, axis=-1)  # NaN goes to the end
        number = np.isfinite(rows).sum(axis=-1)
        place = np.maximum(number - 1, 0) * share
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(number - 1, 0))
        first = np.take_along_axis(ordered, low[..., None], axis=-1)[..., 0]
        second = np.take_along_axis(ordered, high[..., None], axis=-1)[..., 0]
        found = first + (second - first) * (place - low)
        return np.where(number >= max(1, least), found, np.nan)

    return of


def median(least: int = 1) -> Statistic:
    """The median of each row; NaN where fewer than `least` numbers are in it."""
    return quantile(0.5, least)


def share(least: int = 1) -> Statistic:
    """The mean of each row, of ones and zeros a share; NaN where fewer than `least` are in it."""

    def of(rows: Floats) -> Floats:
        there = np.isfinite(rows)
        number = there.sum(axis=-1)
        sums = np.where(there, rows, 0.0).sum(axis=-1)
        return np.where(number >= max(1, least), sums / np.maximum(number, 1), np.nan)

    return of


def total(least: int = 1) -> Statistic:
    """The sum of each row; NaN where fewer than `least` are in it."""

    def of(rows: Floats) -> Floats:
        there = np.isfinite(rows)
        sums = np.where(there, rows, 0.0).sum(axis=-1)
        return np.where(there.sum(axis=-1) >= least, sums, np.nan)

    return of


def spread(rows: Floats, least: int = 1) -> tuple[Floats, Floats]:
    """Median and robust deviation (1.4826 × MAD) of each row; NaN with fewer than `least` numbers."""
    middle = median(least)(rows)
    away = np.abs(rows - middle[..., None])
    return middle, 1.4826 * median(least)(away)


def behind(days: Sequence[tuple[int, int]], values: Floats, back: int, season: int = 24) -> Floats:
    """The `back` × `season` slots before the beginning of each day, (days, slots)."""
    size = back * season
    padded = np.concatenate([np.full(size, np.nan), values])
    firsts = [first for first, _ in days]
    return sliding_window_view(padded, size)[firsts]


def upto(days: Sequence[tuple[int, int]], values: Floats, size: int) -> Floats:
    """The `size` × 24 slots that end with each day, (days, slots)."""
    length = size * 24
    padded = np.concatenate([np.full(length, np.nan), values])
    return sliding_window_view(padded, length)[[last for _, last in days]]


def over_days(days: Sequence[tuple[int, int]], of_days: Floats, hours: int) -> Floats:
    """A number of each day at all its slots; NaN where no day has begun."""
    found = np.full(hours, np.nan)
    for (first, last), number in zip(days, of_days, strict=True):
        found[first:last] = number
    return found


def baseline(
    days: Sequence[tuple[int, int]], values: Floats, back: int, statistic: Statistic
) -> Floats:
    """A statistic of the `back` days before each slot's day, (slots,): what was usual until then."""
    if not days:
        return np.full(len(values), np.nan)
    return over_days(days, statistic(behind(days, values, back)), len(values))


def deviation(rows: Floats) -> Floats:
    """Standard deviation of each row over its mean (变异系数, CV); NaN where there is no mean."""
    number = np.isfinite(rows).sum(axis=-1)
    filled = np.where(np.isfinite(rows), rows, 0.0)
    mean = filled.sum(axis=-1) / np.maximum(number, 1)
    square = np.where(np.isfinite(rows), (rows - mean[..., None]) ** 2, 0.0)
    deviation = np.sqrt(square.sum(axis=-1) / np.maximum(number, 1))
    usable = (number > 0) & (mean != 0)
    return np.where(usable, deviation / np.abs(np.where(usable, mean, 1.0)), np.nan)


def resolution(rows: Floats) -> Floats:
    """The smallest step between numbers of each row; infinite where there are not two."""
    steps = np.diff(np.sort(rows, axis=1), axis=1)
    steps[~(steps > 1e-9)] = np.inf
    return np.asarray(steps.min(axis=1))
