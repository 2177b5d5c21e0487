"""A general anomaly score (异常评分): how unlike its own past a series is, slot by slot. Pure, numpy.

Four things are looked at: the level against the usual one at that time of day, the change from the slot
before, how much the last slots vary, and the slow level over two days. Each is measured by how far it was
from its median in the blocks before (`TAIL` of them nearer), so that a series that is wild by nature is
not wild by score; the score is the largest of the four. It is strictly causal: a slot's score rests on
that slot and on earlier ones, within `MEMORY` blocks.

What is usual is told once a block (a day) from the blocks before it, so that a fault that has just begun
is not taken for usual; after four weeks it is.
"""

from __future__ import annotations

import numpy as np

from monitor import rolling
from monitor.averages import Floats

PROFILE = 14
"""Blocks that the usual level at a time of the block is the median of."""
HABIT = 28
"""Blocks that the usual deviation is told from."""
SLOW = 2
"""Blocks that the slow level is the mean of."""
SHORT = 6
"""Slots that are looked at for how much they vary."""
MEMORY = PROFILE + HABIT + SLOW
"""Blocks that bear on a score."""
TAIL = 0.97
"""The share of the past that was nearer to its median than what a deviation is measured by."""
CAP = 1000.0
"""A score is not counted beyond this."""


def score(values: Floats, *, season: int = 24, phase: int = 0) -> Floats:
    """The score of each slot, (slots,) → (slots,); NaN where there is no value, or not enough past.

    `season`: the slots of a block (24 hours are a day); `phase`: the slots before the first whole block.
    """
    slots = len(values)
    blocks = _blocks(slots, season, phase)
    if not blocks:
        return np.full(slots, np.nan)
    usual = _profile(values, blocks, season)
    rest = values - usual
    slow = rolling.share(season)(rolling.trailing(rest, SLOW * season))
    least = _least(values, blocks, season)
    features = (
        (rest, least),
        (values - rolling.before(values), least),
        (_liveliness(values), np.full(len(blocks), 0.05)),
        (slow, least),
    )
    found = np.full(slots, np.nan)
    for feature, smallest in features:
        found = np.fmax(found, _in_deviations(feature, blocks, season, smallest))
    return np.where(np.isfinite(values), np.minimum(found, CAP), np.nan)


def _blocks(slots: int, season: int, phase: int) -> list[tuple[int, int]]:
    return [(first, min(first + season, slots)) for first in range(phase % season, slots, season)]


def _profile(values: Floats, blocks: list[tuple[int, int]], season: int) -> Floats:
    """The usual level at each slot: the median at the same place of the blocks before."""
    rows = rolling.behind(blocks, values, PROFILE, season).reshape(len(blocks), PROFILE, season)
    usual = rolling.median(PROFILE // 2)(np.swapaxes(rows, 1, 2))
    found = np.full(len(values), np.nan)
    for (first, last), row in zip(blocks, usual, strict=True):
        found[first:last] = row[: last - first]
    return found


def _liveliness(values: Floats) -> Floats:
    """The logarithm of how much the last slots vary; NaN where they are not all there."""
    rows = rolling.trailing(values, SHORT)
    change = np.abs(np.diff(rows, axis=1)).mean(axis=1)
    floor = 1e-3 * np.abs(rows).mean(axis=1) + 1e-12
    return np.asarray(np.log(np.maximum(change, floor)))


def _least(values: Floats, blocks: list[tuple[int, int]], season: int) -> Floats:
    """The least deviation that is believed, a block: a hundredth of the level.

    Where the past did not vary at all any change would be infinitely unlike it.
    """
    level = rolling.median(season)(np.abs(rolling.behind(blocks, values, HABIT, season)))
    return np.where(level > 0, 0.01 * level, np.nan)  # nothing is usual of what is always zero


def _in_deviations(
    feature: Floats, blocks: list[tuple[int, int]], season: int, least: Floats
) -> Floats:
    """How far from what is usual, in robust deviations, never smaller than `least` of each block."""
    rows = rolling.behind(blocks, feature, HABIT, season)
    middle = rolling.median(HABIT * season // 4)(rows)
    spread = rolling.quantile(TAIL)(np.abs(rows - middle[:, None]))
    spread = np.maximum(spread, least)
    found = np.full(len(feature), np.nan)
    for (first, last), centre, scale in zip(blocks, middle, spread, strict=True):
        found[first:last] = np.abs(feature[first:last] - centre) / scale
    return found


def level(maxima: Floats, per_hundred_weeks: float, least: int = 700) -> float | None:
    """The score from which on alarms are as many as a bureau will bear.

    `maxima`: the largest score of each outlet and day, (outlets, days), NaN = none. An alarm is a run of
    days above the level. None where fewer than `least` outlet-days are there, or too few alarms are
    borne for them to be told.
    """
    there = np.isfinite(maxima)
    days = int(there.sum())
    borne = per_hundred_weeks * days / 700
    if days < least or borne < 1:
        return None
    candidates = np.unique(maxima[there])
    low, high = 0, len(candidates) - 1
    while (
        low < high
    ):  # fewer alarms the higher the level, but for runs that part: the least level is taken
        middle = (low + high) // 2
        if _alarms(maxima, candidates[middle]) <= borne:
            high = middle
        else:
            low = middle + 1
    return float(candidates[low])


def _alarms(maxima: Floats, bound: float) -> int:
    above = maxima > bound
    return int(above[:, 0].sum() + (above[:, 1:] & ~above[:, :-1]).sum()) if above.size else 0
