"""From the bytes of a body to a JSON document, with bounds. Pure; raises `Unreadable` by name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from adapters.mqtt import document
from adapters.mqtt.document import Unreadable

MOST_VALUES, MOST_OF_ANSWERS = 100_000, 500_000
"""Values of a message, and of an answer with many rows."""
TOO_MANY = "too-many-values"
DEEPEST = 16
_DIGITS = 40
_CHINESE = re.compile(r"charset\s*=\s*\"?gb(k|2312|18030)", re.IGNORECASE)


def in_utf8(body: bytes, content_type: str) -> bytes:
    """What is declared as GBK, in UTF-8: short texts of it may be UTF-8 as well. What is not is as it
    was."""
    if not _CHINESE.search(content_type):
        return body
    try:
        return body.decode("gb18030").encode()
    except UnicodeError:
        return body


def parse(
    body: bytes,
    name: Callable[[str], None],
    max_depth: int = DEEPEST,
    max_values: int = MOST_VALUES,
) -> Any:
    """The document; `name` is told every problem that it was read in spite of."""
    # many small values take fifty times the memory of their text
    if sum(map(body.count, (b"[", b"{", b",", b":"))) > max_values:
        raise Unreadable(TOO_MANY)

    def unusable(_written: str) -> Any:
        name("unusable-number")
        return None

    def whole(digits: str) -> Any:
        return unusable(digits) if len(digits) > _DIGITS else int(digits)

    def broken(digits: str) -> Any:
        number = float(digits)
        return number if math.isfinite(number) else unusable(digits)

    return document.read(
        body, max_depth, name, parse_int=whole, parse_float=broken, parse_constant=unusable
    )
