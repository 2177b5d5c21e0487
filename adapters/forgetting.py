"""What is remembered is bounded: the oldest goes. Pure."""

from __future__ import annotations

from typing import Any


def forget(remembered: dict[Any, Any], most: int) -> None:
    """Let go of what was added first, where there is more than so much."""
    while len(remembered) > most:
        del remembered[next(iter(remembered))]
