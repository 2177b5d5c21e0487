"""Names of files that others give, made fit to be kept and shown. Pure."""

from __future__ import annotations

import re

from monitor.survey import line


def base_name(name: str) -> str:
    """A file's name without folders, whatever its sender calls it."""
    return line(re.split(r"[/\\]", name)[-1]).strip(". ") or "unnamed"
