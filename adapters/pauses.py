"""How long to wait before something is tried again that has failed: ever longer, up to a bound. Pure."""

from __future__ import annotations

import random

FIRST, LONGEST, STEADY = 0.5, 60.0, 30.0
"""Seconds: the first pause, the longest, and how long something must have gone well for the first to be
enough again."""


class Pauses:
    """The pauses of one thing that is tried again and again."""

    def __init__(self) -> None:
        self._next = FIRST

    def after(self, lasted: float, at_least: float = 0.0) -> float:
        """Seconds to wait, when it went well for `lasted` seconds before it failed."""
        pause = FIRST if lasted > STEADY else self._next
        pause = max(pause, at_least)
        self._next = min(pause * 2, LONGEST)
        return pause * random.uniform(0.5, 1.0)
