"""The numbers of HJ 212: `Nx.y`, up to x digits before the point and y after it, signed.

`float` itself would take `nan`, `inf`, `1_0` and full-width digits; none of these is a number here.
"""

from __future__ import annotations

import math
import re

_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_LOOSE = re.compile(r"[+-]?([0-9]{1,60}\.?[0-9]{0,60}|\.[0-9]{1,60})([eE][+-]?[0-9]{1,3})?")


def number(text: str) -> tuple[int | float | None, str | None]:
    """A number and the problem with its text, if any. Whole numbers come as `int`.

    >>> number("35.2"), number(""), number("１"), number("1e3")
    ((35.2, None), (None, 'empty-value'), (None, 'not-a-number'), (1000.0, 'number-format'))
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        return (float(text) if plain[1] else int(text)), None
    if not text:
        return None, "empty-value"
    if _LOOSE.fullmatch(text) is None:
        return None, "not-a-number"
    value = float(text)
    return (value, "number-format") if math.isfinite(value) else (None, "not-a-number")


def text_of(value: float) -> str:
    """The text of a number without an exponent, so that it reads back as the same number."""
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if "e" not in text:
        return text
    return format(value, ".400f").rstrip("0").rstrip(".") if value else "0"
