"""The content of a frame (CP) in full: items and the fields of factors, however they are written.

HJ 212-2017 6.3.3 separates items by `;` and the fields of one factor by `,`. The standard's own
examples do not keep to it, so both separate alike here; a factor is what has the same code.
"""

from __future__ import annotations

import re

from adapters.hj212 import text
from adapters.hj212.fields import (
    NUMBER_FIELDS,
    TEXT_FIELDS,
    canonical_code,
    canonical_field,
    canonical_item,
    is_mark,
    is_site_code,
)
from adapters.hj212.message import Content, Factor, Message
from adapters.hj212.numbers import number
from adapters.hj212.problems import unique
from monitor import pollutants

_SEPARATORS = re.compile("[;,]")
# Log texts stand between // and // and may hold separators (HJ 212-2017 table B.10).
_LOGGED = re.compile(r"(?://.*?//|[^;,])+", re.DOTALL)
_GLUED = re.compile(
    r"(?:[adegpw][0-9]{5}|SB[0-9]{1,3}|L(?:A|eq|dn|d|n|Mx|Mn|[0-9]{1,2}))-[A-Za-z]{1,12}="
)
_EMPTY = Content(None, {}, {}, ())


def read(message: Message) -> Content:
    """The content of a message; an encrypted or absent one is empty. Never raises."""
    if not message.content or message.encrypted:
        return _EMPTY
    readable, encoding = text.decode(message.content)
    return parse(readable, [encoding] if encoding else [])


def parse(readable: str, problems: list[str] | None = None) -> Content:
    """The content of a text."""
    reader = _Reader([] if problems is None else problems)
    parts = _parts(readable, reader.problems)
    if parts and not parts[-1].strip():
        parts.pop()
        reader.problems.append("trailing-separator")
    for part in parts:
        reader.take(part)
    return reader.content()


def _parts(readable: str, problems: list[str]) -> list[str]:
    if "=//" in readable:
        return _LOGGED.findall(readable)
    return _SEPARATORS.split(text.plain_separators(readable, problems))


class _Reader:
    """Collects the parts of one content."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self._items: dict[str, str | None] = {}
        self._factors: dict[str, Factor] = {}
        self._data_time: str | None = None
        self._current = ""
        self._ended: set[str] = set()

    def content(self) -> Content:
        return Content(self._data_time, self._items, self._factors, unique(self.problems))

    def take(self, part: str) -> None:
        if not part.strip():
            self.problems.append("empty-field")
            return
        if part.count("=") > 1 and "//" not in part:
            starts = [0, *(match.start() for match in _GLUED.finditer(part) if match.start())]
            if len(starts) > 1:
                self.problems.append("missing-separator")
                for start, end in zip(starts, [*starts[1:], len(part)], strict=True):
                    self._pair(part[start:end])
                return
        self._pair(part)

    def _pair(self, part: str) -> None:
        name, separator, value = part.partition("=")
        if name.strip() != name or value.strip() != value:
            self.problems.append("stray-space")
        name, value = name.strip(), value.strip()
        if not separator:
            self.problems.append("malformed-item")
            self._items.setdefault(name, None)
            return
        code, dash, field = name.partition("-")
        if not dash or not field or not code or is_site_code(code):
            self._item(name, value)
        else:
            self._field(code, field, value)

    def _item(self, name: str, value: str) -> None:
        canonical = canonical_item(name)
        if canonical != name:
            self.problems.append("key-case")
        if canonical == "DataTime":
            if self._data_time is None:
                self._data_time = value
            else:
                self.problems.append("repeated-item")
            return
        if canonical.lower() == "flag":
            self.problems.append("bare-flag")
        if canonical in self._items:
            self.problems.append("repeated-item")
        self._items.setdefault(canonical, value)

    def _field(self, sent_code: str, sent_field: str, value: str) -> None:
        if not text.is_name(sent_code):
            self.problems.append("unusable-code")
            return
        code, field = canonical_code(sent_code), self._field_name(sent_field)
        if code != sent_code:
            self.problems.append("key-case")
        modern = pollutants.from_2005(code)
        if modern is not None:
            self.problems.append("old-code")
        factor = self._factor(code if modern is None else modern.code, code if modern else None)
        if field in factor.fields:
            self.problems.append("repeated-field")
            return
        factor.fields[field] = self._value(code, field, value)

    def _field_name(self, sent: str) -> str:
        first, *others = sent.split("-")
        field = canonical_field(first)
        if field != first:
            self.problems.append("key-case")
        if not others:
            return field
        if all(each == first for each in others):
            self.problems.append("malformed-field")
            return field
        return sent

    def _factor(self, code: str, as_sent: str | None) -> Factor:
        if code != self._current:
            self._ended.add(self._current)
            self._current = code
            if code in self._ended:
                self.problems.append("repeated-factor")
        factor = self._factors.get(code)
        if factor is None:
            factor = self._factors[code] = Factor(as_sent, {})
        return factor

    def _value(self, code: str, field: str, value: str) -> int | float | str | None:
        if field in TEXT_FIELDS:
            if not value:
                self.problems.append("empty-value")
            return value or None
        read, problem = number(value)
        if problem == "not-a-number" and (field not in NUMBER_FIELDS or is_mark(code, field)):
            return value
        if problem:
            self.problems.append(problem)
        return read
