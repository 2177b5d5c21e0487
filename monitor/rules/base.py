"""What rules say, and what those that need a window of data see. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

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

    @property
    def exceeds(self) -> bool:
        """Whether the rule found something."""
        return self.bound is not None


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
class WindowRule:
    """A rule that judges spans of data, an outlet at a time."""

    name: str
    period: Period
    """The spans that it judges."""
    reads: tuple[Period, ...]
    """The data that it looks at; the first is what an evidence bundle shows of it."""
    concerns: Callable[[Outlet, Sequence[Limit]], bool]
    """Whether an outlet (with all limits that it has or had) is its concern."""
    judge: Callable[[Window], Iterable[Verdict]]
    """One verdict per pollutant; none where nothing can be said, or not yet."""
    clause: str
    reason: Callable[[Verdict, str, str, str | None], str]
    """The sentence on the alert: of a verdict, in a language, with the pollutant's name and unit."""
    needs: Period | None = None
    """The data of `reads` (of the flood) without which it says nothing of a span."""
    data_alone: bool = False
    """Whether limits and marks are nothing to it, so that changes of them make none of its spans due."""
    trigger: frozenset[Period] = frozenset()
    """What of the data makes its spans due: reports of these periods at once; those of
    `reads` when the span is over."""
