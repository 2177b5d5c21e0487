"""Outlets that several tests look at, made once."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

import numpy as np

from bench.detection.industries import Industry
from bench.detection.series import generate
from monitor.curves import Curve, Curves

DAYS = 122
ARRAYS = [
    each.name
    for each in fields(Curve)
    if each.name not in ("range_low", "range_high", "detection_limit")
]


@cache
def outlet(seed: int, industry: Industry | None = None) -> Curves:
    return generate(seed, DAYS, industry=industry)


def differs(one: Curves, other: Curves) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The hours in which anything differs."""
    found = one.stopped != other.stopped
    for code, curve in one.channels.items():
        for name in ARRAYS:
            mine, theirs = getattr(curve, name), getattr(other.channels[code], name)
            same = mine == theirs
            if mine.dtype.kind == "f":
                same |= np.isnan(mine) & np.isnan(theirs)
            found |= ~same
    return found
