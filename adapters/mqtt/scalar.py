"""What stands at a place of a JSON document, as a text or as a number. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from adapters.hj212 import numbers

_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can write them alone; no database takes them


def text(value: Any) -> str | None:
    """A scalar as text, `true` and `false` as JSON writes them; None for all else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return None if _SURROGATE.search(value) else value.strip()
    return str(value) if isinstance(value, int | float) else None


def number(value: Any) -> tuple[float | None, str | None]:
    """A finite number, also one written as text, and the problem with it, if any."""
    if isinstance(value, str):
        return numbers.number(value.strip())
    if value is None:
        return None, "empty-value"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, "not-a-number"
    try:
        found = float(value)
    except OverflowError:
        return None, "implausible-value"
    return (found, None) if math.isfinite(found) else (None, "not-a-number")
