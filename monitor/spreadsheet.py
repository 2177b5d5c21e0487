"""Texts that spreadsheets must not take for formulas: a leaf, for whatever is written as a table."""

from __future__ import annotations

_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `unguarded` is the inverse."""
    return f"'{text}" if text.lstrip("'")[:1] in _FORMULA else text


def unguarded(text: str) -> str:
    """Text without the apostrophe that `guarded` has put before it."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in _FORMULA else text
