"""Cross-channel inconsistency (参数间不一致): a pollutant that is flat while the others swing.

Ground: the Bao'an case (COD, NH3-N, TP and Cu swing widely while pH is flat); channels that
share load, gas and water swing together. What is usual is learnt from the three weeks before.
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
from monitor.rules.tracing import always, said, trace

NAME = "cross-channel"


@dataclass(frozen=True)
class Thresholds:
    """When flatness among others is a finding."""

    habit_days: int = 21
    """What is usual is learnt from so many days."""
    days: int = 2
    """Over so many days …"""
    flat: float = 0.3
    """… a channel varies by less than this share of the least that it varied in as many days before, …"""
    steps: int = 2
    """… and usually by so many of the smallest steps that it shows or more, …"""
    swing: float = 0.8
    """… while half of the others or more vary by at least this share of what is usual for them."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant that others can speak for."""
    if len(curves.channels) < 2 or not curves.days:
        return
    codes = sorted(curves.channels)
    share = np.array([_liveliness(curves, code, thresholds) for code in codes])
    for target, code in enumerate(codes):
        if code in curves.pollutants:
            yield _trace(curves, code, share, target, thresholds)


def _liveliness(curves: Curves, code: str, thresholds: Thresholds) -> tuple[Floats, Floats]:
    """How much a channel varies over some days, by what is usual and by the least there was, (days,).

    The second says nothing where the digits of a channel are too few to show that it does.
    """
    valid = curves.channels[code].valid
    rows = rolling.upto(curves.days, valid, thresholds.days)
    low, high = rolling.quantile(0.1, len(rows[0]) // 2)(rows), rolling.quantile(0.9)(rows)
    own = high - low
    past = rolling.trailing(rolling.before(own, thresholds.days), thresholds.habit_days)
    usual, least = rolling.median(7)(past), rolling.quantile(0.0, 10)(past)
    shown = rolling.resolution(rolling.behind(curves.days, valid, thresholds.habit_days))
    shows = usual > (thresholds.steps - 0.5) * shown
    return rolling.over(own, usual), np.where(shows, rolling.over(own, least), np.nan)


def _trace(curves: Curves, code: str, share: Floats, target: int, thresholds: Thresholds) -> Trace:
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
        since=np.maximum(ends - thresholds.days * 24, 0),
        detail={"days": thresholds.days},
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "参数间不一致", "en": "Cross-channel inconsistency"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: (t.habit_days + 2 * t.days + 1) * 24,
    thresholds=Thresholds(),
    clause="自动监控数据弄虚作假特征（参数间变化不一致）",
    ground={
        "zh": "其他参数照常大幅波动，该参数却比以往任何时候都平：该通道数据可能不真实",
        "en": "the other channels swing as ever, and this one is flatter than it ever was: what "
        "it says may "
        "not be true",
    },
    reason=said(
        "{pollutant}自 {since} 起 {days} 天内几乎不变：波动仅为此前最小值的 {value:.0%}，"
        "其他参数照常波动",
        "{pollutant}: hardly moved for {days} days since {since}: by {value:.0%} of the least it "
        "had before, "
        "while other channels swing as ever",
    ),
)
