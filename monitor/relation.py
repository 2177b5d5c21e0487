"""Whether one series still goes with another: the evidence of each day, for and against. Pure, numpy.

A series is told in blocks of some hours by two regressions on the days before: by what it said itself,
and by that and the other series. Where the other helped to tell it, and now misleads, the two have
parted. Evidence is a logarithm of likelihoods' ratio: positive speaks for the relation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import Counts

FIT = 28
"""The days that a regression is made on."""
LOOKBACK = FIT + 1
"""Days before a day that bear on what is said of it: the first block's own past is a day back."""
_BLOCK = 4
"""Hours: shorter ones are ruled by what analysers add themselves, in longer ones load averages out."""
_A_DAY = 24 // _BLOCK
_LEAST = 60
"""Blocks that a regression needs."""
_RIDGE = 3.0
"""So many blocks speak for there being no relation."""
_TAIL = 4
"""Degrees of freedom of what is left over (Student's t): upsets are no miracles."""
_CAP = 3.0
"""The most that one block may speak for or against."""
_FINEST = 1e-4
"""No prediction is sharper (the roots of numbers are told)."""


@dataclass(frozen=True)
class Evidence:
    """Of each day, (days,); NaN or 0 where nothing can be said."""

    found: Floats
    """What the day's blocks say."""
    blocks: Floats
    """How many of them say anything."""
    usual: Floats
    """What a block says as long as all is as in the days before."""


def blocks(rows: Floats) -> Floats:
    """Days of hours, (days, 24), as the roots of blocks' means, (days, blocks); NaN where hours lack.

    Roots keep the sign, and make what scatters with its level scatter alike.
    """
    parts = rows.reshape(len(rows), _A_DAY, _BLOCK)
    known: Counts = np.isfinite(parts).sum(axis=-1)
    mean = np.nansum(parts, axis=-1) / np.maximum(known, 1)
    return np.where(known > _BLOCK // 2, np.sign(mean) * np.sqrt(np.abs(mean)), np.nan)


def evidence(own: Floats, other: Floats) -> Evidence:
    """How well the other series tells this one's blocks, by day; both (days, blocks).

    Regressions go up to the day before: what is new, be it another set point, is soon what they expect.
    """
    columns = _columns(own, other)
    known: Bools = np.asarray(np.isfinite(columns).all(axis=-1))
    rows = np.where(known[..., None], columns, 0.0)
    number = _fitted(known.sum(axis=1).astype(np.float64))
    mean = _fitted(rows.sum(axis=1)) / np.maximum(number, 1)[:, None]
    products = _fitted(np.einsum("dbi,dbj->dij", rows, rows))
    spread = products - number[:, None, None] * mean[:, :, None] * mean[:, None, :]
    enough = number >= _LEAST
    away = rows - mean[:, None, :]
    alone, sigma_alone = _likelihood(spread, away, number, slice(0, 3))
    joint, sigma_joint = _likelihood(spread, away, number, slice(0, 5))
    said = np.where(known & enough[:, None], np.clip(joint - alone, -_CAP, _CAP), 0.0)
    return Evidence(
        found=np.where(enough, said.sum(axis=1), np.nan),
        blocks=np.where(enough, known.sum(axis=1), 0).astype(np.float64),
        usual=np.where(enough, np.log(sigma_alone / sigma_joint), np.nan),
    )


def _columns(own: Floats, other: Floats) -> Floats:
    """What a block is told by, and last the block itself: (days, blocks, 6)."""
    mine, theirs = own.ravel(), other.ravel()
    told_by = [rolling.before(mine, by) for by in (1, 2, _A_DAY)]
    found = np.stack([*told_by, theirs, rolling.before(theirs), mine], axis=-1)
    return found.reshape(*own.shape, -1)


def _fitted(of_days: Floats) -> Floats:
    """The sum over the days that a day's regression is made on."""
    padded = np.concatenate([np.zeros((FIT, *of_days.shape[1:])), of_days[:-1]])
    found: Floats = sliding_window_view(padded, FIT, axis=0).sum(axis=-1)
    return found


def _likelihood(spread: Floats, away: Floats, number: Floats, by: slice) -> tuple[Floats, Floats]:
    """The logarithm of each block's likelihood, told by some columns, and what is usually left over."""
    inner, outer = spread[:, by, by], spread[:, by, -1]
    held = np.einsum("dii->di", inner)
    ridge = (held * (_RIDGE / np.maximum(number, 1))[:, None] + 1e-9)[:, :, None]
    weights = np.linalg.solve(inner + ridge * np.eye(inner.shape[1]), outer[..., None])[..., 0]
    left = spread[:, -1, -1] - 2 * np.einsum("di,di->d", weights, outer)
    left = left + np.einsum("di,dij,dj->d", weights, inner, weights)
    freedom = np.maximum(number - len(weights[0]) - 1, 1)
    sigma = np.sqrt(np.maximum(left / freedom, _FINEST**2))
    error = away[..., -1] - np.einsum("dbi,di->db", away[..., by], weights)
    scaled = (error / sigma[:, None]) ** 2 / _TAIL
    return -np.log(sigma)[:, None] - (_TAIL + 1) / 2 * np.log1p(scaled), sigma
