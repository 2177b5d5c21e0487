"""The chain of the audit trail (审计记录), in the database or in a file of it. Pure.

An entry's hash covers what it says and the hash of the one before, so that every later edit shows, and
every entry taken out of the middle. That the end was not cut off, or the whole rewritten, shows only
against a head (`seq`, `hash`) noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

START = "0" * 64
"""What the first entry has in place of the one before."""
_FORMAT = 1
_FIELDS = frozenset(
    ("seq", "at", "actor", "action", "object", "origin", "data", "previous", "format", "hash")
)


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is exported: all that its hash covers, time in UTC to the microsecond."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return {**row, "at": at, "format": _FORMAT}


def digest(said: Mapping[str, Any]) -> str:
    """The hash of an entry: SHA-256 of its canonical JSON without `hash`."""
    canonical = json.dumps(
        {name: value for name, value in said.items() if name != "hash"},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def written(said: Mapping[str, Any]) -> str:
    """An entry as a line of a file."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


class Altered(ValueError):
    """The chain does not hold; says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that holds: its first number, and its head; of none 0."""

    first: int = 0
    seq: int = 0
    hash: str = START


def check(entries: Iterable[Mapping[str, Any]], *, whole: bool) -> Chain:
    """The chain of entries as `entry` makes them. Raises Altered.

    A part (not `whole`) may begin anywhere; of its first entry only its own hash can be held to.
    """
    found = Chain()
    for said in entries:
        if set(said) != _FIELDS or not isinstance(said["seq"], int):
            raise Altered(f"behind audit row {found.seq} there is something that is no entry")
        if not found.first and not whole:
            found = Chain(seq=said["seq"] - 1, hash=said["previous"])
        if said["seq"] != found.seq + 1:
            raise Altered(f"audit row {found.seq + 1} is missing")
        if said["previous"] != found.hash or said["hash"] != _digest(said):
            raise Altered(f"audit row {said['seq']} was altered")
        found = Chain(found.first or said["seq"], said["seq"], said["hash"])
    return found


def _digest(said: Mapping[str, Any]) -> str | None:
    try:
        return digest(said)
    except ValueError:  # a number or a text that no entry of ours can hold
        return None


def read(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    """The entries of a file's lines; raises Altered for a line that is none."""
    for number, text in enumerate(lines, 1):
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise Altered(f"line {number} is no entry")
        yield said
