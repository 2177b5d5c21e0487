"""Cross-channel inconsistency (参数间不一致): a pollutant that does not follow what it used to follow.

Ground: the Bao'an case (COD, NH3-N, TP and Cu swing widely while pH is flat); correlation of channels
that share load, gas and water. What a channel follows is learnt from its own three weeks before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.averages import Floats
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, said, trace

NAME = "cross-channel"


@dataclass(frozen=True)
class Thresholds:
    """When a channel does not follow."""

    habit_days: int = 21
    """What it follows is learnt from so many days, …"""
    explained: float = 0.6
    """… in which the others explain at least this share of its variation (R²)."""
    days: int = 2
    """Over so many days …"""
    swing: float = 0.7
    """… what the others let expect swings by at least this share of what is usual, …"""
    slope: float = 0.15
    """… and the channel moves by less than this share of that."""


_LEAST = 200
"""Hours that a relation is learnt from at least."""
_PRESENT = 0.7
"""Share of the hours in which a channel, or all of them together, must be there."""
_RIDGE = 0.01
"""Keeps the weights of channels that say the same from growing against each other."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant that others can speak for."""
    codes, table = _table(curves)
    if len(codes) < 2 or not curves.days:
        return
    size = (thresholds.habit_days + thresholds.days) * 24
    padded = np.concatenate([np.full((len(codes), size), np.nan), table], axis=1)
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    for target, code in enumerate(codes):
        if code not in curves.pollutants:
            continue
        windows = (padded[:, end : end + size] for end in ends)
        moved = np.array([_moved(window, target, thresholds) for window in windows])
        yield trace(
            code,
            np.abs(moved),
            thresholds.slope,
            raised=np.abs(moved) < thresholds.slope,
            cleared=np.abs(moved) >= 2 * thresholds.slope,
            since=np.maximum(ends - thresholds.days * 24, 0),
            detail={"days": thresholds.days},
        )


def _table(curves: Curves) -> tuple[list[str], Floats]:
    """The channels that vary, (channels, hours): pollutants by their logarithm."""
    codes, rows = [], []
    for code, curve in sorted(curves.channels.items()):
        valid = curve.valid
        if code in curves.pollutants:
            valid = np.log(np.where(valid > 0, valid, np.nan))
        if np.isfinite(valid).sum() >= _LEAST:
            codes.append(code)
            rows.append(valid)
    return codes, np.array(rows) if rows else np.empty((0, curves.hours))


def _moved(window: Floats, target: int, thresholds: Thresholds) -> float:
    """How far the channel followed in the last days what the others let expect.

    1 = as ever, 0 = it does not move with them at all; NaN where that cannot be told: too few hours, no
    relation, or nothing to follow.
    """
    learnt = thresholds.habit_days * 24
    rows = _usable(window, target, learnt)
    if rows is None:
        return np.nan
    usable = np.asarray(np.isfinite(rows).all(axis=0))
    past, present = rows[:, :learnt][:, usable[:learnt]], rows[:, learnt:][:, usable[learnt:]]
    lasting = thresholds.days * 24
    if past.shape[1] < _LEAST or present.shape[1] < _PRESENT * lasting:
        return np.nan
    centre, scale = past.mean(axis=1, keepdims=True), past.std(axis=1, keepdims=True)
    if scale[0] <= 0:
        return np.nan
    scale[scale <= 0] = np.inf  # what never varied tells nothing
    past, present = (past - centre) / scale, (present - centre) / scale
    weights = _weights(past[1:], past[0])
    expected, now = weights @ past[1:], weights @ present[1:]
    explained = 1 - float(((past[0] - expected) ** 2).mean())
    swing = float(now.std())
    if explained < thresholds.explained or swing < thresholds.swing * float(expected.std()):
        return np.nan
    together = float(((now - now.mean()) * (present[0] - present[0].mean())).mean())
    return round(together / swing**2, 9)  # products of matrices differ in their last digits


def _usable(window: Floats, target: int, learnt: int) -> Floats | None:
    """The channel and below it the others that are there nearly always; None where there are none."""
    there = np.isfinite(window[:, :learnt]).sum(axis=1) >= _PRESENT * learnt
    others = [int(row) for row in np.flatnonzero(there) if row != target]
    return window[np.array([target, *others])] if there[target] and others else None


def _weights(others: Floats, own: Floats) -> Floats:
    """Ridge regression of a channel on the others, all in deviations from their means."""
    gram = others @ others.T + _RIDGE * others.shape[1] * np.eye(len(others))
    weights: Floats = np.linalg.solve(gram, others @ own)
    return weights


RULE = CurveRule(
    name=NAME,
    title={"zh": "参数间不一致", "en": "Cross-channel inconsistency"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: (t.habit_days + t.days) * 24,
    thresholds=Thresholds(),
    clause="自动监控数据弄虚作假特征（参数间变化不一致）",
    ground={
        "zh": "该参数一向随其他参数变化，其他参数大幅波动时它却不动：该通道数据可能不真实",
        "en": "the channel has always moved with others, and does not while they swing: what it "
        "says may not "
        "be true",
    },
    reason=said(
        "{pollutant}自 {since} 起 {days} 天内不再随其他参数变化：实际变化仅为应有变化的 {value:.0%}",
        "{pollutant}: for {days} days since {since} it does not move with the other channels any "
        "more: by "
        "{value:.0%} of what they let expect",
    ),
)
