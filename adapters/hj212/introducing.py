"""A data logger that says who it is: HJ 212-2025 CN=1001, with an empty MN until it is given one.

The same code sets the alarm time in HJ/T 212-2005: the edition decides, and the names in the content.
"""

from __future__ import annotations

from adapters.hj212 import content, text
from adapters.hj212.header import names_device
from adapters.hj212.message import Message
from monitor.adapter import Introduction

LOGGER = "i23005-Info"
_DETAILS = ("i23006-Info", "i23007-Info", "i23008-Info")
_LONGEST = 64


def introduction(message: Message) -> Introduction | None:
    """Who introduces itself with a sound frame; None for every other frame."""
    if message.cn != "1001" or message.header.version < 2 or not message.sound:
        return None
    items = content.read(message).items
    logger = items.get(LOGGER)
    if not logger or not _usable(logger):
        return None
    details = {name: value for name in _DETAILS if (value := items.get(name)) and _usable(value)}
    mn = message.mn if names_device(message.mn) else None
    return Introduction(logger=logger, details=details, mn=mn or "")


def _usable(value: str) -> bool:
    return len(value) <= _LONGEST and not text.has_control(value)
