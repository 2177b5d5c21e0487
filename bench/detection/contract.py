"""Whether rules keep what they promise: nothing of the future, nothing from before their look-back.

A rule that broke the first would be measured better than it can be in operation; one that broke the
second would say other things of stored data than of data as it comes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from bench.detection.hearing import Saying, said
from monitor.curves import HOUR_MS, Curve, Curves
from monitor.rules.base import CurveRule

_ARRAYS = tuple(
    each.name
    for each in fields(Curve)
    if each.name not in ("range_low", "range_high", "detection_limit")
)


def part(curves: Curves, first: int, end: int) -> Curves:
    """The slots [first, end) as curves of their own."""
    cut = slice(first, end)
    channels = {
        code: replace(curve, **{name: getattr(curve, name)[cut] for name in _ARRAYS})
        for code, curve in curves.channels.items()
    }
    return replace(
        curves,
        start_ms=curves.start_ms + first * HOUR_MS,
        hours=end - first,
        channels=channels,
        stopped=curves.stopped[cut],
    )


def broken(rule: CurveRule[Any], curves: Curves, cuts: Sequence[int]) -> Iterator[str]:
    """What a rule says otherwise when it sees less, in words; cuts are slots at which days begin."""
    whole = said(rule, curves)
    back = -(-rule.lookback(rule.thresholds) // 24) * 24
    for cut in cuts:
        for slot in _unlike(whole, said(rule, part(curves, 0, cut)), 0, 0, cut):
            yield f"{rule.name}: what it says of slot {slot} rests on slots from {cut} on"
        first = cut - back
        if first > 0:
            end = curves.hours
            for slot in _unlike(whole, said(rule, part(curves, first, end)), first, cut, end):
                yield f"{rule.name}: what it says of slot {slot} rests on slots before {first}"


def _unlike(
    whole: Sequence[Saying], less: Sequence[Saying], shift: int, first: int, end: int
) -> Iterator[int]:
    """The first slot in [first, end) of each channel that is raised in one and not in the other."""
    by_channel = {each.pollutant: each for each in less}
    for each in whole:
        raised, other = each.raised[first:end], by_channel.get(each.pollutant)
        seen = np.zeros_like(raised) if other is None else other.raised[first - shift : end - shift]
        slots = np.flatnonzero(raised != seen)
        if len(slots):
            yield first + int(slots[0])
