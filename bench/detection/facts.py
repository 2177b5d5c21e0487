"""What of an honest outlet is so: an alert that states it is no false alarm. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from bench.detection.truth import Truth
from monitor.averages import Bools
from monitor.curves import Curve, Curves


def facts(curves: Curves) -> list[Truth]:
    """Hours that are missing or late, days over their limit, hours rewritten from above a limit.

    A number that is missing is so whatever its flag says, unless that is F (stopped).
    """
    found = [*_spans("missing-data", "", ~curves.came)]
    for code, curve in curves.channels.items():
        lacking = ~np.isfinite(curve.value) & (curve.flag != "F") & curves.came
        found += _spans("missing-data", code, lacking)
    found += _spans("late-data", "", _any(curves, lambda curve: curve.late & curve.came))
    for code, curve in curves.pollutants.items():
        found += _days_over(curves, code, curve)
        found += _spans("rewritten-value", code, _sunk(curve))
    return found


def _any(curves: Curves, of: Callable[[Curve], Bools]) -> Bools:
    made = np.zeros(curves.hours, dtype=np.bool_)
    for curve in curves.channels.values():
        made |= of(curve)
    return made


def _spans(rule: str, channel: str, mask: Bools) -> Iterator[Truth]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    for first, end in edges.reshape(-1, 2):
        yield Truth(rule, channel, int(first), int(end) - 1)


def _days_over(curves: Curves, code: str, curve: Curve) -> Iterator[Truth]:
    for first, end in curves.days:
        held = curve.held[first:end]
        known = held[np.isfinite(held)]
        if len(known) and np.mean(known) > curve.day_limit[first]:
            yield Truth("forecast-exceedance", code, first, end - 1)


def _sunk(curve: Curve) -> Bools:
    """Hours that were first sent above the limit and are no longer."""
    with np.errstate(divide="ignore", invalid="ignore"):
        before = curve.held * curve.first / curve.value
    found: Bools = (before > curve.limit) & (curve.held <= curve.limit)
    return found
