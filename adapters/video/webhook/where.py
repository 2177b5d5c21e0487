"""Where in a message something stands, and the texts and numbers found there. Pure.

Texts from outside may hold what no database takes (NUL, halves of surrogate pairs) or no person sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf

from adapters.hj212 import numbers
from adapters.mqtt import path
from adapters.mqtt.path import Path, Place


def _paths(value: object) -> object:
    if isinstance(value, str):
        return (_path(value),)
    if isinstance(value, list | tuple) and value:
        return tuple(_path(each) if isinstance(each, str) else each for each in value)
    raise ValueError('a path such as "data.id", or a list of paths of which the first counts')


def _path(text: str) -> Path:
    found = path.parse(text)
    if found.topic_level is not None:
        raise ValueError("a message that is pushed has no topic")
    return found


Where = Annotated[tuple[InstanceOf[Path], ...], BeforeValidator(_paths)]
"""One path or several; what the earlier one finds goes before."""
Conditions = dict[str, tuple[str, ...]]
"""Paths, and the texts one of which stands there."""


def here(thing: Any, message: Any) -> Place:
    """The place of a thing in a message."""
    return Place((), message, thing)


def every(where: tuple[Path, ...], place: Place) -> Iterator[Any]:
    """All that is found, in the order of the paths and of the message; nothing for null."""
    for each in where:
        for found in each.all(place):
            if found.here is not None:
                yield found.here


def first(where: tuple[Path, ...], place: Place) -> str | None:
    """The first text or number found, as text; None where there is none but empty ones."""
    return next(filter(None, map(scalar, every(where, place))), None)


def scalar(value: Any) -> str | None:
    """A text or number as text, `true` and `false` as JSON writes them; None for all else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) else None


def number(value: Any) -> float | None:
    """A number, also one that is written as text; None for all else."""
    text = None if isinstance(value, bool) else scalar(value)
    found = None if text is None or len(text) > 64 else numbers.number(text)[0]
    return None if found is None else float(found)


def holds(conditions: Mapping[str, tuple[str, ...]], place: Place) -> Iterator[bool]:
    """Of each condition whether it is met."""
    for where, accepted in conditions.items():
        found = map(scalar, every((path.parse(where),), place))
        yield any(text in accepted for text in found if text is not None)
