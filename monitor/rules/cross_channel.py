"""Cross-channel inconsistency (参数间不一致): a pollutant that does not follow what it used to follow.

Ground: the Bao'an case (COD, NH3-N, TP and Cu swing widely while pH is flat); correlation of channels
that share load, gas and water. What a channel follows is learnt from its own three weeks before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, either, said, trace

NAME = "cross-channel"


@dataclass(frozen=True)
class Thresholds:
    """When a channel does not follow."""

    habit_days: int = 21
    """What is usual is learnt from so many days."""
    flat_days: int = 2
    """Flat: over so many days …"""
    flat: float = 0.25
    """… it varies by less than this share of the least that it varied in as many days before, …"""
    swing: float = 0.6
    """… while half of the others or more vary by at least this share of what is usual."""
    explained: float = 0.5
    """Apart: where the others explain at least this share of its variation (R²), …"""
    days: int = 5
    """… over so many days …"""
    slope: float = 0.25
    """… it moves with what they let expect by less than this share of it."""


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
    share = np.array([_liveliness(curves, row, thresholds) for row in table])
    for target, code in enumerate(codes):
        if code in curves.pollutants:
            flat = _flat(curves, code, share, target, thresholds)
            yield either((flat, _apart(curves, code, table, target, thresholds)))


def _liveliness(curves: Curves, values: Floats, thresholds: Thresholds) -> tuple[Floats, Floats]:
    """How much a channel varies over some days, by what is usual and by the least there was, (days,)."""
    rows = rolling.upto(curves.days, values, thresholds.flat_days)
    low, high = rolling.quantile(0.1, len(rows[0]) // 2)(rows), rolling.quantile(0.9)(rows)
    own = high - low
    past = rolling.trailing(rolling.before(own, thresholds.flat_days), thresholds.habit_days)
    usual, least = rolling.median(7)(past), rolling.quantile(0.0, 7)(past)
    return rolling.over(own, usual), rolling.over(own, least)


def _flat(curves: Curves, code: str, share: Floats, target: int, thresholds: Thresholds) -> Trace:
    of_usual, of_least = share[:, 0], share[target, 1]
    others = np.delete(of_usual, target, axis=0)
    swinging, told = (others >= thresholds.swing).sum(axis=0), np.isfinite(others).sum(axis=0)
    swings = (told > 0) & (swinging * 2 >= told)
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    return trace(
        code,
        of_least,
        thresholds.flat,
        raised=(of_least < thresholds.flat) & swings,
        cleared=of_least >= 2 * thresholds.flat,
        since=np.maximum(ends - thresholds.flat_days * 24, 0),
        detail={"days": thresholds.flat_days},
    )


def _apart(curves: Curves, code: str, table: Floats, target: int, thresholds: Thresholds) -> Trace:
    size = (thresholds.habit_days + thresholds.days) * 24
    padded = np.concatenate([np.full((len(table), size), np.nan), table], axis=1)
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    windows = (padded[:, end : end + size] for end in ends)
    moved = np.array([_moved(window, target, thresholds) for window in windows])
    return trace(
        code,
        moved,
        thresholds.slope,
        raised=moved < thresholds.slope,
        cleared=(moved >= 2 * thresholds.slope) | np.isnan(moved),
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
    lookback=lambda t: (t.habit_days + max(t.days, 2 * t.flat_days + 1)) * 24,
    thresholds=Thresholds(),
    clause="自动监控数据弄虚作假特征（参数间变化不一致）",
    ground={
        "zh": "该参数一向随其他参数变化，其他参数大幅波动时它却不动：该通道数据可能不真实",
        "en": "the channel has always moved with others, and does not while they swing: what it "
        "says may not "
        "be true",
    },
    reason=said(
        "{pollutant}自 {since} 起 {days} 天内不随其他参数变化：变化仅为应有的 {value:.0%}",
        "{pollutant}: for {days} days since {since} it does not move with the other channels: by "
        "{value:.0%} of what is to be expected",
    ),
)
