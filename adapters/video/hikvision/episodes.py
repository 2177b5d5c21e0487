"""Which message an end belongs to. Pure.

While something lasts, a device repeats its alert about once a second, or says it once; some say
`inactive` at the end, many never. An `inactive` ends what was reported before it; one that ends nothing
known is no event, for some devices send it all the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.video.hikvision.alert import Meaning

_MOST = 10_000


class Span(NamedTuple):
    """What becomes an event: under which key, from when, until when."""

    key: str
    start: datetime
    end: datetime | None


@dataclass(slots=True)
class _Episode:
    key: str
    start: datetime
    last: datetime
    end: datetime | None = None


class Episodes:
    """What was reported last of each camera, kind and region.

    The same messages again, because they could not be stored, give the same spans again.
    """

    def __init__(self, silence: timedelta) -> None:
        """`silence`: after so long without a message, the next one begins something new."""
        self._silence = silence
        self._known: dict[tuple[str, str, str, bool], _Episode] = {}

    def span(self, meaning: Meaning) -> Span | None:
        """The span of a message; None for an end of nothing."""
        which = (meaning.source, meaning.type, meaning.regions, meaning.retransmitted)
        episode = self._known.get(which)
        if not meaning.active:
            return _ended(episode, meaning.start)
        if episode is None or not self._goes_on(episode, meaning.start):
            self._known.pop(which, None)  # the newest stand last
            self._known[which] = _Episode(meaning.key, meaning.start, meaning.start)
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        else:
            episode.last = max(episode.last, meaning.start)
        return Span(meaning.key, meaning.start, None)

    def _goes_on(self, episode: _Episode, at: datetime) -> bool:
        return episode.end is None and abs(at - episode.last) <= self._silence


def _ended(episode: _Episode | None, at: datetime) -> Span | None:
    if episode is None or at < episode.start or episode.end not in (None, at):
        return None
    episode.end = at
    return Span(episode.key, episode.start, at)
