"""What to ask a device for when its data has gaps (补传), and whether to ask again. Pure.

A device sends by itself what it could not send (HJ 212-2025 8.1.2), if it noticed; what the platform
itself has lost sight of (its own downtime) it must ask for. It asks sparingly: the newest first, a
piece at a time, again after growing pauses, and not at all where a device never answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.command import State
from monitor.gaps import Gap
from monitor.observation import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How much is asked for, and how often."""

    days: int = 7
    """How far back."""
    pieces: Mapping[Period, timedelta] = field(
        default_factory=lambda: {
            Period.MINUTE: timedelta(hours=6),
            Period.HOUR: timedelta(days=3),
            Period.DAY: timedelta(days=31),
        }
    )
    """The longest span of one request, for each period that is asked for."""
    pauses: Sequence[timedelta] = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
    """How long to wait before asking for the same again; after the last, it is given up."""
    deaf_after: int = 3
    """So many requests in a row without any answer, and the device is left alone for a while."""
    deaf_for: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was made before."""

    period: Period
    start: datetime
    last: datetime
    """The start of the last period asked for."""
    at: datetime
    state: State
    answered: bool
    """Whether the device said anything at all."""


@dataclass(frozen=True, slots=True)
class Request:
    """Records to ask for: those with starts from first to last, both included."""

    period: Period
    first: datetime
    last: datetime


def next_request(
    gaps: Iterable[Gap], asked: Sequence[Asked], now: datetime, policy: Policy
) -> Request | None:
    """What to ask for next, or None. `asked` holds what was asked of this device, oldest first.

    Hours and days before minutes: they are what is judged.
    """
    sent = [each for each in asked if each.state not in (State.EXPIRED, State.CANCELLED)]
    if any(each.state in (State.QUEUED, State.SENT, State.ACCEPTED) for each in sent):
        return None
    if _deaf(sent, now, policy):
        return None
    wanted = sorted(gaps, key=lambda gap: (gap.period is not Period.MINUTE, gap.end), reverse=True)
    for gap in wanted:
        for piece in _pieces(gap, policy):
            if _may_ask(piece, sent, now, policy):
                return piece
    return None


def _deaf(sent: Sequence[Asked], now: datetime, policy: Policy) -> bool:
    last = sent[-policy.deaf_after :]
    return (
        len(last) == policy.deaf_after
        and not any(each.answered for each in last)
        and now - last[-1].at < policy.deaf_for
    )


def _pieces(gap: Gap, policy: Policy) -> Iterable[Request]:
    """A gap in spans that are not too long, the newest first; none for what is not asked for."""
    longest = policy.pieces.get(gap.period)
    if longest is None:
        return
    step = (gap.end - gap.start) / gap.missing
    per_piece = max(1, longest // step)
    for end in range(gap.missing, 0, -per_piece):
        first = max(0, end - per_piece)
        yield Request(gap.period, gap.start + first * step, gap.start + (end - 1) * step)


def _may_ask(piece: Request, sent: Sequence[Asked], now: datetime, policy: Policy) -> bool:
    """Whether the pause after the last request that touched the piece is over."""
    before = [
        each.at
        for each in sent
        if each.period is piece.period and each.start <= piece.last and each.last >= piece.first
    ]
    if not before:
        return True
    if len(before) > len(policy.pauses):
        return False
    return now - max(before) >= policy.pauses[len(before) - 1]
