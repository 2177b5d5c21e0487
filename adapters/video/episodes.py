"""Which message an end belongs to. Pure.

While something lasts, a device repeats its alert about once a second, or says it once; some say at the
end that it is over, many never. An end belongs to what was reported before it; one that ends nothing
known is no event, for some devices send it all the time.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.forgetting import forget

_MOST = 10_000


class Span(NamedTuple):
    """What becomes an event: under which key, from when, until when."""

    key: str
    start: datetime
    end: datetime | None
    opens: bool = False
    """Something new has begun with it."""


@dataclass(frozen=True, slots=True)
class _Episode:
    key: str
    start: datetime
    last: datetime
    end: datetime | None = None


class Episodes:
    """What was reported last of each thing that can go on (a camera's kind of alarm in a region).

    The same messages again, because they could not be stored, give the same spans again.
    """

    def __init__(self, silence: timedelta) -> None:
        """`silence`: after so long without a message, the next one begins something new."""
        self._silence = silence
        self._known: dict[Hashable, _Episode] = {}

    def copy(self) -> Episodes:
        """The same, to go back to."""
        same = Episodes(self._silence)
        same._known = dict(self._known)
        return same

    def goes_on(self, which: Hashable, key: str, at: datetime) -> Span:
        """Something was reported, under this key."""
        episode = self._known.get(which)
        if episode is None or episode.end or abs(at - episode.last) > self._silence:
            self.began(which, key, at)
            return Span(key, at, None, opens=True)
        self._known[which] = replace(episode, last=max(episode.last, at))
        return Span(key, at, None)

    def began(self, which: Hashable, key: str, at: datetime) -> None:
        """Something is known to go on since then."""
        self._known.pop(which, None)  # the newest stand last
        self._known[which] = _Episode(key, at, at)
        forget(self._known, _MOST)

    def ends(self, which: Hashable, at: datetime) -> Span | None:
        """It is over; None if it was not known to go on."""
        episode = self._known.get(which)
        if episode is None or at < episode.start or episode.end not in (None, at):
            return None
        self._known[which] = replace(episode, end=at)
        return Span(episode.key, episode.start, at)
