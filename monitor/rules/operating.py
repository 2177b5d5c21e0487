"""Whether a plant runs (运行状态), told from what goes with its emissions: flow, temperature, oxygen.

Ground: HJ 75-2017 has these channels beside the pollutants; a stopped flue has ambient oxygen, no flow,
and cools down. What is usual is that of the days before, so that nothing ahead is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import FLOW, OXYGEN, TEMPERATURE, VELOCITY, WATER_FLOW, Curve, Curves

BACK = 14
"""Days before the day in question that say what is usual."""
LOOKBACK = (BACK + 1) * 24
"""The hours that takes, for the last hour of a day."""
_LEAST = 48
"""So many hours at least, to say what is usual."""
AMBIENT_OXYGEN = 20.9
"""Percent in dry air."""


@dataclass(frozen=True, eq=False)
class Operating:
    """What an outlet's accompanying channels say hour by hour, (hours,); NaN where they say nothing.

    The numbers are as sent, whatever the flags: a device that says the plant stands still flags them.
    """

    load: Floats
    """Flow (or velocity) over what is usual at full load."""
    warmth: Floats
    """Temperature over what is usual in operation; of gas only."""
    oxygen: Floats
    """Percent."""
    usual_oxygen: Floats
    """Percent, in operation."""

    @property
    def standing(self) -> Bools:
        """What looks like a plant that stands still."""
        # where the usual oxygen is not known it may always be that of air: it tells nothing
        return (self.load < 0.2) | ((self.oxygen > 19.5) & (self.usual_oxygen < 19.0))


@lru_cache(maxsize=2)
def operating(curves: Curves) -> Operating:
    """What tells whether an outlet's plant runs. Kept for the rules that ask of the same curves."""
    nothing = np.full(curves.hours, np.nan)
    flow = curves[FLOW] or curves[VELOCITY] if curves.is_air else curves[WATER_FLOW]
    load = _over_usual(curves, flow, 0.9) if flow else nothing
    oxygen = curves[OXYGEN]
    warm = curves[TEMPERATURE] if curves.is_air else None
    if oxygen is None:
        return Operating(
            load, _over_usual(curves, warm, 0.5) if warm else nothing, nothing, nothing
        )
    within = np.where(oxygen.good & (oxygen.value < 19.0), oxygen.value, np.nan)
    usual = rolling.baseline(curves.days, within, BACK, rolling.median(_LEAST))
    warmth = _over_usual(curves, warm, 0.5) if warm else nothing
    return Operating(load, warmth, oxygen.value, usual)


def _over_usual(curves: Curves, curve: Curve, share: float) -> Floats:
    """A channel over a quantile of its valid positive hours of the days before."""
    positive = np.where(curve.valid > 0, curve.valid, np.nan)
    usual = rolling.baseline(curves.days, positive, BACK, rolling.quantile(share, _LEAST))
    return rolling.over(curve.value, usual)
