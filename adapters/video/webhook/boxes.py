"""The boxes around what was seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from adapters.video.webhook import where
from adapters.video.webhook.profile import Profile

MOST = 100
_TEXT_LIMIT = 4000


class BadBox(Exception):
    """It is not four numbers."""


def read(profile: Profile, found: Any) -> Iterator[list[float]]:
    """The boxes that a thing of the message is, each as left, top, right, bottom; raises BadBox."""
    if isinstance(found, dict) and profile.box_members is not None:
        found = [found.get(name) for name in profile.box_members]
    if isinstance(found, str) and len(found) <= _TEXT_LIMIT:
        found = list(filter(None, re.split(r"[,;\s\[\]()]+", found)))
    if not isinstance(found, list) or len(found) > 4 * MOST:
        raise BadBox
    if any(isinstance(each, list | dict) for each in found):
        for each in found:
            yield from read(profile, each)
        return
    if len(found) % 4:
        raise BadBox
    for at in range(0, len(found), 4):
        yield _corners(profile, found[at : at + 4])


def _corners(profile: Profile, four: list[Any]) -> list[float]:
    numbers = [where.number(each) for each in four]
    if any(number is None or abs(number) > 1e6 for number in numbers):
        raise BadBox
    left, top, right, bottom = (float(number or 0) for number in numbers)
    if profile.box_format == "ltwh":
        right, bottom = left + right, top + bottom
    scale = profile.box_scale or 1.0
    return [round(each / scale, 6) for each in (left, top, right, bottom)]
