"""What devices write, made fit to be stored and shown: no characters that databases refuse, bounds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

DEEPEST, MOST_ITEMS, LONGEST = 16, 2000, 1000
"""How deep objects and lists may be nested, how many members and elements they may have together, and
how many characters of a text are kept."""
LINE = 200
"""Characters of a name."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LARGEST = 1 << 53
"""The largest integer that every reader of JSON takes for what it is."""


class Unreadable(Exception):
    """Something cannot be read as a whole; its text is the problem's name."""


def clean(text: str, problems: dict[str, None]) -> str:
    """A text without control characters and halves of characters (surrogates), which are named."""
    if _UNFIT.search(text) is None:
        return text
    problems["unusable-characters"] = None
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: str, problems: dict[str, None] | None = None) -> str:
    """A text fit to be a name: on one line, without control characters, not too long."""
    return " ".join(clean(text, {} if problems is None else problems).split())[:LINE]


def parse_json(text: str, problems: dict[str, None]) -> Any:
    """JSON as `tidy` leaves it; raises Unreadable."""
    try:
        found = json.loads(text, parse_constant=str)
    except RecursionError:
        raise Unreadable("too-nested") from None
    except ValueError:  # also a number of thousands of digits
        raise Unreadable("not-json") from None
    return tidy(found, problems)


def tidy(
    value: Any, problems: dict[str, None], most: int = MOST_ITEMS, longest: int = LONGEST
) -> Any:
    """The same JSON, fit to be stored, of so many items with texts of so many characters; raises
    Unreadable for what is too large."""
    items = 0

    def walk(value: Any, depth: int) -> Any:
        nonlocal items
        items += 1
        if items > most:
            raise Unreadable("too-many-items")
        if depth > DEEPEST:
            raise Unreadable("too-nested")
        if isinstance(value, Mapping):
            return {
                _text(key, problems, longest): walk(each, depth + 1) for key, each in value.items()
            }
        if isinstance(value, list):
            return [walk(each, depth + 1) for each in value]
        return _scalar(value, problems, longest)

    return walk(value, 0)


def _scalar(value: Any, problems: dict[str, None], longest: int) -> Any:
    if isinstance(value, str):
        return _text(value, problems, longest)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        return _text(str(value), problems, longest)
    return value


def _text(text: str, problems: dict[str, None], longest: int) -> str:
    if len(text) > longest:
        problems["text-cut"] = None
    return clean(text[:longest], problems)
