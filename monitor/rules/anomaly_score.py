"""Anomaly score (异常评分): what no named rule has words for, but is unlike the channel's own past.

The score is `monitor/scoring.py`'s; from which score on it is told follows from how many alarms the
bureau will bear, by the scores of its own outlets (`scoring.level`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from monitor import scoring
from monitor.averages import Floats
from monitor.clock import civil_date, from_ms
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, said, trace

NAME = "anomaly-score"


@dataclass(frozen=True)
class Thresholds:
    """How many alarms are borne."""

    per_hundred_weeks: float = 5.0
    """So many alarms per hundred outlets and week."""
    score: float = 12.0
    """The level as long as there are too few days to tell one from."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant: the largest score among the day's valid hours."""
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    if not len(ends):
        return
    levels = np.where(np.isfinite(curves.score_level), curves.score_level, thresholds.score)
    for code, most in by_days(curves).items():
        yield trace(
            code,
            most,
            levels,
            raised=most > levels,
            cleared=most <= levels,
            since=np.array([first for first, _ in curves.days], dtype=np.int64),
        )


@lru_cache(maxsize=2)
def by_days(curves: Curves) -> dict[str, Floats]:
    """The largest score of each pollutant and day, (days,); NaN where there is none."""
    phase = curves.days[0][0] if curves.days else 0
    found = {}
    for code, curve in curves.pollutants.items():
        scores = scoring.score(curve.valid, phase=phase)
        most = [_most(scores[first:last]) for first, last in curves.days]
        found[code] = np.array(most)
    return found


def by_date(curves: Curves) -> dict[date, float]:
    """The largest score of any pollutant on each civil day that has one."""
    of_pollutants = by_days(curves).values()
    found = {}
    for number, (first, _) in enumerate(curves.days):
        there = [one for most in of_pollutants if np.isfinite(one := most[number])]
        if there:
            day = civil_date(from_ms(int(curves.starts[first])), curves.zone)
            found[day] = float(max(there))
    return found


def _most(scores: Floats) -> float:
    there = scores[np.isfinite(scores)]
    return round(float(there.max()), 6) if len(there) else np.nan


RULE = CurveRule(
    name=NAME,
    title={"zh": "异常评分", "en": "Anomaly score"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda _t: scoring.MEMORY * 24,
    thresholds=Thresholds(),
    clause="统计异常，非违法认定",
    ground={
        "zh": "该参数的变化与其自身历史显著不同，没有对应的专门规则；报警数量按单位可承受量校准",
        "en": "the channel is very unlike its own past in a way that no named rule has words "
        "for; how often that "
        "is told is set by how many alarms the bureau will bear",
    },
    reason=said(
        "{pollutant}当日与其自身历史相比异常，评分 {value:.1f}（报警水平 {bound:.1f}）",
        "{pollutant}: the day is unlike the channel's own past, score {value:.1f} (level {bound:.1f})",
    ),
)
