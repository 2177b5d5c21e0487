"""Which data the spans that marks cover keep from being judged. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.averages import AIR, VALID_FLAGS, Validity
from monitor.clock import to_ms
from monitor.marks.model import MarkClass
from monitor.observation import Observation, Period

HOUR_MS = 3_600_000
_DAY_MS = 24 * HOUR_MS
_KEPT_OF_HOUR = AIR.minutes * 60_000
"""An hour of which less remains is no valid hour (HJ 212 annex D: 45 minutes)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """By which mark something is not judged."""

    mark: int
    kind: MarkClass
    item: str


@dataclass(frozen=True, slots=True)
class Span:
    """A span [start, end) that a mark covers, of one pollutant or (None) all that it speaks of."""

    start_ms: int
    end_ms: int
    pollutants: frozenset[str]
    """Empty: all."""
    ground: Ground
    cold_furnace: bool = False

    def overlap(self, start_ms: int, end_ms: int) -> tuple[int, int] | None:
        """What it has in common with another span."""
        low, high = max(self.start_ms, start_ms), min(self.end_ms, end_ms)
        return (low, high) if low < high else None


class SeriesName(StrEnum):
    """The three series that are kept apart."""

    REPORTED = "reported"
    """What the device said."""
    DEVICE = "device"
    """Without what marks or flags of the device make invalid."""
    EXEMPT = "exempt"
    """Without what condition marks exempt, too: what is judged."""


@dataclass(frozen=True)
class Exemptions:
    """The spans of an outlet's marks, asked of a period at a time."""

    spans: Sequence[Span] = ()
    validity: Validity = AIR

    def __post_init__(self) -> None:
        ordered = sorted(self.spans, key=lambda span: (span.start_ms, span.end_ms))
        object.__setattr__(self, "spans", tuple(ordered))
        object.__setattr__(self, "_starts", [span.start_ms for span in ordered])
        longest = max((span.end_ms - span.start_ms for span in ordered), default=0)
        object.__setattr__(self, "_longest", longest)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def over(
        self, start_ms: int, end_ms: int, pollutant: str, kind: MarkClass | None = None
    ) -> list[Span]:
        """The spans that touch [start, end) and speak of a pollutant; of one class or of both."""
        end_ms = max(
            end_ms, start_ms + 1
        )  # a reading of an instant lies in the span that it begins
        starts: list[int] = self._starts  # type: ignore[attr-defined]  # a frozen dataclass's cache
        first = bisect_right(starts, start_ms - self._longest)  # type: ignore[attr-defined]
        first = max(0, first - 1)
        found = []
        for span in self.spans[first:]:
            if span.start_ms >= end_ms:
                break
            means = not span.pollutants or pollutant in span.pollutants
            if span.end_ms > start_ms and means and kind in (None, span.ground.kind):
                found.append(span)
        return found

    def ground(
        self,
        period: Period,
        start_ms: int,
        end_ms: int,
        pollutant: str,
        kind: MarkClass | None = None,
    ) -> Ground | None:
        """The mark by which a period is not judged, or None: by device marks alone, or by both.

        Real-time and minute data: any overlap. An hour of which less than 45 minutes remain, a day with
        less valid hours and a month with less valid days than `validity` asks for.
        """
        spans = self.over(start_ms, end_ms, pollutant, kind)
        if not spans:
            return None
        if self._remains(period, start_ms, end_ms, spans):
            return None
        return max(spans, key=lambda span: (_length(span, start_ms, end_ms), -span.start_ms)).ground

    def stands(self, o: Observation, series: SeriesName) -> bool:
        """Whether an observation has its numbers in a series."""
        if series is SeriesName.REPORTED:
            return True
        if o.flag not in VALID_FLAGS:
            return False
        kind = MarkClass.DEVICE if series is SeriesName.DEVICE else None
        span = (to_ms(o.start), to_ms(o.end))
        return self.ground(o.period, *span, o.pollutant, kind) is None

    def _remains(self, period: Period, start_ms: int, end_ms: int, spans: list[Span]) -> bool:
        """Whether enough of a period is left uncovered to be judged."""
        if period is Period.HOUR:
            return end_ms - start_ms - _covered(spans, start_ms, end_ms) >= _KEPT_OF_HOUR
        if period is Period.DAY:
            left = sum(1 for _ in hours_left(spans, start_ms, end_ms))
            return left >= self.validity.hours
        if period is Period.MONTH:
            days = range(start_ms, end_ms, _DAY_MS)
            left = sum(self._remains(Period.DAY, at, at + _DAY_MS, spans) for at in days)
            least = self.validity.days if len(days) >= _FEBRUARY else self.validity.february
            return left >= least
        return False


_FEBRUARY = 30
"""A month of fewer days is a February."""


def hours_left(spans: Sequence[Span], start_ms: int, end_ms: int) -> Iterator[int]:
    """The beginnings of the hours within [start, end) that the spans leave valid."""
    for at in range(start_ms, end_ms, HOUR_MS):
        if HOUR_MS - _covered(spans, at, at + HOUR_MS) >= _KEPT_OF_HOUR:
            yield at


def _covered(spans: Iterable[Span], start_ms: int, end_ms: int) -> int:
    """How much of [start, end) the spans cover together."""
    total, until = 0, start_ms
    for low, high in sorted(filter(None, (span.overlap(start_ms, end_ms) for span in spans))):
        total += max(0, high - max(low, until))
        until = max(until, high)
    return total


def _length(span: Span, start_ms: int, end_ms: int) -> int:
    low, high = span.overlap(start_ms, end_ms) or (0, 0)
    return high - low
