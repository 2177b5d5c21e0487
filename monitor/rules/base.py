"""What rules say, and what those that need a window of data see. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.averages import Bools, Floats
from monitor.clock import from_ms
from monitor.curves import Counts, Curves
from monitor.marks import Exemptions
from monitor.observation import Observation, Period
from monitor.register import Limit, Outlet


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judged period is by a rule: unremarkable (`bound` None), or `value` is beyond `bound`."""

    rule: str
    mn: str
    pollutant: str
    """Empty where the rule is about the outlet as a whole."""
    period: Period
    start_ms: int
    end_ms: int
    value: float
    bound: float | None
    exceed_ratio: float
    """How far beyond, as a share of the bound: what makes one finding worse than another."""
    clause: str
    limit: Limit | None = None
    detail: Mapping[str, object] | None = None
    """What else the rule saw, for the reason that is given."""
    rests_ms: int | None = None
    """From when on the data is that a finding rests on, where that is not its span."""

    @property
    def exceeds(self) -> bool:
        """Whether the rule found something."""
        return self.bound is not None


Reason = Callable[[Verdict, str, str, str | None], str]
"""The sentence on the alert: of a verdict, in a language, with the pollutant's name and unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One outlet over one span [start, end) of civil time, as far as it is known."""

    outlet: Outlet
    period: Period
    """What the span is: an hour, a day, a month."""
    start_ms: int
    end_ms: int
    now_ms: int
    zone: tzinfo
    data: Mapping[Period, Sequence[Observation]]
    """By period of the data, in order of time; of a rewritten report the version sent last."""
    limits: Sequence[Limit] = ()
    """Those in force on the day on which the span begins."""
    exemptions: Exemptions = field(default_factory=Exemptions)

    @property
    def ended(self) -> bool:
        """Whether the span is over."""
        return self.end_ms <= self.now_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that judges spans of an outlet's data."""

    name: str
    title: Mapping[str, str]
    """What it is called, by language."""
    period: Period
    """The spans that it judges."""
    reads: tuple[Period, ...]
    """The data that it looks at; the first is what an evidence bundle shows of it."""
    concerns: Callable[[Outlet, Sequence[Limit]], bool]
    """Whether an outlet (with all limits that it has or had) is its concern."""
    clause: str
    reason: Reason
    data_alone: bool = False
    """Whether limits and marks are nothing to it, so that changes of them make none of its spans due."""
    due: str | None = None
    """The reason under which its spans are due, where two rules have a name."""
    trigger: frozenset[Period] = frozenset()
    """What of the data makes its spans due: reports of these periods at once; those of
    `reads` when the span is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule(Rule):
    """A rule that judges one span at a time, by the data within it."""

    judge: Callable[[Window], Iterable[Verdict]]
    """One verdict per pollutant; none where nothing can be said, or not yet."""
    needs: Period | None = None
    """The data of `reads` (of the flood) without which it says nothing of a span."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What a rule says of a channel's hours (or days), slot by slot, from what lies before their end.

    Between `raised` and `cleared` nothing is said: there an episode goes on, and none begins.
    """

    pollutant: str
    """Empty where it is about the outlet as a whole."""
    raised: Bools
    cleared: Bools
    """Where it would end an episode."""
    value: Floats
    """What the rule measured."""
    bound: Floats | float
    """What that is held against."""
    ratio: Floats
    """How far beyond, as a share of the bound."""
    since: Counts
    """The first hour (slot of the curves) that a finding rests on."""
    detail: Mapping[str, NDArray[Any] | float] = field(default_factory=dict)
    """What else the reason names: by slot, or the same for all."""

    def seen(self, slot: int, since_ms: int, zone: tzinfo) -> dict[str, object]:
        """The detail of a slot, as it is stored, and since when the data is that it rests on."""
        local = from_ms(since_ms).astimezone(zone)
        found: dict[str, object] = {"since_ms": since_ms, "since": f"{local:%Y-%m-%d %H:%M}"}
        for name, value in self.detail.items():
            one = value[slot].item() if isinstance(value, np.ndarray) else value
            found[name] = None if isinstance(one, float) and math.isnan(one) else one
        return found


S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRule(Rule, Generic[S]):
    """A rule that looks at the shape of an outlet's hours.

    `period` says what its traces have slots of: hours, or civil days (`Curves.days`).
    """

    judge: Callable[[Curves, S], Iterable[Trace]]
    lookback: Callable[[S], int]
    """How many hours before a slot bear on what is said of it."""
    thresholds: S
    """Those in force unless the configuration has others."""
    ground: Mapping[str, str]
    """Why an inspector looks there, by language."""
