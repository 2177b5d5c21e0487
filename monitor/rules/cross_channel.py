"""Cross-channel inconsistency (参数间不一致): a pollutant that is flat while the others swing, or that
no longer goes with the channel that it always went with.

Ground: the Bao'an case (COD, NH3-N, TP and Cu swing widely while pH is flat); channels that
share load, gas and water swing together. What is usual is learnt from the weeks before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from monitor import pollutants, relation, rolling
from monitor.averages import Floats
from monitor.curves import Counts, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace, Verdict
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, either, said, trace

NAME = "cross-channel"


@dataclass(frozen=True)
class Thresholds:
    """When a channel among others is a finding."""

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
    apart_days: int = 5
    """Over so many days …"""
    apart_most: int = 4
    """… of which so many speak against it …"""
    odds: float = 100.0
    """… a channel that should have made these hours so many times likelier makes them as
    much less likely, …"""
    apart_again: int = 2
    """… and so again at the end of so many days in a row."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant that others can speak for."""
    if len(curves.channels) < 2 or not curves.days:
        return
    codes = sorted(curves.channels)
    blocks = {code: _blocks(curves, code) for code in codes}
    share = np.array([_liveliness(curves, code, thresholds) for code in codes])
    for target, code in enumerate(codes):
        if code in curves.pollutants:
            flat = _flat(curves, code, share, target, thresholds)
            yield either((flat, _apart(curves, code, blocks, thresholds)))


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


def _flat(curves: Curves, code: str, share: Floats, target: int, thresholds: Thresholds) -> Trace:
    of_usual, of_least = share[:, 0], share[target, 1]
    others = np.delete(of_usual, target, axis=0)
    swinging, told = (others >= thresholds.swing).sum(axis=0), np.isfinite(others).sum(axis=0)
    swings = (told > 0) & (swinging * 2 >= told)
    return trace(
        code,
        of_least,
        thresholds.flat,
        raised=(of_least < thresholds.flat) & swings,
        cleared=of_least >= 2 * thresholds.flat,
        since=_since(curves, thresholds.days),
        detail={"days": thresholds.days, "other": np.full(len(curves.days), "")},
    )


def _since(curves: Curves, days: int) -> Counts:
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    return np.maximum(ends - days * 24, 0)


def _blocks(curves: Curves, code: str) -> Floats:
    """A channel's hours while the plant runs, as relations are told by: (days, blocks)."""
    hours = np.where(operating(curves).standing, np.nan, curves.channels[code].valid)
    return relation.blocks(rolling.upto(curves.days, hours, 1))


def _apart(
    curves: Curves, code: str, blocks: Mapping[str, Floats], thresholds: Thresholds
) -> Trace:
    """Whether it has parted from the channel that told it best in the weeks before."""
    others = np.array([other for other in blocks if other != code])
    told = np.array([_told(blocks[code], blocks[other], thresholds) for other in others])
    found, against, due = told[:, 0], told[:, 1], told[:, 2]
    best, day = np.argmax(due, axis=0), np.arange(len(curves.days))
    found, against, due = found[best, day], against[best, day], due[best, day]
    odds = np.log(thresholds.odds)
    parted = (due >= odds) & (found <= -odds) & (against >= thresholds.apart_most)
    return trace(
        code,
        np.exp(np.where(np.isfinite(found), found, 0.0)),
        1 / thresholds.odds,
        raised=rolling.streak(parted) >= thresholds.apart_again,
        cleared=~(found < 0),
        since=_since(curves, thresholds.apart_days),
        detail={"days": thresholds.apart_days, "other": others[best]},
    )


def _told(own: Floats, other: Floats, thresholds: Thresholds) -> tuple[Floats, Floats, Floats]:
    """What some days say of a relation, how many of them speak against it, and what they should say."""
    days = thresholds.apart_days
    by_day = relation.evidence(own, other)
    of_days = rolling.trailing(by_day.found, days)
    found, against = of_days.sum(axis=-1), (of_days < 0).sum(axis=-1)
    blocks = rolling.trailing(by_day.blocks, days).sum(axis=-1)
    due = rolling.before(by_day.usual, days - 1) * blocks  # as it was before these days
    whole = np.isfinite(found) & (blocks >= own.shape[1] * days / 2)
    return found, against, np.where(whole, due, -np.inf)


_FLAT = said(
    "{pollutant}自 {since} 起 {days} 天内几乎不变：波动仅为此前最小值的 {value:.0%}，"
    "其他参数照常波动",
    "{pollutant}: hardly moved for {days} days since {since}: by {value:.0%} of the least it "
    "had before, while other channels swing as ever",
)
_APART = said(
    "{pollutant}自 {since} 起 {days} 天内不再随{other}变化，此前四周一直随之变化："
    "二者之一可能不真实",
    "{pollutant}: for {days} days since {since} it has not gone with {other}, "
    "as it did in the four weeks before: one of the two may not be true",
)


def _reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    detail = verdict.detail or {}
    if not (code := detail.get("other")):
        return _FLAT(verdict, language, pollutant, unit)
    named = dict(detail) | {"other": pollutants.called(str(code), language)}
    return _APART(replace(verdict, detail=named), language, pollutant, unit)


RULE = CurveRule(
    name=NAME,
    title={"zh": "参数间不一致", "en": "Cross-channel inconsistency"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max(
        (t.habit_days + 2 * t.days + 1) * 24,
        (relation.LOOKBACK + t.apart_days + t.apart_again) * 24 + LOOKBACK,
    ),
    thresholds=Thresholds(),
    clause="自动监控数据弄虚作假特征（参数间变化不一致）",
    ground={
        "zh": "其他参数照常大幅波动，该参数却比以往任何时候都平，或不再随一直与之同步的参数变化："
        "该通道数据可能不真实",
        "en": "the other channels swing as ever, and this one is flatter than it ever was, or no longer "
        "goes with the one that it always went with: what it says may not be true",
    },
    reason=_reason,
)
