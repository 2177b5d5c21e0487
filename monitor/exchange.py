"""What a request says besides what it wants, and its answer besides what was done. Pure.

`If-Match` (RFC 9110, 13.1.1) says what the caller has seen: the check and the change are one
transaction, so the action makes it where it has the row locked. `Idempotency-Key` (draft-ietf-httpapi-
idempotency-key-header-07) says that a request may be one sent before: the key is entered in the
transaction of the change, so nothing is done twice.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.errors import MonitorError

LONGEST_KEY = 255


class BadHeader(MonitorError):
    """A header that is not formed as its standard says."""


class PreconditionFailed(MonitorError):
    """The thing is not as the caller has seen it."""


class KeyReused(MonitorError):
    """The key came before, with another request."""


class StillRunning(MonitorError):
    """The request with this key is done, or being done; its answer is not there yet."""


class AlreadyDone(MonitorError):
    """The request with this key was done, but its answer cannot be given again."""

    def __init__(self, link: str | None) -> None:
        read = f"read /api/v1/{link}" if link else "read what it was to change"
        super().__init__(f"this was done already, its answer was lost; {read}")


class Repeated(MonitorError):
    """The request with this key was done: `answer` is what it was answered, sealed."""

    def __init__(self, answer: bytes, link: str | None) -> None:
        super().__init__("this was done already")
        self.answer, self.link = answer, link


def fingerprint(shape: Any) -> str:
    """The ETag of a thing or a list without a version: a digest of its JSON."""
    return f'"{hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:32]}"'


_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t]*(?:,[ \t]*)*{_TAG}(?:[ \t]*,[ \t]*(?:{_TAG})?)*[ \t]*")


@dataclass(frozen=True, slots=True)
class Seen:
    """The ETags of an `If-Match`; None stands for `*`, whatever there is."""

    tags: frozenset[str] | None

    @classmethod
    def read(cls, lines: Sequence[str]) -> Seen | None:
        """From the header's lines; None without any. Raises BadHeader."""
        text = ",".join(lines).strip()
        if not lines:
            return None
        if text == "*":
            return cls(None)
        if not _TAGS.fullmatch(text):
            raise BadHeader('If-Match: not a list of ETags such as "17", nor *')
        return cls(frozenset(re.findall(_TAG, text)))

    def admits(self, tag: str) -> bool:
        """Whether a thing's present tag is among them. Compared strongly: a weak one never is."""
        return self.tags is None or tag in self.tags


_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BARE = re.compile(r"[!#-+\--:<-\[\]-~]+")  # visible, but no quotes, comma, semicolon, backslash


def read_key(lines: Sequence[str]) -> str | None:
    """An `Idempotency-Key`: a structured-field string, or bare; None without one. Raises BadHeader."""
    if not lines:
        return None
    text = lines[0].strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    well_formed = len(lines) == 1 and (quoted or _BARE.fullmatch(text))
    if not well_formed or not 0 < len(key) <= LONGEST_KEY:
        raise BadHeader(
            f'Idempotency-Key: one text such as "8e03978e", {LONGEST_KEY} characters at most'
        )
    return key


@dataclass(frozen=True, slots=True)
class Key:
    """An `Idempotency-Key`, and the request that it came with."""

    value: str
    route: str
    """Method and path: elsewhere the same key is another."""
    content: str
    """A digest of query and body, keyed by `value`: what must be the same when it comes again."""

    def of(self, token: int | None) -> str:
        """What the key of a token is stored under; it does not tell the key."""
        return hashlib.sha256(json.dumps([token, self.route, self.value]).encode()).hexdigest()


@dataclass(slots=True, eq=False, kw_only=True)
class Exchange:
    """One request and its answer, as far as they are not the action's business."""

    seen: Seen | None = None
    key: Key | None = None
    compared: bool = False
    entered: str | None = None
    """What the key was stored under, once the change is committed."""
    link: str | None = None
    """The path of the thing that was made or changed."""
    tag: str | None = None
    """Its ETag after the change."""

    def compare(self, tag: str) -> None:
        """Raise PreconditionFailed unless the thing is as the caller has seen it; asked once."""
        if self.compared:
            return
        self.compared = True
        if self.seen is not None and not self.seen.admits(tag):
            raise PreconditionFailed("it has been changed since; read it again")

    def finish(self) -> None:
        """Raise PreconditionFailed where something was to be as seen, and nothing was there."""
        if self.seen is not None and not self.compared:
            raise PreconditionFailed("If-Match: there is nothing here yet that could be as seen")
