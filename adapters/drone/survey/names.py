"""Names that others give, made fit to be kept and shown. Pure."""

from __future__ import annotations

import re

from adapters.drone.survey.exif import without_control

_LONGEST = 200
"""Characters of a name."""


def line(text: str) -> str:
    """A text on one line, without control characters, not too long."""
    return " ".join(without_control(text).split())[:_LONGEST]


def base_name(name: str) -> str:
    """A file's name without folders, whatever its sender calls it."""
    return line(re.split(r"[/\\]", name)[-1]).strip(". ") or "unnamed"
