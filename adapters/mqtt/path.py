"""Paths into a JSON message: where a profile finds things. Nothing is evaluated, only followed.

| written | finds |
|---|---|
| `a.b` | member `b` of member `a` |
| `"a.b"` | the member whose name is `a.b`; quotes for names with `.`, `[`, `]`, `*`, `$` or blanks |
| `a[0]` | the first element of list `a` |
| `a[]` | every element of list `a`, one after the other |
| `a.*` | every member of object `a`, one after the other |
| `.` | the thing itself: the message, the report or the item that one is at |
| `$.a` | `a` of the whole message, wherever one is |
| `topic[2]` | a level of the topic, counted from 0 |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

_TOPIC = re.compile(r"topic\[([0-9]{1,3})\]")
_STEP = re.compile(
    r'(?P<dot>\.)?(?:"(?P<quoted>[^"]+)"|(?P<name>[^."\[\]*$\s]+)|(?P<members>\*))'
    r"|(?P<elements>\[\])|\[(?P<index>[0-9]{1,6})\]"
)
_LONGEST = 256

MISSING: Final = object()
"""What a path finds where there is nothing; null is something."""
ELEMENTS: Final = object()
MEMBERS: Final = object()


class Place(NamedTuple):
    """Where one is in a message."""

    topic: tuple[str, ...]
    message: Any
    here: Any
    """The message, a report or an item."""
    name: str | None = None
    """The name of the member that `here` is, if it is one of an object."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path, ready to be followed."""

    text: str
    from_message: bool
    steps: tuple[object, ...]
    topic_level: int | None = None

    @property
    def single(self) -> bool:
        """Whether it finds one thing at most."""
        return ELEMENTS not in self.steps and MEMBERS not in self.steps

    def one(self, place: Place) -> Any:
        """What it finds first, or MISSING."""
        return next((found.here for found in self.all(place)), MISSING)

    def all(self, place: Place) -> Iterator[Place]:
        """The places of all that it finds, in the message's order."""
        if self.topic_level is not None:
            if self.topic_level < len(place.topic):
                yield place._replace(here=place.topic[self.topic_level])
            return
        start = place._replace(here=place.message) if self.from_message else place
        yield from _follow(start, self.steps)


def parse(text: str) -> Path:
    """The path that a text writes; ValueError says what is wrong with it."""
    level = _TOPIC.fullmatch(text)
    if level is not None:
        return Path(text, from_message=False, steps=(), topic_level=int(level[1]))
    if not text or len(text) > _LONGEST:
        raise ValueError('a path is a text such as "data.items[]" or "topic[2]"')
    from_message = text.startswith("$")
    rest = text[1:] if from_message else text
    if rest in (".", ""):
        return Path(text, from_message, ())
    return Path(text, from_message, tuple(_steps(rest, dotted=from_message)))


def _steps(text: str, *, dotted: bool) -> Iterator[object]:
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        named = step is not None and step["elements"] is None and step["index"] is None
        if step is None or (named and bool(step["dot"]) != (dotted or at > 0)):
            raise ValueError(f"not a path: {text!r}, from character {at + 1}")
        at = step.end()
        if step["index"] is not None:
            yield int(step["index"])
        elif step["elements"] is not None:
            yield ELEMENTS
        else:
            yield MEMBERS if step["members"] else step["quoted"] or step["name"]


def _follow(place: Place, steps: tuple[object, ...]) -> Iterator[Place]:
    here = place.here
    for at, step in enumerate(steps):
        if step is ELEMENTS:
            for element in here if isinstance(here, list) else ():
                yield from _follow(place._replace(here=element, name=None), steps[at + 1 :])
            return
        if step is MEMBERS:
            for name, member in here.items() if isinstance(here, dict) else ():
                yield from _follow(place._replace(here=member, name=name), steps[at + 1 :])
            return
        here = _into(here, step)
        if here is MISSING:
            return
    yield place._replace(here=here)


def _into(here: Any, step: object) -> Any:
    if isinstance(step, int):
        return here[step] if isinstance(here, list) and step < len(here) else MISSING
    return here.get(step, MISSING) if isinstance(here, dict) else MISSING
