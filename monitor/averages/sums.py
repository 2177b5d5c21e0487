"""Sums and means that do not depend on the order of their terms. Pure.

A rule that runs when data arrives and one that runs over a year again must find the same, to the bit,
and readings come in any order. The only sum that no order changes is the exact one, rounded once.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]

_BLOCK = 1 << 15
"""Numbers that are summed together: what fits the processor's cache, and bounds the memory used."""


def exact_sum(values: Floats) -> Floats:
    """The exact sum along the last axis, rounded once to the nearest float, as `math.fsum` does.

    (..., slots) -> (...). What is not finite is not there; the sum of nothing is 0. A sum beyond the
    range of floats is NaN.
    """
    slots = values.shape[-1]
    rows = values.reshape(math.prod(values.shape[:-1]), slots)
    sums = np.zeros(len(rows))
    step = max(1, _BLOCK // max(1, slots))
    for at in range(0, len(rows) if slots else 0, step):
        sums[at : at + step] = _sum_of_block(rows[at : at + step])
    return sums.reshape(values.shape[:-1])


def mean(values: Floats, kept: Bools) -> tuple[Floats, Counts]:
    """The mean along the last axis of what is kept and finite, and of how many that is.

    (..., slots) -> (...) twice; NaN where nothing is. The exact sum, divided by the count.
    """
    there = kept & np.isfinite(values)
    count = there.sum(axis=-1)
    sums = exact_sum(np.where(there, values, np.nan))
    return np.where(count > 0, sums, np.nan) / np.maximum(count, 1), count


def _sum_of_block(rows: Floats) -> Floats:
    """Sum and error of sum are folded apart; where even the errors' sum is inexact, slowly."""
    terms = np.array(rows.T, order="C")  # a copy: slot after slot, so that halves are contiguous
    terms[~np.isfinite(terms)] = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        sums, errors = _fold(terms)
        small, lost = _fold(errors)
        sums += small
        doubtful = lost.any(axis=0) | ~np.isfinite(sums)
    for row in np.flatnonzero(doubtful):
        sums[row] = _slow_sum(rows[row])
    return sums


def _fold(terms: Floats) -> tuple[Floats, Floats]:
    """The sum of (slots, series) over the slots in floats, and the exact errors of all its steps.

    Each step is Knuth's two-sum: `total` + `error` is exactly `left` + `right`.
    """
    if not len(terms):
        return np.zeros(terms.shape[1:]), terms
    errors = [terms[:0]]
    while len(terms) > 1:
        half = len(terms) // 2
        left, right = terms[:half], terms[half : 2 * half]
        total = left + right
        moved = total - left
        errors.append((left - (total - moved)) + (right - moved))
        terms = np.concatenate([total, terms[2 * half :]])
    return terms[0], np.concatenate(errors)


def _slow_sum(row: Floats) -> float:
    terms = row[np.isfinite(row)].tolist()
    try:
        return math.fsum(terms)
    except OverflowError:  # perhaps only on the way
        pass
    try:
        return float(sum(map(Fraction, terms)))
    except OverflowError:
        return math.nan
