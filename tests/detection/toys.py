"""Two plain rules over curves, to try the bench with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace

TITLE = {"zh": "示例", "en": "toy"}


def _equal(curves: Curves, hours: int) -> Iterator[Trace]:
    for code, curve in curves.channels.items():
        same = np.concatenate(([False], np.diff(curve.valid) == 0))
        slots = np.arange(curves.hours)
        since = np.maximum.accumulate(np.where(same, 0, slots))
        run = (slots - since).astype(np.float64)
        raised = run >= hours - 1
        yield Trace(pollutant=code, raised=raised, cleared=~same, value=run, bound=hours,
                    ratio=run / hours, since=since)  # fmt: skip


def _day_over(curves: Curves, _nothing: None) -> Iterator[Trace]:
    for code, curve in curves.pollutants.items():
        means = np.array([_mean(curve.held[first:end]) for first, end in curves.days])
        limits = np.array([curve.day_limit[first] for first, _ in curves.days])
        raised = means > limits
        since = np.array([first for first, _ in curves.days])
        yield Trace(pollutant=code, raised=raised, cleared=~raised, value=means, bound=limits,
                    ratio=means / limits, since=since)  # fmt: skip


def _mean(held: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    known = held[np.isfinite(held)]
    return float(np.mean(known)) if len(known) else float("nan")


EQUAL = CurveRule(
    name="constant-value",
    title=TITLE,
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=lambda _outlet, _limits: True,
    clause="",
    reason=lambda *_: "",
    judge=_equal,
    lookback=lambda hours: hours,
    thresholds=6,
    ground=TITLE,
)

DAY_OVER = CurveRule(
    name="forecast-exceedance",
    title=TITLE,
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=lambda _outlet, _limits: True,
    clause="",
    reason=lambda *_: "",
    judge=_day_over,
    lookback=lambda _nothing: 24,
    thresholds=None,
    ground=TITLE,
)

RULES = {each.name: each for each in (EQUAL, DAY_OVER)}
