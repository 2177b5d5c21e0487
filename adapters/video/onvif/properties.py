"""Which properties of cameras are in a state, and since when: what is over then belongs to what began.

It outlives a restart: the message that began something is held (`Delivery.held`) under a key that says
all that is to be known of it, and is released with the one that ends it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.video.episodes import Episodes

MOST = 10_000
"""Properties that are held; what is open longest is let go of first."""
_OPEN = "open"


class Turn(NamedTuple):
    """What becomes of a message about a property."""

    key: str
    """Of the event that it is of."""
    source: str
    start: datetime
    end: datetime | None = None
    held: str | None = None
    released: str | None = None


class Properties:
    """What is known of all properties."""

    def __init__(self, silence: timedelta) -> None:
        """`silence`: said again later than this, it is something new: the end between was lost."""
        self._silence = silence
        self._episodes = Episodes(silence)
        self._open: dict[str, tuple[str, str]] = {}
        """Of each property: the source, and the key under which it is held."""

    def copy(self) -> Properties:
        """The same, to go back to where what has come since could not be stored and comes again."""
        same = Properties(self._silence)
        same._episodes, same._open = self._episodes.copy(), dict(self._open)
        return same

    def restore(self, held: Iterable[str]) -> None:
        """Take up what the adapter held when the process ended."""
        for each in held:
            kind, *parts = each.split("|", 4)
            if kind == _OPEN and len(parts) == 4:
                which, start, key, source = parts
                self._episodes.began(which, key, datetime.fromisoformat(start))
                self._open[which] = (source, each)

    def begins(self, which: str, key: str, source: str, at: datetime) -> Turn:
        """It is so, and was not, or is still."""
        held = "|".join((_OPEN, which, at.isoformat(), key, source))
        opens = self._episodes.goes_on(which, key, at).opens
        if not opens and self._open.get(which) != (source, held):
            return Turn(key, source, at)
        released = self._let_go(which, held)
        self._open[which] = (source, held)
        return Turn(key, source, at, held=held, released=released)

    def ends(self, which: str, at: datetime) -> Turn | None:
        """It is so no more; None if it was not known to be."""
        span, known = self._episodes.ends(which, at), self._open.get(which)
        if span is None or known is None:
            return None
        source, held = known
        return Turn(span.key, source, span.start, at, released=held)

    def _let_go(self, which: str, held: str) -> str | None:
        """What is not to be held any more: what was there before of this property, or the oldest."""
        _, before = self._open.pop(which, ("", held))
        if before != held:
            return before
        if len(self._open) >= MOST:
            return self._open.pop(next(iter(self._open)))[1]
        return None
