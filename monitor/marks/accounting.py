"""What the marks of an outlet come to: what they cover, what of them does not count and why. Pure.

Everything follows from the marks and the guarding hours alone, whatever the order in which they came:
sums of hours are drawn on in order of the time that the marks speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from monitor.clock import civil_date, from_ms
from monitor.marks.allowances import Allowance, Allowances, kind_of
from monitor.marks.exemption import HOUR_MS, Ground, Span
from monitor.marks.model import AUTOMATIC, Deadlines, Mark, MarkClass

INCINERATOR = "incinerator"

Guard = Callable[[str, int], float | None]
"""The hour mean of a pollutant in the clock hour that begins at an instant; None where there is none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a mark that does not count: `late`, `too-long`, `spent`, `guard` or `no-rule`."""

    mark: int
    item: str
    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True)
class Account:
    """What the marks of an outlet come to."""

    spans: tuple[Span, ...] = ()
    refused: tuple[Refused, ...] = ()
    used: dict[tuple[str, str], int] = field(default_factory=dict)
    """Milliseconds drawn from each sum: (its name, `2026` or `2026Q3`)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a mark, not longer than a clock hour."""

    start_ms: int
    end_ms: int
    mark: Mark
    allowance: Allowance

    @property
    def budget(self) -> str | None:
        return self.allowance.budget


def account(
    marks: Iterable[Mark],
    allowances: Allowances,
    deadlines: Deadlines,
    zone: tzinfo,
    kind: str | None,
    guard: Guard,
    within: tuple[int, int] | None = None,
) -> Account:
    """Work out the marks of one outlet within a civil year [start, end); None: all that they cover.

    Of a mark that crosses its ends the length and the deadline are those of the whole mark.
    """
    book = _Book(allowances, deadlines, zone, kind, guard, within)
    for mark in sorted(marks, key=lambda mark: mark.order):
        book.enter(mark)
    return book.close()


class _Book:
    def __init__(
        self,
        allowances: Allowances,
        deadlines: Deadlines,
        zone: tzinfo,
        kind: str | None,
        guard: Guard,
        within: tuple[int, int] | None,
    ) -> None:
        self._allowances, self._deadlines, self._zone = allowances, deadlines, zone
        self._span = within
        self._kind, self._guard = kind, guard
        self._incinerator = kind_of(kind) == INCINERATOR
        self._spans: list[Span] = []
        self._refused: list[Refused] = []
        self._pieces: list[_Piece] = []
        self._used: dict[tuple[str, str], int] = {}
        self._drawn_until: dict[str, int] = {}

    def enter(self, mark: Mark) -> None:
        """Take a mark: the parts in time, within its own length, cut at clock hours."""
        allowance = self._allowances.of(self._kind, mark.kind, mark.item)
        other = allowance is not None and mark.pollutant and not allowance.means(mark.pollutant)
        if other or self._misnamed(mark):
            for low, high in self._cut([(mark.start_ms, mark.end_ms)]):
                self._refuse(mark, low, high, "no-rule")
            return
        timely = list(self._deadlines.timely(mark, self._zone, incinerator=self._incinerator))
        for low, high in self._cut(_rest(mark.start_ms, mark.end_ms, timely)):
            self._refuse(mark, low, high, "late")
        for low, high in self._cut(timely):
            if mark.kind is MarkClass.DEVICE:
                self._cover(mark, allowance, low, high)
                if allowance is not None and allowance.budget:
                    self._count(allowance, low, high)
            elif allowance is None:
                self._refuse(mark, low, high, "no-rule")
            else:
                self._within(mark, allowance, low, high)

    def _misnamed(self, mark: Mark) -> bool:
        """Whether a device mark has the name of an operating condition: it would pass by every limit."""
        if mark.kind is not MarkClass.DEVICE or mark.item in AUTOMATIC.values():
            return False
        return self._allowances.of(self._kind, MarkClass.CONDITION, mark.item) is not None

    def _cut(self, parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """What of the parts lies within the span that is worked out."""
        for low, high in parts:
            if self._span is not None:
                low, high = max(low, self._span[0]), min(high, self._span[1])
            if low < high:
                yield low, high

    def _within(self, mark: Mark, allowance: Allowance, low: int, high: int) -> None:
        if allowance.each_hours is not None:
            longest = mark.start_ms + round(allowance.each_hours * HOUR_MS)
            if high > longest:
                self._refuse(mark, max(low, longest), high, "too-long")
                high = max(low, longest)
        for start, end in _clock_hours(low, high):
            if self._guarded(allowance, start):
                self._pieces.append(_Piece(start, end, mark, allowance))
            else:
                self._refuse(mark, start, end, "guard")

    def _guarded(self, allowance: Allowance, at_ms: int) -> bool:
        """Whether the guarding hour allows it; where there is no such hour nothing speaks against it."""
        if allowance.guard is None:
            return True
        value = self._guard(allowance.guard, at_ms - at_ms % HOUR_MS)
        if value is None:
            return True
        low, high = allowance.guard_low, allowance.guard_high
        return (low is None or value >= low) and (high is None or value <= high)

    def close(self) -> Account:
        """Draw on the sums in order of time."""
        for piece in sorted(self._pieces, key=lambda p: (p.start_ms, p.end_ms, p.mark.order)):
            end = self._draw(piece)
            if end > piece.start_ms:
                self._cover(piece.mark, piece.allowance, piece.start_ms, end)
            if end < piece.end_ms:
                self._refuse(piece.mark, end, piece.end_ms, "spent")
        return Account(tuple(_joined(self._spans)), tuple(self._refused), self._used)

    def _draw(self, piece: _Piece) -> int:
        """Until when a piece is covered by its sum; time that two marks share is drawn once."""
        if piece.budget is None:
            return piece.end_ms
        since = max(piece.start_ms, self._drawn_until.get(piece.budget, piece.start_ms))
        if since >= piece.end_ms:
            return piece.end_ms
        key = (piece.budget, self._label(since, piece.allowance.per))
        used = self._used.get(key, 0)
        left = round(piece.allowance.budget_hours * HOUR_MS) - used
        drawn = max(0, min(piece.end_ms - since, left))
        self._used[key] = used + drawn
        if drawn:
            self._drawn_until[piece.budget] = since + drawn
        return since + drawn

    def _count(self, allowance: Allowance, low: int, high: int) -> None:
        """Count a device mark's hours: data under it is invalid however many there are."""
        assert allowance.budget is not None
        low = max(low, self._drawn_until.get(allowance.budget, low))
        for start, end in _clock_hours(low, high):
            key = (allowance.budget, self._label(start, allowance.per))
            self._used[key] = self._used.get(key, 0) + end - start
        self._drawn_until[allowance.budget] = max(low, high)

    def _label(self, at_ms: int, per: str) -> str:
        day = civil_date(from_ms(at_ms), self._zone)
        return f"{day.year}" if per == "year" else f"{day.year}Q{(day.month + 2) // 3}"

    def _cover(self, mark: Mark, allowance: Allowance | None, low: int, high: int) -> None:
        pollutants = frozenset({mark.pollutant}) if mark.pollutant else frozenset()
        if not pollutants and allowance is not None:
            pollutants = allowance.pollutants
        ground = Ground(mark.id, mark.kind, mark.item)
        cold = allowance is not None and allowance.cold_furnace
        self._spans.append(Span(low, high, pollutants, ground, cold))

    def _refuse(self, mark: Mark, low: int, high: int, reason: str) -> None:
        last = self._refused[-1] if self._refused else None
        if last and (last.mark, last.reason, last.end_ms) == (mark.id, reason, low):
            self._refused[-1] = replace(last, end_ms=high)
        else:
            self._refused.append(Refused(mark.id, mark.item, low, high, reason))


def _clock_hours(low: int, high: int) -> Iterator[tuple[int, int]]:
    while low < high:
        following = min(high, low - low % HOUR_MS + HOUR_MS)
        yield low, following
        low = following


def _rest(low: int, high: int, parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of [low, high) is in none of the parts, which are in order."""
    for start, end in parts:
        if low < start:
            yield low, start
        low = end
    if low < high:
        yield low, high


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans of one mark that follow each other as one."""
    open_spans: dict[tuple[object, ...], Span] = {}
    for span in sorted(spans, key=lambda s: (s.start_ms, s.end_ms)):
        key = (span.ground, span.pollutants)
        last = open_spans.get(key)
        if last is not None and last.end_ms == span.start_ms:
            open_spans[key] = replace(last, end_ms=span.end_ms)
            continue
        if last is not None:
            yield last
        open_spans[key] = span
    yield from open_spans.values()
