"""Bytes to a JSON document, for every feed that is sent JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from adapters.hj212 import text


class Unreadable(Exception):
    """The message as a whole, or a part of it, cannot be read; its text is the problem's name."""


def read(payload: bytes, max_depth: int, name: Callable[[str], None], **numbers: Any) -> Any:
    """The document; `name` is told every problem that it was read in spite of.

    `numbers`: how numbers are made, as `json.loads` takes it (`parse_int`, …). Raises Unreadable.
    """
    if not payload.strip():
        raise Unreadable("empty-message")
    written, problem = text.decode(payload.removeprefix(b"\xef\xbb\xbf"))
    if problem == "undecodable-text":
        raise Unreadable(problem)
    if problem is not None:
        name(problem)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, member in pairs:
            if key in found:
                name("repeated-key")
            found.setdefault(key, member)
        return found

    try:
        message = json.loads(written, object_pairs_hook=members, **numbers)
    except RecursionError:
        raise Unreadable("too-nested") from None
    except ValueError:  # also a number of thousands of digits
        raise Unreadable("not-json") from None
    if _deeper(message, max_depth):
        raise Unreadable("too-nested")
    return message


def _deeper(message: Any, depth: int) -> bool:
    """Whether lists and objects stand in each other more than so many times."""
    level = [message]
    for _ in range(depth + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return False
    return True
