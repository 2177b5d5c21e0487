"""What the rules over curves have in common: how far beyond, and the sentences they speak. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.averages import Bools, Floats
from monitor.curves import Counts
from monitor.register import Limit, Outlet
from monitor.rules.base import Reason, Trace, Verdict


def always(_outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    """Every outlet is a rule's concern."""
    return True


def air(outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    """Outlets into the air are."""
    return outlet.medium == "air"


def limited(_outlet: Outlet, limits: Sequence[Limit]) -> bool:
    """Outlets with a limit for hours are."""
    return any(limit.period == "hour" for limit in limits)


def limited_at_all(_outlet: Outlet, limits: Sequence[Limit]) -> bool:
    """Outlets with a limit for hours or days are."""
    return any(limit.period in ("hour", "day") for limit in limits)


def trace(
    pollutant: str,
    value: Floats | Counts,
    bound: Floats | float,
    *,
    raised: Bools,
    cleared: Bools,
    since: Counts | None = None,
    detail: Mapping[str, NDArray[Any] | float] | None = None,
    scale: float | None = None,
) -> Trace:
    """A trace whose ratio is the distance from the bound, as a share of it (or of `scale`)."""
    measured = np.asarray(value, dtype=np.float64)
    size = np.maximum(np.abs(np.asarray(bound if scale is None else scale, dtype=np.float64)), 1e-9)
    distance = np.abs(measured - bound)
    slots = np.arange(len(measured), dtype=np.int64)
    return Trace(
        pollutant=pollutant,
        raised=raised,
        cleared=cleared & ~raised,
        value=measured,
        bound=bound,
        ratio=np.divide(distance, size, out=np.zeros_like(distance), where=np.isfinite(size)),
        since=slots if since is None else np.maximum(since, 0),
        detail=detail or {},
    )


def either(traces: Iterable[Trace]) -> Trace:
    """Traces of one channel as one: what any of them raises; it is over where all of them say so."""
    whole, *others = traces
    for other in others:
        theirs = other.raised & ~whole.raised
        whole = Trace(
            pollutant=whole.pollutant,
            raised=whole.raised | other.raised,
            cleared=whole.cleared & other.cleared,
            value=np.where(theirs, other.value, whole.value),
            bound=np.where(theirs, other.bound, whole.bound),
            ratio=np.where(theirs, other.ratio, whole.ratio),
            since=np.where(theirs, other.since, whole.since),
            detail={
                name: np.where(theirs, other.detail[name], known)
                for name, known in whole.detail.items()
            },
        )
    return whole


def said(zh: str, en: str) -> Reason:
    """A rule's sentence from templates in two languages.

    They may name `pollutant`, `unit`, `value`, `bound`, `clause`, `since` and what is in the detail.
    """

    def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
        outlet = "该排口" if language == "zh" else "the outlet"
        template = f"{zh}；依据：{{clause}}" if language == "zh" else f"{en}; {{clause}}"
        return template.format(
            **{name: _Said(each) for name, each in _details(verdict).items()},
            pollutant=pollutant or outlet,
            unit=f" {unit}" if unit else "",
            value=verdict.value,
            bound=verdict.bound,
            clause=verdict.clause,
        )

    return reason


def _details(verdict: Verdict) -> dict[str, object]:
    return {"since": "", **(verdict.detail or {})}


@dataclass(frozen=True, slots=True)
class _Said:
    """A detail as sentences want it: what is not known is a dash, in whatever format."""

    value: object

    def __format__(self, spec: str) -> str:
        return "—" if self.value is None else format(self.value, spec)


def back(streak: Counts) -> Counts:
    """The slot where a streak that stands at each slot began."""
    return np.arange(len(streak), dtype=np.int64) - np.maximum(streak, 1) + 1


def hours_back(slots: int, hours: int) -> Counts:
    """The first of the `hours` slots that end with each slot."""
    return np.maximum(np.arange(slots, dtype=np.int64) - hours + 1, 0)
