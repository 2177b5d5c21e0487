"""Bytes to text: HJ 212-2017 6.3 says ASCII, and UTF-8 for Chinese; GBK is met in practice."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f]")


def has_control(text: str) -> bool:
    """Whether a text holds control characters, which no database takes in keys and no person sees."""
    return _CONTROL.search(text) is not None


def without_control(text: str) -> str:
    """A text that can be stored and shown: control characters replaced."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def is_name(text: str) -> bool:
    """Whether a text can stand in a list of names: no control characters, no commas."""
    return "," not in text and not has_control(text)


def decode(data: bytes) -> tuple[str, str | None]:
    """The text, and the problem with its encoding, if any. CRC and length never depend on it."""
    if data.isascii():
        return data.decode("ascii"), None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), "gb18030"
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), "undecodable-text"


def plain_separators(text: str, problems: list[str]) -> str:
    """Full-width `；` and `，` made what they were meant to be."""
    if text.isascii() or not ("；" in text or "，" in text):
        return text
    problems.append("full-width-separator")
    return text.replace("；", ";").replace("，", ",")
